import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { find, loose, type Named } from "../src/public/search.ts";

interface Golden {
  loose: [string, string][];
  find: { places: Named[]; asks: [string, string[]][] };
}
const golden = JSON.parse(readFileSync(new URL("../../tests/golden/search.json", import.meta.url), "utf8")) as Golden;

test("names are folded as the server folds them", () => {
  for (const [text, folded] of golden.loose) assert.equal(loose(text), folded, text);
});

test("a place is found in every language and spelling, whole names first", () => {
  for (const [text, ids] of golden.find.asks) {
    assert.deepEqual(find(golden.find.places, text, 20).map((one) => one.id), ids, text);
  }
});
