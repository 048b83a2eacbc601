// The JSON that the server puts into the page "Now", and what it answers every second.

import type { MapOptions } from "../lib/map.ts";

export interface Data {
  seq: number;
  /** The newest entry that the live edge must have heard of. */
  public_seq: number;
  at: string;
  edge: string;
  silent_s: number;
  areas: Record<string, string>;
  news: Record<string, string>;
  language: string;
  map: MapOptions;
  words: Record<string, string>;
}

export interface Board {
  seq: number;
  /** The newest entry that the live edge must have heard of. */
  public_seq: number;
  at: string;
  parts: Record<string, string>;
  areas: Record<string, string>;
  news: Record<string, string>;
}
