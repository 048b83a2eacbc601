// What the server put into the page, and what the page holds while it is open.

import type { Whole } from "../lib/link.ts";
import { ask } from "../lib/ask.ts";
import { el, pageData, put } from "../lib/page.ts";
import { type Forms, plural } from "../lib/plural.ts";
import type { Tones } from "../lib/sound.ts";
import type { Place } from "../lib/state.ts";

export type Words = Record<string, string>;

/** In the page itself. */
interface Here {
  language: string;
  now: string;
  /** The server's clock is that of a replayed night. */
  replay: boolean;
  sender: string;
  /** A PMTiles archive to draw below the areas, or null. */
  basemap: string | null;
  lost: { state: string; sentence: string; age: string };
  place: Place | null;
  state: Whole | null;
}

/** Beside the page, the same for every place and kept by its hash. */
interface Agreed {
  silent_s: number;
  most_cells: number;
  words: Words;
  plurals: Record<string, Forms>;
  countdown: string[];
  /** Threat → act → tone. */
  sounds: Record<string, Record<string, string>>;
  tones: Tones;
  steps: {
    texts: Record<string, [string, string]>;
    of: Record<string, Record<string, string[]>>;
    kinds: Record<string, string>;
  };
  /** Name → attributes and elements of a drawing of our own. */
  icons: Record<string, [string, string]>;
}

export type Data = Here & Agreed;

const here = pageData<Here>();

/** There once `load` has ended. */
export let data: Data;

const AGAIN_MS = 3000;
const LATE_MS = 10_000;

/** Fetch what stands beside the page, again and again until it is there. Until then the page must not look calm. */
export async function load(): Promise<void> {
  const url = el("edge").dataset["agreed"] ?? "";
  const late = setTimeout(lost, LATE_MS);
  for (;;) {
    try {
      data = { ...here, ...(await ask<Agreed>(url)) };
      sheet(data.icons);
      clearTimeout(late);
      return;
    } catch {
      lost();
      await new Promise((again) => setTimeout(again, AGAIN_MS));
    }
  }
}

/** Say that nothing is known, with what stands in the page itself. */
export function lost(): void {
  document.title = `${here.lost.state} · Tocsin`;
  for (const id of ["card", "say"]) el(id).dataset["shown"] = "unknown";
  el("card").hidden = false;
  put(el("place"), el("place").textContent ?? ""); // a heading without a name is none
  // Gently: this also speaks when something on the page is broken.
  for (const id of ["headline", "watch", "message", "parts"]) document.getElementById(id)?.setAttribute("hidden", "");
  put(el("state"), here.lost.state);
  put(el("sentence"), here.lost.sentence);
  put(el("age"), here.lost.age);
}

/** The drawings, for `lib/icon.ts`. They are our own bytes, from our own server, like the page. */
function sheet(icons: Agreed["icons"]): void {
  const symbols = Object.entries(icons).map(([name, [look, body]]) => `<symbol id="icon-${name}" ${look}>${body}</symbol>`);
  const host = document.createElement("div");
  host.hidden = true;
  host.innerHTML = `<svg aria-hidden="true" focusable="false">${symbols.join("")}</svg>`;
  document.body.append(host);
}

/** One of our fixed strings. */
export function word(key: string): string {
  return data.words[key] ?? "";
}

/** A number with its noun. */
export function counted(key: string, n: number): string {
  return plural(data.language, data.plurals[key] ?? {}, n);
}

export type Step = [pictogram: string, text: string];

/** What to do in a danger; an act that we have no steps for is taken as unknown. */
export function stepsOf(threat: string, act: string): Step[] {
  const danger = data.steps.of[threat] ?? data.steps.of["other"] ?? {};
  return (danger[act] ?? danger["unknown"] ?? []).flatMap((key) => {
    const step = data.steps.texts[key];
    return step ? [step] : [];
  });
}
