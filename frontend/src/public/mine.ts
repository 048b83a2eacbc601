// The places kept on this device: the shown one is big above, the others are a short list with their states.

import { el, fill } from "../lib/page.ts";
import { judge, type Known, shownAs } from "../lib/state.ts";
import { type Kept, LABELS, type Label } from "../lib/store.ts";
import { tag } from "./card.ts";
import { data, word } from "./data.ts";

export interface Acts {
  show(place: Kept): void;
  label(place: Kept, label: Label): void;
  remove(place: Kept): void;
}

const labelWord = (label: Label): string => word(`pub_label_${label || "none"}`);

export function drawMine(places: readonly Kept[], shownId: string | null, known: Known, now: number, acts: Acts): void {
  el("mine").hidden = places.length === 0;
  const rows = places.map((place) => ({ place, shape: shownAs(judge(place, known, now, data.silent_s).state)[0] }));
  const list = el("minelist");
  const said = JSON.stringify([shownId, rows.map(({ place, shape }) => [place.id, place.name, place.label, shape])]);
  if (list.dataset["said"] === said) return;
  list.dataset["said"] = said;
  const held = document.activeElement?.id ?? "";
  list.replaceChildren(...rows.map(({ place, shape }) => row(place, shape, place.id === shownId, acts)));
  if (held.startsWith("mine-")) document.getElementById(held)?.focus();
}

/** Labels and removal stay out of sight until they are wanted: a state is read faster in a short line. */
export function offerEdit(): void {
  const button = el("mineedit");
  button.addEventListener("click", () => {
    const open = el("minelist").classList.toggle("editing");
    button.setAttribute("aria-expanded", String(open));
    button.lastChild!.textContent = word(open ? "pub_edit_done" : "pub_edit");
  });
}

function row(place: Kept, shape: string, shown: boolean, acts: Acts): HTMLLIElement {
  const item = document.createElement("li");
  const said = place.label ? `${labelWord(place.label)}: ${place.name}` : place.name;
  const show = button(`mine-show-${place.id}`, said, () => acts.show(place));
  show.className = "button quiet name";
  if (shown) show.setAttribute("aria-current", "true");
  const remove = button(`mine-remove-${place.id}`, fill(word("pub_remove"), { name: place.name }), () => acts.remove(place));
  remove.className = "button quiet";
  const edit = document.createElement("span");
  edit.className = "edit row";
  edit.append(labels(place, acts), remove);
  item.append(show, tag(shape), edit);
  return item;
}

function button(id: string, text: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.id = id;
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function labels(place: Kept, acts: Acts): HTMLSelectElement {
  const made = document.createElement("select");
  made.id = `mine-label-${place.id}`;
  made.setAttribute("aria-label", fill(word("pub_label"), { name: place.name }));
  for (const label of LABELS) made.append(new Option(labelWord(label), label, false, label === place.label));
  made.addEventListener("change", () => acts.label(place, made.value as Label));
  return made;
}
