import assert from "node:assert/strict";
import test from "node:test";
import { type Drawn, innermost, locate, placed } from "../src/public/here.ts";

const square = (id: string, parent: string | null, west: number, south: number, size: number): Drawn => ({
  id,
  parent,
  geometry: {
    type: "Polygon",
    coordinates: [[[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]],
  },
});
const AREAS = [
  square("city", null, 36.5, 50.5, 0.3),
  square("north", "city", 36.55, 50.6, 0.05),
  square("block", "north", 36.56, 50.61, 0.01),
  square("zone", null, 36.58, 50.62, 0.1),
];

test("the most specific area holds the spot; an area of another tree counts beside it", () => {
  assert.deepEqual(innermost(AREAS, 50.615, 36.565), ["block"]);
  assert.deepEqual(innermost(AREAS, 50.605, 36.555), ["north"]);
  assert.deepEqual(innermost(AREAS, 50.63, 36.59), ["north", "zone"]);
  assert.deepEqual(innermost(AREAS, 50.51, 36.51), ["city"]);
  assert.deepEqual(innermost(AREAS, 51, 36), []);
});

test("how exact the position is decides where one may be as well", () => {
  const spot = { lat: 50.605, lon: 36.5505, accuracy: 10 };
  assert.deepEqual(locate(AREAS, spot), { id: "north", also: [], maybe: [] });
  assert.deepEqual(locate(AREAS, { ...spot, accuracy: 300 }).maybe, ["city"]);
  assert.equal(locate(AREAS, { lat: 51, lon: 36, accuracy: 10 }).id, null);
});

test("what holds the spot beside the tree is listened for, too", () => {
  const place = (id: string, above: string[]) => ({ id, name: id, above, below: [], cells: [id], lead_s: 0, zone: "UTC" });
  const all = [place("north", ["city"]), place("zone", ["land"])];
  const found = placed({ id: "north", also: ["zone"], maybe: [] }, all);
  assert.deepEqual([found?.also, found?.cells], [["zone", "land"], ["north", "zone"]]);
  assert.equal(placed({ id: null, also: [], maybe: [] }, all), null);
});
