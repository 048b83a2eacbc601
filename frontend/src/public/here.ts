// "Use my position": position → cell → the areas that touch the cell → the exact test, on the device. The position is
// held in this page's memory for the walk to a shelter; it is never sent and never stored.

import { ask } from "../lib/ask.ts";
import { cellOf } from "../lib/cell.ts";
import { contains, type Outline } from "../lib/polygon.ts";
import type { Place } from "../lib/state.ts";

export interface Spot {
  lat: number;
  lon: number;
  /** Metres within which the device is, in two of three cases. */
  accuracy: number;
}

export interface Drawn {
  id: string;
  parent: string | null;
  geometry: Outline | null;
}

export interface Found {
  /** The most specific area that holds the spot, or null outside every area. */
  id: string | null;
  /** Further areas that hold the spot beside the tree of that one. */
  also: string[];
  /** Areas in which the device may be as well, by its accuracy. */
  maybe: string[];
}

/** Ids of the areas that hold a point and hold no other area that does: the most specific ones. */
export function innermost(areas: readonly Drawn[], lat: number, lon: number): string[] {
  const holding = areas.filter((one) => one.geometry && contains(one.geometry, lon, lat));
  const parents = new Map(areas.map((one) => [one.id, one.parent]));
  const above = new Set<string>();
  for (const one of holding) {
    let up = one.parent;
    while (up && !above.has(up)) {
      above.add(up);
      up = parents.get(up) ?? null;
    }
  }
  return holding.map((one) => one.id).filter((id) => !above.has(id));
}

const METRES_A_DEGREE = 111_320;

/** Where a device with that position is: exactly, and as far as its accuracy leaves it open. */
export function locate(areas: readonly Drawn[], spot: Spot): Found {
  const [id = null, ...also] = innermost(areas, spot.lat, spot.lon);
  const narrow = Math.max(0.01, Math.cos((spot.lat * Math.PI) / 180));
  const far = spot.accuracy / METRES_A_DEGREE;
  const maybe = new Set<string>();
  for (let n = 0; n < 8; n++) {
    const turn = (n * Math.PI) / 4;
    const around = innermost(areas, spot.lat + far * Math.sin(turn), spot.lon + (far * Math.cos(turn)) / narrow);
    for (const one of around) if (one !== id && !also.includes(one)) maybe.add(one);
  }
  return { id, also, maybe: [...maybe] };
}

/** Ask the device. Rejects with "denied" or "failed". */
export function position(): Promise<Spot> {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy }),
      (fault) => reject(new Error(fault.code === fault.PERMISSION_DENIED ? "denied" : "failed")),
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 },
    );
  });
}

/** The areas that touch the cell of a spot: the cell is all that leaves the device. */
export async function around(spot: Spot): Promise<Drawn[]> {
  const query = new URLSearchParams({ cell: cellOf(spot.lat, spot.lon), geometry: "true" });
  return (await ask<{ areas: Drawn[] }>(`/api/v1/areas?${query}`, { cache: "no-store" })).areas;
}

/** A place as the list knows it, with what else holds the spot. */
export function placed(found: Found, all: readonly Place[]): Place | null {
  const place = all.find((one) => one.id === found.id);
  if (!place) return null;
  const beside = all.filter((one) => found.also.includes(one.id));
  const also = [...new Set(beside.flatMap((one) => [one.id, ...one.above]))];
  const cells = [...new Set([place, ...beside].flatMap((one) => one.cells))];
  return also.length > 0 ? { ...place, also, cells } : place;
}
