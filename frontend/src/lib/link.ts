// The live link: listens to the edge, keeps what it said, and comes again when it is lost.
// It watches the age of what it was told, never the socket (rule R29).

import type { AlertDoc, AreaState, Known } from "./state.ts";
import { deviceNow, type ServerClock } from "./time.ts";

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
    known.whole = false; // the edge is there; what holds now it has yet to say
  } else if (name === "state") {
    const states = new Map(message.areas.map((one) => [one.id, one]));
    const alerts = new Map(message.alerts.filter((one) => one.status === "Actual").map((one) => [one.id, one]));
    [known.states, known.alerts, known.whole] = [states, alerts, true]; // all of it, or nothing when a part cannot be read
    truth(known, message.source_age_s, now);
  } else if (name === "ping") {
    clock.heard(message.server_time, now);
    if (known.whole) truth(known, message.data_age_s, now);
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
/** The edge speaks every 15 s. A connection that is silent for longer is dead, whatever its socket says. */
const PATIENCE_MS = 24_000;
/** More patience after each attempt that brought nothing: on a very slow network one must be allowed to succeed. */
const MORE_PATIENCE_MS = 12_000;

/** One connection at a time. `hear` gets every message that can be read. */
export class Link {
  #source: Source | null = null;
  #cells = "";
  #failures = 0;
  #lastId = "";
  #heardAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly edge: string,
    private readonly language: string,
    private readonly hear: (heard: Heard) => void,
    private readonly make: (url: string) => Source = (url) => new EventSource(url),
    private readonly now: () => number = deviceNow,
  ) {}

  /** Listen for these cells; false when that is what we do already. */
  open(cells: readonly string[]): boolean {
    if (this.#source && this.#source.readyState !== CLOSED && this.#cells === cells.join(",")) return false;
    if (this.#cells !== cells.join(",")) this.#lastId = "";
    this.#cells = cells.join(",");
    this.#connect();
    return true;
  }

  /** Call it often. A connection over which nothing comes (half open, a device that slept) is made anew. */
  watch(): void {
    if (!this.#source || this.now() - this.#heardAt < PATIENCE_MS + this.#failures * MORE_PATIENCE_MS) return;
    this.#failures = Math.min(this.#failures + 1, 5);
    this.#connect();
  }

  /** Somebody looks again, or the network is back: do not wait for the next attempt. */
  wake(): void {
    if (this.#source && (this.#source.readyState === CLOSED || this.now() - this.#heardAt >= PATIENCE_MS)) this.#connect();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #connect(): void {
    this.close();
    if (this.#cells === "") return;
    const asked = new URLSearchParams({ cells: this.#cells, lang: this.language });
    if (this.#lastId) asked.set("last_event_id", this.#lastId);
    const source = this.make(`${this.edge}/live?${asked}`);
    this.#source = source;
    this.#heardAt = this.now();
    for (const name of NAMES) {
      source.addEventListener(name, (event) => {
        let message;
        try {
          message = JSON.parse(event.data);
        } catch {
          return; // what cannot be read tells nothing; the age goes on growing
        }
        if (source !== this.#source) return; // an older one, long replaced
        [this.#failures, this.#heardAt] = [0, this.now()];
        if (event.lastEventId) this.#lastId = event.lastEventId;
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
