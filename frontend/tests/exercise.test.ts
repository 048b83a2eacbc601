import assert from "node:assert/strict";
import test from "node:test";
import { cellsFor, judge, take, takeAll, takeOne, told, type Drill, type Place } from "../src/exercise/state.ts";

const NOW = 1_000_000;
const north: Place = { id: "north", name: "North", above: ["city"], below: [], cells: ["a"] };
const city: Place = { id: "city", name: "City", above: [], below: ["north", "south"], cells: ["a", "b"] };

function drill(changes: Partial<Drill> = {}): Drill {
  return {
    drill: "d1",
    exercise: "Schools",
    status: "Exercise",
    areas: ["north"],
    headline: { en: "EXERCISE: trial" },
    instruction: { en: "EXERCISE. Go on." },
    expires: new Date(NOW + 900_000).toISOString(),
    ended: false,
    ...changes,
  };
}

test("what nothing was heard of for too long is not known, whatever ran before", () => {
  const known = told();
  assert.equal(judge(known, null, NOW, NOW, 30).kind, "lost");
  take(known, drill(), NOW);
  assert.equal(judge(known, null, NOW + 30_000, NOW + 30_000, 30).kind, "running");
  assert.equal(judge(known, null, NOW + 30_001, NOW + 30_001, 30).kind, "lost");
});

test("an exercise concerns its areas, what is above and what is below", () => {
  const known = told();
  take(known, drill(), NOW);
  assert.equal(judge(known, north, NOW, NOW, 30).kind, "running");
  assert.equal(judge(known, city, NOW, NOW, 30).kind, "running");
  assert.equal(judge(known, { ...north, id: "south" }, NOW, NOW, 30).kind, "none");
  take(known, drill({ drill: "d2", areas: ["city"] }), NOW);
  assert.equal(judge(known, { ...north, id: "south" }, NOW, NOW, 30).kind, "running");
});

test("a warning is never taken for an exercise", () => {
  const known = told();
  assert.equal(take(known, { ...drill(), status: "Actual" as "Test" }, NOW), false);
  assert.equal(known.drills.size, 0);
  assert.equal(known.heardAt, null);
});

test("it is new once, over when told so, and forgotten after ten minutes", () => {
  const known = told();
  assert.equal(take(known, drill(), NOW), true);
  assert.equal(take(known, drill(), NOW), false);
  assert.equal(take(known, drill({ ended: true }), NOW), false);
  assert.equal(judge(known, null, NOW, NOW, 30).kind, "over");
  known.heardAt = NOW + 600_000;
  assert.equal(judge(known, null, NOW + 600_000, NOW + 600_000, 30).kind, "none");
});

test("it is over when its time is over by the server's clock, whatever ours says", () => {
  const known = told();
  take(known, drill(), NOW);
  assert.equal(judge(known, null, NOW, NOW + 900_000, 30).kind, "over");
});

test("what is missing in the list of what runs is over; who comes in late is told what runs", () => {
  const known = told();
  assert.deepEqual(takeAll(known, [drill()], NOW), ["d1"]);
  assert.deepEqual(takeAll(known, [drill({ drill: "d2" })], NOW), ["d2"]);
  assert.equal(known.drills.get("d1")?.ended, true);
  takeAll(known, [], NOW);
  assert.equal(judge(known, null, NOW, NOW, 30).kind, "over");
});

test("a list that was asked for before the stream spoke says nothing of what it spoke of", () => {
  const known = told();
  const asked = new Map(known.said);
  takeOne(known, drill(), NOW);
  assert.deepEqual(takeAll(known, [], NOW, asked), []);
  assert.equal(judge(known, null, NOW, NOW, 30).kind, "running");
  const again = new Map(known.said);
  takeOne(known, drill({ ended: true }), NOW);
  assert.deepEqual(takeAll(known, [drill()], NOW, again), [], "no second chime for what has ended since");
  assert.equal(judge(known, null, NOW, NOW, 30).kind, "over");
});

test("everywhere listens for the uppermost areas, at most 64 cells", () => {
  assert.deepEqual(cellsFor(null, [city, north]), ["a", "b"]);
  assert.deepEqual(cellsFor(north, [city, north]), ["a"]);
  const many = { ...city, cells: Array.from({ length: 100 }, (_, i) => `c${i}`) };
  assert.equal(cellsFor(many, []).length, 64);
});
