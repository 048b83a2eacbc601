// What a person in a place must be told, from what the live edge said. Pure: no clock, no page.
//
// Area states on the live path are *direct* (docs/reference/live.md): a person in a place is told the worst of the
// place, of everything above it, and of its parts.

export type Texts = Record<string, string>;

export interface Level {
  level: string;
  threat: string;
  reason: string;
  raised_at: string;
  warning: string;
}

export interface AreaState {
  id: string;
  names: Texts;
  phase: string;
  kind: string | null;
  since: string | null;
  levels: Level[];
  demo?: boolean;
}

export interface AlertDoc {
  id: string;
  identifier: string;
  msg_type: string;
  status: string;
  threat: string;
  level: string;
  sent: string;
  expires: string | null;
  issued_at: string | null;
  areas: string[];
  headline: Texts;
  description: Texts;
  instruction: Texts;
  sender_name: string;
  sender_names?: Texts;
  lead_time_s: number;
  cap: string;
  end: string | null;
}

/** A place that somebody can choose. `also`: further areas that hold the same spot, beside the tree. */
export interface Place {
  id: string;
  name: string;
  find?: string[];
  above: string[];
  below: string[];
  also?: string[];
  cells: string[];
  lead_s: number;
  zone: string;
}

/** What we were told. `truthAt`: the moment, by this device's clock in ms, as of which it holds; null = never. */
export interface Known {
  states: Map<string, AreaState>;
  alerts: Map<string, AlertDoc>;
  truthAt: number | null;
  /** Whether the connection of now has said everything that holds: until then a fresh word of it renews nothing. */
  whole: boolean;
}

export interface Judged {
  ageS: number | null;
  silent: boolean;
  uncovered: boolean;
  state: AreaState;
  parts: AreaState[];
}

export const WORST_FIRST = ["alert", "pre_alert", "unknown", "ended", "partial_clear", "ok"];
const IN_FORCE = ["alert", "pre_alert"];
/** Ends that nobody saw; `UNOBSERVED` of the server. */
const UNOBSERVED = ["expired", "imputed", "superseded"];

export function nothing(): Known {
  return { states: new Map(), alerts: new Map(), truthAt: null, whole: false };
}

function unknown(id: string): AreaState {
  return { id, names: {}, phase: "unknown", kind: null, since: null, levels: [] };
}

const rank = (one: AreaState): number => WORST_FIRST.indexOf(one.phase);

/** The worst of several direct states; null when none of them is known. */
export function worst(ids: Iterable<string>, states: ReadonlyMap<string, AreaState>): AreaState | null {
  let found: AreaState | null = null;
  for (const id of ids) {
    const one = states.get(id);
    if (!one) continue;
    // A phase that we have no word for is one that we do not understand: unknown (rule R2).
    const known = rank(one) < 0 ? { ...one, phase: "unknown", kind: null } : one;
    // Among several ends the newest counts: an old all clear of a part must not hide how the whole ended later.
    const newer =
      found?.phase === "ended" && known.phase === "ended" && (known.since ?? "") > (found.since ?? "");
    if (!found || newer || rank(known) < rank(found)) found = known;
  }
  return found;
}

/** Whether nobody may call the whole calm while a part is so: as the server judges (`with_parts`). */
function worrying(one: AreaState | undefined): boolean {
  if (!one || one.phase === "ok" || one.phase === "partial_clear") return false;
  return one.phase !== "ended" || UNOBSERVED.includes(one.kind ?? "");
}

/** What to show for a place at `now` (this device's clock, ms). Older than `silentS` seconds is not known. */
export function judge(place: Place, known: Known, now: number, silentS: number): Judged {
  const ageS = known.truthAt === null ? null : Math.max(0, now - known.truthAt) / 1000;
  const silent = ageS === null || ageS > silentS;
  if (silent) return { ageS, silent, uncovered: false, state: unknown(place.id), parts: [] };
  const here = known.states.has(place.id)
    ? worst([place.id, ...place.above, ...(place.also ?? [])], known.states)
    : null;
  const parts = place.below.flatMap((id) => known.states.get(id) ?? []).filter((one) => one.phase !== "ok");
  const inside = worst(place.below.filter((id) => worrying(known.states.get(id))), known.states);
  let state = here ?? unknown(place.id);
  // Danger in a part is danger for whoever chose the whole; an end that was seen in a part is not the whole's.
  if (inside && rank(inside) < rank(state)) state = inside;
  return { ageS, silent, uncovered: here === null, state, parts };
}

/** `[shape and word, sentence]` of a state. Only an observed all clear is shown as one (rule R4). */
export function shownAs(state: Pick<AreaState, "phase" | "kind">): [string, string] {
  if (state.phase !== "ended") return rank(state as AreaState) < 0 ? ["unknown", "unknown"] : [state.phase, state.phase];
  return [state.kind === "all_clear" ? "ended" : "ended_other", `ended_${state.kind}`];
}

const issued = (one: AlertDoc): number => Date.parse(one.issued_at ?? one.sent);

/** The warning that speaks loudest here: in force and of the highest level; else the newest that ended so. */
export function leading(place: Place, state: AreaState, alerts: Iterable<AlertDoc>): AlertDoc | null {
  const places = placesOf(place);
  const mine = [...alerts]
    .filter((one) => one.status === "Actual" && one.areas.some((id) => places.has(id)))
    .sort((a, b) => issued(b) - issued(a));
  if (IN_FORCE.includes(state.phase)) {
    const force = mine.filter((one) => !one.end);
    return force.find((one) => one.level === state.phase) ?? force[0] ?? null;
  }
  if (state.phase === "ended") return mine.find((one) => one.end === state.kind) ?? null;
  return null;
}

/** Every area whose warnings concern a place. */
export function placesOf(place: Place): Set<string> {
  return new Set([place.id, ...place.above, ...place.below, ...(place.also ?? [])]);
}

export interface Watch {
  /** `left`: seconds to reach cover. `since`: seconds since the warning. */
  kind: "left" | "since";
  seconds: number;
  /** The lead time has passed: stay in cover. */
  over: boolean;
}

/** The stopwatch (rule R13): time left while there is some, then time since. `now` is the server's clock, ms. */
export function stopwatch(
  place: Place,
  state: AreaState,
  alert: AlertDoc | null,
  countdown: readonly string[],
  now: number,
): Watch | null {
  if (!alert || !IN_FORCE.includes(state.phase)) return null;
  const since = Math.max(0, (now - issued(alert)) / 1000);
  const lead = place.lead_s || alert.lead_time_s || 0;
  const counts = state.phase === "alert" && lead > 0 && countdown.includes(alert.threat);
  if (counts && since < lead) return { kind: "left", seconds: lead - since, over: false };
  return { kind: "since", seconds: since, over: counts };
}

/** At most `most` cells, those of the first place first, so that one connection serves every saved place. */
export function cellsFor(places: readonly Place[], most: number): string[] {
  return [...new Set(places.flatMap((one) => one.cells))].slice(0, most);
}

/** The text in a language, else in English, else any. */
export function pick(texts: Texts | undefined, language: string): string {
  return texts ? (texts[language] ?? texts["en"] ?? Object.values(texts)[0] ?? "") : "";
}
