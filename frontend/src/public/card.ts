// The card of the chosen place: its state in words, how old that is and who says so, and what to do.

import { icon } from "../lib/icon.ts";
import { el, fill, put } from "../lib/page.ts";
import { type AlertDoc, type Judged, type Place, pick, shownAs, stopwatch } from "../lib/state.ts";
import type { Last } from "../lib/store.ts";
import { clockOf, span, type Units } from "../lib/time.ts";
import { data, type Step, stepsOf, word } from "./data.ts";

export interface Shown {
  place: Place;
  judged: Judged;
  alert: AlertDoc | null;
  /** What was known last, while nothing is known now. */
  last: Last | null;
  waiting: boolean;
  /** The server's clock, ms. */
  now: number;
  /** Seconds that this device's clock is ahead, 0 when it is right. */
  wrongS: number;
}

const NEAR_MS = 12 * 3600_000;

const age = (seconds: number): string => span(seconds, data.words as unknown as Units);

export function draw(shown: Shown): void {
  const { place, judged, alert, last } = shown;
  const [shape] = shownAs(judged.state);
  for (const id of ["card", "say"]) if (el(id).dataset["shown"] !== shape) el(id).dataset["shown"] = shape;
  el("card").hidden = false;
  el("more").hidden = false;
  put(el("place"), place.name);
  put(el("state"), word(`state_${shape}`));
  put(el("sentence"), sentence(shown));
  put(el("headline"), alert ? pick(alert.headline, data.language) : "");
  put(el("age"), ageOf(shown));
  el("age").classList.toggle("lost", judged.silent && !shown.waiting);
  put(el("clock"), clockSaid(shown.wrongS));
  watch(shown);
  before(place, judged, last, shown.now);
  todo(shown);
  message(place, alert, shown.now);
  parts(judged);
  document.title = `${word(`state_${shape}`)} · ${place.name} · Tocsin`;
}

function sentence({ judged, waiting }: Shown): string {
  if (waiting) return word("loading");
  if (judged.uncovered) return word("uncovered");
  return word(`say_${shownAs(judged.state)[1]}`);
}

function ageOf({ judged, waiting }: Shown): string {
  if (judged.ageS === null) return waiting ? word("age_none") : word("link_never");
  if (judged.silent) return fill(word("link_lost"), { age: age(judged.ageS) });
  return `${fill(word("age"), { age: age(judged.ageS) })} · ${fill(word("source"), { name: data.sender })}`;
}

function clockSaid(wrongS: number): string {
  if (wrongS === 0 || data.replay) return "";
  return fill(word(wrongS > 0 ? "pub_clock_fast" : "pub_clock_slow"), { time: age(Math.abs(wrongS)) });
}

function watch({ place, judged, alert, now }: Shown): void {
  const time = stopwatch(place, judged.state, alert, data.countdown, now);
  el("watch").hidden = !time;
  if (!time) return;
  if (el("watch").dataset["kind"] !== time.kind) el("watch").dataset["kind"] = time.kind;
  // The number stands apart, large, so that it can be read at arm's length.
  const [ahead = "", behind = ""] = word(time.kind).split("{time}");
  put(el("watchsaid"), ahead.trim());
  put(el("watchtime"), age(time.seconds));
  put(el("watchmore"), [behind.trim(), time.over ? word("lead_over") : ""].filter(Boolean).join(" "));
}

function before(place: Place, judged: Judged, last: Last | null, now: number): void {
  const box = el("before");
  box.hidden = judged.state.phase !== "unknown" || judged.uncovered || last === null;
  if (box.hidden || !last) return;
  if (box.dataset["shown"] !== last.shown) box.dataset["shown"] = last.shown;
  const said = { state: word(`state_${last.shown}`), time: clockOf(last.at, place.zone, data.language, now) };
  const stay = { alert: "pub_before_stay", pre_alert: "pub_before_ready" }[last.shown] ?? "pub_before_calm";
  put(el("beforesaid"), `${fill(word("pub_before"), said)} ${word(stay)}`);
  put(el("beforeheadline"), last.headline);
}

/** The act whose steps apply now. */
function act({ judged, alert, last }: Shown): Step[] {
  const { phase, kind } = judged.state;
  if (phase === "unknown" && last?.threat) return stepsOf(last.threat, last.level);
  if (phase === "ended") return stepsOf(alert?.threat ?? "other", data.steps.kinds[kind ?? ""] ?? "unknown");
  return phase === "ok" ? [] : stepsOf(alert?.threat ?? "other", phase);
}

function todo(shown: Shown): void {
  const unknown = shown.judged.state.phase === "unknown";
  const kept = unknown && shown.last?.threat ? shown.last : null;
  const steps = act(shown);
  const list = el("steps");
  const said = JSON.stringify(steps);
  if (list.dataset["said"] !== said) {
    list.replaceChildren(
      ...steps.map(([name, text]) => {
        const item = document.createElement("li");
        item.append(icon(name), Object.assign(document.createElement("span"), { textContent: text }));
        return item;
      }),
    );
    list.dataset["said"] = said;
  }
  put(el("instruction"), kept ? kept.instruction : shown.alert ? pick(shown.alert.instruction, data.language) : "");
  put(el("todotitle"), word(kept ? "pub_before_do" : "instruction"));
  el("todo").hidden = steps.length === 0 && el("instruction").hidden;
}

function message(place: Place, alert: AlertDoc | null, now: number): void {
  el("message").hidden = !alert;
  if (!alert) return;
  const description = pick(alert.description, data.language);
  put(el("description"), description);
  const expires = alert.end ? null : alert.expires;
  const until = expires ? clockOf(expires, place.zone, data.language, now) : "";
  // The agreed description says until when; said twice, a reader looks for the difference.
  const hour = /\d{1,2}:\d{2}/.exec(until)?.[0] ?? until;
  const near = expires !== null && Date.parse(expires) - now < NEAR_MS; // Its day is plain without being said.
  put(el("until"), until && !description.includes(near ? hour : until) ? fill(word("until"), { time: until }) : "");
  const name = pick(alert.sender_names, data.language) || alert.sender_name;
  const sent = fill(word("sent"), { time: clockOf(alert.sent, place.zone, data.language, now, true) });
  put(el("from"), [name && fill(word("source"), { name }), sent].filter(Boolean).join(" · "));
  if (el("cap").getAttribute("href") !== alert.cap) el("cap").setAttribute("href", alert.cap);
}

function parts(judged: Judged): void {
  const list = judged.parts
    .map((one) => ({ name: pick(one.names, data.language) || one.id, shape: shownAs(one)[0] }))
    .sort((a, b) => a.name.localeCompare(b.name, data.language));
  el("parts").hidden = list.length === 0;
  const said = JSON.stringify(list);
  if (el("partlist").dataset["said"] === said) return;
  el("partlist").dataset["said"] = said;
  el("partlist").replaceChildren(
    ...list.map(({ name, shape }) => {
      const item = document.createElement("li");
      item.append(`${name}: `, tag(shape));
      return item;
    }),
  );
}

/** A small sign of a state: shape and word. */
export function tag(shape: string): HTMLElement {
  const made = document.createElement("span");
  made.className = "tag";
  made.dataset["shown"] = shape;
  made.textContent = word(`state_${shape}`);
  return made;
}
