import assert from "node:assert/strict";
import { test } from "node:test";

import { lamp, told } from "../src/control/truth.ts";

const heard = (web: number | null, edge: number | null) => ({ start: 0, web, edge });

test("both links young is good", () => {
  assert.deepEqual(told(heard(9_000, 8_500), 10_000, 30), { web: 1, edge: 1, link: "good", who: "" });
});

test("either of the two silent for 30 s makes the screen unknown", () => {
  assert.equal(told(heard(0, 30_000), 30_000, 30).who, "web");
  assert.equal(told(heard(30_000, 0), 30_000, 30).who, "edge");
  assert.equal(told(heard(29_999, 1), 30_000, 30).link, "good");
});

test("before the first word nothing is said to be good", () => {
  assert.equal(told(heard(1_000, null), 2_000, 30).link, "asking");
  assert.equal(told(heard(29_000, null), 30_000, 30).link, "lost");
});

test("a clock that went back makes no age below zero", () => {
  assert.equal(told(heard(5_000, 5_000), 0, 30).web, 0);
});

test("a lamp is late after 5 s and lost after 30", () => {
  assert.deepEqual([0, 4, 5, 29, 30].map((age) => lamp(age, 30)), ["good", "good", "late", "late", "lost"]);
});
