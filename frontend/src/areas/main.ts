// The list of all areas keeps itself new; what cannot be asked for half a minute is not known.

import "../styles/public.css";

import { el } from "../lib/page.ts";
import { deviceNow } from "../lib/time.ts";

const EVERY_MS = 10_000;
const SILENT_MS = 30_000;

let truthAt = deviceNow();

async function fetched(): Promise<Document> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), EVERY_MS);
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: stop.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } finally {
    clearTimeout(timer);
  }
}

/** What only looks like an answer is none: the page of a hotel's gate, or an old copy that somebody on the way kept. */
function isNews(fresh: Document): boolean {
  const mark = fresh.getElementById("asof")?.dataset["mark"];
  return Boolean(mark && fresh.getElementById("rows") && mark !== el("asof").dataset["mark"]);
}

async function again(): Promise<void> {
  stale(); // a device that slept shows nothing of before, also while it asks
  try {
    const fresh = await fetched();
    if (!isNews(fresh)) throw new Error("no news");
    el("asof").dataset["mark"] = fresh.getElementById("asof")!.dataset["mark"]!;
    // Texts only, row by row: whoever reads a row with a screen reader stays in it.
    for (const id of ["asof", "rows"]) {
      const [now, then] = [fresh.getElementById(id)!, el(id)];
      if (now.innerHTML !== then.innerHTML) then.replaceChildren(...now.childNodes);
    }
    truthAt = deviceNow();
  } catch {
    stale();
  }
}

function stale(): void {
  if (deviceNow() - truthAt < SILENT_MS) return;
  for (const tag of document.querySelectorAll<HTMLElement>("#rows .tag")) {
    tag.dataset["shown"] = "unknown";
    tag.textContent = el("rows").dataset["unknown"] ?? "";
  }
}

setInterval(() => void again(), EVERY_MS);
addEventListener("pageshow", () => void again());
document.addEventListener("visibilitychange", () => void again());
