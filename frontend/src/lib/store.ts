// What stays on this device: the chosen places and the last state that was known. Never a position.

import type { Place } from "./state.ts";

export const LABELS = ["", "home", "work", "family"] as const;
export type Label = (typeof LABELS)[number];
export interface Kept extends Place {
  label: Label;
}

/** What was known last of a place; `at` by the server's clock, ms. */
export interface Last {
  id: string;
  at: number;
  shown: string;
  warning: string;
  headline: string;
  instruction: string;
  threat: string;
  level: string;
  until: string | null;
}

export const MOST_PLACES = 8;
const PLACES = "tocsin.places";
const LAST = "tocsin.last";
const SEEN = "tocsin.seen";

export interface Box {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

function read<T>(box: Box | null, key: string, fits: (value: unknown) => value is T, otherwise: T): T {
  try {
    const value: unknown = JSON.parse(box?.getItem(key) ?? "null");
    return fits(value) ? value : otherwise;
  } catch {
    return otherwise; // private browsing, or somebody else's bytes
  }
}

function write(box: Box | null, key: string, value: unknown): void {
  try {
    box?.setItem(key, JSON.stringify(value));
  } catch {
    // private browsing or full: the choice lasts as long as the page
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

/** A time zone that this browser knows; any other would stop the page at the first clock time. */
function isZone(value: unknown): boolean {
  try {
    return isText(value) && new Intl.DateTimeFormat("en", { timeZone: value }) !== null;
  } catch {
    return false;
  }
}

function isKept(value: unknown): value is Kept {
  const one = value as Kept;
  return (
    typeof one === "object" &&
    one !== null &&
    [one.id, one.name].every(isText) &&
    isZone(one.zone) &&
    [one.above, one.below, one.cells, one.also ?? []].every(areTexts) &&
    typeof one.lead_s === "number" &&
    LABELS.includes(one.label)
  );
}

/** Only what a place needs: whatever else an object carries does not reach the device's memory. */
function bare(one: Kept): Kept {
  const { id, name, above, below, cells, lead_s, zone, label } = one;
  return { id, name, above, below, cells, lead_s, zone, label, ...(one.also?.length ? { also: one.also } : {}) };
}

export function keptPlaces(box: Box | null): Kept[] {
  const list = read(box, PLACES, (value): value is unknown[] => Array.isArray(value), []);
  return list.filter(isKept).slice(0, MOST_PLACES);
}

export function keepPlaces(box: Box | null, places: readonly Kept[]): void {
  write(box, PLACES, places.map(bare));
}

/** A place that was looked at by a link and not kept: known again when the same link is opened without a network. */
export function keepSeen(box: Box | null, place: Place | null): void {
  write(box, SEEN, place && bare({ ...place, label: "" }));
}

export function seenPlace(box: Box | null, id: string): Kept | null {
  const one = read(box, SEEN, (value): value is Kept | null => value === null || isKept(value), null);
  return one?.id === id ? one : null;
}

/** The places with this one first, its label kept; the oldest falls out when there are too many. */
export function withFirst(places: readonly Kept[], place: Place): Kept[] {
  const label = places.find((one) => one.id === place.id)?.label ?? "";
  return [{ ...place, label }, ...places.filter((one) => one.id !== place.id)].slice(0, MOST_PLACES);
}

/** Milliseconds that a clock can show. */
function isMoment(value: unknown): boolean {
  return typeof value === "number" && !Number.isNaN(new Date(value).getTime());
}

function isLast(value: unknown): value is Last {
  const one = value as Last;
  const texts = [one?.id, one?.shown, one?.warning, one?.headline, one?.instruction, one?.threat, one?.level];
  return typeof one === "object" && one !== null && texts.every(isText) && isMoment(one.at);
}

function lasts(box: Box | null): Last[] {
  return read(box, LAST, (value): value is unknown[] => Array.isArray(value), []).filter(isLast);
}

export function lastOf(box: Box | null, id: string): Last | null {
  return lasts(box).find((one) => one.id === id) ?? null;
}

export function keepLast(box: Box | null, last: Last): void {
  write(box, LAST, [last, ...lasts(box).filter((one) => one.id !== last.id)].slice(0, MOST_PLACES));
}

/** The device's memory, or null where the browser gives none. */
export function box(): Box | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
