// What is known of a shelter's door. A report is believed for a time, also in a copy that was kept without a link.

export interface Door {
  state: string;
  at: string;
  /** After this instant the door is unknown again. */
  until: string;
}

/** The door as it is known at `now` (Unix time, ms), or null: nobody knows. */
export function doorNow(door: Door | null, now: number): Door | null {
  return door && now < Date.parse(door.until) ? door : null;
}
