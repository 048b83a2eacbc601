import assert from "node:assert/strict";
import test from "node:test";
import { answer, bytes, forCreate, forGet, text } from "../src/lib/passkey.ts";

test("bytes go to base64url and back, whatever they are", () => {
  for (let length = 0; length < 70; length++) {
    const some = Uint8Array.from({ length }, (_, i) => (i * 37 + length) % 256);
    assert.deepEqual(bytes(text(some.buffer)), some);
    assert.doesNotMatch(text(some.buffer), /[+/=]/);
  }
  assert.deepEqual(bytes("AQID"), bytes("AQID=="));
});

test("a passkey that opens alone must know its owner; another need not", () => {
  const options = { publicKey: { challenge: "AQID", user: { id: "BA", name: "olga", displayName: "olga" } } };
  const alone = forCreate(options, true).publicKey!.authenticatorSelection!;
  assert.deepEqual([alone.residentKey, alone.userVerification], ["required", "required"]);
  const beside = forCreate(options, false).publicKey!.authenticatorSelection!;
  assert.deepEqual([beside.residentKey, beside.userVerification], ["discouraged", undefined]);
  assert.deepEqual(forCreate(options, true).publicKey!.user.id, Uint8Array.of(4));
});

test("keys that are known are named as bytes", () => {
  const asked = forGet({ publicKey: { challenge: "AQID", allowCredentials: [{ id: "BQ", type: "public-key" }] } });
  assert.deepEqual(asked.publicKey!.allowCredentials![0]!.id, Uint8Array.of(5));
});

test("an answer is the JSON that the server reads", () => {
  const buffer = Uint8Array.of(1, 2, 3).buffer;
  const response = { clientDataJSON: buffer, authenticatorData: buffer, signature: buffer, userHandle: null };
  const given = { id: "AQID", rawId: buffer, type: "public-key", response, getClientExtensionResults: () => ({}) };
  const said = JSON.parse(answer(given as unknown as PublicKeyCredential));
  assert.equal(said.rawId, "AQID");
  assert.deepEqual(said.response, { clientDataJSON: "AQID", authenticatorData: "AQID", signature: "AQID", userHandle: null });
});
