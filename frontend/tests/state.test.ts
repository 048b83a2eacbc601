import assert from "node:assert/strict";
import test from "node:test";
import {
  type AlertDoc, type AreaState, cellsFor, judge, type Known, leading, nothing, type Place, shownAs, stopwatch, worst,
} from "../src/lib/state.ts";

const NOW = 1_700_000_000_000;
const area = (id: string, phase: string, more: Partial<AreaState> = {}): AreaState =>
  ({ id, names: { en: id }, phase, kind: null, since: null, levels: [], ...more });
const place = (more: Partial<Place> = {}): Place =>
  ({ id: "north", name: "North", above: ["city"], below: [], cells: ["c1"], lead_s: 60, zone: "UTC", ...more });
const whole = place({ id: "city", above: [], below: ["north", "south"] });
const told = (states: AreaState[], ageS = 0, alerts: AlertDoc[] = []): Known => ({
  states: new Map(states.map((one) => [one.id, one])),
  alerts: new Map(alerts.map((one) => [one.id, one])),
  truthAt: NOW - ageS * 1000,
  whole: true,
});
const alert = (more: Partial<AlertDoc> = {}): AlertDoc => ({
  id: "w1", identifier: "i1", msg_type: "Alert", status: "Actual", threat: "missile", level: "alert",
  sent: new Date(NOW - 10_000).toISOString(), issued_at: new Date(NOW - 10_000).toISOString(), expires: null,
  areas: ["north"], headline: {}, description: {}, instruction: {}, sender_name: "City", lead_time_s: 90, cap: "/c",
  end: null, ...more,
});

test("what was never told, or is old, is unknown", () => {
  assert.equal(judge(place(), nothing(), NOW, 30).state.phase, "unknown");
  const old = judge(place(), told([area("north", "ok")], 31), NOW, 30);
  assert.deepEqual([old.silent, old.state.phase], [true, "unknown"]);
  assert.equal(judge(place(), told([area("north", "ok")], 30), NOW, 30).state.phase, "ok");
});

test("a place that the edge does not know is uncovered, whatever holds above it", () => {
  const found = judge(place(), told([area("city", "ok")]), NOW, 30);
  assert.deepEqual([found.uncovered, found.state.phase], [true, "unknown"]);
});

test("danger above, below and beside a place is danger in it; an end of a part is not the whole's", () => {
  assert.equal(judge(place(), told([area("north", "ok"), area("city", "alert")]), NOW, 30).state.phase, "alert");
  assert.equal(judge(whole, told([area("city", "ok"), area("south", "alert")]), NOW, 30).state.phase, "alert");
  assert.equal(judge(whole, told([area("city", "ok"), area("south", "unknown")]), NOW, 30).state.phase, "unknown");
  assert.equal(judge(whole, told([area("city", "ok"), area("south", "ended")]), NOW, 30).state.phase, "ok");
  const unseen = [area("city", "ok"), area("south", "ended", { kind: "expired" })];
  assert.equal(judge(whole, told(unseen), NOW, 30).state.phase, "ended", "nobody saw that it is over there");
  const beside = place({ also: ["zone"] });
  assert.equal(judge(beside, told([area("north", "ok"), area("zone", "pre_alert")]), NOW, 30).state.phase, "pre_alert");
});

test("a phase without a word is unknown, and never hides an alert", () => {
  const states = told([area("north", "flood"), area("city", "alert")]).states;
  assert.equal(worst(["north"], states)?.phase, "unknown");
  assert.equal(worst(["north", "city"], states)?.phase, "alert");
  assert.deepEqual(shownAs({ phase: "flood", kind: null }), ["unknown", "unknown"]);
});

test("of several ends the newest counts", () => {
  const states = told([
    area("north", "ended", { kind: "all_clear", since: "2024-01-01T00:00:00Z" }),
    area("city", "ended", { kind: "expired", since: "2024-01-01T01:00:00Z" }),
  ]).states;
  assert.equal(worst(["north", "city"], states)?.kind, "expired");
});

test("only an observed all clear is shown as one", () => {
  assert.deepEqual(shownAs({ phase: "ended", kind: "all_clear" }), ["ended", "ended_all_clear"]);
  for (const kind of ["expired", "cancelled", "imputed", "manual"]) {
    assert.equal(shownAs({ phase: "ended", kind })[0], "ended_other");
  }
});

test("the highest level leads, then the newest; an exercise never does", () => {
  const ready = alert({ id: "w2", level: "pre_alert", issued_at: new Date(NOW).toISOString() });
  const drill = alert({ id: "d1", status: "Exercise" });
  const danger = area("north", "alert");
  assert.equal(leading(place(), danger, [ready, alert(), drill])?.id, "w1");
  assert.equal(leading(place(), danger, [drill]), null);
  assert.equal(leading(place(), area("north", "ok"), [alert()]), null);
  assert.equal(leading(place(), danger, [alert({ areas: ["south"] })]), null);
});

test("the stopwatch counts down to cover, then up; a cloud has no time of arrival", () => {
  const danger = area("north", "alert");
  assert.deepEqual(stopwatch(place(), danger, alert(), ["missile"], NOW), { kind: "left", seconds: 50, over: false });
  assert.deepEqual(stopwatch(place(), danger, alert(), ["missile"], NOW + 55_000), { kind: "since", seconds: 65, over: true });
  assert.deepEqual(stopwatch(place(), danger, alert(), [], NOW), { kind: "since", seconds: 10, over: false });
  assert.equal(stopwatch(place(), area("north", "ok"), alert(), ["missile"], NOW), null);
});

test("one connection asks for the cells of every place, those of the first place first", () => {
  const other = place({ id: "far", cells: ["c2", "c1", "c3"] });
  assert.deepEqual(cellsFor([place(), other], 64), ["c1", "c2", "c3"]);
  assert.deepEqual(cellsFor([place(), other], 2), ["c1", "c2"]);
});
