// The list of all areas keeps itself new; what cannot be asked for half a minute is not known.

import "../styles/public.css";

import { el } from "../lib/page.ts";

const EVERY_MS = 10_000;
const SILENT_MS = 30_000;

let truthAt = performance.now();

async function again(): Promise<void> {
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(EVERY_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Texts only, row by row: whoever reads a row with a screen reader stays in it.
    for (const id of ["asof", "rows"]) {
      const [now, then] = [fresh.getElementById(id), el(id)];
      if (now && now.innerHTML !== then.innerHTML) then.replaceChildren(...now.childNodes);
    }
    truthAt = performance.now();
  } catch {
    if (performance.now() - truthAt < SILENT_MS) return;
    for (const tag of document.querySelectorAll<HTMLElement>("#rows .tag")) {
      tag.dataset["shown"] = "unknown";
      tag.textContent = el("rows").dataset["unknown"] ?? "";
    }
  }
}

setInterval(() => void again(), EVERY_MS);
document.addEventListener("visibilitychange", () => void again());
