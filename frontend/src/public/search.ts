// Finding a place by any of its names, as people type them. `web/public/places.py` does the same on the server;
// tests/golden/search.json holds both to the same answers.

const APOSTROPHES = /[’ʼ‘`´ʹ׳]/g;
const HYPHENS = /[‐‑‒–—־]/g;
const ALIKE: Record<string, string> = { і: "и", ї: "и", є: "е", ґ: "г", ы: "и", й: "и", ё: "е", ъ: "", ь: "", "'": "" };

/** A name without what people leave out or swap: case, apostrophes, hyphens, letters of Russian and Ukrainian. */
export function loose(text: string): string {
  const plain = text
    .replace(APOSTROPHES, "'")
    .replace(HYPHENS, "-")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .normalize("NFKC")
    .replace(APOSTROPHES, "'")
    .replace(HYPHENS, "-")
    .replace(/[ё]/g, "е");
  return plain
    .replace(/-/g, " ")
    .replace(/[іїєґыйёъь']/g, (letter) => ALIKE[letter] ?? letter)
    .split(/\s+/)
    .filter(Boolean)
    .join(" ");
}

function rank(name: string, wanted: string): number {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  if (name.includes(` ${wanted}`)) return 2;
  return name.includes(wanted) ? 3 : 4;
}

export interface Named {
  id: string;
  name: string;
  find?: string[];
}

/** Places with a name that holds the text: whole names first, then those that begin with it, then words that do. */
export function find<T extends Named>(places: readonly T[], text: string, most: number): T[] {
  const wanted = loose(text);
  if (wanted === "") return [];
  const best = (one: T): number => Math.min(...[one.name, ...(one.find ?? [])].map((name) => rank(loose(name), wanted)));
  return places
    .map((one) => ({ one, rank: best(one) }))
    .filter((hit) => hit.rank < 4)
    .sort((a, b) => a.rank - b.rank || a.one.name.localeCompare(b.one.name) || (a.one.id < b.one.id ? -1 : 1))
    .slice(0, most)
    .map((hit) => hit.one);
}
