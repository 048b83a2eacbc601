// Measures the table of src/lib/cell.ts from the official library: `npx tsx scripts/cell-table.ts`.
//
// For points all over the globe, and many about the twelve corners, it asks h3-js for the base cell and digits, and finds by how
// many sixths of a turn our digits of the same point differ. Each place of each face must always give the same answer.
import { cellToLatLng, getBaseCellNumber, getPentagons, latLngToCell } from "h3-js";
import { onFace, PLACES, turned } from "../src/lib/cell.ts";

const table = new Map<string, number>();

function look(lat: number, lon: number): void {
  const { face, place, digits } = onFace(lat, lon);
  const first = digits.find((digit) => digit > 0);
  if (first === undefined) return; // The middle of a base cell looks the same from all sides.
  const cell = latLngToCell(lat, lon, 7);
  const theirs = [1, 2, 3, 4, 5, 6, 7].map((step) => Number((BigInt(`0x${cell}`) >> BigInt(3 * (15 - step))) & 7n)).join();
  const turns = [0, 1, 2, 3, 4, 5].filter((n) => turned(digits, n).join() === theirs);
  const key = `${face} ${PLACES.includes(place) ? place : place + first}`;
  const entry = getBaseCellNumber(cell) * 6 + turns[0]!;
  if (turns.length !== 1 || (table.get(key) ?? entry) !== entry) throw new Error(`${lat}, ${lon}: ${key} does not fit`);
  table.set(key, entry);
}

for (let n = 0; n < 400_000; n++) look((Math.asin(Math.random() * 2 - 1) * 180) / Math.PI, Math.random() * 360 - 180);
for (const corner of getPentagons(15)) {
  const [lat, lon] = cellToLatLng(corner);
  for (let n = 0; n < 20_000; n++) {
    const reach = 20 * Math.random() ** 3;
    look(lat + (Math.random() * 2 - 1) * reach, lon + (Math.random() * 2 - 1) * reach);
  }
}
const missing = Array.from({ length: 20 }, (_, face) => PLACES.filter((place) => !table.has(`${face} ${place}`))).flat();
if (missing.length) throw new Error(`not seen: ${missing.join(" ")}`);
for (let face = 0; face < 20; face++)
  console.log(PLACES.map((place) => table.get(`${face} ${place}`)!.toString(36).padStart(2, "0")).join(""));
