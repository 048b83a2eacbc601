import assert from "node:assert/strict";
import test from "node:test";
import { fits, isBare, route, stamped, wordsOf } from "../src/worker/routes.ts";

const HERE = "https://warn.example";
const way = (path: string, method = "GET", origin = HERE): string => route(method, new URL(path, origin), HERE);

test("the worker keeps the page, its files and lists, and lets everything else pass", () => {
  assert.equal(way("/"), "page");
  assert.equal(way("/?area=north"), "page");
  assert.equal(way("/static/tocsin/built/assets/public-1.js"), "asset");
  assert.equal(way("/places.json"), "list");
  assert.equal(way("/shelters.json?area=north"), "list");
  for (const path of [
    "/live?cells=8", "/control", "/control/now", "/accounts/login/", "/api/v1/areas?cell=8&geometry=true",
    "/api/v1/phases", "/drill", "/exercise", "/cap/1.xml", "/areas", "/static/other.js", "/sw.js",
  ]) assert.equal(way(path), "pass", path);
  assert.equal(way("/crew"), "crew");
  assert.equal(way("/crew/act"), "pass");
  assert.equal(way("/accounts/logout/"), "out");
  assert.equal(way("/", "POST"), "pass");
  assert.equal(way("/report?area=north"), "form");
  assert.equal(way("/report", "POST"), "pass");
  assert.equal(way("/report/again"), "pass");
  assert.equal(way("/", "GET", "https://edge.example"), "pass");
});

test("only the bare page is kept, with the moment at which it was", () => {
  assert.equal(isBare(new URL("/?lang=ru", HERE)), true);
  assert.equal(isBare(new URL("/?area=north", HERE)), false);
  assert.equal(isBare(new URL("/?q=north", HERE)), false);
  assert.equal(stamped('<!doctype html><html lang="en">', 7), '<!doctype html><html data-kept="7" lang="en">');
  assert.equal(wordsOf('<span data-agreed="/resident.json?lang=ru&amp;v=1">'), "/resident.json?lang=ru&v=1");
  assert.equal(wordsOf("<p>"), null);
});

test("only what an address promises is kept: no gate's page, no error", () => {
  const answer = (type: string, ok = true, redirected = false): Parameters<typeof fits>[1] =>
    ({ ok, redirected, headers: { get: () => type } });
  assert.equal(fits("list", answer("application/json")), true);
  assert.equal(fits("list", answer("application/manifest+json")), true);
  assert.equal(fits("asset", answer("text/javascript")), true);
  assert.equal(fits("asset", answer("image/svg+xml")), true);
  for (const way of ["list", "asset"] as const) {
    assert.equal(fits(way, answer("text/html; charset=utf-8")), false);
    assert.equal(fits(way, answer("application/json", false)), false);
    assert.equal(fits(way, answer("text/javascript", true, true)), false);
  }
});
