import assert from "node:assert/strict";
import test from "node:test";
import { read, token } from "../src/report/outbox.ts";

test("only our own page takes a report out of the outbox", () => {
  assert.equal(read(200, "<div data-received>").kind, "done");
  assert.equal(read(200, "<h1>Welcome to the hotel</h1>").kind, "later");
  assert.equal(read(422, "<form data-report>").kind, "refused");
  assert.equal(read(429, "<form data-report>").kind, "later");
  assert.equal(read(403, "<h1>No</h1>").kind, "later");
  assert.equal(read(503, "<form data-report>").kind, "later");
});

test("the token is the one of the form that was asked for just now", () => {
  assert.equal(token('<input type="hidden" name="csrfmiddlewaretoken" value="abc">'), "abc");
  assert.equal(token("<h1>Welcome to the hotel</h1>"), "");
});
