// Time for people: spans in words, the clock of a place, and how far this device's clock is from the server's.

export interface Units {
  unit_s: string;
  unit_min: string;
  unit_h: string;
}

/** `75` → `1 min 15 s`, with spaces that do not break. */
export function span(seconds: number, units: Units): string {
  const s = Math.max(0, Math.floor(seconds));
  const join = (...parts: (string | number)[]): string => parts.join("\u00a0");
  if (s < 60) return join(s, units.unit_s);
  const minutes = Math.floor(s / 60);
  if (minutes < 10) return join(minutes, units.unit_min, s % 60, units.unit_s);
  if (minutes < 60) return join(minutes, units.unit_min);
  return join(Math.floor(minutes / 60), units.unit_h, minutes % 60, units.unit_min);
}

/** The time of day in a zone; with the date when it is not the day of `now`. Both in ms or RFC 3339. */
export function clockOf(at: number | string, zone: string, language: string, now: number, seconds = false): string {
  const then = new Date(at);
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone: zone });
  const time = new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
    timeZone: zone,
  }).format(then);
  return day.format(then) === day.format(new Date(now)) ? time : `${day.format(then)}, ${time}`;
}

/** Whether a moment is so far from ours that the reader must be told: seconds that this device's clock is ahead. */
export const WRONG_CLOCK_S = 30;

/** The server's clock, as far as this device can tell. */
export class ServerClock {
  /** Server minus device, ms; null until the server has told us. */
  offset: number | null = null;
  #aheadS = 0;

  /** `reckoned`: this device's time as `deviceNow()` has it. `shown`: as its owner reads it. */
  heard(serverTime: string, reckoned: number, shown = Date.now()): void {
    const at = Date.parse(serverTime);
    if (Number.isNaN(at)) return;
    this.offset = at - reckoned;
    this.#aheadS = (shown - at) / 1000;
  }

  now(reckoned: number): number {
    return reckoned + (this.offset ?? 0);
  }

  /** Seconds that this device's clock is ahead (negative: behind); 0 while it is right enough. */
  wrongS(): number {
    return Math.abs(this.#aheadS) > WRONG_CLOCK_S ? this.#aheadS : 0;
  }
}

let [reckoned, wall, steady] = [0, 0, 0];

/**
 * This device's clock in ms, which never runs backwards and never stands still: it goes on by what the wall clock or the
 * monotonic clock say, whichever is more. A clock that is put back must not make old news look new, and the monotonic
 * clock alone would not do, for it stands still while some devices sleep.
 */
export function deviceNow(): number {
  const [date, mono] = [Date.now(), performance.now()];
  reckoned = reckoned === 0 ? date : reckoned + Math.max(0, date - wall, mono - steady);
  [wall, steady] = [date, mono];
  return reckoned;
}
