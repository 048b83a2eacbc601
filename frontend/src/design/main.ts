// The page of the visual language: choose an appearance, turn the state, see the page as an exercise, count contrasts.

import "../styles/design.css";
import { el } from "../lib/page";
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

el("edges").addEventListener("click", () => {
  el("edges").setAttribute("aria-pressed", String(document.body.classList.toggle("exercise")));
});
