// The record's pages are whole without script. With it: bookmarks on this device, copying, printing, and media controls.

import "../styles/record.css";
import { el } from "../lib/page";
import { bookmarks, box, isKept, toggle, type Bookmark } from "./kept";
import { Player } from "./player";

/** The same photo or video, as large as the window; a video goes on where it stood, with the same buttons. */
function large(figure: HTMLElement, node: HTMLElement): void {
  const dialog = el<HTMLDialogElement>("large");
  const whole = document.createElement("div");
  const shown = node.cloneNode(true) as HTMLElement;
  shown.removeAttribute("loading");
  whole.append(shown);
  if (shown instanceof HTMLVideoElement && node instanceof HTMLVideoElement) {
    node.pause();
    shown.addEventListener("loadedmetadata", () => (shown.currentTime = node.currentTime), { once: true });
    shown.muted = node.muted;
    for (const part of figure.querySelectorAll(".rec-play, .rec-keys")) whole.append(part.cloneNode(true));
    whole.querySelector("[data-act=expand]")?.remove();
    new Player(whole, shown);
    dialog.addEventListener("close", () => (node.currentTime = shown.currentTime), { once: true });
  }
  dialog.querySelector(".rec-large")?.replaceChildren(whole);
  dialog.showModal();
}

function media(): void {
  const dialog = document.getElementById("large") as HTMLDialogElement | null;
  dialog?.addEventListener("close", () => dialog.querySelector(".rec-large")?.replaceChildren());
  for (const figure of document.querySelectorAll<HTMLElement>("[data-media]")) {
    const video = figure.querySelector("video");
    const image = figure.querySelector("img");
    if (video) new Player(figure, video, () => large(figure, video));
    else if (image) {
      for (const node of figure.querySelectorAll<HTMLElement>(".rec-play")) node.hidden = false;
      figure.addEventListener("click", (event) => {
        if (!(event.target as HTMLElement).closest("[data-act]")) return;
        event.preventDefault();
        large(figure, image);
      });
    }
  }
}

function night(page: HTMLElement): void {
  const mark: Bookmark = {
    page: page.dataset["page"] ?? "",
    title: page.dataset["title"] ?? "",
    day: page.dataset["day"] ?? "",
  };
  const print = document.getElementById("print");
  const doing = document.getElementById("doing");
  if (!print || !doing) return; // a withdrawn page has neither
  print.hidden = doing.hidden = false;
  print.addEventListener("click", () => window.print());
  const keep = doing.querySelector<HTMLElement>("[data-act=keep]")!;
  const say = (kept: boolean): void => {
    keep.setAttribute("aria-pressed", String(kept));
    keep.textContent = keep.dataset[kept ? "on" : "off"] ?? "";
  };
  say(isKept(box(), mark.page));
  keep.addEventListener("click", () => say(toggle(box(), mark)));
  const copy = doing.querySelector<HTMLElement>("[data-act=copy]")!;
  const link = el<HTMLInputElement>("permalink");
  copy.addEventListener("click", () => void copied(link, copy.dataset["done"] ?? ""));
}

async function copied(link: HTMLInputElement, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(link.value);
    el("done").textContent = done;
  } catch {
    link.focus();
    link.select(); // ready to be copied by hand
  }
}

function archive(list: HTMLElement): void {
  const draw = (): void => {
    const kept = bookmarks(box());
    el("kept").hidden = kept.length === 0;
    list.replaceChildren(...kept.map((mark) => item(mark, list.dataset["remove"] ?? "", draw)));
  };
  draw();
  addEventListener("storage", draw);
}

function item(mark: Bookmark, remove: string, draw: () => void): HTMLElement {
  const row = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/record/${mark.page}`;
  link.textContent = mark.title === mark.day ? mark.day : `${mark.title} · ${mark.day}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet";
  button.textContent = remove;
  button.setAttribute("aria-label", `${remove}: ${mark.title}`);
  button.addEventListener("click", () => {
    toggle(box(), mark);
    draw();
  });
  row.append(link, button);
  return row;
}

// What a link leads into must be seen: a figure's reasons may be folded away.
function unfold(): void {
  const at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = at?.closest("details");
  if (folded) folded.open = true;
}

media();
const page = document.getElementById("night");
if (page) night(page);
const list = document.getElementById("keptlist");
if (list) archive(list);
addEventListener("hashchange", unfold);
unfold();
// On paper everything is open, and what nobody has scrolled to is there, too.
addEventListener("beforeprint", () => {
  for (const one of document.images) one.loading = "eager";
  for (const one of document.querySelectorAll("details:not(.rec-veil)")) one.setAttribute("open", "");
});
