// Whether a point lies in an outline: the device's own exact test, since only cells are sent (no position leaves it).

export type Position = readonly number[];
export type Ring = readonly Position[];

/** GeoJSON in WGS 84: positions are [longitude, latitude] in degrees; the first ring of a polygon is its edge. */
export type Outline =
  | { type: "Polygon"; coordinates: readonly Ring[] }
  | { type: "MultiPolygon"; coordinates: readonly (readonly Ring[])[] };

/** Degrees, about a tenth of a millimetre: a point as near as that to a line stands on it. */
const ON_LINE = 1e-9;

type Where = "in" | "edge" | "out";

/**
 * Whether the outline holds the point. Edges count as inside, those of holes too: whoever stands on the line is warned.
 *
 * An outline over the antimeridian may be cut there (RFC 7946), run on beyond 180°, or jump from 180° to −180°: a step of
 * more than half the globe is read as the short way. An outline around a pole must be cut.
 */
export function contains(outline: Outline, lon: number, lat: number): boolean {
  const polygons = outline.type === "Polygon" ? [outline.coordinates] : outline.coordinates;
  return polygons.some((rings) => inPolygon(rings, lon, lat));
}

function inPolygon(rings: readonly Ring[], lon: number, lat: number): boolean {
  const [edge, ...holes] = rings;
  if (!edge || inRing(edge, lon, lat) === "out") return false;
  return holes.every((hole) => inRing(hole, lon, lat) !== "in");
}

/** The same place has a longitude every 360°: those about the ring are tried. */
function inRing(ring: Ring, lon: number, lat: number): Where {
  const whole = unbroken(ring);
  const near = lon - 360 * Math.round((lon - (whole[0]?.[0] ?? 0)) / 360);
  const found = [near, near - 360, near + 360].map((one) => inFlat(whole, one, lat));
  return found.includes("edge") ? "edge" : found.includes("in") ? "in" : "out";
}

/** The ring with no jump over the antimeridian. */
function unbroken(ring: Ring): Ring {
  let shift = 0;
  return ring.map((here, n) => {
    const step = n ? here[0]! - ring[n - 1]![0]! : 0;
    // A step of exactly 360° is the edge of a whole world, not a jump.
    if (Math.abs(step) > 180 && Math.abs(step) < 360) shift -= Math.sign(step) * 360;
    return [here[0]! + shift, here[1]!];
  });
}

function inFlat(ring: Ring, x: number, y: number): Where {
  let inside = false;
  for (let n = 0; n < ring.length; n++) {
    // A ring that is not closed is closed here.
    const [x1, y1] = ring[n] as [number, number];
    const [x2, y2] = ring[(n + 1) % ring.length] as [number, number];
    if (onSegment(x, y, x1, y1, x2, y2)) return "edge";
    // A ray to the east crosses this side; half-open, so that a corner counts once.
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) * (x2 - x1)) / (y2 - y1)) inside = !inside;
  }
  return inside ? "in" : "out";
}

function onSegment(x: number, y: number, x1: number, y1: number, x2: number, y2: number): boolean {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const along = length ? Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length)) : 0;
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy) <= ON_LINE;
}
