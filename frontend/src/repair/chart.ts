// The map of needs, when a dispatcher asks for it; the queue beside it says the same.

import { stateMap, type StateMap } from "../lib/map.ts";
import type { Data } from "./board.ts";

export class Chart {
  private map: Promise<StateMap> | null = null;

  constructor(private readonly data: Data) {
    const button = document.getElementById("rep-map-show");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => this.show(button, button.getAttribute("aria-pressed") !== "true"));
  }

  private show(button: HTMLElement, on: boolean): void {
    const host = document.getElementById("rep-map")!;
    button.setAttribute("aria-pressed", String(on));
    host.hidden = !on;
    if (on && !this.map)
      this.map = stateMap(host, { ...this.data.map, cooperative: true, points: this.data.needs, onPoint: picked });
    else if (on) void this.map?.then((map) => map.resize());
    else this.close();
  }

  /** Positions were fetched for the map that stands now; the next one fetches them anew. */
  private close(): void {
    void this.map?.then((map) => map.destroy());
    this.map = null;
  }

  /** Something changed: what is drawn keeps its places, and the next look asks anew. */
  again(): void {
    document.getElementById("rep-map")?.toggleAttribute("data-stale", this.map !== null);
  }
}

function picked(id: string): void {
  const row = document.getElementById(`need-${id}`);
  row?.scrollIntoView({ block: "center" });
  row?.classList.add("ctl-picked");
  setTimeout(() => row?.classList.remove("ctl-picked"), 2_000);
}
