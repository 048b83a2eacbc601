// What is new since a moment ago, said once: to a screen reader politely, and by a soft chime if the officer wants one.

import { Sounder, type Tones } from "../lib/sound.ts";

const ON = "tocsin.control.sound";

/** Two soft notes upwards; far below the sirens' tones in level, and like none of them. */
const CHIME: Tones = {
  edge_s: 0.02,
  tones: {
    desk: {
      urgent: false,
      repeats: false,
      segments: [
        { from_hz: 587, to_hz: 587, seconds: 0.18, level: 0.3 },
        { from_hz: 880, to_hz: 880, seconds: 0.32, level: 0.3 },
        { from_hz: 880, to_hz: 880, seconds: 0.2, level: 0 },
      ],
    },
  },
};

/** Sentences of `now` whose key was not in `before`. Pure. */
export function fresh(before: ReadonlySet<string>, now: Record<string, string>): [key: string, said: string][] {
  return Object.entries(now).filter(([key]) => !before.has(key));
}

export class News {
  private known: Set<string>;
  private readonly sound = new Sounder(CHIME, 0);

  constructor(first: Record<string, string>) {
    this.known = new Set(Object.keys(first));
    const button = document.getElementById("sound") as HTMLButtonElement;
    button.hidden = false;
    const show = (on: boolean): void => button.setAttribute("aria-pressed", String(on));
    let on = read() === "on";
    show(on);
    if (on) this.sound.arm(document);
    button.addEventListener("click", () => {
      on = !on;
      show(on);
      write(on ? "on" : "off");
      if (on) void this.sound.unlock().then(() => this.chime());
    });
    this.wanted = () => on;
  }

  private readonly wanted: () => boolean;

  /** Say what is new. */
  tell(now: Record<string, string>): void {
    const said = fresh(this.known, now);
    // A key that has gone may come again and is news then.
    this.known = new Set(Object.keys(now));
    if (!said.length) return;
    const voice = document.getElementById("said");
    if (voice) voice.textContent = said.map(([, text]) => text).join(". ");
    if (this.wanted() && said.some(([key]) => key.startsWith("draft-") || key.startsWith("silent-"))) this.chime();
  }

  private chime(): void {
    this.sound.play("desk", 1, "desk");
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(ON);
  } catch {
    return null;
  }
}

function write(value: string): void {
  try {
    localStorage.setItem(ON, value);
  } catch {
    /* Without storage the choice lasts as long as the page. */
  }
}
