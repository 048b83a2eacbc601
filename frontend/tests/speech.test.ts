import assert from "node:assert/strict";
import test from "node:test";
import { Countdown, Speaker, voiceFor } from "../src/lib/speech.ts";

const voice = (lang: string, localService = true, name = lang): SpeechSynthesisVoice => ({
  lang,
  localService,
  name,
  default: false,
  voiceURI: name,
});

function stage(voices: SpeechSynthesisVoice[]) {
  const said: { text: string; lang: string; onend: () => void }[] = [];
  const hushes: boolean[] = [];
  const later: { ms: number; act: () => void; gone: boolean }[] = [];
  let cancels = 0;
  const synthesis = {
    getVoices: () => voices,
    speak: (one: { text: string; lang: string; onend: () => void }) => said.push(one),
    cancel: () => (cancels += 1),
  } as unknown as SpeechSynthesis;
  const siren = {
    sounding: null as string | null,
    soundedS: 0,
    onStart: (): void => {},
    hush: (on: boolean): void => void hushes.push(on),
  };
  const speaker = new Speaker({
    synthesis,
    utterance: (text) => ({ text }) as SpeechSynthesisUtterance,
    after: (ms, act) => {
      const one = { ms, act, gone: false };
      later.push(one);
      return () => (one.gone = true);
    },
  });
  speaker.beside(siren);
  return { speaker, said, hushes, later, siren, cancels: () => cancels };
}

test("a voice of the very language, from the device itself", () => {
  const all = [voice("ru-RU"), voice("en_US"), voice("en-GB"), voice("de-DE", false)];
  assert.equal(voiceFor(all, "ru")?.lang, "ru-RU");
  assert.equal(voiceFor(all, "en-GB")?.lang, "en-GB");
  assert.equal(voiceFor(all, "en")?.lang, "en_US");
  assert.equal(voiceFor(all, "de"), null); // It would send the text away.
  assert.equal(voiceFor(all, "uk"), null); // Never a Russian voice.
  assert.equal(voiceFor([], "en"), null);
});

test("without a voice nothing is spoken, and it says so", () => {
  const { speaker, said } = stage([voice("ru-RU")]);
  assert.equal(speaker.say("Тривога", "uk"), false);
  assert.deepEqual([speaker.can("uk"), speaker.can("ru"), said.length], [false, true, 0]);
  assert.equal(new Speaker({ synthesis: undefined }).say("Alarm", "en"), false);
});

test("a new message replaces the old one, whose late end changes nothing", () => {
  const { speaker, said, hushes, cancels } = stage([voice("en-GB")]);
  assert.equal(speaker.say("One", "en"), true);
  assert.equal(speaker.say("Two", "en"), true);
  assert.deepEqual(said.map((one) => one.text), ["One", "Two"]);
  assert.equal(cancels(), 1);
  said[0]!.onend();
  assert.deepEqual(hushes, [true, false, true]);
  said[1]!.onend();
  assert.deepEqual(hushes, [true, false, true, false]);
});

test("the first seconds of a siren are its own; then it gives way to words", () => {
  const { speaker, said, hushes, later, siren } = stage([voice("en-GB")]);
  siren.sounding = "wail";
  siren.soundedS = 1;
  speaker.say("Go to the shelter", "en");
  assert.deepEqual([said.length, later[0]!.ms], [0, 3000]);
  speaker.say("Go to the basement", "en");
  assert.equal(later[0]!.gone, true);
  later[1]!.act();
  assert.deepEqual(said.map((one) => one.text), ["Go to the basement"]);
  assert.deepEqual(hushes, [true]);
});

test("a siren that starts silences the voice", () => {
  const { speaker, hushes, siren, cancels } = stage([voice("en-GB")]);
  speaker.say("All clear", "en");
  siren.onStart();
  assert.deepEqual([cancels(), hushes], [1, [true, false]]);
});

test("a browser that never says that it ended does not keep the siren silent", () => {
  const { speaker, hushes, later } = stage([voice("en-GB")]);
  speaker.say("Go", "en");
  later[0]!.act();
  assert.deepEqual(hushes, [true, false]);
});

test("each step of the countdown is spoken once", () => {
  const spoken: number[] = [];
  const count = new Countdown((step) => spoken.push(step));
  for (let left = 63; left > -3; left -= 0.25) count.at(left);
  assert.deepEqual(spoken, [60, 30, 15, 10, 5]);
});

test("who comes late hears the next step, and not those gone by", () => {
  const spoken: number[] = [];
  const count = new Countdown((step) => spoken.push(step));
  for (const left of [21.5, 14.9, 14, 7, 4.5, 4, 0, -1]) count.at(left);
  assert.deepEqual(spoken, [15, 5]);
});
