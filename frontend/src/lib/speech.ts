// Words spoken aloud by the browser itself.
//
// Decided: a siren and a voice never sound together. While words are spoken the siren is silent and goes on after them,
// and the first seconds of a siren are never silenced, so that it is known for what it is; words wait for that.
//
// Only voices of the device are used: others send the text to somebody else's computer. The voice must be of the very
// language. Where there is none nothing is spoken: a Ukrainian text in a Russian voice would be worse than silence.

/** What of the siren concerns the voice; `Sounder` has it. */
export interface Siren {
  readonly sounding: string | null;
  readonly soundedS: number;
  onStart: () => void;
  hush(on: boolean): void;
}

export interface SpeechWorld {
  synthesis: SpeechSynthesis | undefined;
  utterance: (text: string) => SpeechSynthesisUtterance;
  /** Runs something after so many milliseconds; the answer stops it. */
  after: (ms: number, act: () => void) => () => void;
}

/** How long a siren sounds before words may interrupt it: one sweep of the wail. */
const FIRST_S = 4;
/** Some browsers never say that an utterance ended. */
const SLOWEST_S_A_LETTER = 0.15;

const browser = (): SpeechWorld => ({
  synthesis: globalThis.speechSynthesis,
  utterance: (text) => new SpeechSynthesisUtterance(text),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
});

/** The device's own voice for a language tag, or null. */
export function voiceFor(voices: readonly SpeechSynthesisVoice[], language: string): SpeechSynthesisVoice | null {
  const base = (tag: string): string => tag.toLowerCase().split(/[-_]/)[0]!;
  const fit = voices.filter((one) => one.localService && base(one.lang) === base(language));
  const same = fit.find((one) => one.lang.toLowerCase() === language.toLowerCase());
  return same ?? fit.find((one) => one.default) ?? fit[0] ?? null;
}

export class Speaker {
  private siren: Siren | null = null;
  private readonly world: SpeechWorld;
  private waiting: (() => void) | null = null;
  private watchdog: (() => void) | null = null;
  private speaking: SpeechSynthesisUtterance | null = null;

  constructor(world: Partial<SpeechWorld> = {}) {
    this.world = { ...browser(), ...world };
    this.world.synthesis?.getVoices(); // Browsers read their list of voices when first asked.
  }

  /** Speak beside a siren, by the rules above. */
  beside(siren: Siren): void {
    this.siren = siren;
    siren.onStart = () => this.stop();
  }

  /** Whether there is a voice for the language. */
  can(language: string): boolean {
    return voiceFor(this.world.synthesis?.getVoices() ?? [], language) !== null;
  }

  /**
   * Speak a text in place of whatever is spoken or waits.
   *
   * @returns false when there is no voice for the language
   */
  say(text: string, language: string): boolean {
    const voice = voiceFor(this.world.synthesis?.getVoices() ?? [], language);
    if (!voice || !this.world.synthesis) return false;
    this.stop();
    const wait = this.siren?.sounding ? FIRST_S - this.siren.soundedS : 0;
    if (wait > 0) this.waiting = this.world.after(wait * 1000, () => this.start(text, voice));
    else this.start(text, voice);
    return true;
  }

  /** Silence the voice; the siren, if it gave way, goes on. */
  stop(): void {
    this.waiting?.();
    this.waiting = null;
    if (!this.speaking) return;
    this.world.synthesis?.cancel();
    this.over(this.speaking);
  }

  private start(text: string, voice: SpeechSynthesisVoice): void {
    this.waiting = null;
    const words = this.world.utterance(text);
    [words.voice, words.lang] = [voice, voice.lang];
    words.onend = words.onerror = () => this.over(words);
    this.speaking = words;
    this.siren?.hush(true);
    this.watchdog = this.world.after(2000 + text.length * SLOWEST_S_A_LETTER * 1000, () => this.stop());
    this.world.synthesis!.speak(words);
  }

  private over(words: SpeechSynthesisUtterance): void {
    if (this.speaking !== words) return; // An older one, long replaced.
    this.speaking = null;
    this.watchdog?.();
    this.watchdog = null;
    this.siren?.hush(false);
  }
}

/** Speaks the time left, once at each step, with the words that the page has for it. */
export class Countdown {
  private next: number;
  private readonly speak: (step: number) => void;
  private readonly steps: readonly number[];

  /** @param speak is given the seconds of the step */
  constructor(speak: (step: number) => void, steps: readonly number[] = [60, 30, 15, 10, 5]) {
    this.speak = speak;
    this.steps = steps;
    this.next = 0;
  }

  /** Call it often with the seconds that are left. A step that was missed by more than two seconds is left out. */
  at(left: number): void {
    let due: number | undefined;
    while (this.next < this.steps.length && left <= this.steps[this.next]!) due = this.steps[this.next++];
    if (due !== undefined && due - left < 2 && left > 0) this.speak(due);
  }
}

let speaker: Speaker | undefined;

/** The page's one speaker. */
export function voice(): Speaker {
  return (speaker ??= new Speaker());
}

/** Speak a text; false when this browser has no voice for the language. */
export function say(text: string, language: string): boolean {
  return voice().say(text, language);
}
