// The live link: listens to the edge, keeps what it said, and comes again when it is lost.
// It watches the age of what it was told, never the socket (rule R29).

import type { AlertDoc, AreaState, Known } from "./state.ts";
import type { ServerClock } from "./time.ts";

export interface Hello {
  server_time: string;
  source_age_s: number | null;
}
export interface Whole {
  source_age_s: number | null;
  areas: AreaState[];
  alerts: AlertDoc[];
}
export interface Update {
  at: string;
  entry: string;
  areas: AreaState[];
  alert: AlertDoc | null;
  sound: string | null;
  siren_areas: string[];
}
export interface Ping {
  server_time: string;
  data_age_s: number | null;
}
export type Heard = ["hello", Hello] | ["state", Whole] | ["update", Update] | ["ping", Ping];
export const NAMES = ["hello", "state", "update", "ping"] as const;

function truth(known: Known, ageS: unknown, now: number): void {
  if (typeof ageS === "number" && Number.isFinite(ageS)) known.truthAt = now - Math.max(0, ageS) * 1000;
}

/** Take in one message. False: it is none of ours (an exercise has no place on the live path) and changed nothing. */
export function take(known: Known, clock: ServerClock, [name, message]: Heard, now: number): boolean {
  if (name === "hello") {
    clock.heard(message.server_time, now);
    truth(known, message.source_age_s, now);
  } else if (name === "state") {
    known.states = new Map(message.areas.map((one) => [one.id, one]));
    known.alerts = new Map(message.alerts.filter((one) => one.status === "Actual").map((one) => [one.id, one]));
    truth(known, message.source_age_s, now);
  } else if (name === "ping") {
    clock.heard(message.server_time, now);
    truth(known, message.data_age_s, now);
  } else {
    if (message.alert && message.alert.status !== "Actual") return false;
    for (const one of message.areas) if (known.states.has(one.id)) known.states.set(one.id, one); // others do not cover us
    if (message.alert) known.alerts.set(message.alert.id, message.alert);
    // A replayed update is as old as it says; it never makes what we know older.
    const at = now - Math.max(0, clock.now(now) - Date.parse(message.at));
    if (!Number.isNaN(at)) known.truthAt = Math.max(known.truthAt ?? 0, at);
  }
  return true;
}

export interface Source {
  readyState: number;
  onerror: unknown;
  addEventListener(name: string, act: (event: MessageEvent<string>) => void): void;
  close(): void;
}

const CLOSED = 2;

/** One connection at a time. `hear` gets every message that can be read. */
export class Link {
  #source: Source | null = null;
  #cells = "";
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly edge: string,
    private readonly language: string,
    private readonly hear: (heard: Heard) => void,
    private readonly make: (url: string) => Source = (url) => new EventSource(url),
  ) {}

  /** Listen for these cells; false when that is what we do already. */
  open(cells: readonly string[]): boolean {
    if (this.#source && this.#source.readyState !== CLOSED && this.#cells === cells.join(",")) return false;
    this.#cells = cells.join(",");
    this.#connect();
    return true;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #connect(): void {
    this.close();
    if (this.#cells === "") return;
    const source = this.make(`${this.edge}/live?${new URLSearchParams({ cells: this.#cells, lang: this.language })}`);
    this.#source = source;
    for (const name of NAMES) {
      source.addEventListener(name, (event) => {
        let message;
        try {
          message = JSON.parse(event.data);
        } catch {
          return; // what cannot be read tells nothing; the age goes on growing
        }
        this.#failures = 0;
        this.hear([name, message] as Heard);
      });
    }
    source.onerror = () => {
      if (source !== this.#source || source.readyState !== CLOSED) return; // the browser tries again by itself
      this.#failures = Math.min(this.#failures + 1, 5);
      this.#timer = setTimeout(() => this.#connect(), 1000 * 2 ** this.#failures * (0.5 + Math.random() / 2));
    };
  }
}
