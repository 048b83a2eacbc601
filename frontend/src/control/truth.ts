// How old the truth on the screen is, from both who tell it: the ledger (our server) and the live edge. Pure: time comes in.

/** When each of the two last told something true, in milliseconds of the caller's clock; null: never since the start. */
export interface Heard {
  start: number;
  web: number | null;
  edge: number | null;
}

export interface Told {
  /** Whole seconds without truth. */
  web: number;
  edge: number;
  link: "good" | "asking" | "lost";
  who: "web" | "edge" | "";
}

/** What to say at `now`. Either of the two silent for `silentS` makes the whole screen unknown. */
export function told(heard: Heard, now: number, silentS: number): Told {
  const age = (at: number | null): number => Math.max(0, Math.floor((now - (at ?? heard.start)) / 1000));
  const web = age(heard.web);
  const edge = age(heard.edge);
  const who = web >= silentS ? "web" : edge >= silentS ? "edge" : "";
  const link = who ? "lost" : heard.web === null || heard.edge === null ? "asking" : "good";
  return { web, edge, link, who };
}

/** A lamp: good, late from 5 s, lost from `silentS`. */
export function lamp(age: number, silentS: number): "good" | "late" | "lost" {
  return age >= silentS ? "lost" : age >= 5 ? "late" : "good";
}
