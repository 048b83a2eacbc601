// The button "Use my position": asks the device, finds the area, and says how exact that is.

import { el, fill, put } from "../lib/page.ts";
import type { Place } from "../lib/state.ts";
import { places } from "./chooser.ts";
import { word } from "./data.ts";
import { around, type Found, locate, placed, position, type Spot } from "./here.ts";

/** To two digits: more would pretend. */
function rough(metres: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, metres))) - 1);
  return Math.ceil(metres / step) * step;
}

export class Finder {
  constructor(
    private readonly found: (place: Place, spot: Spot) => void,
    private readonly chosen: (place: Place) => void,
  ) {
    if (!("geolocation" in navigator)) return;
    const offer = document.getElementById("positionbox");
    if (offer) offer.hidden = false;
    document.getElementById("position")?.addEventListener("click", () => void this.#ask());
  }

  /** What was said of a position no longer concerns the place that is shown. */
  forget(): void {
    put(el("positionsaid"), "");
    el("maybe").hidden = true;
  }

  async #ask(): Promise<void> {
    const button = el<HTMLButtonElement>("position");
    this.forget();
    put(el("positionsaid"), word("pub_position_asking"));
    button.disabled = true;
    try {
      const spot = await position();
      const [drawn, all] = await Promise.all([around(spot), places()]);
      this.#tell(locate(drawn, spot), spot, all);
    } catch (fault) {
      const denied = fault instanceof Error && fault.message === "denied";
      put(el("positionsaid"), word(denied ? "pub_position_denied" : "pub_position_failed"));
    }
    button.disabled = false;
  }

  #tell(found: Found, spot: Spot, all: readonly Place[]): void {
    const place = placed(found, all);
    if (place) this.found(place, spot);
    const exact = fill(word("pub_position_found"), { metres: rough(spot.accuracy) });
    put(el("positionsaid"), place ? exact : word("pub_position_outside"));
    const maybe = all.filter((one) => found.maybe.includes(one.id));
    el("maybe").hidden = maybe.length === 0;
    const intro = Object.assign(document.createElement("li"), { textContent: word("pub_position_maybe") });
    el("maybe").replaceChildren(
      intro,
      ...maybe.map((one) => {
        const item = document.createElement("li");
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: one.name });
        button.className = "button";
        button.addEventListener("click", () => this.chosen(one));
        item.append(button);
        return item;
      }),
    );
  }
}
