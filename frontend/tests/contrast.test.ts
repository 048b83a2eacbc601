import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, parse } from "../src/design/contrast.ts";

test("black on white is 21, the same colour 1, and the order does not matter", () => {
  const [black, white] = [parse("rgb(0, 0, 0)"), parse("rgb(255, 255, 255)")];
  assert.equal(contrast(black, white), 21);
  assert.equal(contrast(white, black), 21);
  assert.equal(contrast(white, white), 1);
});

test("a grey whose ratio is known", () => {
  assert.ok(Math.abs(contrast(parse("rgb(118, 118, 118)"), parse("rgb(255, 255, 255)")) - 4.54) < 0.01);
});

test("a colour that one can see through is refused", () => {
  assert.throws(() => parse("rgba(0, 0, 0, 0.5)"));
});
