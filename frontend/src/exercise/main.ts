// The public page of exercises: choose where you take part, see and hear the exercise, and never a warning.

import "../styles/exercise.css";
import { el, fill, pageData, put } from "../lib/page";
import { Sounder, type Tones } from "../lib/sound";
import { cellsFor, concerns, judge, takeAll, takeOne, told, type Drill, type Place, type Shown } from "./state";
import { listen } from "./stream";

interface Data {
  areas: Place[];
  drills: Drill[];
  now: string;
  silent_s: number;
  language: string;
  zone: string;
  tones: Tones;
  words: Record<string, string>;
}

const KEY = "tocsin.exercise.area";
const CHIME = "drill_chime";
const FLOOR_S = 40;

const data = pageData<Data>();
const word = (key: string): string => data.words[key] ?? key;
const known = told();
const sounder = new Sounder(data.tones, FLOOR_S);
const choose = el<HTMLSelectElement>("area");
const sound = el<HTMLButtonElement>("sound");
let ahead = Date.parse(data.now) - Date.now();
let place: Place | null = null;
let stop: (() => void) | null = null;
let loud = false;

function kept(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // private browsing
  }
}

function keep(id: string): void {
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // the choice lasts as long as the page
  }
}

const pick = (texts: Record<string, string>): string => texts[data.language] ?? texts["en"] ?? "";

/** `1 min 05 s`. */
function span(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  if (hours) return `${hours} ${word("unit_h")} ${minutes} ${word("unit_min")}`;
  return minutes ? `${minutes} ${word("unit_min")} ${rest} ${word("unit_s")}` : `${rest} ${word("unit_s")}`;
}

function said({ kind, drill }: Shown): string {
  return kind === "running" && drill ? pick(drill.instruction) : word(`drl_say_${kind}`);
}

function show(): void {
  const [now, server] = [Date.now(), Date.now() + ahead];
  const shown = judge(known, place, now, server, data.silent_s);
  const { kind, drill } = shown;
  el("now").dataset["drill"] = kind;
  put(el("state"), word(`drl_state_${kind}`));
  put(el("name"), drill ? drill.exercise : "");
  put(el("headline"), kind === "running" && drill ? pick(drill.headline) : "");
  put(el("sentence"), said(shown));
  const left = kind === "running" && drill ? (Date.parse(drill.expires) - server) / 1000 : -1;
  put(el("left"), left >= 0 ? fill(word("drl_left"), { time: span(left) }) : "");
  const age = known.heardAt === null ? null : (now - known.heardAt) / 1000;
  put(el("heard"), age === null ? word("drl_at_never") : fill(word("drl_at_heard"), { age: span(age) }));
}

function chime(drill: Drill): void {
  if (loud && concerns(drill, place)) sounder.play(CHIME, 10, drill.drill);
}

function heardAt(serverTime: string): void {
  const at = Date.parse(serverTime);
  if (!Number.isNaN(at)) ahead = at - Date.now();
  known.heardAt = Date.now();
}

/** The stream says what changes; what runs already is asked of the server, each time the stream begins anew. */
async function ask(): Promise<void> {
  const before = new Map(known.said);
  try {
    const reply = await fetch("/exercise.json");
    if (!reply.ok) return;
    const whole = (await reply.json()) as { generated_at: string; drills: Drill[] };
    heardAt(whole.generated_at);
    const fresh = takeAll(known, whole.drills, Date.now(), before);
    for (const id of fresh) chime(known.drills.get(id)!);
    show();
  } catch {
    // No network: the age goes on growing until the page says that it does not know.
  }
}

function follow(id: string): void {
  place = data.areas.find((one) => one.id === id) ?? null;
  choose.value = place?.id ?? "";
  keep(choose.value);
  stop?.();
  stop = listen(el("edge").dataset["url"] ?? "", cellsFor(place, data.areas), {
    hello: (time) => {
      heardAt(time);
      void ask();
    },
    ping: heardAt,
    drill: (drill) => {
      if (takeOne(known, drill, Date.now())) chime(drill);
      show();
    },
  });
  show();
}

sound.addEventListener("click", () => {
  loud = !loud;
  sound.setAttribute("aria-pressed", String(loud));
  put(sound, word(loud ? "drl_sound_off" : "drl_sound_on"));
  if (loud) void sounder.unlock().then(() => sounder.play(CHIME, 3, "try"));
  else sounder.stop();
});
choose.addEventListener("change", () => follow(choose.value));
takeAll(known, data.drills, Date.now());
el("now").hidden = false;
follow(choose.value || kept());
setInterval(show, 1000);
