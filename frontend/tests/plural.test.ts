import assert from "node:assert/strict";
import { test } from "node:test";
import { plural } from "../src/lib/plural.ts";

// As `tocsin.web.words.forms` gives them; tests/web/test_words.py holds the same rows against the catalogues.
const MINUTES = {
  en: { one: "{n} minute", other: "{n} minutes" },
  ru: { one: "{n} минута", few: "{n} минуты", other: "{n} минут" },
  uk: { one: "{n} хвилина", few: "{n} хвилини", other: "{n} хвилин" },
};

test("Russian and Ukrainian numbers take their noun in the right form", () => {
  const said = (n: number) => plural("ru", MINUTES.ru, n);
  assert.deepEqual([0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111].map(said), [
    "0 минут", "1 минута", "2 минуты", "4 минуты", "5 минут", "11 минут", "12 минут", "14 минут",
    "21 минута", "22 минуты", "25 минут", "101 минута", "111 минут",
  ]);
  assert.equal(plural("uk", MINUTES.uk, 33), "33 хвилини");
});

test("English has two forms, and further placeholders are filled", () => {
  assert.equal(plural("en", MINUTES.en, 1), "1 minute");
  assert.equal(plural("en", MINUTES.en, 2), "2 minutes");
  assert.equal(plural("en", { other: "{n} of {all}" }, 2, { all: 7 }), "2 of 7");
});
