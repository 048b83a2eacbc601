// The dispatcher's screen is asked for every two seconds; what differs is put in place, and an answer that stays away is said.

import type { MapOptions } from "../lib/map.ts";
import { fill, put } from "../lib/page.ts";
import { deviceNow } from "../lib/time.ts";
import { limit } from "../control/edge.ts";
import { refresh } from "../control/morph.ts";

export interface Data {
  language: string;
  map: MapOptions;
  /** Address of the needs' GeoJSON. */
  needs: string;
  words: Record<string, string>;
}

interface Answer {
  seq: number;
  local: string;
  parts: Record<string, string>;
}

const POLL_MS = 2_000;
const SILENT_S = 15;

export class Board {
  private tag = "";
  private heard = deviceNow();
  private held = false;

  /** Called after every answer that changed something. */
  onChange: () => void = () => {};

  constructor(private readonly data: Data) {}

  start(): void {
    void this.poll();
    setInterval(() => this.say(), 1_000);
  }

  /** While something is dragged nothing moves below the pointer. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
  }

  private async poll(): Promise<void> {
    if (!document.hidden && !this.held) await this.ask();
    setTimeout(() => void this.poll(), POLL_MS);
  }

  private async ask(): Promise<void> {
    try {
      const headers: Record<string, string> = this.tag ? { "If-None-Match": this.tag } : {};
      const answer = await fetch("/control/repair/board", { headers, signal: limit(8_000) });
      if (answer.status === 401) return this.lost(this.data.words["ctl_signed_out"] ?? "");
      if (answer.status === 304) this.heard = deviceNow();
      if (!answer.ok || this.held) return;
      const told = (await answer.json()) as Answer;
      for (const [name, html] of Object.entries(told.parts)) refresh(`part-${name}`, html);
      this.tag = answer.headers.get("ETag") ?? "";
      this.heard = deviceNow();
      this.onChange();
    } catch {
      /* The age tells it. */
    }
  }

  private say(): void {
    const age = Math.floor((deviceNow() - this.heard) / 1000);
    this.lost(age >= SILENT_S ? fill(this.data.words["rpr_lost"] ?? "", { n: age }) : "");
  }

  private lost(text: string): void {
    const said = document.getElementById("repair-lost");
    if (said) put(said, text);
  }
}
