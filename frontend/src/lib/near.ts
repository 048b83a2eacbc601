// How far it is to a shelter on foot, and which are nearest. `tocsin/shelter/nearest.py` reckons alike and says where
// the numbers come from; tests/golden/near.json holds both to the same answers.

const EARTH_M = 6_371_008.8; // Mean radius of the earth (IUGG R1).

/** Streets are longer than the great circle: 1.2 in a grid, 1.6 where streets end blindly (Hess 1997, Randall 2001). */
export const DETOUR = 1.3;

/** Metres a second that 85 in 100 younger people reach (Knoblauch and others 1996). The old, children and stairs: less. */
export const SPEED_M_S = 1.2;

const rad = (degrees: number): number => (degrees * Math.PI) / 180;

/** The great circle between two points in degrees, metres. */
export function metres(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const [a, b] = [rad(lat1), rad(lat2)];
  const half = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(rad(lon2 - lon1) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(Math.min(1, half)));
}

/** How long the walk takes, from the great circle in metres. An estimate for an ordinary pace, never a promise. */
export function walkSeconds(straight: number): number {
  return (straight * DETOUR) / SPEED_M_S;
}

export interface Found<T> {
  what: T;
  metres: number;
  seconds: number;
}

/** The `limit` things nearest to a point; of equally near ones the earlier first. */
export function nearest<T extends { lat: number; lon: number }>(
  things: readonly T[],
  lat: number,
  lon: number,
  limit: number,
): Found<T>[] {
  return things
    .map((what) => ({ what, metres: metres(lat, lon, what.lat, what.lon) }))
    .sort((a, b) => a.metres - b.metres) // Stable, so that equals keep their order.
    .slice(0, limit)
    .map((one) => ({ ...one, seconds: walkSeconds(one.metres) }));
}
