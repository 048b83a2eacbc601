// How old the page itself is. A page out of the worker's memory says so in `<html data-kept>`; any other was made by the
// server after this device asked for it.

import { deviceNow } from "../lib/time.ts";

const said = document.documentElement.dataset["kept"];

/** When the worker kept this page, by this device's clock in ms; null: it came from the server just now. */
export const kept: number | null = said === undefined ? null : Number(said);

/** A moment, by this device's clock, before which the server cannot have made this page. */
export function openedAt(): number {
  const [entry] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return deviceNow() - (performance.now() - (entry?.requestStart ?? 0));
}
