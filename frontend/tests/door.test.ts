import assert from "node:assert/strict";
import test from "node:test";
import { doorNow } from "../src/lib/door.ts";

const door = { state: "open", at: "2024-01-04T20:58:00.000Z", until: "2024-01-04T22:58:00.000Z" };

test("a door is believed until its time and unknown after it", () => {
  assert.equal(doorNow(door, Date.parse("2024-01-04T22:57:59Z")), door);
  assert.equal(doorNow(door, Date.parse("2024-01-04T22:58:00Z")), null);
  assert.equal(doorNow(null, 0), null);
});

test("a door whose time cannot be read is unknown", () => {
  assert.equal(doorNow({ ...door, until: "" }, 0), null);
});
