// The sirens' sounds in the browser, made from the numbers of `tocsin/warn/tones.py` and never from a recording.
//
// Rules kept here: two urgent sounds on one device start at least 40 s apart, by the clock on the wall, so that neither a
// reload nor a second tab sounds again; "I am safe" silences the urgent sounds of one warning only, and never its all
// clear (rules R15, R16); an all clear ends the wait, so that who was told that it is clear hears at once when it is not.
// A browser lets a page sound only after a touch or a key: until then `locked` is true and the page must say so.

export interface Segment {
  from_hz: number;
  to_hz: number;
  seconds: number;
  level: number;
}

export interface Tone {
  urgent: boolean;
  repeats: boolean;
  segments: Segment[];
}

/** What `tones_document()` puts into the page. `edge_s`: length of the fade where the level jumps. */
export interface Tones {
  edge_s: number;
  tones: Record<string, Tone>;
}

/** A value to be had at a time, in seconds from the start; `ramp`: reached in a straight line from the point before. */
export interface Point {
  at: number;
  value: number;
  ramp: boolean;
}

export interface Plan {
  hertz: Point[];
  level: Point[];
  seconds: number;
}

/** Longest sound without a new order, seconds: the hard limit of the sirens. */
const MOST_S = 300;
/** A full sine wave at the volume somebody left their phone at is hard on ears in headphones: 4 dB less. */
export const LOUDNESS = 0.63;
/** Tones below this level are chimes of tests and exercises. They never interrupt what is in earnest. */
const EARNEST = 0.5;
/** Time for the audio thread to take the whole plan before the first sample, seconds. */
const AHEAD_S = 0.03;
const FADE_S = 0.012;
/** Two tabs that start within this time heard the same event. */
const SAME_MS = 2_000;
const MUTES_KEPT_MS = 48 * 3_600_000;

const LAST_KEY = "tocsin.sound";
const MUTED_KEY = "tocsin.muted";

/** Frequency and level over time of a tone that sounds for so many seconds. Straight lines only, as the tones are. */
export function plan(tone: Tone, seconds: number, edge: number): Plan {
  const period = tone.segments.reduce((sum, one) => sum + one.seconds, 0);
  const end = Math.min(seconds, MOST_S, tone.repeats ? Infinity : period);
  const hertz: Point[] = [];
  const level: Point[] = [{ at: 0, value: 0, ramp: false }];
  let [at, loud] = [0, 0];
  for (let n = 0; at < end - edge; n++) {
    const { from_hz, to_hz, seconds: long, level: next } = tone.segments[n % tone.segments.length]!;
    hertz.push({ at, value: from_hz, ramp: false });
    if (to_hz !== from_hz) hertz.push({ at: at + long, value: to_hz, ramp: true });
    if (next !== loud) {
      const first = Math.max(0, at - edge / 2);
      level.push({ at: first, value: loud, ramp: false }, { at: first + edge, value: next, ramp: true });
    }
    [at, loud] = [at + long, next];
  }
  const kept = level.filter((one) => one.at <= end - edge);
  kept.push({ at: end - edge, value: kept[kept.length - 1]!.value, ramp: false }, { at: end, value: 0, ramp: true });
  return { hertz, level: kept, seconds: end };
}

function draw(param: AudioParam, points: Point[], start: number): void {
  for (const { at, value, ramp } of points)
    if (ramp) param.linearRampToValueAtTime(value, start + at);
    else param.setValueAtTime(value, start + at);
}

/** Schedule a whole plan on the audio clock: one oscillator, one gain, exact to the sample, no timer involved. */
export function schedule(context: BaseAudioContext, what: Plan, start: number, out: AudioNode): OscillatorNode {
  const [voice, gain] = [context.createOscillator(), context.createGain()];
  gain.gain.value = 0;
  draw(voice.frequency, what.hertz, start);
  draw(gain.gain, what.level, start);
  voice.connect(gain).connect(out);
  voice.start(start);
  voice.stop(start + what.seconds);
  return voice;
}

interface Sounding {
  tone: string;
  key: string;
  urgent: boolean;
  earnest: boolean;
  since: number;
  until: number;
  voice: OscillatorNode;
  out: GainNode;
  loud: number;
}

/** The last sound in earnest on this device, and the tab that made it. */
interface Last {
  at: number;
  by: string;
  urgent: boolean;
  /** The warning that it was for. */
  key?: string;
}

/** What the world outside gives; tests bring their own. */
export interface World {
  context: () => AudioContext;
  /** Milliseconds of the wall clock. */
  now: () => number;
  store: Pick<Storage, "getItem" | "setItem">;
  /** Says `storage` when another tab wrote. */
  tabs: EventTarget;
  /** Says `visibilitychange`. */
  page: EventTarget & { readonly hidden: boolean };
  /** Whether a touch or key came before; without one, asking for sound only makes the browser complain. */
  touched: () => boolean;
}

const browser = (): World => ({
  context: () => new AudioContext({ latencyHint: "interactive" }),
  now: () => Date.now(),
  // Asked for anew each time: a browser that keeps nothing throws here, and `read` and `write` take that.
  store: { getItem: (key) => localStorage.getItem(key), setItem: (key, value) => localStorage.setItem(key, value) },
  tabs: window,
  page: document,
  touched: () => navigator.userActivation?.hasBeenActive ?? true,
});

export class Sounder {
  /** Called when `locked` or `sounding` may have changed. */
  onChange: () => void = () => {};
  /** Called before a sound starts: speech gives way. */
  onStart: () => void = () => {};

  private context: AudioContext | null = null;
  private now: Sounding | null = null;
  private readonly tones: Tones;
  private readonly floorS: number;
  private readonly world: World;
  private readonly tab = Math.random().toString(36).slice(2);
  private readonly memory = new Map<string, string>();

  /** @param floorS least seconds from one urgent sound's start to the next one's */
  constructor(tones: Tones, floorS: number, world: Partial<World> = {}) {
    this.tones = tones;
    this.floorS = floorS;
    this.world = { ...(typeof window === "undefined" ? ({} as World) : browser()), ...world };
    this.world.tabs.addEventListener("storage", () => this.otherTab());
    this.world.page.addEventListener("visibilitychange", () => void this.wake());
  }

  /** Whether the browser still refuses to sound. */
  get locked(): boolean {
    return this.context?.state !== "running";
  }

  /** Name of the tone that sounds now. */
  get sounding(): string | null {
    return this.now && this.world.now() < this.now.until ? this.now.tone : null;
  }

  /** Seconds since the sound of now began; 0 in silence. */
  get soundedS(): number {
    return this.sounding && this.now ? (this.world.now() - this.now.since) / 1000 : 0;
  }

  /** Seconds until another urgent sound may start. */
  get waitS(): number {
    const last = this.read<Last | null>(LAST_KEY, null);
    const passed = (this.world.now() - (last?.urgent ? last.at : -Infinity)) / 1000;
    // A time yet to come was written by a clock that was wrong: it silences nobody.
    return passed < 0 ? 0 : Math.max(0, this.floorS - passed);
  }

  /** The warning for which the last urgent sound of this device was, in whatever tab. */
  get lastKey(): string {
    const last = this.read<Last | null>(LAST_KEY, null);
    return last?.urgent ? (last.key ?? "") : "";
  }

  /** Call it in the handler of a touch or key. Resolves to whether sound is allowed now. */
  async unlock(): Promise<boolean> {
    if (!this.world.touched()) return false;
    if (!this.context) {
      // Else a phone's silent switch would also silence the siren (Safari 16.4 and later).
      const session = (globalThis.navigator as { audioSession?: { type: string } } | undefined)?.audioSession;
      if (session) session.type = "playback";
      this.context = this.world.context();
      this.context.onstatechange = () => this.settle();
    }
    const context = this.context;
    const nothing = context.createBufferSource(); // Older phones believe a touch only when it starts a sound.
    nothing.buffer = context.createBuffer(1, 1, 22_050);
    nothing.connect(context.destination);
    nothing.start();
    // A refused resume never settles in some browsers.
    await Promise.race([context.resume().catch(() => {}), new Promise((done) => setTimeout(done, 500))]);
    this.onChange();
    return !this.locked;
  }

  /** Let the first touch or key anywhere in the page turn the sound on. */
  arm(target: EventTarget): void {
    const kinds = ["pointerup", "keydown"];
    const first = async (): Promise<void> => {
      if (await this.unlock()) for (const kind of kinds) target.removeEventListener(kind, first);
    };
    for (const kind of kinds) target.addEventListener(kind, first);
  }

  /**
   * Sound a tone for a warning, in place of what sounds now.
   *
   * @param key id of the warning
   * @returns false when it does not sound: too soon after another urgent sound, muted, locked, or a chime in earnest times
   */
  play(tone: string, seconds: number, key: string): boolean {
    const what = this.tones.tones[tone];
    if (!what || seconds <= 0 || this.locked || !this.context) return false;
    const earnest = Math.max(...what.segments.map((one) => one.level)) >= EARNEST;
    if (!earnest && this.sounding && this.now?.earnest) return false;
    if (what.urgent && (this.muted(key) || this.waitS > 0)) return false;
    this.onStart();
    this.stop();
    const now = this.world.now();
    if (earnest) this.write(LAST_KEY, { at: now, by: this.tab, urgent: what.urgent, key });
    this.start(tone, what, seconds, key, now, earnest);
    this.onChange();
    return true;
  }

  private start(tone: string, what: Tone, seconds: number, key: string, now: number, earnest: boolean): void {
    const context = this.context!;
    const out = context.createGain();
    out.gain.value = LOUDNESS;
    out.connect(context.destination);
    const planned = plan(what, seconds, this.tones.edge_s);
    const voice = schedule(context, planned, context.currentTime + AHEAD_S, out);
    const until = now + (planned.seconds + AHEAD_S) * 1000;
    const mine: Sounding = { tone, key, urgent: what.urgent, earnest, since: now, until, voice, out, loud: LOUDNESS };
    voice.onended = () => {
      if (this.now !== mine) return;
      this.now = null;
      this.onChange();
    };
    this.now = mine;
  }

  /** Silence at once, without a click. */
  stop(): void {
    const gone = this.now;
    this.now = null;
    if (!gone || !this.context) return;
    if (this.locked) {
      gone.out.disconnect(); // The audio clock stands still: a fade would be heard when it goes on.
      gone.voice.stop();
    } else {
      const at = this.context.currentTime;
      fade(gone, at, 0);
      gone.voice.stop(at + FADE_S);
    }
    this.onChange();
  }

  /** Silence the sound while something is spoken, and let it go on after. The sound's own time runs on. */
  hush(on: boolean): void {
    if (this.now && this.context) fade(this.now, this.context.currentTime, on ? 0 : LOUDNESS);
  }

  /** "I am safe": no urgent sound for this warning any more, on this device. */
  muteRaid(key: string): void {
    const now = this.world.now();
    const kept = Object.entries(this.mutes()).filter(([, at]) => now - at < MUTES_KEPT_MS);
    this.write(MUTED_KEY, Object.fromEntries([...kept, [key, now]]));
    this.obeyMute();
    this.onChange();
  }

  /** Take "I am safe" back: the next urgent sound of this warning is heard again. */
  unmuteRaid(key: string): void {
    this.write(MUTED_KEY, Object.fromEntries(Object.entries(this.mutes()).filter(([id]) => id !== key)));
    this.onChange();
  }

  muted(key: string): boolean {
    return key in this.mutes();
  }

  private mutes(): Record<string, number> {
    const kept = this.read<unknown>(MUTED_KEY, {});
    return typeof kept === "object" ? (kept as Record<string, number>) : {}; // else somebody else's bytes
  }

  private obeyMute(): void {
    if (this.now?.urgent && this.muted(this.now.key)) this.stop();
  }

  private otherTab(): void {
    this.obeyMute();
    const last = this.read<Last | null>(LAST_KEY, null);
    if (!this.now || !last || last.by === this.tab) return;
    // Another tab sounds since, or both heard the same event: the tab that the store names goes on.
    if (last.at > this.now.since - SAME_MS) this.stop();
  }

  /** A phone that slept goes on where the audio clock stood: a siren of long ago must not sound then. */
  private settle(): void {
    if (this.now && this.world.now() > this.now.until + 1000) this.stop();
    this.onChange();
  }

  private async wake(): Promise<void> {
    if (this.world.page.hidden || !this.context || !this.locked) return;
    this.settle();
    await this.context.resume().catch(() => {});
    this.settle();
  }

  private read<T>(name: string, otherwise: T): T {
    try {
      return (JSON.parse(this.world.store.getItem(name) ?? this.memory.get(name) ?? "null") as T | null) ?? otherwise;
    } catch {
      const kept = this.memory.get(name); // No store, or nonsense in it: this tab at least remembers.
      return kept === undefined ? otherwise : ((JSON.parse(kept) as T | null) ?? otherwise);
    }
  }

  private write(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.memory.set(name, text);
    try {
      this.world.store.setItem(name, text);
    } catch {
      // A private window or a full store.
    }
  }
}

function fade(one: Sounding, at: number, to: number): void {
  const { gain } = one.out;
  gain.cancelScheduledValues(at);
  gain.setValueAtTime(one.loud, at); // Not every browser tells what a gain has become.
  gain.linearRampToValueAtTime(to, at + FADE_S);
  one.loud = to;
}
