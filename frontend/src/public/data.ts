// What the server put into the page, and what the page holds while it is open.

import type { Whole } from "../lib/link.ts";
import { pageData } from "../lib/page.ts";
import { type Forms, plural } from "../lib/plural.ts";
import type { Tones } from "../lib/sound.ts";
import type { Place } from "../lib/state.ts";

export type Words = Record<string, string>;

export interface Data {
  language: string;
  now: string;
  silent_s: number;
  most_cells: number;
  sender: string;
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
  place: Place | null;
  state: Whole | null;
}

export const data = pageData<Data>();

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
