// Sharing a place: the link names the area that was chosen, never a position.

import { el, fill, put } from "../lib/page.ts";
import type { Place } from "../lib/state.ts";
import { word } from "./data.ts";

export function linkTo(place: Place): string {
  return `${location.origin}/?${new URLSearchParams({ area: place.id })}`;
}

export async function share(place: Place): Promise<void> {
  const url = linkTo(place);
  const said = el("shared");
  if (typeof navigator.share === "function") {
    try {
      await navigator.share({ title: fill(word("pub_share_text"), { name: place.name }), url });
      return;
    } catch (fault) {
      if (fault instanceof DOMException && fault.name === "AbortError") return; // closed by the reader
    }
  }
  try {
    await navigator.clipboard.writeText(url);
    put(said, word("pub_copied"));
  } catch {
    put(said, fill(word("pub_copy"), { url }));
  }
}
