// The page of the visual language: choose an appearance, turn the state, see the page as an exercise, count contrasts.

import "../styles/design.css";
import { type MapOptions, stateMap } from "../lib/map";
import { el, pageData } from "../lib/page";
import { contrast, parse } from "./contrast";

function countContrasts(): void {
  for (const swatch of document.querySelectorAll<HTMLElement>(".swatch")) {
    const style = getComputedStyle(swatch);
    const front = swatch.dataset.shown ? style.color : style.borderTopColor;
    const said = swatch.querySelector("[data-contrast]");
    if (said) said.textContent = contrast(parse(front), parse(style.backgroundColor)).toFixed(1);
  }
}

function look(choice: string): void {
  if (choice) document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
  countContrasts();
}

function press(among: Iterable<HTMLElement>, pressed: HTMLElement): void {
  for (const one of among) one.setAttribute("aria-pressed", String(one === pressed));
}

el("look").hidden = el("turn").hidden = el("as-exercise").hidden = false;
for (const choice of document.querySelectorAll<HTMLInputElement>("#look input")) {
  choice.addEventListener("change", () => look(choice.value));
  if (choice.checked) look(choice.value);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", countContrasts);

const turns = [...document.querySelectorAll<HTMLElement>("#turns [data-turn]")];
for (const turn of turns) {
  turn.addEventListener("click", () => {
    el("turned").dataset.shown = turn.dataset.turn;
    el("turned-word").textContent = turn.dataset.word ?? "";
    el("turned-sentence").textContent = turn.dataset.sentence ?? "";
    press(turns, turn);
  });
}

el("map-ask").hidden = false;
el("map-show").addEventListener("click", async () => {
  el("map-ask").hidden = true;
  el("map-here").hidden = false;
  const map = await stateMap(el("map-here"), pageData<MapOptions>("map-data"));
  const states = turns.map((turn) => turn.dataset.turn ?? "");
  const areas = Object.keys(map.drawn()).sort();
  map.set(Object.fromEntries(areas.map((id, n) => [id, states[n % states.length] ?? ""])));
  Object.assign(window, { map }); // To be tried out in the browser's console.
});

el("edges").addEventListener("click", () => {
  el("edges").setAttribute("aria-pressed", String(document.body.classList.toggle("exercise")));
});
