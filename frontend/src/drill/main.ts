// The exercise room: counts down, loads itself anew when another exercise began or ended, and says when real work waits
// outside. It works without.

import "../styles/drill.css";
import { limit } from "../control/edge";
import { el, fill, pageData } from "../lib/page";
import { deviceNow } from "../lib/time";

interface Data {
  now: string;
  units: Record<"s" | "min" | "h", string>;
}

interface Pulse {
  now: string;
  running: string[];
  real: boolean;
}

const POLL_MS = 5_000;
/** After this without an answer the page says that it does not know what goes on outside. */
const SILENT_MS = 30_000;
let heard = deviceNow();
const data = pageData<Data | null>();
const cards = [...document.querySelectorAll<HTMLElement>("[data-expires]")];
let ahead = data ? Date.parse(data.now) - Date.now() : 0;

function span(seconds: number, units: Data["units"]): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s >= 3600) return `${Math.floor(s / 3600)} ${units.h} ${Math.floor(s / 60) % 60} ${units.min}`;
  return `${Math.floor(s / 60)} ${units.min} ${s % 60} ${units.s}`;
}

function count(units: Data["units"]): void {
  for (const card of cards) {
    const left = (Date.parse(card.dataset["expires"] ?? "") - Date.now() - ahead) / 1000;
    card.textContent = fill(card.dataset["left"] ?? "", { time: span(left, units) });
  }
}

/** Nothing is taken from under the hands of somebody who types. */
const typing = (): boolean => document.activeElement instanceof HTMLInputElement;

async function look(): Promise<void> {
  try {
    // Who is no longer signed in is sent elsewhere, and hears nothing more.
    const reply = await fetch("/drill/control/pulse", { redirect: "error", cache: "no-store", signal: limit(8_000) });
    if (!reply.ok) return;
    const pulse = (await reply.json()) as Pulse;
    el("real").hidden = !pulse.real;
    heard = deviceNow();
    ahead = Date.parse(pulse.now) - Date.now();
    const shown = cards.map((card) => card.dataset["drill"] ?? "").sort();
    if (data && shown.join() !== pulse.running.join() && !typing()) location.reload();
  } catch {
    // The next look tries again; the countdown goes on by this machine's clock.
  }
}

if (data) {
  count(data.units);
  setInterval(() => count(data.units), 1000);
}
setInterval(() => void look(), POLL_MS);
setInterval(() => {
  el("unheard").hidden = deviceNow() - heard < SILENT_MS;
}, 1000);
