// Make what is on the page like what the server says now, touching only what differs: focus, scroll, half-typed input
// and opened details stay. Elements are known by their id; `data-keep` belongs to the script and is left alone;
// `data-own` names attributes that the script writes.

const OPEN_PANEL = ".ctl-host > *";

/** Change `old` into `next`. */
export function morph(old: Element, next: Element): void {
  if (old.hasAttribute("data-keep") || old.isEqualNode(next)) return;
  attributes(old, next);
  children(old, next);
}

function attributes(old: Element, next: Element): void {
  const own = new Set((old.getAttribute("data-own") ?? "").split(" "));
  // What a reader has opened stays open, what was chosen stays chosen.
  if (old.tagName === "DETAILS") own.add("open");
  for (const { name } of [...old.attributes]) if (!own.has(name) && !next.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes)
    if (!own.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
}

const idOf = (node: Node | null): string => (node instanceof Element ? node.id : "");

function children(old: Element, next: Element): void {
  const known = new Map<string, Element>();
  for (const child of old.children) if (child.id) known.set(child.id, child);
  const wanted = new Set<string>([...next.children].map((child) => child.id).filter(Boolean));
  let at: ChildNode | null = old.firstChild;
  for (const child of [...next.childNodes]) {
    while (at && idOf(at) && !wanted.has(idOf(at))) at = drop(at);
    const same = known.get(idOf(child));
    if (same) {
      if (same === at) at = at.nextSibling;
      else old.insertBefore(same, at);
      morph(same, child as Element);
    } else if (at && !idOf(at) && !idOf(child) && at.nodeName === child.nodeName) {
      const here: ChildNode = at;
      at = at.nextSibling;
      if (here instanceof Element) morph(here, child as Element);
      else if (here.nodeValue !== child.nodeValue) here.nodeValue = child.nodeValue;
    } else old.insertBefore(child.cloneNode(true), at);
  }
  while (at) at = drop(at);
}

/** Take a node away and give the one after it; what holds an open panel stays, marked as gone, until it is closed. */
function drop(node: ChildNode): ChildNode | null {
  const after = node.nextSibling;
  if (!(node instanceof Element) || !node.querySelector(OPEN_PANEL)) node.remove();
  else if (node.hasAttribute("data-item")) node.setAttribute("data-gone", "");
  else for (const child of [...node.childNodes]) drop(child);
  return after;
}

/** Morph and give focus back to who had it, if moving took it away. Throws when there is nothing to put, or no place. */
export function refresh(id: string, html: string): void {
  const old = document.getElementById(id);
  const next = parse(html);
  if (!old || next?.id !== id) throw new Error(`no #${id} to show`);
  const focused = document.activeElement;
  morph(old, next);
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected)
    focused.focus({ preventScroll: true });
}

/** The first element of some HTML of our own server. */
export function parse(html: string): Element | null {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.firstElementChild;
}
