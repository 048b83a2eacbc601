// What somebody who takes part in an exercise must be told. Pure: no clock, no page. Nothing of warnings comes in here.

export interface Drill {
  drill: string;
  exercise: string;
  status: "Exercise" | "Test";
  areas: string[];
  headline: Record<string, string>;
  instruction: Record<string, string>;
  expires: string;
  ended: boolean;
}

export interface Place {
  id: string;
  name: string;
  above: string[];
  below: string[];
  cells: string[];
}

/** What we were told. `heardAt`: when the edge or the server said anything last, by this device's clock in ms.
 * `said`: how often the stream has spoken of an exercise, so that an answer which is older than its words is seen. */
export interface Told {
  drills: Map<string, Drill>;
  endedAt: Map<string, number>;
  heardAt: number | null;
  said: Map<string, number>;
}

export interface Shown {
  kind: "lost" | "running" | "over" | "none";
  drill: Drill | null;
}

const OVER_MS = 10 * 60_000;
const MOST_CELLS = 64;

export function told(): Told {
  return { drills: new Map(), endedAt: new Map(), heardAt: null, said: new Map() };
}

/** The page, or a message of the stream, speaks of one exercise. Anything else than an exercise is not taken. */
export function take(known: Told, drill: Drill, now: number): boolean {
  if (drill.status !== "Exercise" && drill.status !== "Test") return false;
  const before = known.drills.get(drill.drill);
  const isNew = !drill.ended && (!before || before.ended);
  if (drill.ended && before && !before.ended) known.endedAt.set(drill.drill, now);
  known.drills.set(drill.drill, drill);
  known.heardAt = now;
  return isNew;
}

/** A message of the stream speaks of one exercise. True when it is new. */
export function takeOne(known: Told, drill: Drill, now: number): boolean {
  known.said.set(drill.drill, (known.said.get(drill.drill) ?? 0) + 1);
  return take(known, drill, now);
}

/** The whole list of what runs: what is not in it any more is over. Returns the ids that are new.
 *
 * `before` is `said` as it was when the list was asked for: of what the stream has spoken since, the list is older. */
export function takeAll(known: Told, running: Drill[], now: number, before: Map<string, number> = new Map(known.said)): string[] {
  const newer = (id: string): boolean => known.said.get(id) !== before.get(id);
  const ids = new Set(running.map((one) => one.drill));
  for (const one of known.drills.values())
    if (!one.ended && !ids.has(one.drill) && !newer(one.drill)) take(known, { ...one, ended: true }, now);
  known.heardAt = now;
  return running.filter((one) => !newer(one.drill) && take(known, one, now)).map((one) => one.drill);
}

/** Whether an exercise is held where somebody is; null is everywhere. */
export function concerns(drill: Drill, place: Place | null): boolean {
  if (!place) return true;
  const line = new Set([place.id, ...place.above, ...place.below]);
  return drill.areas.some((id) => line.has(id));
}

/** What to show at `now` (device, ms); `server` is the server's clock in ms, by which exercises end. */
export function judge(known: Told, place: Place | null, now: number, server: number, silentS: number): Shown {
  if (known.heardAt === null || now - known.heardAt > silentS * 1000) return { kind: "lost", drill: null };
  const mine = [...known.drills.values()].filter((one) => concerns(one, place)).reverse();
  const runs = mine.find((one) => !one.ended && Date.parse(one.expires) > server);
  if (runs) return { kind: "running", drill: runs };
  const over = mine.find((one) => {
    const at = known.endedAt.get(one.drill) ?? (one.ended ? null : now - (server - Date.parse(one.expires)));
    return at !== null && now - at < OVER_MS;
  });
  return over ? { kind: "over", drill: over } : { kind: "none", drill: null };
}

/** The cells to listen for. Everywhere is one of each part of the uppermost areas. */
export function cellsFor(place: Place | null, places: Place[]): string[] {
  const wanted = place ? [place] : places.filter((one) => one.above.length === 0);
  return [...new Set((wanted.length ? wanted : places).flatMap((one) => one.cells))].slice(0, MOST_CELLS);
}
