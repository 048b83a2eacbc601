import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { DETOUR, metres, nearest, SPEED_M_S, walkSeconds } from "../src/lib/near.ts";

interface Place {
  lat: number;
  lon: number;
}
interface Golden {
  detour: number;
  speed_m_s: number;
  pairs: { name: string; from: Place; to: Place; metres: number; seconds: number }[];
  nearest: { from: Place; places: (Place & { id: string })[]; limit: number; ids: string[] };
}

const golden = JSON.parse(readFileSync(new URL("../../tests/golden/near.json", import.meta.url), "utf-8")) as Golden;

test("the constants are those that the server uses", () => {
  assert.deepEqual([DETOUR, SPEED_M_S], [golden.detour, golden.speed_m_s]);
});

for (const { name, from, to, metres: far, seconds } of golden.pairs)
  test(`${name}: as far and as long as the server reckons`, () => {
    const found = metres(from.lat, from.lon, to.lat, to.lon);
    assert.ok(Math.abs(found - far) < 0.01, String(found));
    assert.ok(Math.abs(walkSeconds(found) - seconds) < 0.02);
  });

test("the nearest come first, with the walk", () => {
  const { from, places, limit, ids } = golden.nearest;
  const found = nearest(places, from.lat, from.lon, limit);
  assert.deepEqual(found.map((one) => one.what.id), ids);
  for (const one of found) assert.equal(one.seconds, walkSeconds(one.metres));
});

test("equally near things keep their order", () => {
  const twins = [{ id: 1, lat: 1, lon: 0 }, { id: 2, lat: 1, lon: 0 }];
  assert.deepEqual(nearest(twins, 0, 0, 5).map((one) => one.what.id), [1, 2]);
});
