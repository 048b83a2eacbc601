// What every page's script starts from: the JSON that the server put into the page, and the elements in it.

/** The JSON of `<script id="data" type="application/json">`. */
export function pageData<T>(id = "data"): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null") as T;
}

/** The element with that id. Throws when the page lacks it: script and template belong together. */
export function el<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** Set text only when it differs, so that a screen reader hears changes and nothing else. Empty text hides. */
export function put(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = text === "";
}

/** `fill("{n} sirens", {n: 3})`. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ""));
}
