import assert from "node:assert/strict";
import test from "node:test";
import { read, token } from "../src/crew/outbox.ts";

test("only the server's own word takes something out of the outbox", () => {
  assert.deepEqual(read(200, { done: true }), { kind: "done" });
  assert.deepEqual(read(200, "a hotel's page"), { kind: "later" });
  assert.deepEqual(read(200, null), { kind: "later" });
  assert.deepEqual(read(401, { signed_in: false }), { kind: "signed_out" });
  assert.deepEqual(read(409, { refused: { says: "not yours", code: "TOC-11002" } }), { kind: "refused", says: "not yours" });
  assert.deepEqual(read(422, { refused: { code: "TOC-11001" } }), { kind: "refused", says: "TOC-11001" });
  assert.deepEqual(read(403, null), { kind: "later" });
  assert.deepEqual(read(503, { refused: { says: "down" } }), { kind: "later" });
});

test("the token comes from the cookie of now", () => {
  assert.equal(token("a=1; csrftoken=abc; b=2"), "abc");
  assert.equal(token("xcsrftoken=abc"), "");
});
