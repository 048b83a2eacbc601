import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { advice } from "../src/lib/advice.ts";

interface Case {
  known: boolean;
  walk_s: number | null;
  lead_s: number;
  door: string;
  why: string;
}
const golden = new URL("../../tests/golden/guidance.json", import.meta.url);
const cases = JSON.parse(readFileSync(golden, "utf8")) as { words: Record<string, string>; cases: Case[] };

test("the page and the server give the same advice", () => {
  for (const one of cases.cases) {
    const door = one.door === "unknown" ? null : { state: one.door, at: "", until: "" };
    const said = advice(one.known ? { door } : null, one.walk_s, one.lead_s);
    assert.equal(said, cases.words[one.why], JSON.stringify(one));
  }
});
