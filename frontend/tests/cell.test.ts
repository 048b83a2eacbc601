import assert from "node:assert/strict";
import test from "node:test";
import { cellToBoundary, cellToLatLng, getPentagons, getRes0Cells, gridDisk, latLngToCell } from "h3-js";
import { cellOf } from "../src/lib/cell.ts";

/** Numbers from 0 to 1, the same in every run (a linear congruence of 48 bits, cut to 32). */
function seeded(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 25214903917n + 11n) & ((1n << 48n) - 1n);
    return Number(state >> 16n) / 2 ** 32;
  };
}

function same(lat: number, lon: number): void {
  assert.equal(cellOf(lat, lon), latLngToCell(lat, lon, 7), `${lat}, ${lon}`);
}

const spread = (random: () => number, lat: number, lon: number, degrees: number): [number, number] => [
  Math.max(-90, Math.min(90, lat + (random() * 2 - 1) * degrees)),
  lon + ((random() * 2 - 1) * degrees) / Math.max(0.01, Math.cos((lat * Math.PI) / 180)),
];

test("two hundred thousand points of the globe lie in the cells that the official library names", () => {
  const random = seeded(7);
  for (let n = 0; n < 200_000; n++) same((Math.asin(random() * 2 - 1) * 180) / Math.PI, random() * 360 - 180);
});

test("so do points at the poles, on the antimeridian and round the globe", () => {
  const random = seeded(8);
  for (let lon = -180; lon <= 180; lon += 0.5) {
    same(90, lon);
    same(-90, lon);
  }
  for (let n = 0; n < 5_000; n++) {
    same(90 - random() * 0.2, random() * 360 - 180);
    same(random() * 0.2 - 90, random() * 360 - 180);
    const lat = random() * 180 - 90;
    same(lat, 180);
    same(lat, -180);
    same(lat, 179.9999999 + random() * 2e-7);
    assert.equal(cellOf(lat, 200), cellOf(lat, -160));
  }
});

test("so do the middles and corners of all 122 base cells, and points about them", () => {
  const random = seeded(9);
  assert.equal(getRes0Cells().length, 122);
  for (const base of getRes0Cells()) {
    const middle = cellToLatLng(base);
    same(...middle);
    for (const [lat, lon] of cellToBoundary(base))
      for (let n = 0; n < 20; n++) {
        // Straight lines from corner to middle cross the edges of faces.
        const part = random();
        same(lat + (middle[0] - lat) * part, Math.abs(lon - middle[1]) > 180 ? lon : lon + (middle[1] - lon) * part);
        same(...spread(random, lat, lon, 0.05));
      }
  }
});

test("so do points about the twelve corners with five neighbours, from close by to far out", () => {
  const random = seeded(10);
  for (const pentagon of getPentagons(7)) {
    for (const cell of gridDisk(pentagon, 3)) same(...cellToLatLng(cell));
    const [lat, lon] = cellToLatLng(pentagon);
    for (let n = 0; n < 4_000; n++) same(...spread(random, lat, lon, 20 * random() ** 4));
  }
});

test("so do points close to the thirty edges of the icosahedron", () => {
  const random = seeded(11);
  const rad = Math.PI / 180;
  const corners = getPentagons(15).map((one) => {
    const [lat, lon] = cellToLatLng(one).map((degrees) => degrees * rad) as [number, number];
    return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)] as const;
  });
  let edges = 0;
  for (const a of corners)
    for (const b of corners) {
      const near = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
      if (near < 0.4 || near > 0.9) continue;
      edges += 1;
      for (let n = 0; n < 500; n++) {
        const part = random();
        const [x, y, z] = [0, 1, 2].map((axis) => a[axis]! * part + b[axis]! * (1 - part)) as [number, number, number];
        same(...spread(random, Math.atan2(z, Math.hypot(x, y)) / rad, Math.atan2(y, x) / rad, 10 ** (-9 * random())));
      }
    }
  assert.equal(edges, 60);
});

test("what is no place on Earth is refused", () => {
  for (const [lat, lon] of [[91, 0], [-90.1, 0], [NaN, 0], [0, NaN], [0, Infinity]] as const)
    assert.throws(() => cellOf(lat, lon), RangeError);
});
