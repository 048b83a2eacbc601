// The screen is made true every second: what the ledger says now, how old that is, and what the live edge says of itself.

import { fill, put } from "../lib/page.ts";
import { deviceNow } from "../lib/time.ts";
import type { Board, Data } from "./data.ts";
import { health, limit, type Health } from "./edge.ts";
import { refresh } from "./morph.ts";
import { lamp, told, type Heard } from "./truth.ts";

const POLL_MS = 1_000;
const EDGE_MS = 2_000;

export class Screen {
  private readonly heard: Heard;
  private seq: number;
  private publicSeq: number;
  private tag = "";
  private asking: Promise<void> | null = null;
  private signedOut = false;
  private edge: Health | null = null;
  private behindSince: number | null = null;

  /** Called after every answer that changed something. */
  onBoard: (board: Board) => void = () => {};
  /** Called when the screen ceases to know, or knows again. */
  onLink: (lost: boolean) => void = () => {};

  constructor(private readonly data: Data) {
    this.seq = data.seq;
    this.publicSeq = data.public_seq;
    this.heard = { start: deviceNow(), web: deviceNow(), edge: null };
  }

  start(): void {
    void this.poll();
    void this.watch();
    setInterval(() => this.say(), 500);
    document.addEventListener("visibilitychange", () => {
      this.say();
      if (!document.hidden) void this.ask();
    });
    this.say();
  }

  private async poll(): Promise<void> {
    await this.ask();
    setTimeout(() => void this.poll(), POLL_MS);
  }

  /** Ask the board now; who asks while an answer is awaited gets one that was asked for afterwards. */
  async ask(): Promise<void> {
    while (this.asking) await this.asking;
    this.asking = this.once();
    await this.asking;
  }

  private async once(): Promise<void> {
    try {
      const headers: Record<string, string> = this.tag ? { "If-None-Match": this.tag } : {};
      const answer = await fetch(`/control/board?after=${this.seq}`, { headers, signal: limit(8_000) });
      this.signedOut = answer.status === 401;
      if (answer.status === 304) this.heard.web = deviceNow();
      if (answer.ok) await this.take(answer);
    } catch {
      /* The age of the truth tells it. */
    } finally {
      this.asking = null;
    }
    this.say();
  }

  private async take(answer: Response): Promise<void> {
    const board = (await answer.json()) as Board;
    for (const [name, html] of Object.entries(board.parts)) refresh(`part-${name}`, html);
    this.onBoard(board);
    // Only what stands on the screen has been told: an answer that could not be shown keeps nothing true.
    this.seq = board.seq;
    this.publicSeq = board.public_seq;
    this.heard.web = deviceNow();
    this.tag = answer.headers.get("ETag") ?? "";
  }

  private async watch(): Promise<void> {
    const said = await health(this.data.edge);
    if (said) {
      this.edge = said;
      // The age of its data counts, not that it answered.
      if (said.ok && said.source_age_s !== null) this.heard.edge = deviceNow() - said.source_age_s * 1000;
      const behind = said.seq < this.publicSeq;
      this.behindSince = behind ? (this.behindSince ?? deviceNow()) : null;
    }
    this.say();
    setTimeout(() => void this.watch(), EDGE_MS);
  }

  /** Ages, lamps, and whether the screen knows anything at all. */
  say(): void {
    const { silent_s: silent, words } = this.data;
    const now = told(this.heard, deviceNow(), silent);
    const control = document.getElementById("control")!;
    const link = this.signedOut ? "lost" : now.link;
    if (control.dataset["link"] !== link) this.onLink(link === "lost");
    control.dataset["link"] = link;
    const age = document.getElementById("age-web");
    if (age) put(age, fill(words["ctl_answered"] ?? "", { n: now.web }));
    const ledger = document.getElementById("lamp-ledger");
    if (ledger) ledger.dataset["lamp"] = lamp(now.web, silent);
    this.sayEdge(now.edge);
    const lost = document.getElementById("link")!;
    lost.hidden = !this.signedOut && now.link !== "lost";
    if (lost.hidden) return this.aloud("", "");
    const text = this.signedOut ? "ctl_signed_out" : now.who === "web" ? "ctl_link_web" : "ctl_link_edge";
    put(document.getElementById("link-word")!, words["state_unknown"] ?? "");
    const says = fill(words[text] ?? "", { n: now.who === "web" ? now.web : now.edge });
    put(document.getElementById("link-text")!, says);
    this.aloud(text, `${words["state_unknown"] ?? ""}. ${says}`);
  }

  /** What a screen reader says of a lost link: once for each reason. The age on the screen would speak every second. */
  private aloud(why: string, says: string): void {
    const voice = document.getElementById("link-said")!;
    if (voice.dataset["why"] === why) return;
    voice.dataset["why"] = why;
    voice.textContent = says;
  }

  private sayEdge(age: number): void {
    const { silent_s: silent, words } = this.data;
    const shown = document.getElementById("lamp-edge");
    const edge = this.edge;
    const known = edge !== null && this.heard.edge !== null && age < silent;
    const late = this.behindSince !== null && deviceNow() - this.behindSince > 5_000;
    if (shown && (edge !== null || age >= 5)) {
      const key = !known ? "ctl_edge_never" : late || age >= 5 ? "ctl_edge_behind" : "ctl_edge_even";
      shown.dataset["lamp"] = known && late ? "late" : known ? lamp(age, silent) : age < silent ? "late" : "lost";
      put(shown, fill(words[key] ?? "", { age, n: edge?.live.clients ?? 0, seq: edge?.seq ?? 0 }));
    }
    for (const one of document.querySelectorAll<HTMLElement>("[data-clients]"))
      put(one, known ? String(edge.live.clients) : (words["state_unknown"] ?? ""));
  }
}
