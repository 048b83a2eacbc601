// "Warn me on this phone even when this page is closed": asked for by a touch, with the cells of the kept places.

import { el, fill, put } from "../lib/page.ts";
import { bytes, keepWish, keptWish, tell, type Wish } from "../lib/push.ts";
import { cellsFor, type Place } from "../lib/state.ts";
import { data, word } from "./data.ts";

/** A phone of Apple's that would do it, if the page were opened from the home screen. */
const apple = (): boolean =>
  /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.userAgent.includes("Macintosh") && navigator.maxTouchPoints > 1);

export class Push {
  readonly #key = document.getElementById("push")?.dataset["key"] ?? "";
  #subscription: PushSubscription | null = null;
  #wish: Wish | null = null;
  #busy = false;

  /** @param places the places that are to be warned for: those that are kept */
  constructor(private readonly places: () => readonly Place[]) {
    if (!this.#key) return;
    if (!("serviceWorker" in navigator) || !("PushManager" in globalThis) || !("Notification" in globalThis)) {
      if (apple()) this.#say(word("pub_push_ios"));
      el("push").hidden = !apple();
      return;
    }
    el("pushon").addEventListener("click", () => void this.#act(() => this.#on()));
    el("pushoff").addEventListener("click", () => void this.#act(() => this.#off()));
    el("pushearly").addEventListener("change", () => void this.#act(() => this.#on()));
    void this.#find().catch(() => this.draw());
  }

  /** What the browser holds, and what was asked for with it. */
  async #find(): Promise<void> {
    const worker = await navigator.serviceWorker.ready;
    this.#subscription = await worker.pushManager.getSubscription();
    this.#wish = this.#subscription && (await keptWish());
    this.draw();
    await this.changed();
  }

  /** Places were added or taken away, or another language was chosen: what the server keeps follows. */
  async changed(): Promise<void> {
    if (!this.#subscription || !this.#wish || this.#busy) return;
    const wish = this.#wished();
    if (JSON.stringify(wish) === JSON.stringify(this.#wish)) return;
    if (wish.cells.length === 0) return this.#act(() => this.#off());
    await this.#act(() => this.#keep(wish));
  }

  #wished(): Wish {
    const early = (el("pushearly") as HTMLInputElement).checked;
    const cells = cellsFor(this.places(), data.most_cells).sort();
    return { key: this.#key, cells, language: data.language, level: early ? "pre_alert" : "alert" };
  }

  async #act(act: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    this.draw();
    try {
      await act();
    } catch {
      this.#say(word(Notification.permission === "denied" ? "pub_push_denied" : "pub_push_failed"));
    }
    this.#busy = false;
    this.draw();
  }

  async #on(): Promise<void> {
    if ((await Notification.requestPermission()) !== "granted") throw new Error("denied");
    const { pushManager } = await navigator.serviceWorker.ready;
    let held = await pushManager.getSubscription();
    if (held && this.#wish && this.#wish.key !== this.#key) {
      await held.unsubscribe(); // the city signs with another key now
      held = null;
    }
    this.#subscription = held ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(this.#key) }));
    await this.#keep(this.#wished());
  }

  async #keep(wish: Wish): Promise<void> {
    await tell(this.#subscription!, wish);
    await keepWish(wish);
    this.#wish = wish;
    this.#say("");
  }

  async #off(): Promise<void> {
    const held = this.#subscription;
    if (held) {
      await tell(held, null);
      await held.unsubscribe();
    }
    await keepWish(null);
    this.#subscription = this.#wish = null;
    this.#say(word("pub_push_stopped"));
  }

  #say(text: string): void {
    put(el("pushsaid"), text);
  }

  /** Without a place there is nothing to be warned of. */
  draw(): void {
    if (!this.#key || !("PushManager" in globalThis)) return;
    const on = this.#subscription !== null && this.#wish !== null;
    const names = this.places().map((one) => one.name);
    el("push").hidden = names.length === 0 && !on;
    el("pushon").hidden = on;
    el("pushoff").hidden = !on;
    el("pushmore").hidden = !on;
    el("pushwhy").hidden = false;
    for (const id of ["pushon", "pushoff", "pushearly"]) (el(id) as HTMLButtonElement | HTMLInputElement).disabled = this.#busy;
    if (on && !this.#busy) {
      (el("pushearly") as HTMLInputElement).checked = this.#wish!.level === "pre_alert";
      if (el("pushsaid").hidden) this.#say(fill(word("pub_push_on"), { names: names.join(", ") }));
    }
  }
}
