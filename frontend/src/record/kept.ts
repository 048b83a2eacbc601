// Bookmarks of nights: on this device alone. Each is a permalink and what the night is called.

export interface Bookmark {
  page: string;
  title: string;
  day: string;
}

export interface Box {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const KEY = "tocsin.nights";
export const MOST = 60;

function fits(one: unknown): one is Bookmark {
  const mark = one as Bookmark;
  return (
    typeof one === "object" &&
    one !== null &&
    typeof mark.title === "string" &&
    typeof mark.day === "string" &&
    typeof mark.page === "string" &&
    /^\d{4}-\d\d-\d\d$/.test(mark.page)
  );
}

/** What is bookmarked, newest bookmark first; somebody else's bytes are none. */
export function bookmarks(box: Box | null): Bookmark[] {
  try {
    const value: unknown = JSON.parse(box?.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter(fits).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function isKept(box: Box | null, page: string): boolean {
  return bookmarks(box).some((one) => one.page === page);
}

/** Bookmark the night, or take its bookmark away; whether it is bookmarked now. */
export function toggle(box: Box | null, mark: Bookmark): boolean {
  const others = bookmarks(box).filter((one) => one.page !== mark.page);
  const kept = !isKept(box, mark.page);
  try {
    box?.setItem(KEY, JSON.stringify(kept ? [mark, ...others].slice(0, MOST) : others));
  } catch {
    return isKept(box, mark.page); // private browsing or full: nothing changed
  }
  return isKept(box, mark.page);
}

/** The device's memory, or null where the browser gives none. The resident's page keeps its own way to it: see its budget. */
export function box(): Box | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}
