// Make what is on the page like what the server just said, touching only what differs: readers keep their place, and
// a state that turned can be seen to turn.

/** Bring `old` into the form of `fresh`. Whatever carries `data-live` is the script's own and is left alone. */
export function morph(old: Element, fresh: Element): void {
  if (old.hasAttribute("data-live") || old.isEqualNode(fresh)) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const mine = [...old.childNodes];
  const theirs = [...fresh.childNodes];
  theirs.forEach((next, place) => {
    const here = mine[place];
    if (!here) old.append(next);
    else if (here instanceof Element && next instanceof Element && here.tagName === next.tagName) morph(here, next);
    else if (!here.isEqualNode(next)) here.replaceWith(next);
  });
  for (const rest of mine.slice(theirs.length)) rest.remove();
}
