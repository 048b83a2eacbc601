import assert from "node:assert/strict";
import test from "node:test";
import { plan, Sounder, type Tones, type World } from "../src/lib/sound.ts";

const one = (level: number, urgent: boolean, repeats = true): Tones["tones"][string] => ({
  urgent,
  repeats,
  segments: [{ from_hz: 400, to_hz: 400, seconds: 2, level }],
});
const TONES: Tones = {
  edge_s: 0.005,
  tones: {
    wail: {
      urgent: true,
      repeats: true,
      segments: [
        { from_hz: 420, to_hz: 840, seconds: 3.5, level: 1 },
        { from_hz: 840, to_hz: 420, seconds: 3.5, level: 1 },
      ],
    },
    steady: one(1, true),
    all_clear: one(0.9, false),
    chime: one(0.3, false, false),
  },
};

class Param {
  value = 1;
  events: [string, number, number][] = [];
  setValueAtTime(value: number, at: number): void {
    this.events.push(["set", value, at]);
  }
  linearRampToValueAtTime(value: number, at: number): void {
    this.events.push(["ramp", value, at]);
  }
  cancelScheduledValues(at: number): void {
    this.events.push(["cancel", 0, at]);
  }
}

class Node {
  frequency = new Param();
  gain = new Param();
  buffer: unknown = null;
  started: number | undefined;
  stopped: number | undefined;
  cut = false;
  onended: (() => void) | null = null;
  connect(next: Node): Node {
    return next;
  }
  disconnect(): void {
    this.cut = true;
  }
  start(at = 0): void {
    this.started = at;
  }
  stop(at = 0): void {
    this.stopped = at;
  }
}

class Audio {
  state = "suspended";
  allowed = true;
  currentTime = 0;
  destination = new Node();
  voices: Node[] = [];
  gains: Node[] = [];
  onstatechange: (() => void) | null = null;
  createOscillator(): Node {
    this.voices.push(new Node());
    return this.voices[this.voices.length - 1]!;
  }
  createGain(): Node {
    this.gains.push(new Node());
    return this.gains[this.gains.length - 1]!;
  }
  createBufferSource = (): Node => new Node();
  createBuffer = (): object => ({});
  resume(): Promise<void> {
    if (!this.allowed) return new Promise(() => {});
    this.turn("running");
    return Promise.resolve();
  }
  turn(state: string): void {
    this.state = state;
    this.onstatechange?.();
  }
}

/** A device with a clock and a store; each sounder on it is a tab. */
class Device {
  ms = Date.UTC(2024, 0, 4);
  kept = new Map<string, string>();
  listeners: EventTarget[] = [];
  store = {
    getItem: (name: string): string | null => this.kept.get(name) ?? null,
    setItem: (name: string, text: string): void => void this.kept.set(name, text),
  };

  tab(more: Partial<World> = {}): { sounder: Sounder; audio: Audio; page: EventTarget & { hidden: boolean } } {
    const audio = new Audio();
    const tabs = new EventTarget();
    this.listeners.push(tabs);
    const page = Object.assign(new EventTarget(), { hidden: false });
    const world: World = {
      context: () => audio as unknown as AudioContext,
      now: () => this.ms,
      store: this.store,
      tabs,
      page,
      touched: () => true,
      ...more,
    };
    return { sounder: new Sounder(TONES, 40, world), audio, page };
  }

  async open(more: Partial<World> = {}): Promise<ReturnType<Device["tab"]>> {
    const made = this.tab(more);
    assert.equal(await made.sounder.unlock(), true);
    return made;
  }

  /** What browsers do a moment after a tab wrote. */
  tell(): void {
    for (const one of this.listeners) one.dispatchEvent(new Event("storage"));
  }
}

test("a plan has straight lines of pitch, a fade in and a fade out", () => {
  const made = plan(TONES.tones["wail"]!, 8, 0.005);
  assert.deepEqual(made.hertz, [
    { at: 0, value: 420, ramp: false },
    { at: 3.5, value: 840, ramp: true },
    { at: 3.5, value: 840, ramp: false },
    { at: 7, value: 420, ramp: true },
    { at: 7, value: 420, ramp: false },
    { at: 10.5, value: 840, ramp: true },
  ]);
  assert.deepEqual(made.level, [
    { at: 0, value: 0, ramp: false },
    { at: 0, value: 0, ramp: false },
    { at: 0.005, value: 1, ramp: true },
    { at: 7.995, value: 1, ramp: false },
    { at: 8, value: 0, ramp: true },
  ]);
});

test("a chime sounds once, and nothing sounds longer than a siren may", () => {
  assert.equal(plan(TONES.tones["chime"]!, 60, 0.005).seconds, 2);
  assert.equal(plan(TONES.tones["wail"]!, 9999, 0.005).seconds, 300);
});

test("levels never lie in the wrong order", () => {
  for (const tone of Object.values(TONES.tones))
    for (const seconds of [0.01, 0.5, 1.999, 2, 2.001, 7, 61]) {
      const { level, hertz, seconds: long } = plan(tone, seconds, 0.005);
      for (let n = 1; n < level.length; n++) assert.ok(level[n]!.at >= level[n - 1]!.at, JSON.stringify(level));
      for (let n = 1; n < hertz.length; n++) assert.ok(hertz[n]!.at >= hertz[n - 1]!.at);
      assert.deepEqual(level[level.length - 1], { at: long, value: 0, ramp: true });
    }
});

test("it is locked until a touch, and says so", async () => {
  const device = new Device();
  let touched = false;
  const { sounder, audio } = device.tab({ touched: () => touched });
  assert.equal(sounder.locked, true);
  assert.equal(await sounder.unlock(), false);
  assert.equal(sounder.play("wail", 10, "w1"), false);
  assert.equal(audio.voices.length, 0);
  assert.equal(sounder.waitS, 0); // What did not sound holds nothing back.
  touched = true;
  let told = 0;
  sounder.onChange = () => (told += 1);
  assert.equal(await sounder.unlock(), true);
  assert.ok(told > 0);
  assert.equal(sounder.play("wail", 10, "w1"), true);
  assert.equal(sounder.sounding, "wail");
});

test("a browser that never answers leaves it locked", async () => {
  const { sounder, audio } = new Device().tab();
  audio.allowed = false;
  assert.equal(await sounder.unlock(), false);
  assert.equal(sounder.locked, true);
});

test("the first touch anywhere unlocks, and later ones do nothing", async () => {
  const { sounder, audio } = new Device().tab();
  const page = new EventTarget();
  sounder.arm(page);
  page.dispatchEvent(new Event("keydown"));
  await new Promise((done) => setImmediate(done));
  assert.equal(sounder.locked, false);
  audio.turn("suspended");
  page.dispatchEvent(new Event("pointerup"));
  await new Promise((done) => setImmediate(done));
  assert.equal(audio.state, "suspended");
});

test("a sound is wholly on the audio clock and ends by itself", async () => {
  const { sounder, audio } = await new Device().open();
  audio.currentTime = 12;
  sounder.play("steady", 6, "w1");
  const voice = audio.voices[0]!;
  assert.ok(Math.abs(voice.started! - 12.03) < 1e-9);
  assert.ok(Math.abs(voice.stopped! - 18.03) < 1e-9);
  voice.onended!();
  assert.equal(sounder.sounding, null);
});

test("two urgent sounds start 40 s apart, also after a reload and in another tab", async () => {
  const device = new Device();
  const first = await device.open();
  assert.equal(first.sounder.play("wail", 10, "w1"), true);
  device.ms += 39_000;
  const reloaded = await device.open();
  assert.equal(reloaded.sounder.play("wail", 10, "w1"), false);
  assert.equal(reloaded.sounder.play("steady", 10, "w2"), false);
  assert.equal(reloaded.sounder.waitS, 1);
  device.ms += 1_000;
  assert.equal(reloaded.sounder.play("steady", 10, "w2"), true);
});

test("a clock that went back silences nobody", async () => {
  const device = new Device();
  const { sounder } = await device.open();
  sounder.play("wail", 10, "w1");
  device.ms -= 3_600_000;
  assert.equal(sounder.play("wail", 10, "w2"), true);
});

test("an all clear sounds at once, and ends the wait", async () => {
  const device = new Device();
  const { sounder } = await device.open();
  sounder.play("wail", 60, "w1");
  device.ms += 5_000;
  assert.equal(sounder.play("all_clear", 20, "w1"), true);
  assert.equal(sounder.sounding, "all_clear");
  assert.equal(sounder.play("wail", 60, "w2"), true);
});

test("I am safe silences this warning only, in every tab, and never its all clear", async () => {
  const device = new Device();
  const [here, there] = [await device.open(), await device.open()];
  here.sounder.play("wail", 60, "w1");
  there.sounder.muteRaid("w1");
  assert.equal(here.sounder.sounding, "wail");
  device.tell();
  assert.equal(here.sounder.sounding, null);
  device.ms += 60_000;
  const reloaded = await device.open();
  assert.equal(reloaded.sounder.muted("w1"), true);
  assert.equal(reloaded.sounder.play("wail", 60, "w1"), false);
  assert.equal(reloaded.sounder.play("all_clear", 60, "w1"), true);
  assert.equal(reloaded.sounder.play("wail", 60, "w2"), true);
});

test("who is not safe after all hears it again", async () => {
  const { sounder } = await new Device().open();
  sounder.muteRaid("w1");
  sounder.unmuteRaid("w1");
  assert.equal(sounder.muted("w1"), false);
  assert.equal(sounder.play("wail", 60, "w1"), true);
});

test("mutes are forgotten after two days", async () => {
  const device = new Device();
  const { sounder } = await device.open();
  sounder.muteRaid("w1");
  device.ms += 49 * 3_600_000;
  sounder.muteRaid("w2");
  assert.deepEqual([sounder.muted("w1"), sounder.muted("w2")], [false, true]);
});

test("of two tabs that start at once one goes on", async () => {
  const device = new Device();
  // Both asked before either had written.
  const blind = { ...device.store, getItem: (): null => null };
  const [here, there] = [await device.open({ store: blind }), await device.open({ store: blind })];
  assert.deepEqual([here.sounder.play("wail", 60, "w1"), there.sounder.play("wail", 60, "w1")], [true, true]);
  blind.getItem = device.store.getItem as () => null;
  device.tell();
  assert.deepEqual([here.sounder.sounding, there.sounder.sounding], [null, "wail"]); // The store names the last writer.
});

test("a tab that sounds gives way to another that sounds later", async () => {
  const device = new Device();
  const [here, there] = [await device.open(), await device.open()];
  here.sounder.play("wail", 60, "w1");
  device.ms += 10_000;
  there.sounder.play("all_clear", 60, "w1");
  device.tell();
  assert.deepEqual([here.sounder.sounding, there.sounder.sounding], [null, "all_clear"]);
});

test("a chime never interrupts what is in earnest", async () => {
  const { sounder } = await new Device().open();
  assert.equal(sounder.play("chime", 5, "d1"), true);
  assert.equal(sounder.play("all_clear", 60, "w1"), true);
  assert.equal(sounder.play("chime", 5, "d1"), false);
  assert.equal(sounder.sounding, "all_clear");
});

test("stop is silence within a fade", async () => {
  const { sounder, audio } = await new Device().open();
  sounder.play("wail", 60, "w1");
  audio.currentTime = 5;
  sounder.stop();
  assert.equal(sounder.sounding, null);
  assert.deepEqual(audio.gains[0]!.gain.events.map(([kind, value]) => [kind, value]), [["cancel", 0], ["set", 0.63], ["ramp", 0]]);
  assert.ok(audio.voices[0]!.stopped! - 5 < 0.02);
});

test("while words are spoken the siren is silent, and goes on after", async () => {
  const { sounder, audio } = await new Device().open();
  sounder.play("wail", 60, "w1");
  sounder.hush(true);
  sounder.hush(false);
  const ramps = audio.gains[0]!.gain.events.filter(([kind]) => kind === "ramp");
  assert.deepEqual(ramps.map(([, value]) => value), [0, 0.63]);
});

test("a phone that slept does not sound late", async () => {
  const device = new Device();
  const { sounder, audio, page } = await device.open();
  sounder.play("wail", 20, "w1");
  audio.turn("suspended");
  page.hidden = true;
  device.ms += 120_000;
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  await new Promise((done) => setImmediate(done));
  assert.equal(audio.state, "running");
  assert.equal(sounder.sounding, null);
  assert.equal(audio.gains[0]!.cut, true);
});

test("a phone that is looked at again goes on", async () => {
  const { sounder, audio, page } = await new Device().open();
  sounder.play("wail", 20, "w1");
  audio.turn("suspended");
  assert.equal(sounder.locked, true);
  page.dispatchEvent(new Event("visibilitychange"));
  await new Promise((done) => setImmediate(done));
  assert.deepEqual([sounder.locked, sounder.sounding], [false, "wail"]);
});

test("without a store, or with nonsense in it, this tab still keeps the rules", async () => {
  const fail = (): never => {
    throw new Error("no store");
  };
  for (const store of [{ getItem: fail, setItem: fail }, { getItem: (): string => "{nonsense", setItem: fail }]) {
    const { sounder } = await new Device().open({ store });
    assert.equal(sounder.play("wail", 10, "w1"), true);
    assert.equal(sounder.play("wail", 10, "w2"), false);
    sounder.muteRaid("w1");
    assert.equal(sounder.muted("w1"), true);
  }
});

test("a tone that nobody knows does not sound", async () => {
  const { sounder } = await new Device().open();
  assert.equal(sounder.play("trumpet", 10, "w1"), false);
});
