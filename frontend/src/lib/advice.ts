// What somebody does who must go to a shelter (rule R32). `tocsin/shelter/guidance.py` decides alike;
// tests/golden/guidance.json holds both to the same answers.

import type { Door } from "./door.ts";

/** The key of the word: go, or take the nearest cover, and why. A shut door, or no time at all, sends nobody out. */
export function advice(one: { door: Door | null } | null, seconds: number | null, leadS: number): string {
  if (!one) return "shl_no_shelter";
  if (leadS <= 0) return "shl_no_lead_time";
  if (seconds === null) return "shl_way_unknown";
  if (one.door?.state === "closed") return "shl_door_closed_cover";
  return seconds <= leadS ? "shl_reachable" : "shl_too_far";
}
