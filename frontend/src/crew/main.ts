import "../styles/crew.css";

import { fill, pageData, put } from "../lib/page.ts";
import { deviceNow, span, type Units } from "../lib/time.ts";
import { open, type Store as Kept } from "../lib/waiting.ts";
import { deliver, type Answer, type Item } from "./outbox.ts";

interface Data {
  crew: string;
  at: string;
  words: Record<string, string>;
}

type Store = Kept<Item>;

const TRY_MS = 15_000;
const RELOAD_MS = 60_000;

const data = pageData<Data>();
const word = (key: string): string => data.words[key] ?? "";
/** When what stands here was true, by this device's clock: the moment at which it came, or at which it was kept. */
const keptAt = Number(document.documentElement.dataset["kept"]) || Date.now();
const loaded = deviceNow();

/** Everything that waits, oldest first; what the server refused stays until somebody has read it. */
let items: Item[] = [];
let signedOut = false;
let sending = false;

const outbox = open<Item>("tocsin.crew");

void run();

async function run(): Promise<void> {
  const store = await outbox;
  items = await store.all();
  document.addEventListener("submit", (event) => void pressed(event, store));
  const again = (): void => void flush(store);
  addEventListener("online", again);
  addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => document.hidden || again());
  setInterval(again, TRY_MS);
  setInterval(age, 1_000);
  show();
  age();
  await flush(store);
  if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js").catch(() => {});
}

/** A button was pressed: keep the word first, then send it. */
async function pressed(event: SubmitEvent, store: Store): Promise<void> {
  const form = event.target as HTMLFormElement;
  if (!form.matches("[data-crew-act]")) return;
  event.preventDefault();
  const fields: Record<string, string> = {};
  let photo: Blob | null = null;
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") fields[name] = value;
    else if (value.size > 0) photo = value;
  }
  delete fields["csrfmiddlewaretoken"];
  const item: Item = { id: crypto.randomUUID?.() ?? String(fields["client_id"]), crew: data.crew, at: Date.now(), fields, photo, refused: "" };
  fields["client_id"] = item.id;
  await store.put(item);
  items.push(item);
  show();
  await flush(store);
}

/** Send what waits, one after another in its order. What was heard is forgotten here; the server takes each once. */
async function flush(store: Store): Promise<void> {
  if (sending) return;
  sending = true;
  let sent = 0;
  try {
    for (const item of items.filter((one) => !one.refused)) {
      const answer: Answer = await deliver(item);
      signedOut = answer.kind === "signed_out";
      if (answer.kind === "later" || answer.kind === "signed_out") break;
      if (answer.kind === "done") {
        await store.drop(item.id);
        items = items.filter((one) => one !== item);
        sent++;
      } else {
        item.refused = answer.says;
        await store.put(item);
      }
      show();
    }
  } finally {
    sending = false;
  }
  show();
  // What comes next is the server's to say: the plan may have changed with what was told.
  if (sent > 0 && items.length === 0 && navigator.onLine) location.reload();
}

function show(): void {
  const waiting = items.filter((one) => !one.refused);
  const link = document.getElementById("crw-link")!;
  const offline = !navigator.onLine || waiting.length > 0;
  const said = [
    signedOut ? word("crw_sign_in") : offline && !sending ? word("crw_offline") : "",
    waiting.length ? fill(word("crw_waiting"), { n: waiting.length }) : "",
  ].filter(Boolean);
  put(link, said.join(" "));
  refusals();
  for (const flat of document.querySelectorAll<HTMLElement>(".crw-flat")) mark(flat, waiting);
  const next = document.querySelector<HTMLDetailsElement>(".crw-flat:not([hidden])");
  const none = document.getElementById("crw-none");
  if (none) none.hidden = next !== null;
  if (next && !document.querySelector(".crw-flat[open]:not([hidden])")) next.open = true;
}

/** A flat with a word that waits: on the way is shown in it, everything else puts it away. */
function mark(flat: HTMLElement, waiting: Item[]): void {
  const mine = waiting.filter((one) => one.fields["need"] === flat.dataset["need"]);
  flat.hidden = mine.some((one) => one.fields["act"] !== "on_the_way");
  const going = mine.some((one) => one.fields["act"] === "on_the_way");
  flat.toggleAttribute("data-kept", going);
  const way = flat.querySelector<HTMLElement>('form:has([value="on_the_way"])');
  if (way) way.hidden = going;
}

function refusals(): void {
  const host = document.getElementById("crw-queue")!;
  host.replaceChildren(
    ...items.filter((one) => one.refused).map((one) => {
      const box = document.createElement("div");
      box.className = "notice";
      box.dataset["kind"] = "error";
      const text = document.createElement("p");
      text.textContent = `${word("crw_refused")} ${one.refused}`;
      const button = document.createElement("button");
      button.className = "button";
      button.textContent = word("crw_dismiss");
      button.addEventListener("click", () => {
        items = items.filter((other) => other !== one);
        void outbox.then((store) => store.drop(one.id));
        show();
      });
      box.append(text, button);
      return box;
    }),
  );
}

/** How old what stands here is; a page that is looked at and has a network is asked for anew. */
function age(): void {
  const seconds = (Date.now() - keptAt) / 1000;
  const node = document.getElementById("crw-ago");
  if (node) put(node, fill(word("crw_ago"), { age: span(seconds, data.words as unknown as Units) }));
  const idle = !document.querySelector("details.crw-act[open]") && items.length === 0;
  if (deviceNow() - loaded > RELOAD_MS && idle && navigator.onLine && !document.hidden) location.reload();
}
