import assert from "node:assert/strict";
import test from "node:test";
import { type Heard, Link, type Source, take, type Update } from "../src/lib/link.ts";
import { type AlertDoc, type AreaState, nothing } from "../src/lib/state.ts";
import { ServerClock } from "../src/lib/time.ts";

const NOW = 1_700_000_000_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const area = (phase: string): AreaState => ({ id: "north", names: {}, phase, kind: null, since: null, levels: [] });
const update = (more: Partial<Update> = {}): Heard => [
  "update",
  { at: iso(NOW), entry: "warning.issued", areas: [area("alert")], alert: null, sound: null, siren_areas: [], ...more },
];

test("truth is as old as the message says, and an old update never makes it older", () => {
  const [known, clock] = [nothing(), new ServerClock()];
  take(known, clock, ["state", { source_age_s: 4, areas: [area("ok")], alerts: [] }], NOW);
  assert.equal(known.truthAt, NOW - 4000);
  take(known, clock, update({ at: iso(NOW - 60_000) }), NOW);
  assert.equal(known.truthAt, NOW - 4000);
  take(known, clock, ["ping", { server_time: iso(NOW + 15_000), data_age_s: null }], NOW + 15_000);
  assert.equal(known.truthAt, NOW - 4000, "an age that is not known is no truth");
});

test("a new connection renews nothing that we knew before it has said what holds now", () => {
  const [known, clock] = [nothing(), new ServerClock()];
  take(known, clock, ["state", { source_age_s: 0, areas: [area("ok")], alerts: [] }], NOW);
  const later = NOW + 3_600_000;
  take(known, clock, ["hello", { server_time: iso(later), source_age_s: 0 }], later);
  take(known, clock, ["ping", { server_time: iso(later), data_age_s: 0 }], later);
  assert.equal(known.truthAt, NOW, "an hour-old calm is no news because the edge answers again");
  take(known, clock, ["state", { source_age_s: 0, areas: [area("alert")], alerts: [] }], later);
  assert.equal(known.truthAt, later);
  take(known, clock, ["ping", { server_time: iso(later), data_age_s: 0 }], later + 15_000);
  assert.equal(known.truthAt, later + 15_000);
});

test("a state of which a part cannot be read changes nothing", () => {
  const [known, clock] = [nothing(), new ServerClock()];
  take(known, clock, ["state", { source_age_s: 0, areas: [area("alert")], alerts: [] }], NOW);
  const broken = { source_age_s: 0, areas: [area("ok")] } as unknown as Heard[1];
  assert.throws(() => take(known, clock, ["state", broken] as Heard, NOW + 1000));
  assert.deepEqual([known.states.get("north")?.phase, known.truthAt], ["alert", NOW]);
});

test("an update changes the areas that cover us and no other", () => {
  const [known, clock] = [nothing(), new ServerClock()];
  take(known, clock, ["state", { source_age_s: 0, areas: [area("ok")], alerts: [] }], NOW);
  take(known, clock, update({ areas: [area("alert"), { ...area("alert"), id: "far" }] }), NOW);
  assert.deepEqual([...known.states.keys()], ["north"]);
  assert.equal(known.states.get("north")?.phase, "alert");
});

test("an exercise on the live path is not believed", () => {
  const [known, clock] = [nothing(), new ServerClock()];
  const drill = { id: "d", status: "Exercise", areas: ["north"] } as AlertDoc;
  take(known, clock, ["state", { source_age_s: 0, areas: [area("ok")], alerts: [drill] }], NOW);
  assert.equal(known.alerts.size, 0);
  assert.equal(take(known, clock, update({ alert: drill }), NOW), false);
  assert.equal(known.states.get("north")?.phase, "ok");
});

test("a wrong clock of the device is corrected and told", () => {
  const clock = new ServerClock();
  clock.heard(iso(NOW), NOW + 240_000, NOW + 240_000);
  assert.equal(clock.now(NOW + 250_000), NOW + 10_000);
  assert.equal(clock.wrongS(), 240);
  clock.heard(iso(NOW), NOW + 5000, NOW + 5000);
  assert.equal(clock.wrongS(), 0);
});

class Fake implements Source {
  readyState = 1;
  onerror: (() => void) | null = null;
  acts = new Map<string, (event: MessageEvent<string>) => void>();
  addEventListener(name: string, act: (event: MessageEvent<string>) => void): void {
    this.acts.set(name, act);
  }
  close(): void {
    this.readyState = 2;
  }
}

test("one connection at a time; what cannot be read is left out; a closed one is made anew", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [made, heard]: [Fake[], string[]] = [[], []];
  const urls: string[] = [];
  const link = new Link("http://edge", "ru", ([name]) => heard.push(name), (url) => {
    urls.push(url);
    made.push(new Fake());
    return made.at(-1)!;
  });
  assert.equal(link.open(["c1", "c2"]), true);
  assert.equal(link.open(["c1", "c2"]), false);
  assert.equal(urls[0], "http://edge/live?cells=c1%2Cc2&lang=ru");
  made[0]!.acts.get("ping")!({ data: "{" } as MessageEvent<string>);
  made[0]!.acts.get("ping")!({ data: "{}" } as MessageEvent<string>);
  assert.deepEqual(heard, ["ping"]);
  assert.equal(link.open(["c3"]), true);
  assert.equal(made[0]!.readyState, 2);
  made[1]!.onerror!(); // the browser tries again by itself
  t.mock.timers.tick(60_000);
  assert.equal(made.length, 2);
  made[1]!.readyState = 2;
  made[1]!.onerror!();
  t.mock.timers.tick(60_000);
  assert.equal(made.length, 3);
  link.close();
});

test("a connection over which nothing comes is made anew, with more patience each time, and goes on where it was", () => {
  const made: Fake[] = [];
  const urls: string[] = [];
  let at = 0;
  const make = (url: string): Source => {
    urls.push(url);
    made.push(new Fake());
    return made.at(-1)!;
  };
  const link = new Link("http://edge", "en", () => {}, make, () => at);
  link.open(["c1"]);
  made[0]!.acts.get("state")!({ data: "{}", lastEventId: "7" } as MessageEvent<string>);
  at += 23_000;
  link.watch();
  assert.equal(made.length, 1);
  at += 1_000; // its socket still counts as open
  link.watch();
  assert.equal(made.length, 2);
  assert.deepEqual([made[0]!.readyState, new URL(urls[1]!).searchParams.get("last_event_id")], [2, "7"]);
  at += 24_000;
  link.watch();
  assert.equal(made.length, 2, "an attempt that follows a silent one may take longer");
  link.wake(); // somebody looks: at once
  assert.equal(made.length, 3);
  link.wake();
  assert.equal(made.length, 3);
  made[2]!.acts.get("ping")!({ data: "{}", lastEventId: "" } as MessageEvent<string>);
  at += 3_600_000; // the device slept
  link.watch();
  assert.equal(made.length, 4);
  made[2]!.acts.get("ping")!({ data: "{}" } as MessageEvent<string>);
  link.open(["c2"]);
  assert.equal(new URL(urls[4]!).searchParams.get("last_event_id"), null, "another place begins anew");
});
