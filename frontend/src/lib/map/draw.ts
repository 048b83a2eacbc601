// Draws the map with MapLibre GL JS. Everything comes from our own site: the worker is a file of ours, which a content
// security policy of `default-src 'self'` lets in; fonts are the device's own; tiles, if any, are ranges of one file.

import "maplibre-gl/dist/maplibre-gl.css";
import "./draw.css";
import {
  AttributionControl,
  type GeoJSONSource,
  type LngLatBoundsLike,
  Map,
  NavigationControl,
  setWorkerCount,
  setWorkerUrl,
} from "maplibre-gl";
import worker from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type * as GeoJSON from "geojson";
import type { MapOptions, StateMap } from "../map.ts";
import { hatch, lookOf, RATIO, SHOWN, shownOf, sign } from "./look.ts";
import { areaLayers, basemapLayers, emptyStyle, pointLayers } from "./style.ts";

setWorkerUrl(new URL(worker, location.href).href);
setWorkerCount(1); // Old phones: one helper is enough for a city.

interface Properties {
  id: string;
  name: string;
  part: "area" | "edge" | "rest";
  label: [number, number];
}
type Feature = GeoJSON.Feature<GeoJSON.Polygon | GeoJSON.MultiPolygon, Properties>;
type Collection = GeoJSON.FeatureCollection<GeoJSON.Polygon | GeoJSON.MultiPolygon, Properties>;
type Box = [number, number, number, number];

const NOBODY = "";
const PADDING = 28;
/** Milliseconds of a move that somebody asked for; none for who wants no motion. */
const MOVE_MS = 350;

export async function draw(host: HTMLElement, options: MapOptions): Promise<StateMap> {
  const [answer, ground] = await Promise.all([
    fetch(options.areas),
    options.basemap ? import("./basemap.ts").then((one) => one.open(options.basemap!)).catch(() => null) : null,
  ]);
  if (!answer.ok) throw new Error(String(answer.status));
  const areas = (await answer.json()) as Collection;
  const drawing = new Drawing(host, options, areas.features, ground);
  try {
    await drawing.ready();
  } catch (fault) {
    drawing.destroy(); // A worker too new for this browser, say: nothing of it may go on in the background.
    throw fault;
  }
  return drawing;
}

type Ground = Awaited<ReturnType<typeof import("./basemap.ts").open>>;

class Drawing implements StateMap {
  private readonly map: Map;
  private readonly end = new AbortController();
  private states: Readonly<Record<string, string>> = {};
  private picked = NOBODY;
  private styled = false;
  private turns = 0;
  private moved = false;

  constructor(
    private readonly host: HTMLElement,
    private readonly options: MapOptions,
    private readonly features: Feature[],
    private readonly ground: Ground | null,
  ) {
    const { words } = options;
    host.replaceChildren();
    host.classList.add("map-host");
    const inside = document.createElement("div");
    inside.className = "map-inside";
    host.append(inside);
    this.map = new Map({
      container: inside,
      style: emptyStyle(lookOf(host)),
      bounds: boxOf(features) as LngLatBoundsLike,
      fitBoundsOptions: { padding: PADDING },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      renderWorldCopies: false,
      fadeDuration: 0,
      cooperativeGestures: options.cooperative ?? false,
      locale: {
        "Map.Title": words["map_label"] ?? "",
        "NavigationControl.ZoomIn": words["map_zoom_in"] ?? "",
        "NavigationControl.ZoomOut": words["map_zoom_out"] ?? "",
        "AttributionControl.ToggleAttribution": words["map_credits"] ?? "",
        "CooperativeGesturesHandler.WindowsHelpText": words["map_ctrl"] ?? "",
        "CooperativeGesturesHandler.MacHelpText": words["map_cmd"] ?? "",
        "CooperativeGesturesHandler.MobileHelpText": words["map_fingers"] ?? "",
      },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    if (ground) this.map.addControl(new AttributionControl({ compact: true, customAttribution: ground.credits }));
    this.listen();
  }

  private listen(): void {
    const { map } = this;
    map.on("movestart", (event) => {
      if ((event as { originalEvent?: unknown }).originalEvent) this.moved = true;
    });
    map.on("resize", () => {
      if (!this.moved && this.picked === NOBODY) this.fit(this.features, 0);
    });
    map.on("click", "ground", ({ features }) => {
      const id = features?.[0]?.properties["id"] as string | undefined;
      if (id) this.options.onPick?.(id);
    });
    map.on("click", "points", ({ features }) => {
      const id = features?.[0]?.properties["id"] as string | undefined;
      if (id) this.options.onPoint?.(id);
    });
    map.on("mouseenter", "ground", () => (map.getCanvas().style.cursor = this.options.onPick ? "pointer" : ""));
    map.on("mouseleave", "ground", () => (map.getCanvas().style.cursor = ""));
    const again = (): void => this.restyle();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again, { signal: this.end.signal });
    const watch = new MutationObserver(again);
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    this.end.signal.addEventListener("abort", () => watch.disconnect());
  }

  /** When the first picture stands. */
  ready(): Promise<void> {
    return new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error("late")), 30_000);
      this.map.once("style.load", () => {
        this.dress();
        this.map.once("idle", () => {
          clearTimeout(late);
          this.host.dataset.map = "ready";
          done();
        });
      });
    });
  }

  private restyle(): void {
    this.styled = false;
    this.map.once("style.load", () => this.dress());
    this.map.setStyle(emptyStyle(lookOf(this.host)), { diff: false });
  }

  /** Pictures, sources and layers in the page's colours of now. */
  private dress(): void {
    const { map } = this;
    const look = lookOf(this.host);
    for (const shown of SHOWN) {
      const pattern = hatch(shown, look);
      if (pattern) map.addImage(`hatch-${shown}`, pattern, { pixelRatio: RATIO });
      map.addImage(`sign-${shown}`, sign(shown, look), { pixelRatio: RATIO });
    }
    if (this.ground) {
      map.addSource("basemap", this.ground.source);
      for (const layer of basemapLayers(look)) map.addLayer(layer);
    }
    map.addSource("areas", { type: "geojson", data: this.grounds() });
    map.addSource("names", { type: "geojson", data: this.names() });
    for (const layer of areaLayers(look, this.picked)) map.addLayer(layer);
    if (this.options.points) {
      map.addSource("points", { type: "geojson", data: this.options.points });
      for (const layer of pointLayers(look)) map.addLayer(layer);
    }
    this.styled = true;
  }

  private said(feature: Feature): Properties & { shown: string; rank: number; word: string } {
    const shown = shownOf(this.states[feature.properties.id]);
    const word = this.options.words[`state_${shown}`] ?? "";
    return { ...feature.properties, shown, rank: SHOWN.indexOf(shown), word };
  }

  private grounds(): GeoJSON.FeatureCollection {
    return { type: "FeatureCollection", features: this.features.map((one) => ({ ...one, properties: this.said(one) })) };
  }

  private names(): GeoJSON.FeatureCollection {
    const named = this.features.filter((one) => one.properties.part !== "edge");
    return {
      type: "FeatureCollection",
      features: named.map((one) => ({
        type: "Feature",
        properties: this.said(one),
        geometry: { type: "Point", coordinates: one.properties.label },
      })),
    };
  }

  set(states: Readonly<Record<string, string>>): void {
    this.states = states;
    const turn = String(++this.turns);
    this.map.once("idle", () => (this.host.dataset.mapTurn = turn));
    if (!this.styled) return; // Dressing takes them.
    void this.map.getSource<GeoJSONSource>("areas")?.setData(this.grounds());
    void this.map.getSource<GeoJSONSource>("names")?.setData(this.names());
  }

  focus(id: string | null): void {
    this.picked = id ?? NOBODY;
    if (this.styled)
      for (const layer of ["picked-gap", "picked"]) this.map.setFilter(layer, ["==", ["get", "id"], this.picked]);
    const mine = this.features.filter((one) => one.properties.id === id);
    if (mine.length) this.fit(mine, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : MOVE_MS);
  }

  private fit(features: Feature[], duration: number): void {
    const box = boxOf(features);
    if (box) this.map.fitBounds(box, { padding: PADDING, maxZoom: 14, duration, linear: true });
  }

  resize(): void {
    this.map.resize();
  }

  drawn(): Record<string, string> {
    const found = this.map.queryRenderedFeatures({ layers: ["ground"] });
    return Object.fromEntries(found.map((one) => [one.properties["id"] as string, one.properties["shown"] as string]));
  }

  destroy(): void {
    this.end.abort();
    this.map.remove();
    this.host.replaceChildren();
    delete this.host.dataset.map;
    delete this.host.dataset.mapTurn;
  }
}

/** West, south, east, north of everything; undefined of nothing. */
function boxOf(features: Feature[]): Box | undefined {
  let box: Box | undefined;
  const take = (part: unknown[]): void => {
    const [x, y] = part;
    if (typeof x === "number" && typeof y === "number") {
      box = box ? [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)] : [x, y, x, y];
    } else for (const one of part) take(one as unknown[]);
  };
  for (const one of features) take(one.geometry.coordinates);
  return box;
}
