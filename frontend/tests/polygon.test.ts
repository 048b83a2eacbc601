import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { contains, type Outline } from "../src/lib/polygon.ts";

interface Vector {
  name: string;
  outlines: Outline[];
  points: [number, number, boolean][];
}

const GOLDEN = new URL("../../tests/golden/polygon.json", import.meta.url);

for (const { name, outlines, points } of JSON.parse(readFileSync(GOLDEN, "utf-8")) as Vector[])
  test(`${name}: a point is inside when shapely says so`, () => {
    for (const outline of outlines)
      for (const [lon, lat, inside] of points)
        for (const round of [lon, lon + 360, lon - 360])
          assert.equal(contains(outline, round, lat), inside, `${outline.type} ${round}, ${lat}`);
  });

test("a whole world holds everybody, and nothing holds nobody", () => {
  const world: Outline = { type: "Polygon", coordinates: [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]] };
  for (const lon of [-180, -90, 0, 90, 180]) assert.equal(contains(world, lon, 10), true);
  assert.equal(contains({ type: "Polygon", coordinates: [] }, 0, 0), false);
  assert.equal(contains({ type: "MultiPolygon", coordinates: [] }, 0, 0), false);
});
