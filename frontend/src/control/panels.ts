// One panel in place: opened from its row, sent without leaving the board, never twice, and never about something that
// has changed meanwhile. Every form is an ordinary form and works without this.

import { fill } from "../lib/page.ts";
import { limit } from "./edge.ts";
import { morph, parse } from "./morph.ts";

const HEADER = { "Tocsin-Panel": "1" };

interface World {
  words: Record<string, string>;
  /** Ask the board anew now, and wait for it. */
  again: () => Promise<void>;
  /** A panel was put on the page: fill in what only the script knows. */
  shown: () => void;
}

export class Panels {
  private opener: HTMLElement | null = null;

  constructor(private readonly world: World) {
    document.addEventListener("click", (event) => this.clicked(event));
    document.addEventListener("submit", (event) => void this.submitted(event));
  }

  private clicked(event: MouseEvent): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-host]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void this.open(link);
  }

  /** Open what a link leads to in the link's own place; open already, it closes. */
  async open(link: HTMLAnchorElement): Promise<void> {
    const host = document.getElementById(link.dataset["host"] ?? "");
    if (!host) return;
    const address = link.getAttribute("href") ?? "";
    if (host.dataset["from"] === address && host.firstElementChild) return this.close(host);
    for (const other of this.hosts()) this.close(other, false);
    this.opener = link;
    await this.show(host, address);
    this.dress(host);
    const first = land(host);
    host.scrollIntoView({ block: "nearest" });
    first?.scrollIntoView({ block: "nearest" });
  }

  /** Put a panel into its place. Without a good answer the browser goes to the page of its own. */
  private async show(host: HTMLElement, address: string): Promise<void> {
    const panel = await get(address);
    if (!panel) return void location.assign(address);
    host.replaceChildren(panel);
    host.dataset["from"] = address.replace(/\?.*/, "");
  }

  private dress(host: HTMLElement): void {
    enhance(host, this.world.words);
    this.world.shown();
  }

  private hosts(): HTMLElement[] {
    return [...document.querySelectorAll<HTMLElement>(".ctl-host:not(:empty)")];
  }

  /** Close a panel and give focus back to where it was opened. */
  close(host: HTMLElement, focus = true): void {
    host.replaceChildren();
    delete host.dataset["from"];
    const item = host.closest<HTMLElement>("[data-item]");
    const gone = item?.hasAttribute("data-gone");
    if (gone) item?.remove();
    if (!focus) return;
    const back = !gone && this.opener?.isConnected ? this.opener : document.querySelector<HTMLElement>("[data-open], #new");
    back?.focus();
  }

  /** Close whatever panel is open; false when none is. */
  closeAny(): boolean {
    const [open] = this.hosts();
    if (open) this.close(open);
    return Boolean(open);
  }

  /** After the board was refreshed: does each open panel still show how things stand? */
  async check(): Promise<void> {
    for (const host of this.hosts()) {
      const panel = host.querySelector<HTMLElement>("[data-panel]");
      const item = host.closest<HTMLElement>("[data-item]");
      if (!panel || !item || panel.dataset["busy"] || panel.dataset["panel"] === "over") continue;
      const [has, is] = [panel.dataset["version"] ?? "", item.dataset["version"] ?? ""];
      if (item.hasAttribute("data-gone")) await this.replace(host, host.contains(document.activeElement));
      else if (has !== is && is) await this.moved(host, panel, has, is);
      // Danger is seen again: nobody says that it is over without knowing that.
      else if (panel.dataset["heard"] !== undefined && panel.dataset["heard"] !== item.dataset["heard"])
        this.stale(host, panel, is);
    }
  }

  private async moved(host: HTMLElement, panel: HTMLElement, has: string, is: string): Promise<void> {
    if (panel.dataset["panel"] === "draft" && has.split("-")[1] === is.split("-")[1]) {
      const next = await get(host.dataset["from"] ?? ""); // The same words; only who agreed has changed.
      if (next && panel.isConnected && !panel.dataset["busy"]) morph(panel, next);
      this.world.shown();
      return;
    }
    this.stale(host, panel, is);
  }

  private stale(host: HTMLElement, panel: HTMLElement, is: string): void {
    if (panel.dataset["stale"]) return;
    panel.dataset["stale"] = is;
    for (const button of panel.querySelectorAll<HTMLButtonElement>("form button:not([type])")) button.disabled = true;
    const { words } = this.world;
    const said = document.createElement("div");
    said.className = "notice";
    said.dataset["kind"] = "error";
    said.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = `${words["ctl_changed"]} `;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button";
    again.textContent = words["ctl_reload"] ?? "";
    again.addEventListener("click", () => void this.replace(host, true));
    text.append(again);
    said.append(text);
    panel.prepend(said);
  }

  /** The panel as it is now, with what changed since the officer read it. */
  private async replace(host: HTMLElement, focus = false): Promise<void> {
    const seen = host.querySelector<HTMLInputElement>('input[name="sha256"]')?.value ?? "";
    const next = await get(`${host.dataset["from"] ?? ""}${seen ? `?seen=${seen}` : ""}`);
    if (!next) return;
    host.replaceChildren(next);
    this.dress(host);
    if (focus) land(host);
  }

  private async submitted(event: SubmitEvent): Promise<void> {
    const form = event.target as HTMLFormElement;
    const host = form.closest<HTMLElement>(".ctl-host");
    const panel = form.closest<HTMLElement>("[data-panel]");
    if (!form.matches("[data-form]") || !panel) return;
    if (panel.dataset["busy"]) return event.preventDefault();
    if (!host) return void (panel.dataset["busy"] = "1"); // A page of its own: the browser sends it, once.
    event.preventDefault();
    const words = [...panel.querySelectorAll<HTMLButtonElement>("form button")];
    const button = event.submitter as HTMLButtonElement | null;
    const said = button?.innerHTML ?? "";
    const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    panel.dataset["busy"] = "1";
    form.setAttribute("aria-busy", "true");
    for (const one of words) one.disabled = true;
    if (button) button.textContent = this.world.words["ctl_sending"] ?? "";
    const ended = await this.send(form, host, body);
    if (ended) return;
    delete panel.dataset["busy"];
    form.removeAttribute("aria-busy");
    for (const one of words) one.disabled = false;
    if (button) button.innerHTML = said;
    if (document.activeElement === document.body) button?.focus(); // a button that was put to rest has lost it
    trouble(form, this.world.words["ctl_no_answer"] ?? "");
  }

  /** True when an answer came and was shown. */
  private async send(form: HTMLFormElement, host: HTMLElement, body: URLSearchParams): Promise<boolean> {
    let answer: Response;
    let text: string;
    try {
      const how = { method: "POST", body, headers: HEADER, redirect: "manual", signal: limit(15_000) } as const;
      answer = await fetch(form.getAttribute("action") ?? "", how);
      text = await answer.text();
    } catch {
      return false;
    }
    if (answer.status === 204) return this.done(host, answer.headers.get("Tocsin-Done") ?? "");
    const panel = parse(text);
    if (!panel?.matches("[data-panel]")) {
      if (answer.type === "opaqueredirect" || answer.status === 403) location.assign("/control");
      return false;
    }
    host.replaceChildren(panel);
    this.dress(host);
    const wrong = panel.querySelector<HTMLElement>("[aria-invalid], [data-bad] input") ?? panel.querySelector<HTMLElement>("h2");
    wrong?.focus();
    void this.world.again();
    return true;
  }

  private async done(host: HTMLElement, where: string): Promise<boolean> {
    this.opener = null;
    this.close(host, false);
    await this.world.again();
    const draft = /^\/control\/drafts\/(.+)$/.exec(where)?.[1];
    const link = draft ? document.getElementById(`open-${draft}`) : null;
    if (link instanceof HTMLAnchorElement) await this.open(link);
    else if (draft) location.assign(where);
    else document.querySelector<HTMLElement>("#part-receipts a, [data-open]")?.focus();
    return true;
  }
}

/** Where the focus goes in a panel: to what must be filled in, else to its title; never to a button that sends. */
function land(host: HTMLElement): HTMLElement | null {
  const first = host.querySelector<HTMLElement>("[data-first]") ?? host.querySelector<HTMLElement>("h2, a");
  first?.focus({ preventScroll: true });
  return first;
}

async function get(address: string): Promise<HTMLElement | null> {
  try {
    const answer = await fetch(address, { headers: HEADER, redirect: "manual", signal: limit(15_000) });
    const panel = parse(await answer.text());
    return panel instanceof HTMLElement && panel.matches("[data-panel]") ? panel : null;
  } catch {
    return null;
  }
}

function trouble(form: HTMLElement, text: string): void {
  let said = form.querySelector<HTMLElement>(".ctl-trouble");
  if (!said) {
    said = document.createElement("p");
    said.className = "ctl-trouble error";
    said.setAttribute("role", "alert");
    form.append(said);
  }
  said.textContent = text;
}

/** What a form gains by script: search among areas, minutes by a touch, a button that names what was chosen. */
export function enhance(root: ParentNode, words: Record<string, string>): void {
  for (const pick of root.querySelectorAll<HTMLElement>("[data-pick]")) search(pick);
  for (const chip of root.querySelectorAll<HTMLButtonElement>("[data-minutes]")) minutes(chip);
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-names]")) named(button, words);
}

function search(pick: HTMLElement): void {
  const field = pick.querySelector<HTMLInputElement>("[data-search]");
  const rows = [...pick.querySelectorAll<HTMLElement>("[data-find]")];
  if (!field || rows.length < 7) return;
  field.closest("label")!.hidden = false;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLocaleLowerCase();
    // What is chosen stays in sight: nobody sends to a place that a search has hidden.
    for (const row of rows)
      row.hidden = !(row.dataset["find"] ?? "").includes(wanted) && !row.querySelector<HTMLInputElement>("input")?.checked;
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

function minutes(chip: HTMLButtonElement): void {
  const field = chip.closest("form")?.querySelector<HTMLInputElement>('input[name="minutes"]');
  chip.hidden = false;
  chip.addEventListener("click", () => {
    if (field) field.value = chip.dataset["minutes"] ?? "";
  });
}

function named(button: HTMLButtonElement, words: Record<string, string>): void {
  const form = button.closest("form")!;
  const plain = button.textContent ?? "";
  const say = (): void => {
    const chosen = [...form.querySelectorAll<HTMLInputElement>('input[name="areas"]:checked')];
    const names = chosen.map((one) => one.dataset["name"] ?? "").join(", ");
    button.textContent = names ? fill(button.dataset["names"] ?? words["ctl_clear_named"] ?? "", { names }) : plain;
  };
  form.addEventListener("change", say);
  say();
}
