// Choosing a place by name: an editable combobox with a list, after the WAI-ARIA Authoring Practices. Without script the
// same field is a form that the server answers.

import { ask } from "../lib/ask.ts";
import { el, fill, put } from "../lib/page.ts";
import type { Place } from "../lib/state.ts";
import { word } from "./data.ts";
import { find } from "./search.ts";

const MOST_HITS = 8;

let asked: Promise<Place[]> | null = null;

/** Every place that can be chosen. Asked for once, when it is needed; a failure is asked again next time. */
export function places(): Promise<Place[]> {
  asked ??= ask<{ places: Place[] }>("/places.json")
    .then((told) => told.places)
    .catch((fault: unknown) => {
      asked = null;
      throw fault;
    });
  return asked;
}

/** The names of what holds a place, so that two of one name can be told apart. */
export function path(place: Place, all: readonly Place[]): string {
  return place.above.map((id) => all.find((one) => one.id === id)?.name ?? "").filter(Boolean).join(" · ");
}

export class Chooser {
  #all: Place[] = [];
  #hits: Place[] = [];
  #active = -1;
  readonly #input = el<HTMLInputElement>("search");
  readonly #list = el<HTMLUListElement>("hits");

  constructor(private readonly chosen: (place: Place) => void) {
    const input = this.#input;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", "hits");
    input.addEventListener("focus", () => void this.#load());
    input.addEventListener("input", () => void this.#search());
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.#close());
    el("chooser").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  async #load(): Promise<boolean> {
    try {
      this.#all = await places();
      return true;
    } catch {
      put(el("found"), word("pub_places_failed"));
      return false;
    }
  }

  async #search(): Promise<void> {
    if (!(await this.#load())) return;
    const text = this.#input.value.trim();
    this.#hits = find(this.#all, text, MOST_HITS);
    this.#active = -1;
    this.#draw();
    const count = this.#hits.length;
    put(el("found"), text === "" ? "" : count === 0 ? word("no_match") : fill(word("pub_found"), { n: count }));
  }

  async #submit(): Promise<void> {
    if (this.#active < 0) await this.#search();
    const hit = this.#hits[Math.max(0, this.#active)];
    if (hit) this.#take(hit);
  }

  #key(event: KeyboardEvent): void {
    const last = this.#hits.length - 1;
    if (event.key === "Escape" && this.#list.hidden && this.#input.value === "") return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && last >= 0) {
      this.#active = this.#active < 0 ? (step > 0 ? 0 : last) : (this.#active + step + last + 1) % (last + 1);
      this.#draw();
    } else if (event.key === "Escape") {
      if (this.#list.hidden) this.#input.value = "";
      this.#close();
      put(el("found"), "");
    } else return;
    event.preventDefault();
  }

  #draw(): void {
    const options = this.#hits.map((hit, n) => {
      const option = document.createElement("li");
      option.id = `hit${n}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", String(n === this.#active));
      const name = document.createElement("span");
      name.textContent = hit.name;
      const above = document.createElement("span");
      above.className = "hint";
      above.textContent = path(hit, this.#all);
      option.append(name, " ", above);
      // Before the field loses its focus, which would close the list under the finger.
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => this.#take(hit));
      return option;
    });
    this.#list.replaceChildren(...options);
    this.#list.hidden = options.length === 0;
    this.#input.setAttribute("aria-expanded", String(options.length > 0));
    if (this.#active >= 0) {
      this.#input.setAttribute("aria-activedescendant", `hit${this.#active}`);
      options[this.#active]?.scrollIntoView({ block: "nearest" });
    } else this.#input.removeAttribute("aria-activedescendant");
  }

  #close(): void {
    this.#hits = [];
    this.#active = -1;
    this.#draw();
  }

  #take(place: Place): void {
    this.#close();
    this.#input.value = "";
    put(el("found"), "");
    this.chosen(place);
  }
}
