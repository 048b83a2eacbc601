import assert from "node:assert/strict";
import test from "node:test";
import { fill } from "../src/lib/page.ts";

test("a text is filled by name, and what is not given is left out", () => {
  assert.equal(fill("{n} of {all} sirens", { n: 3, all: 10 }), "3 of 10 sirens");
  assert.equal(fill("in {time}", {}), "in ");
});
