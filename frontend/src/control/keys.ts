// The keyboard: move between items, open a panel, close it. No single key sends anything, and all of them can be
// switched off (WCAG 2.1.4).

import type { Panels } from "./panels.ts";

const OFF = "tocsin.control.keys";

/** Whether single keys are on; without storage they are. */
function on(): boolean {
  try {
    return localStorage.getItem(OFF) !== "off";
  } catch {
    return true;
  }
}

function items(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-item]")];
}

function current(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("[data-item]") ?? null;
}

function step(by: number): void {
  const all = items();
  const here = current();
  const at = here ? all.indexOf(here) + by : by > 0 ? 0 : all.length - 1;
  const next = all[Math.min(Math.max(at, 0), all.length - 1)];
  next?.querySelector<HTMLElement>("[data-open]")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function act(key: string, panels: Panels): void {
  const lives = items().filter((one) => one.dataset["item"] === "live");
  const chosen = current();
  // With one warning in force nothing else can be meant; with several, the one that was chosen.
  const live = chosen?.dataset["item"] === "live" ? chosen : lives.length === 1 ? lives[0] : null;
  const link = key === "n" ? document.getElementById("new") : live?.querySelector(`a[data-key="${key}"]`);
  if (link instanceof HTMLAnchorElement) void panels.open(link);
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox],[type=radio]), textarea, select");
}

const CALM_MS = 2_000;
/** The field that somebody was typing into, and when. */
let field: { at: EventTarget | null; when: number } | null = null;

/** Whether somebody still types into a field that has just been taken away: those letters are a name, not orders. */
function typesOn(event: KeyboardEvent): boolean {
  const now = performance.now();
  const ended = event.key === "Enter" || event.key === "Escape";
  if (typing(event.target)) field = ended ? null : { at: event.target, when: now };
  else if (!field || (field.at as Element).isConnected || now - field.when > CALM_MS) field = null;
  else field.when = now;
  return field !== null;
}

/** Listen for keys, and let the dialog with the list of them be opened. */
export function keys(panels: Panels): void {
  const dialog = document.getElementById("keys") as HTMLDialogElement;
  const open = document.getElementById("keys-open") as HTMLButtonElement;
  const use = document.getElementById("keys-on") as HTMLInputElement;
  open.hidden = false;
  use.checked = on();
  open.addEventListener("click", () => dialog.showModal());
  use.addEventListener("change", () => {
    try {
      localStorage.setItem(OFF, use.checked ? "on" : "off");
    } catch {
      /* Without storage the choice lasts as long as the page. */
    }
  });
  document.addEventListener("keydown", (event) => {
    const on = typesOn(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || dialog.open) return;
    if (event.key === "Escape") return void panels.closeAny();
    if (on || typing(event.target) || !use.checked) return;
    if (event.key === "?") dialog.showModal();
    else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    else if ("napuc".includes(event.key)) act(event.key, panels);
    else return;
    event.preventDefault();
  });
}
