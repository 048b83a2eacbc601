// The chooser counts down; the page of the night asks the server how it stands, and the edge how each area is.

import "../styles/watch.css";
import { el, fill, pageData } from "../lib/page";
import { Live } from "./live";
import { morph } from "./morph";

type Data = {
  cells: string[];
  above: Record<string, string[]>;
  silent_s: number;
  zone: string;
  words: Record<string, string>;
};

const ASK_MS = 500;
const GONE_AFTER = 3;

function countDown(): void {
  const standing = el("standing");
  const begins = standing.dataset["begins"];
  if (begins === undefined) return;
  const end = Date.now() + Number(begins) * 1000;
  const tick = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    standing.textContent = left > 0 ? fill(standing.dataset["say"] ?? "", { s: left }) : (standing.dataset["then"] ?? "");
    if (left <= 0) clearInterval(tick);
  }, 250);
}

class Night {
  private readonly data = pageData<Data>();
  private readonly box = el("night");
  private readonly format: Intl.DateTimeFormat;
  private readonly link: Live;
  private failed = 0;
  private at = 0;
  private since = 0;
  private rate = 1;

  constructor() {
    this.format = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: this.data.zone });
    this.link = new Live(`${el("edge").dataset["url"]}/live?cells=${this.data.cells.join(",")}`, this.data.silent_s, () => this.areas());
    this.took();
    this.link.listen();
    this.box.addEventListener("submit", (event) => this.send(event));
    setInterval(() => this.tick(), 100);
    setInterval(() => this.areas(), 1000);
    void this.look();
  }

  private get now(): HTMLElement {
    return this.box.firstElementChild as HTMLElement;
  }

  private async look(): Promise<void> {
    try {
      const answer = await fetch(this.box.dataset["now"] ?? "", { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      this.take(await answer.text());
    } catch {
      this.failed += 1;
    }
    el("gone").hidden = this.failed < GONE_AFTER;
    setTimeout(() => void this.look(), document.hidden ? 4 * ASK_MS : ASK_MS);
  }

  private take(html: string): void {
    const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild as HTMLElement;
    const before = this.now.dataset["round"];
    const round = fresh.dataset["round"];
    // Between two rounds nobody tells anything: keep what was, until the new one is there.
    if (before && !round) throw new Error("nobody plays");
    this.failed = 0;
    if (before && round !== before) return location.replace(`${this.box.dataset["here"]}?again`);
    const count = this.now.querySelectorAll(".happened > li").length;
    morph(this.now, fresh);
    this.took();
    const told = this.now.querySelector(".story .told");
    if (told && told.querySelectorAll("li").length > count) told.scrollTop = told.scrollHeight;
  }

  private took(): void {
    this.at = Date.parse(this.now.dataset["at"] ?? "");
    this.since = performance.now();
    this.rate = Number(el("clock").dataset["rate"] ?? 1);
  }

  private tick(): void {
    const clock = el("clock");
    const said = this.format.format(this.at + (performance.now() - this.since) * this.rate);
    if (clock.textContent !== said) clock.textContent = said;
  }

  private areas(): void {
    if (!this.link.heard) return; // what the server said still stands
    const { words, above } = this.data;
    for (const node of this.box.querySelectorAll<HTMLElement>("[data-area]")) {
      const id = node.dataset["area"] ?? "";
      const shown = this.link.shown(id, above[id] ?? []);
      if (node.dataset["shown"] !== shown) node.dataset["shown"] = shown;
      const word = words[`state_${shown}`] ?? "";
      if (node.classList.contains("tag") && node.textContent !== word) node.textContent = word;
    }
    const lamp = el("lamp");
    lamp.dataset["lamp"] = this.link.lost ? "lost" : "good";
    lamp.textContent = words[this.link.lost ? "wat_link_lost" : "wat_link_good"] ?? "";
  }

  private send(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-ask]")) return;
    event.preventDefault();
    void fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
  }
}

if (document.getElementById("night")) new Night();
else countDown();
