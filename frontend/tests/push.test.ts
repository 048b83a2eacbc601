import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, type Message, opens, read, shown } from "../src/lib/push.ts";
import { toShow } from "../src/worker/push.ts";

const ALERT: Message = {
  kind: "warning",
  act: "alert",
  level: "alert",
  warning: "w1",
  id: "01H",
  title: "Rocket danger: Old Town",
  body: "Go to shelter now.",
  lang: "en",
  from: "Port Almen",
  url: "/",
  sent: "2024-01-05T06:01:00.000Z",
};
const UNREAD: Record<string, [string, string]> = { en: ["News", "Open the page."], ru: ["Новое", "Откройте страницу."] };

test("an alarm stays until it is seen, and says who speaks", () => {
  const { title, options } = shown(read(JSON.stringify(ALERT))!);
  assert.equal(title, "Rocket danger: Old Town");
  assert.equal(options.body, "Go to shelter now.\nPort Almen");
  assert.equal(options.requireInteraction, true);
  assert.equal(options.timestamp, Date.parse(ALERT.sent));
});

test("the end of a warning takes the place of its alarm, and is heard", () => {
  const end = shown({ ...ALERT, act: "all_clear", id: "01J" });
  assert.equal(end.options.tag, shown(ALERT).options.tag);
  assert.equal(end.options.renotify, true);
  assert.equal(end.options.requireInteraction, false);
});

test("a test never looks like an alarm", () => {
  const { options } = shown({ ...ALERT, kind: "test", act: "alert" });
  assert.equal(options.requireInteraction, false);
});

test("what cannot be read is shown as news, in the phone's language", () => {
  for (const text of ["", "{", "null", "[]", JSON.stringify({ ...ALERT, title: 1 }), JSON.stringify({ ...ALERT, kind: "x" })]) {
    assert.equal(read(text), null);
    assert.equal(toShow(text, UNREAD, "ru-RU").title, "Новое");
    assert.equal(toShow(text, UNREAD, "fr").title, "News");
  }
  assert.equal(toShow(JSON.stringify(ALERT), UNREAD, "ru").title, ALERT.title);
});

test("a click opens nothing but our own site", () => {
  const site = "https://warn.example";
  assert.equal(opens("/day/2024-01-05", site), "https://warn.example/day/2024-01-05");
  for (const url of ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", 7, undefined, "http://[", "data:x"]) {
    assert.equal(opens(url, site), "https://warn.example/");
  }
});

test("a key comes out of base64url", () => {
  assert.deepEqual([...bytes("-_8A")], [251, 255, 0]);
});
