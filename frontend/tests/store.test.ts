import assert from "node:assert/strict";
import test from "node:test";
import type { Place } from "../src/lib/state.ts";
import { type Box, keepLast, keepPlaces, keepSeen, keptPlaces, lastOf, MOST_PLACES, seenPlace, withFirst } from "../src/lib/store.ts";
import { clockOf, span } from "../src/lib/time.ts";

function memory(): Box & { texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return { texts, getItem: (key) => texts.get(key) ?? null, setItem: (key, value) => void texts.set(key, value) };
}
const place = (id: string): Place => ({ id, name: id, above: [], below: [], cells: ["c"], lead_s: 0, zone: "UTC" });
const last = { id: "north", at: 1, shown: "alert", warning: "w", headline: "h", instruction: "i", threat: "missile", level: "alert", until: null };

test("chosen places are kept, newest first, with their labels, and never a position", () => {
  const box = memory();
  let mine = withFirst([], { ...place("a"), lat: 50.6, lon: 36.5, find: ["A"] } as Place);
  mine = mine.map((one) => ({ ...one, label: "home" as const }));
  mine = withFirst(withFirst(mine, place("b")), place("a"));
  keepPlaces(box, mine);
  assert.deepEqual(keptPlaces(box).map((one) => [one.id, one.label]), [["a", "home"], ["b", ""]]);
  const bytes = [...box.texts.values()].join();
  for (const part of ["50.6", "36.5", "lat", "lon", "find"]) assert.ok(!bytes.includes(part), part);
});

test("a place that was looked at by a link is known again, without being kept among the chosen ones", () => {
  const box = memory();
  keepSeen(box, { ...place("a"), lat: 50.6 } as Place);
  assert.equal(seenPlace(box, "a")?.name, "a");
  assert.equal(seenPlace(box, "b"), null);
  assert.deepEqual(keptPlaces(box), []);
  assert.ok(![...box.texts.values()].join().includes("50.6"));
  keepSeen(box, null);
  assert.equal(seenPlace(box, "a"), null);
});

test("there is an end to how many are kept", () => {
  let mine = withFirst([], place("0"));
  for (let n = 1; n < 20; n++) mine = withFirst(mine, place(String(n)));
  assert.equal(mine.length, MOST_PLACES);
  assert.equal(mine[0]?.id, "19");
});

test("bytes of somebody else, or no memory at all, are no places", () => {
  for (const text of ["{", "[1]", '[{"id":"a"}]', "null", '"a"']) {
    const box = memory();
    box.setItem("tocsin.places", text);
    box.setItem("tocsin.last", text);
    assert.deepEqual(keptPlaces(box), []);
    assert.equal(lastOf(box, "a"), null);
  }
  assert.deepEqual(keptPlaces(null), []);
  const full: Box = { getItem: () => null, setItem: () => { throw new Error("full"); } };
  keepPlaces(full, withFirst([], place("a")));
});

test("one place that cannot be read does not take the others with it", () => {
  const box = memory();
  const good = { ...place("a"), label: "" };
  const zone = { ...good, id: "b", zone: "Nowhere/At all" };
  box.setItem("tocsin.places", JSON.stringify([zone, 7, good]));
  assert.deepEqual(keptPlaces(box).map((one) => one.id), ["a"]);
  box.setItem("tocsin.last", JSON.stringify([{ ...last, id: "b", at: 1e300 }, last]));
  assert.equal(lastOf(box, "b"), null);
  assert.equal(lastOf(box, "north")?.headline, "h");
});

test("the last known state of each place is kept", () => {
  const box = memory();
  keepLast(box, last);
  keepLast(box, { ...last, id: "south", shown: "ok" });
  keepLast(box, { ...last, shown: "ended" });
  assert.equal(lastOf(box, "north")?.shown, "ended");
  assert.equal(lastOf(box, "south")?.shown, "ok");
});

test("spans and clocks are said as people say them", () => {
  const units = { unit_s: "s", unit_min: "min", unit_h: "h" };
  const said = [0, 59.9, 75, 600, 3720, -5].map((s) => span(s, units).replaceAll("\u00a0", " "));
  assert.deepEqual(said, ["0 s", "59 s", "1 min 15 s", "10 min", "1 h 2 min", "0 s"]);
  const at = Date.UTC(2024, 0, 4, 20, 58, 5);
  assert.equal(clockOf(at, "Europe/Moscow", "en", at), "23:58");
  assert.equal(clockOf(at, "Europe/Moscow", "en", at, true), "23:58:05");
  assert.match(clockOf(at, "Europe/Moscow", "ru", at + 3 * 3_600_000), /^4 января, 23:58$/);
});
