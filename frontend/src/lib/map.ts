// The map of areas and their states. This file is small; the drawing itself (MapLibre, about 300 KB gzipped) comes only
// when a map is asked for. Without WebGL, or when it cannot be loaded, the host says so in a sentence, and whoever shows
// a map shows the list of areas beside it anyway: the list is what keyboards and screen readers go through.

/** What `map_data()` of the web layer puts into a page. */
export interface MapOptions {
  /** Address of the areas' GeoJSON. */
  areas: string;
  /** Address of a PMTiles archive to draw below, or null. */
  basemap: string | null;
  language: string;
  /** `map_…` and `state_…` of the page's language. */
  words: Record<string, string>;
  /** Somebody chose an area by a touch or click. */
  onPick?: (id: string) => void;
  /** Address of GeoJSON points with `id` and `band` (P1 to P4), for officers' maps alone. */
  points?: string;
  /** Somebody chose a point. */
  onPoint?: (id: string) => void;
  /** A wheel or one finger moves the page and not the map, as fits a page that scrolls. */
  cooperative?: boolean;
}

export interface StateMap {
  /** Area → state as shown (`data-shown`). Areas left out are unknown. */
  set(states: Readonly<Record<string, string>>): void;
  /** Mark an area and bring it into view; null marks none. */
  focus(id: string | null): void;
  resize(): void;
  /** What stands in the picture now: area → state as drawn. */
  drawn(): Record<string, string>;
  destroy(): void;
}

/**
 * Draw the map into an element that has a size. Never throws; `host.dataset.map` becomes `ready` or `none`, and
 * `host.dataset.mapTurn` counts the calls of `set` whose picture stands.
 */
export async function stateMap(host: HTMLElement, options: MapOptions): Promise<StateMap> {
  try {
    if (!document.createElement("canvas").getContext("webgl2")) return none(host, options, "map_no_webgl");
    const { draw } = await import("./map/draw.ts");
    return await draw(host, options);
  } catch {
    return none(host, options, "map_failed");
  }
}

function none(host: HTMLElement, { words }: MapOptions, word: string): StateMap {
  const said = document.createElement("p");
  said.className = "notice";
  said.dataset.kind = "info";
  said.textContent = words[word] ?? "";
  host.replaceChildren(said);
  host.dataset.map = "none";
  return { set() {}, focus() {}, resize() {}, drawn: () => ({}), destroy: () => host.replaceChildren() };
}
