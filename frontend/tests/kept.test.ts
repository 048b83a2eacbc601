import assert from "node:assert/strict";
import test from "node:test";
import { type Box, bookmarks, isKept, MOST, toggle } from "../src/record/kept.ts";

function memory(start = "[]"): Box & { text: string } {
  const box = { text: start, getItem: () => box.text, setItem: (_: string, value: string) => void (box.text = value) };
  return box;
}
const mark = (day: number) => ({ page: `2024-01-${String(day).padStart(2, "0")}`, title: `Night ${day}`, day: `${day} January` });

test("a bookmark is put and taken away by the same button, newest first", () => {
  const box = memory();
  assert.equal(toggle(box, mark(5)), true);
  assert.equal(toggle(box, mark(6)), true);
  assert.deepEqual(bookmarks(box).map((one) => one.page), ["2024-01-06", "2024-01-05"]);
  assert.equal(toggle(box, mark(6)), false);
  assert.equal(isKept(box, "2024-01-06"), false);
});

test("somebody else's bytes are no bookmarks, and no address but a day's is kept", () => {
  for (const text of ["", "{", "null", "7", '[{"page":"javascript:alert(1)","title":"","day":""}]', '[{"page":"2024-01-05"}]']) {
    assert.deepEqual(bookmarks(memory(text)), []);
  }
  assert.deepEqual(bookmarks(null), []);
});

test("there is a bound, and a memory that refuses changes nothing", () => {
  const box = memory(JSON.stringify(Array.from({ length: MOST + 9 }, () => mark(1))));
  assert.equal(bookmarks(box).length, MOST);
  const full: Box = { getItem: () => "[]", setItem: () => { throw new Error("full"); } };
  assert.equal(toggle(full, mark(1)), false);
});
