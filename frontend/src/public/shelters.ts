// The shelters of the shown place: how far on foot when the device knows where it is, and of each what is not known.

import { ask } from "../lib/ask.ts";
import { advice } from "../lib/advice.ts";
import { type Door, doorNow } from "../lib/door.ts";
import { icon } from "../lib/icon.ts";
import { nearest, walkSeconds } from "../lib/near.ts";
import { el, fill, put } from "../lib/page.ts";
import type { Place } from "../lib/state.ts";
import { clockOf } from "../lib/time.ts";
import { counted, data, word } from "./data.ts";
import type { Spot } from "./here.ts";

export interface Shelter {
  id: string;
  name: string;
  kind: string;
  capacity: number | null;
  accessible: boolean | null;
  opened_by: string | null;
  door: Door | null;
  floors_below: number | null;
  lat: number;
  lon: number;
}

interface Row {
  what: Shelter;
  seconds: number | null;
}

const IN_SIGHT = 3;
const MOST = 6;
const MOST_LISTED = 12;
const AGAIN_MS = 300_000; // Doors change; nothing new costs a few bytes.

/** `[icon, text, known]` of what matters at the door. */
export function facts(one: Shelter, zone: string, now: number): [string, string, boolean][] {
  const say = (name: string, key: string, known: boolean, values: Record<string, string | number> = {}) =>
    [known ? name : "question", fill(word(key), values), known] as [string, string, boolean];
  const access = one.accessible === null ? "unknown" : one.accessible ? "yes" : "no";
  const floors = one.floors_below ? counted("n_floors_below", one.floors_below) : "";
  const time = one.door ? clockOf(one.door.at, zone, data.language, now) : "";
  return [
    say("door", one.door ? `shl_door_${one.door.state}` : "shl_door_unknown", one.door !== null, { time }),
    say("key", `shl_opened_${one.opened_by ?? "unknown"}`, one.opened_by !== null),
    say("wheelchair", `shl_access_${access}`, one.accessible !== null),
    one.capacity === null
      ? say("person", "shl_capacity_unknown", false)
      : say("person", "shl_capacity", true, { n: one.capacity }),
    floors ? ["basement", floors, true] : say("basement", one.floors_below === 0 ? "shl_floors_0" : "shl_floors_unknown", one.floors_below === 0),
  ];
}

export class Near {
  #place: Place | null = null;
  #spot: Spot | null = null;
  #shelters: Shelter[] = [];
  #at = "";
  #askedAt = 0;
  #leadS = 0;
  #calm = false;
  #drawn = "";

  constructor(private readonly now: () => number) {}

  /** The device stands here; held in memory only. Null: not known, or it no longer concerns the shown place. */
  stand(spot: Spot | null): void {
    this.#spot = spot;
    if (this.#at) this.#draw();
  }

  /** Seconds that are left to reach cover: the lead time of the place, or what a warning has left. ``calm``: none is in force. */
  lead(seconds: number, calm: boolean): void {
    const rough = Math.floor(seconds / 10) * 10; // A list that changes every second cannot be read.
    if (rough === this.#leadS && calm === this.#calm) return;
    this.#leadS = rough;
    this.#calm = calm;
    if (this.#at) this.#draw();
  }

  turnTo(place: Place): void {
    if (this.#place?.id === place.id) return;
    this.#place = place;
    this.#leadS = place.lead_s;
    this.#shelters = [];
    this.#at = "";
    this.#drawn = "";
    void this.#load(place);
  }

  /** Time has passed: a door that was seen too long ago is unknown, and now and then the list is asked for again. */
  again(): void {
    if (!this.#place || document.hidden) return;
    if (this.#at) this.#draw();
    if (this.now() - this.#askedAt >= AGAIN_MS) void this.#load(this.#place);
  }

  async #load(place: Place): Promise<void> {
    this.#askedAt = this.now();
    let told: { shelters: Shelter[]; generated_at: string } | null = null;
    try {
      told = await ask(`/shelters.json?${new URLSearchParams({ area: place.id })}`);
    } catch {
      told = null;
    }
    if (this.#place?.id !== place.id || (!told && this.#at)) return; // What is shown stays, with its time.
    this.#shelters = told?.shelters ?? [];
    this.#at = told?.generated_at ?? "";
    el("near").hidden = false;
    if (told) this.#draw();
    else if (el("near").dataset["area"] !== place.id) this.#failed();
  }

  #failed(): void {
    put(el("nearsaid"), word("pub_near_failed"));
    el("nearlist").replaceChildren();
    put(el("nearage"), "");
  }

  #draw(): void {
    const place = this.#place;
    if (!place) return;
    const spot = this.#spot;
    const shelters = this.#shelters.map((one) => ({ ...one, door: doorNow(one.door, this.now()) }));
    const time = clockOf(this.#at, place.zone, data.language, this.now());
    put(el("nearage"), shelters.length > 0 ? fill(word("pub_near_age"), { time }) : "");
    const rows: Row[] = spot
      ? nearest(shelters, spot.lat, spot.lon, MOST).map((one) => ({
          what: one.what,
          // As far as the position may be wrong, the way may be longer.
          seconds: one.seconds + walkSeconds(spot.accuracy),
        }))
      : shelters.slice(0, MOST_LISTED).map((what) => ({ what, seconds: null }));
    const key = JSON.stringify([place.id, rows, this.#leadS, this.#calm]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    el("near").dataset["area"] = place.id;
    const reached = rows.find((row) => advice(row.what, row.seconds, this.#leadS) === "shl_reachable");
    const first = reached ?? rows[0] ?? null;
    const said = word(advice(first?.what ?? null, first?.seconds ?? null, this.#leadS));
    const way = !spot && rows.length > 0 ? word("pub_near_area") : "";
    put(el("nearsaid"), rows.length === 0 ? word("shl_none") : reached || (this.#calm && !spot) ? "" : `${said}. ${word("shl_cover_steps")}.`);
    put(el("nearway"), way);
    const opened = el("nearlist").querySelector("details")?.open ?? false;
    el("nearlist").replaceChildren(...this.#lists(rows, place));
    const more = el("nearlist").querySelector("details");
    if (more) more.open = opened;
  }

  /** The first few in sight, the others behind one touch. */
  #lists(rows: readonly Row[], place: Place): HTMLElement[] {
    if (rows.length === 0) return [];
    const list = (some: readonly Row[]): HTMLUListElement => {
      const made = Object.assign(document.createElement("ul"), { className: "shelters" });
      made.append(...some.map((row) => this.#row(row.what, row.seconds, place)));
      return made;
    };
    const promise = Object.assign(document.createElement("p"), { className: "hint", textContent: word("shl_no_promise") });
    const rest = rows.slice(IN_SIGHT);
    if (rest.length === 0) return [list(rows), promise];
    const more = document.createElement("details");
    const title = document.createElement("summary");
    title.textContent = fill(word("pub_near_more"), { n: rest.length });
    more.append(title, list(rest));
    return [list(rows.slice(0, IN_SIGHT)), more, promise];
  }

  #row(one: Shelter, seconds: number | null, place: Place): HTMLLIElement {
    const item = document.createElement("li");
    const line = (tag: string, text: string, name = ""): HTMLElement => {
      const made = Object.assign(document.createElement(tag), { textContent: text, className: name });
      item.append(made);
      return made;
    };
    line("strong", one.name);
    line("span", word(`shl_kind_${one.kind}`) || word("shl_kind_other"));
    if (seconds !== null) {
      const minutes = Math.max(1, Math.ceil(seconds / 60));
      line("span", fill(word("shl_walk"), { n: minutes }), "walk").prepend(icon("walk"), " ");
      line("span", word(advice(one, seconds, this.#leadS)));
    }
    const list = document.createElement("ul");
    list.className = "shelter-facts";
    for (const [name, text, known] of facts(one, place.zone, this.now())) {
      const fact = document.createElement("li");
      if (!known) fact.dataset["unknown"] = "";
      fact.append(icon(name), ` ${text}`);
      list.append(fact);
    }
    item.append(list);
    return item;
  }
}
