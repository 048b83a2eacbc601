// The style of the map as MapLibre reads it: a quiet ground, and on it the areas by state.

import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import { type Look, SHOWN, type Shown } from "./look.ts";

/** Strength of each state's colour over the ground: what presses most is strongest. */
const STRENGTH: Record<Shown, number> = {
  alert: 0.78,
  pre_alert: 0.62,
  unknown: 0.35,
  partial_clear: 0.55,
  ok: 0.42,
  ended: 0.5,
  ended_other: 0.5,
};
const WIDTH: Record<Shown, number> = {
  alert: 4,
  pre_alert: 3.5,
  unknown: 2,
  partial_clear: 2.5,
  ok: 1.5,
  ended: 2,
  ended_other: 2,
};

type Expression = NonNullable<Extract<LayerSpecification, { type: "fill" }>["filter"]>;

const byState = (value: (shown: Shown) => string | number): never =>
  ["match", ["get", "shown"], ...SHOWN.flatMap((shown) => [shown, value(shown)]), value("unknown")] as never;
const only = (...parts: unknown[]): Expression => parts as Expression;

const GROUND = only("!=", ["get", "part"], "edge");
const FIRST_PRESSING = SHOWN.indexOf("partial_clear");

/** Fonts of the device: no glyph is fetched. The first name belongs to no font; its word sets the weight. */
const FONT = ["Tocsin Bold", "system-ui", "Noto Sans", "sans-serif"];

/** The ground's quiet colours. */
const QUIET = {
  light: { water: "#d3e2ee", green: "#e9f0e6", built: "#e3e7eb", road: "#ffffff", way: "#d9dfe5", line: "#b9c3cc" },
  dark: { water: "#152838", green: "#101b1c", built: "#18222c", road: "#2b3945", way: "#212e39", line: "#3a4955" },
};

/** Layers of a basemap, whether its tiles are cut after Protomaps or after OpenMapTiles; a name that is not there is empty. */
export function basemapLayers(look: Look): LayerSpecification[] {
  const tone = look.dark ? QUIET.dark : QUIET.light;
  const source = "basemap";
  const fill = (layer: string, colour: string, minzoom = 0): LayerSpecification => ({
    id: `base-${layer}-fill`,
    type: "fill",
    source,
    "source-layer": layer,
    minzoom,
    filter: only("==", ["geometry-type"], "Polygon"),
    paint: { "fill-color": colour, "fill-antialias": false },
  });
  const line = (layer: string, colour: string, wide: number, minzoom = 0): LayerSpecification => ({
    id: `base-${layer}-line`,
    type: "line",
    source,
    "source-layer": layer,
    minzoom,
    filter: only("==", ["geometry-type"], "LineString"),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 8, wide / 3, 16, wide * 4] },
  });
  return [
    fill("earth", look.paper),
    fill("landcover", tone.green),
    fill("landuse", tone.green),
    fill("park", tone.green),
    fill("water", tone.water),
    line("water", tone.water, 1.5),
    line("waterway", tone.water, 1.5),
    fill("buildings", tone.built, 13),
    fill("building", tone.built, 13),
    line("roads", look.dark ? tone.road : tone.way, 1.6),
    line("transportation", look.dark ? tone.road : tone.way, 1.6),
    line("boundaries", tone.line, 0.8),
    line("boundary", tone.line, 0.8),
  ];
}

/** Areas by state. Names of the layers are used in `draw.ts`. */
export function areaLayers(look: Look, picked: string): LayerSpecification[] {
  const { states } = look;
  const source = "areas";
  const line = (id: string, filter: Expression, colour: never, width: never, dash?: number[]): LayerSpecification => ({
    id,
    type: "line",
    source,
    filter,
    layout: { "line-join": "round", "line-sort-key": ["get", "rank"] },
    paint: { "line-color": colour, "line-width": width, ...(dash ? { "line-dasharray": dash } : {}) },
  });
  const mine = (shown: Shown): unknown => ["==", ["get", "shown"], shown];
  const width = byState((one) => WIDTH[one]);
  return [
    {
      id: "ground",
      type: "fill",
      source,
      filter: GROUND,
      paint: { "fill-color": byState((one) => states[one].bg), "fill-opacity": byState((one) => STRENGTH[one]) },
    },
    {
      id: "hatch",
      type: "fill",
      source,
      filter: only("all", GROUND, ["!", mine("ok")]),
      paint: { "fill-pattern": ["concat", "hatch-", ["get", "shown"]] },
    },
    line("edge", only("==", ["get", "part"], "edge"), look.muted as never, 2.5 as never, [4, 2]),
    line("border-gap", GROUND, look.paper as never, byState((one) => WIDTH[one] + 2)),
    line("border", only("all", GROUND, ["!", mine("unknown")]), byState((one) => states[one].line), width),
    line("border-unknown", only("all", GROUND, mine("unknown")), states.unknown.line as never, width, [3, 2]),
    line("picked-gap", only("==", ["get", "id"], picked), look.paper as never, 9 as never),
    line("picked", only("==", ["get", "id"], picked), look.focus as never, 5 as never),
    label("name-calm", look, only("<", ["get", "rank"], FIRST_PRESSING), false),
    label("name-pressing", look, only(">=", ["get", "rank"], FIRST_PRESSING), true),
  ];
}

/** A sign, the name and the word of the state. What presses is always signed, whatever else stands there. */
function label(id: string, look: Look, filter: Expression, always: boolean): LayerSpecification {
  return {
    id,
    type: "symbol",
    source: "names",
    filter,
    layout: {
      "symbol-sort-key": ["-", 0, ["get", "rank"]],
      "icon-image": ["concat", "sign-", ["get", "shown"]],
      "icon-anchor": "bottom",
      "icon-offset": [0, 2],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 8, 0.72, 11, 1],
      "icon-allow-overlap": always,
      "text-field": ["format", ["get", "name"], {}, "\n", {}, ["get", "word"], { "font-scale": 0.92 }],
      "text-font": FONT,
      "text-size": 13,
      "text-anchor": "top",
      "text-offset": [0, 0.35],
      "text-max-width": 9,
      "text-optional": true,
    },
    paint: { "text-color": look.ink, "text-halo-color": look.paper, "text-halo-width": 2.5 },
  };
}

export const emptyStyle = (look: Look): StyleSpecification => ({
  version: 8,
  sources: {},
  layers: [{ id: "paper", type: "background", paint: { "background-color": look.paper } }],
});

/** Needs for repair: a disc with its band written in it; what is more urgent is larger and lies on top. */
export function pointLayers(look: Look): LayerSpecification[] {
  const urgent = (...values: (string | number)[]): never =>
    ["match", ["get", "band"], "P1", values[0], "P2", values[1], values[2]] as never;
  return [
    {
      id: "points",
      type: "circle",
      source: "points",
      layout: { "circle-sort-key": urgent(3, 2, 1) },
      paint: {
        "circle-radius": urgent(14, 12, 10),
        "circle-color": urgent(look.dark ? "#ff8a80" : "#a8071a", look.dark ? "#ffc53d" : "#a05500", look.dark ? "#8ab8ea" : "#1a5fa8"),
        "circle-stroke-width": 2,
        "circle-stroke-color": look.dark ? "#0c1319" : "#ffffff",
      },
    },
    {
      id: "points-band",
      type: "symbol",
      source: "points",
      layout: { "text-field": ["get", "band"], "text-font": FONT, "text-size": 11, "text-allow-overlap": true },
      paint: { "text-color": look.dark ? "#0c1319" : "#ffffff" },
    },
  ];
}
