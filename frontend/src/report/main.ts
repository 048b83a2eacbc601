// The resident's report is a plain form. With script it is kept on the device until the server has it, network or not.

import { el, fill, put } from "../lib/page.ts";
import { open, type Store } from "../lib/waiting.ts";
import { deliver, files, type Item } from "./outbox.ts";

const TRY_MS = 20_000;
const ADDRESS = "/report";
const words = el("rep-words").dataset;

let items: Item[] = [];
let sending = false;

void run();

async function run(): Promise<void> {
  const store = await open<Item>("tocsin.report");
  items = await store.all();
  document.addEventListener("submit", (event) => void pressed(event, store));
  const again = (): void => void flush(store);
  addEventListener("online", again);
  document.addEventListener("visibilitychange", () => document.hidden || again());
  setInterval(again, TRY_MS);
  show(store);
  await flush(store);
  if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js").catch(() => {});
}

/** A page out of memory is shown often: its own id would make one report of all that is sent from it. */
function fresh(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Sent: it is kept first. What the server says at once takes the place of the form. */
async function pressed(event: SubmitEvent, store: Store<Item>): Promise<void> {
  const form = event.target as HTMLFormElement;
  if (!form.matches("form[data-report]")) return;
  event.preventDefault();
  if (sending) return;
  sending = true;
  const item: Item = { id: fresh(), at: Date.now(), fields: {}, photos: [], refused: "" };
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string") item.photos.push(...(value.size > 0 ? [value] : []));
    else if (name !== "csrfmiddlewaretoken" && name !== "client_id") item.fields[name] = value;
  }
  await store.put(item);
  items.push(item);
  put(el("rep-state"), words["sending"] ?? "");
  const answer = await deliver(item, ADDRESS);
  sending = false;
  put(el("rep-state"), "");
  if (answer.kind !== "later") {
    const chosen = form.querySelector<HTMLInputElement>("#photo")?.files ?? null;
    await drop(store, item);
    instead(answer.page, chosen);
  } else {
    form.reset();
    show(store);
    el("rep-waiting").scrollIntoView({ block: "start" });
    el("rep-waiting").focus();
  }
}

/** Put the server's page in the place of ours; photos that were chosen stay chosen. */
function instead(page: string, chosen: FileList | null): void {
  const one = "[data-report], [data-received]";
  const made = new DOMParser().parseFromString(page, "text/html").querySelector(one);
  const here = document.querySelector(one);
  if (!here || !made) return location.reload();
  here.replaceWith(made);
  const photo = document.querySelector<HTMLInputElement>("#photo");
  if (photo && chosen) photo.files = chosen;
  document.querySelector<HTMLElement>("[data-bad] :is(input, select, textarea), [data-received] h1")?.focus();
}

/** Send what waits, oldest first. What was heard is forgotten here; the server takes each once. */
async function flush(store: Store<Item>): Promise<void> {
  if (sending) return;
  sending = true;
  try {
    for (const item of items.filter((one) => !one.refused)) {
      const answer = await deliver(item, ADDRESS);
      if (answer.kind === "later") break;
      const page = new DOMParser().parseFromString(answer.page, "text/html");
      if (answer.kind === "done") {
        await drop(store, item);
        const number = page.querySelector("[data-received] strong")?.textContent ?? "";
        put(el("rep-state"), fill(words["sent"] ?? "", { number }));
      } else {
        item.refused = page.querySelector("[role=alert]")?.textContent || "?";
        await store.put(item);
        show(store);
      }
    }
  } finally {
    sending = false;
  }
}

async function drop(store: Store<Item>, item: Item): Promise<void> {
  items = items.filter((one) => one !== item);
  await store.drop(item.id);
  show(store);
}

/** What waits, each with what can be done about it. */
function show(store: Store<Item>): void {
  el("rep-waiting").hidden = items.length === 0;
  el("rep-list").replaceChildren(...items.map((item) => row(store, item)));
}

function row(store: Store<Item>, item: Item): HTMLElement {
  const made = document.createElement("li");
  const what = document.createElement("p");
  const acts = document.createElement("p");
  made.className = "stack";
  acts.className = "row";
  what.textContent = [item.fields["address"], item.fields["flat"], item.refused].filter(Boolean).join(" · ");
  if (item.refused) acts.append(button(words["mend"] ?? "", () => mend(store, item)));
  acts.append(button(words["remove"] ?? "", () => void drop(store, item)));
  made.append(what, acts);
  return made;
}

function button(text: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

/** Back into the form, to be put right and sent anew. */
function mend(store: Store<Item>, item: Item): void {
  const form = document.querySelector<HTMLFormElement>("form[data-report]");
  if (!form) return location.reload();
  for (const [name, value] of Object.entries(item.fields)) {
    const field = form.elements.namedItem(name);
    if (field && "value" in field) field.value = value;
  }
  const photos = new DataTransfer();
  for (const one of files(item)) photos.items.add(one);
  el<HTMLInputElement>("photo").files = photos.files;
  void drop(store, item);
  el("area").focus();
}
