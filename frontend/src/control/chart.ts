// The map of the officer's night, if wanted: it shows what the list beside it says, and nothing else.

import { stateMap, type StateMap } from "../lib/map.ts";
import type { Data } from "./data.ts";

const WANTED = "tocsin.control.map";
/** Below this width the list alone is quicker to read, unless the officer asks for the map. */
const ROOM = "(min-width: 48rem)";

export class Chart {
  private map: Promise<StateMap> | null = null;
  private states: Record<string, string>;
  private silent = false;
  private drawn = "";

  constructor(private readonly data: Data) {
    this.states = data.areas;
    const button = document.getElementById("map-show") as HTMLButtonElement;
    button.hidden = false;
    button.addEventListener("click", () => this.show(button, button.getAttribute("aria-pressed") !== "true", true));
    const kept = read();
    this.show(button, kept ? kept === "on" : matchMedia(ROOM).matches, false);
  }

  private show(button: HTMLButtonElement, on: boolean, keep: boolean): void {
    const host = document.getElementById("map")!;
    button.setAttribute("aria-pressed", String(on));
    host.hidden = !on;
    if (keep) write(on ? "on" : "off");
    if (!on) return;
    if (this.map) void this.map.then((map) => map.resize());
    else this.map = stateMap(host, { ...this.data.map, cooperative: true, onPick: picked });
    this.draw();
  }

  /** The states as the ledger says them now. */
  set(states: Record<string, string>): void {
    this.states = states;
    this.draw();
  }

  /** Without truth every area is unknown. */
  lost(silent: boolean): void {
    this.silent = silent;
    this.draw();
  }

  private draw(): void {
    const next = this.silent ? {} : this.states;
    const key = JSON.stringify(next);
    if (!this.map || key === this.drawn) return;
    this.drawn = key;
    void this.map.then((map) => map.set(next));
  }
}

function picked(id: string): void {
  const row = document.querySelector<HTMLElement>(`[data-place="${CSS.escape(id)}"]`);
  row?.scrollIntoView({ block: "nearest" });
  row?.classList.add("ctl-picked");
  setTimeout(() => row?.classList.remove("ctl-picked"), 2_000);
}

function read(): string | null {
  try {
    return localStorage.getItem(WANTED);
  } catch {
    return null;
  }
}

function write(value: string): void {
  try {
    localStorage.setItem(WANTED, value);
  } catch {
    /* Without storage the choice lasts as long as the page. */
  }
}
