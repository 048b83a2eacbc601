// The siren on this page: one clear step to turn it on, what sounds when, "I am safe", and its state in sight.

import { icon } from "../lib/icon.ts";
import type { Update } from "../lib/link.ts";
import { el, fill, put } from "../lib/page.ts";
import { Sounder, type Tones } from "../lib/sound.ts";
import { Countdown, voice } from "../lib/speech.ts";
import { type AlertDoc, type Place, pick, placesOf, type Watch } from "../lib/state.ts";
import type { Box } from "../lib/store.ts";
import { clockOf } from "../lib/time.ts";
import { data, word } from "./data.ts";

/** One urgent sound or all clear, seconds; the sirens outside sound longer. */
const SIREN_S = 28;
const CLEAR_S = 14;
const CHIME_S = 1.5;
const FLOOR_S = 40;
const QUIET_MS = 3_600_000;
/** A change older than this is history: what holds now is judged from the state that follows it. */
const FRESH_S = 20;
/** Phases in which no sound may say that it is over. */
const NOT_CLEAR = ["alert", "pre_alert", "unknown"];
const WANTED = "tocsin.sound.on";

export class Sounding {
  readonly sounder: Sounder;
  readonly #speaker = voice();
  readonly #rung = new Set<string>();
  #countdown: { key: string; steps: Countdown } | null = null;
  #quietUntil = 0;
  /** Warnings that this page saw in force: their all clear is owed, also to who was out of reach when it came. */
  readonly #owed = new Set<string>();
  /** An urgent sound that had to wait for the one before. */
  #late: { tone: string; alert: AlertDoc } | null = null;
  #alert: AlertDoc | null = null;
  #zone = "UTC";

  constructor(
    tones: Tones,
    private readonly box: Box | null,
    private readonly now: () => number,
  ) {
    this.sounder = new Sounder(tones, FLOOR_S);
    this.#speaker.beside(this.sounder);
    this.sounder.onChange = () => this.draw();
    el("soundon").addEventListener("click", () => void this.#turnOn());
    el("safe").addEventListener("click", () => this.#safe());
    el("soundagain").addEventListener("click", () => this.#again());
    el("quiet").addEventListener("click", () => this.#quiet());
    // Who turned it on before need only touch the page anywhere: browsers keep a page silent until then.
    if (this.#wanted) this.sounder.arm(document);
  }

  get #wanted(): boolean {
    try {
      return this.box?.getItem(WANTED) === "1";
    } catch {
      return false;
    }
  }

  async #turnOn(): Promise<void> {
    const allowed = await this.sounder.unlock();
    try {
      this.box?.setItem(WANTED, "1");
    } catch {
      // private browsing: it is on as long as the page is
    }
    if (allowed) this.sounder.play("test_chime", CHIME_S, "test");
    this.draw();
  }

  #safe(): void {
    if (!this.#alert) return;
    this.sounder.muteRaid(this.#alert.id);
    this.#speaker.stop();
    this.draw();
    el("soundagain").focus();
  }

  #again(): void {
    this.#quietUntil = 0;
    if (this.#alert) this.sounder.unmuteRaid(this.#alert.id);
    this.draw();
    (el("safe").hidden ? el("quiet") : el("safe")).focus();
  }

  #quiet(): void {
    this.#quietUntil = this.now() + QUIET_MS;
    this.sounder.stop();
    this.#speaker.stop();
    this.draw();
    el("soundagain").focus();
  }

  /**
   * A change on the live path. Only one that carries a sound makes one, and only for the place that is shown.
   *
   * @param phase what holds there after the change
   */
  changed(place: Place, update: Update, phase: string): void {
    const alert = update.alert;
    if (!update.sound || !alert || alert.status !== "Actual") return;
    const here = placesOf(place);
    // A partial clear names where it is clear: where the warning stands it is no business of anybody.
    const named = update.siren_areas.length > 0 ? update.siren_areas : alert.areas;
    if (!named.some((id) => here.has(id))) return;
    if (update.sound === "off") return this.#silence(alert.id);
    if ((this.now() - Date.parse(update.at)) / 1000 > FRESH_S) return;
    if (this.#urgent(update.sound)) return this.#ring(update.sound, alert);
    if (NOT_CLEAR.includes(phase)) return; // another warning stands: nobody may hear that it is over
    this.#clear(update.sound, alert.id, alert.end ? this.#told(alert) : word(`say_${phase}`));
  }

  /** A whole state after a gap: a danger that began while we were deaf sounds now, and so does an all clear. */
  caughtUp(alert: AlertDoc | null): void {
    if (!alert) return;
    const tones = data.sounds[alert.threat] ?? {};
    const tone = tones[alert.level];
    if (!alert.end && tone && !this.#rung.has(alert.id)) this.#ring(tone, alert);
    const over = tones["all_clear"];
    if (alert.end === "all_clear" && over && this.#owed.has(alert.id)) this.#clear(over, alert.id, this.#told(alert));
  }

  /** What is in force when the page is opened was sounded already: it is read, not heard. */
  seen(alert: AlertDoc | null): void {
    if (alert) this.#rung.add(alert.id);
  }

  #silence(id: string): void {
    this.#owed.delete(id);
    if (this.#alert?.id === id || !this.#alert) {
      this.sounder.stop();
      this.#speaker.stop();
    }
  }

  #urgent(tone: string): boolean {
    return data.tones.tones[tone]?.urgent ?? true;
  }

  #told(alert: AlertDoc): string {
    return [alert.headline, alert.instruction].map((texts) => pick(texts, data.language)).filter(Boolean).join(" ");
  }

  #ring(tone: string, alert: AlertDoc): void {
    this.#rung.add(alert.id);
    if (this.now() < this.#quietUntil) return;
    // Too soon after the sound of another warning: it is owed. Of the same one another tab of this device has just told.
    const waits = !this.sounder.locked && this.sounder.waitS > 0 && this.sounder.lastKey !== alert.id;
    this.#late = waits ? { tone, alert } : null;
    if (waits || !this.sounder.play(tone, SIREN_S, alert.id)) return;
    this.#speaker.say(this.#told(alert), data.language);
  }

  #clear(tone: string, id: string, said: string): void {
    this.#owed.delete(id);
    if (this.now() < this.#quietUntil || !this.sounder.play(tone, CLEAR_S, id)) return;
    this.#speaker.say(said, data.language);
  }

  /** What had to wait is sounded when it may, if it still holds. */
  #catchUp(): void {
    const late = this.#late;
    if (!late || this.sounder.waitS > 0) return;
    this.#late = null;
    if (this.#alert?.id === late.alert.id) this.#ring(late.tone, late.alert);
  }

  /** Called every second with what is shown. */
  tick(place: Place, alert: AlertDoc | null, watch: Watch | null): void {
    this.#alert = alert && !alert.end ? alert : null;
    if (this.#alert) this.#owed.add(this.#alert.id);
    this.#catchUp();
    this.#zone = place.zone;
    if (this.#quietUntil && this.now() >= this.#quietUntil) this.#quietUntil = 0;
    this.#count(watch);
    this.draw();
  }

  #count(watch: Watch | null): void {
    const key = this.#alert?.id ?? "";
    if (!key || watch?.kind !== "left") return;
    if (this.#countdown?.key !== key) {
      const say = (n: number): void => {
        const silent = this.sounder.locked || this.sounder.muted(key) || this.#quietUntil > 0;
        if (!silent) this.#speaker.say(fill(word("pub_left_spoken"), { n }), data.language);
      };
      this.#countdown = { key, steps: new Countdown(say, [30, 15, 10, 5]) };
    }
    this.#countdown.steps.at(watch.seconds);
  }

  draw(): void {
    const can = "AudioContext" in globalThis;
    const on = can && !this.sounder.locked;
    const muted = on && this.#alert !== null && this.sounder.muted(this.#alert.id);
    const quiet = on && this.#quietUntil > 0;
    el("sound").hidden = false;
    el("sound").dataset["on"] = String(on && !muted && !quiet);
    el("soundon").hidden = on || !can;
    el("soundwhy").hidden = el("soundon").hidden;
    el("safe").hidden = !on || muted || quiet || this.#alert === null;
    el("soundagain").hidden = !muted && !quiet;
    el("quiet").hidden = !on || muted || quiet || this.#alert !== null;
    put(el("soundsaid"), this.#said(can, on, muted, quiet));
    const name = on && !muted && !quiet ? "sound_on" : "sound_off";
    if (el("soundicon").dataset["icon"] !== name) {
      el("soundicon").dataset["icon"] = name;
      el("soundicon").replaceChildren(icon(name));
    }
  }

  #said(can: boolean, on: boolean, muted: boolean, quiet: boolean): string {
    if (!can) return word("pub_sound_none");
    if (!on) return word(this.#wanted ? "pub_sound_waits" : "pub_sound_off");
    if (muted) return word("pub_safe_said");
    if (quiet) {
      const time = clockOf(this.#quietUntil, this.#zone, data.language, this.now());
      return fill(word("pub_sound_quiet_until"), { time });
    }
    return word("pub_sound_on") + (this.#speaker.can(data.language) ? "" : `. ${word("pub_voice_none")}`);
  }
}
