// Dragging a flat to a place in a crew's route pins it there. The same can be done with the form in its row.

/** Fill the hidden form and send it. */
function pin(need: string, crew: string, place: string): void {
  const form = document.getElementById("rep-drag") as HTMLFormElement;
  form.action = `/control/repair/needs/${encodeURIComponent(need)}/pin`;
  (form.elements.namedItem("crew") as HTMLInputElement).value = crew;
  (form.elements.namedItem("place") as HTMLInputElement).value = place;
  form.submit();
}

const TYPE = "text/plain";

/** `began` and `ended` are called around each drag. */
export function dragging(began: () => void, ended: () => void): void {
  if (!document.getElementById("rep-drag")) return;
  let need = "";
  const target = (event: Event): HTMLElement | null =>
    event.target instanceof Element ? event.target.closest<HTMLElement>("[data-drop]") : null;
  const mark = (on: HTMLElement | null): void => {
    for (const one of document.querySelectorAll("[data-over]")) one.removeAttribute("data-over");
    on?.setAttribute("data-over", "");
  };
  // A row may be dragged only where nothing in it is to be marked or pressed.
  document.addEventListener("pointerdown", (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-drag]") : null;
    const free = event.target instanceof Element && !event.target.closest("a, button, input, select, summary, form");
    if (row) row.draggable = free;
  });
  document.addEventListener("dragstart", (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-drag]") : null;
    if (!row) return;
    need = row.dataset["need"] ?? "";
    event.dataTransfer?.setData(TYPE, need);
    document.documentElement.dataset["dragging"] = "";
    began();
  });
  document.addEventListener("dragover", (event) => {
    const place = need ? target(event) : null;
    mark(place);
    if (place) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const place = need ? target(event) : null;
    if (!place) return;
    event.preventDefault();
    pin(need, place.dataset["drop"] ?? "", place.dataset["place"] ?? "1");
  });
  document.addEventListener("dragend", () => {
    need = "";
    mark(null);
    delete document.documentElement.dataset["dragging"];
    ended();
  });
}
