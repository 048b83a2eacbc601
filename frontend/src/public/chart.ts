// The map, on demand: nothing of it is loaded before somebody asks. The list of all areas says the same in words.

import { ask } from "../lib/ask.ts";
import { el, put } from "../lib/page.ts";
import type { StateMap } from "../lib/map.ts";
import { shownAs } from "../lib/state.ts";
import { data, word } from "./data.ts";

interface Phase {
  id: string;
  phase: string;
  kind: string | null;
}

const EVERY_MS = 10_000;

export class Chart {
  #map: StateMap | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  #shown: string | null = null;

  constructor(private readonly picked: (id: string) => void) {}

  offer(): void {
    el("map").hidden = false;
    el("mapshow").addEventListener("click", () => void this.#toggle());
  }

  async #toggle(): Promise<void> {
    const host = el("maphost");
    const show = host.hidden;
    host.hidden = !show;
    el("mapshow").setAttribute("aria-expanded", String(show));
    put(el("maptext"), word(show ? "pub_map_hide" : "pub_map_show"));
    clearInterval(this.#timer);
    if (!show) return;
    try {
      if (!this.#map) await this.#load(host);
      this.#map?.resize();
      await this.#paint();
      this.#map?.focus(this.#shown);
      this.#timer = setInterval(() => void this.#paint(), EVERY_MS);
      put(el("mapsaid"), "");
    } catch {
      put(el("mapsaid"), word("pub_map_failed"));
      host.hidden = true;
    }
  }

  async #load(host: HTMLElement): Promise<void> {
    put(el("mapsaid"), word("pub_map_loading"));
    const { stateMap } = await import("../lib/map.ts");
    const { basemap, language, words } = data;
    const options = { areas: "/map.json", basemap, language, words, onPick: this.picked, cooperative: true };
    this.#map = await stateMap(host, options);
  }

  /** The place that is shown on the page. */
  focus(id: string): void {
    this.#shown = id;
    this.#map?.focus(id);
  }

  /** What cannot be asked is not known: an old colour would be a lie. */
  async #paint(): Promise<void> {
    let states: Record<string, string> = {};
    try {
      const { phases } = await ask<{ phases: Phase[] }>("/api/v1/phases", { cache: "no-store" }, EVERY_MS);
      states = Object.fromEntries(phases.map((one) => [one.id, shownAs(one)[0]]));
    } catch {
      states = {};
    }
    this.#map?.set(states);
  }
}
