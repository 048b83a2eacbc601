// Latitude and longitude → the H3 cell of resolution 7 (about 5 km²) that holds the point.
//
// The page sends cells and never a position, so it must find the cell itself. The official library for browsers, h3-js,
// is 71 KB gzipped: more than the whole public page may have. This is the one function of it that the page needs.
//
// How H3 works, after its published description (https://h3geo.org/docs/core-library/overview and
// https://h3geo.org/docs/core-library/latLngToCellDesc): an icosahedron around the globe is turned so that its twelve
// corners lie in the sea; a point is projected from the centre of the globe (gnomonically) on the face above which it
// stands; each face carries a grid of hexagons, and each finer grid has seven times as many, turned by 19.1° to and fro.
// A cell's name is the number of its base cell (122 of them, twelve with only five neighbours) and one digit, 0 to 6,
// for each step finer.
//
// Written anew from that description, with whole numbers of the grid instead of angles. What no description can give,
// because it is a convention, is how H3 numbers and turns the base cells: TABLE holds it, measured from the official
// library by scripts/cell-table.ts. The tests compare the whole with that library.

type Vector = readonly [number, number, number];

/** Corners of H3's icosahedron, degrees; the other six lie opposite. The orientation is R. Buckminster Fuller's. */
const CORNERS = [
  [64.70000012793487, 10.536199075467623],
  [50.103201482241346, -143.47849001502516],
  [39.10000003397595, 122.30000040778702],
  [23.717925271222978, -67.13232636643565],
  [10.447345187511052, 58.15770583957258],
  [2.300882111626766, -5.2453902967773205],
] as const;

/** Places of a face where a base cell can be. A corner's cell lacks one sixth: its turn depends on the first digit too. */
export const PLACES =
  "000 001 010 011 012 021 100 101 102 110 120 201 210 0022 0024 0026 0201 0204 0205 2001 2002 2003".split(" ");

/** For each face two characters a place, in base 36: number of the base cell × 6 + sixths of a turn to the left. */
const TABLE =
  "0c101o1u2x3x000b1n0u310n1d2c2c2c4141410q0p0q163i1i365r3f0i2b4z061125016c6c6c2d2d2d0r0r0r2o305i505f831c0z1t3o6v" +
  "052j4040408787870p0o0o4c704u76af7x204t7h263j2n0j9o9o9o6d6d6d0s0s0s566u7c8ua9ax2i3t5n4o711h218686869p9p9p0t0t0t" +
  "487k3w6k9z6b2w5z9h1z1t4n15alakak4540402h2h2h645s9a918jc73g373j6sa11j4j6d6d6dc4c5c42e2d2e7oa09cbfdfcx4i6r995u7l" +
  "3f2xc4c3c4alalal2d2c2c8ebq82b8enb55e8tch555n6b35dxdwdw8b86864545459i9uccd3d9ff666l7l8obr3x5famalamdxdxdx414040" +
  "asage4dpcpgd7y7771bmev4v8j9p9p9pgagbga6e6d6ebueuc6f9h9er8ible390997x5rgag9gac3c3c36d6c6cckfqaweehhcta8dngz8z7h" +
  "b56zhxhwhw9t9o9o8b8b8be6eiguh3grirb0b9brdifr83a9dydxdyhxhxhx878686g0hcgcifj9ilcoeffrdoe3axafhyhxhyg9g9g99p9o9o" +
  "juiij6icgfhfk6jchbk1ipizjpg6g6g6hvhvhvjkjjjkj0iogoh0gxeljok0jbi1fdkbi7huhuhudvdvdvjjjijihieoh6f6c9exiugidhjdij" +
  "htk7c0c0c0g7g7g7jljljlfufcd6d0cf9xi6i0gtfjcvjthpdududuajajajjnjnjnf0cudcbc9fa3hofidbgjepibivaiaiaic1c1c1jmjmjm";

const FINEST = 7;
/** What each digit becomes after a sixth of a turn to the left. */
const LEFT = [0, 5, 3, 1, 6, 4, 2];

const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function unit(lat: number, lon: number): Vector {
  const [north, east] = [(lat * Math.PI) / 180, (lon * Math.PI) / 180];
  return [Math.cos(north) * Math.cos(east), Math.cos(north) * Math.sin(east), Math.sin(north)];
}

/** The twenty faces, each as three vectors: a point's products with them are its weights towards the three corners. */
function icosahedron(): Vector[][] {
  const half = CORNERS.map(([lat, lon]) => unit(lat, lon));
  const all = [...half, ...half.map(([x, y, z]): Vector => [-x, -y, -z])];
  const near = (a: Vector, b: Vector): boolean => dot(a, b) > 0.4; // Neighbouring corners: 1/√5.
  const faces: Vector[][] = [];
  all.forEach((a, i) =>
    all.slice(i + 1).forEach((b, j) =>
      all.slice(i + j + 2).forEach((c) => {
        if (!near(a, b) || !near(b, c) || !near(a, c)) return;
        const [left, right] = dot(a, cross(b, c)) > 0 ? [b, c] : [c, b];
        faces.push([cross(left, right), cross(right, a), cross(a, left)]);
      }),
    ),
  );
  return faces;
}

let faces: Vector[][] | undefined;

/** The whole grid point nearest to (i, j), on axes 120° apart. */
function nearest(i: number, j: number): [number, number] {
  const exact = [i, j - i, -j] as const; // Three coordinates that sum to nothing: rounding all and mending the worst is exact.
  let [q, r, s] = exact.map(Math.round) as [number, number, number];
  const [dq, dr, ds] = [Math.abs(q - exact[0]), Math.abs(r - exact[1]), Math.abs(s - exact[2])];
  if (dq > dr && dq > ds) q = -r - s;
  else if (ds > dr) s = -q - r;
  return [q, -s];
}

/** (i, j) without negative numbers, by means of a third axis. */
function place(i: number, j: number): [number, number, number] {
  const low = Math.min(i, j, 0);
  return [i - low, j - low, -low];
}

/** Face (in our own order), place of the base cell on it, and the digits as that face counts them. */
export function onFace(lat: number, lon: number): { face: number; place: string; digits: number[] } {
  faces ??= icosahedron();
  const point = unit(lat, lon);
  let [face, best, weights]: [number, number, number[]] = [0, -Infinity, []];
  faces.forEach((corners, n) => {
    const found = corners.map((corner) => dot(point, corner));
    const least = Math.min(...found);
    if (least > best) [face, best, weights] = [n, least, found];
  });
  // On the face's plane the corners are two steps of the coarsest grid from its middle. Going seven grids finer
  // multiplies by √7 seven times and turns once: 343 times (2i + j, 3j − i).
  const [a, b, c] = weights as [number, number, number];
  const scale = (2 * 343) / (a + b + c);
  const [x, y] = [(a - c) * scale, (b - c) * scale];
  let [i, j] = nearest(2 * x + y, 3 * y - x);
  const digits: number[] = [];
  for (let step = FINEST; step > 0; step--) {
    const odd = step % 2 === 1; // Odd grids are turned to the left of the one above, even ones back to the right.
    const [up, over] = odd ? [3 * i - j, i + 2 * j] : [2 * i + j, 3 * j - i];
    const [pi, pj] = [Math.round(up / 7), Math.round(over / 7)];
    const [di, dj, dk] = odd ? place(i - 2 * pi - pj, j - 3 * pj + pi) : place(i - 3 * pi + pj, j - pi - 2 * pj);
    digits.unshift(4 * di + 2 * dj + dk);
    [i, j] = [pi, pj];
  }
  return { face, place: place(i, j).join(""), digits };
}

/** Digits after so many sixths of a turn to the left. */
export function turned(digits: number[], sixths: number): number[] {
  let now = digits;
  for (let n = 0; n < sixths; n++) now = now.map((digit) => LEFT[digit]!);
  return now;
}

/**
 * The H3 cell of resolution 7 that holds a point, as 15 lower-case hex digits.
 *
 * @param lat latitude in WGS 84 degrees, −90 to 90
 * @param lon longitude in degrees; values outside −180 to 180 go round the globe
 * @throws RangeError when either is no such number
 */
export function cellOf(lat: number, lon: number): string {
  if (!(Math.abs(lat) <= 90) || !Number.isFinite(lon)) throw new RangeError("no place on Earth");
  const { face, place, digits } = onFace(lat, lon);
  const first = String(digits.find((digit) => digit > 0) ?? "");
  const plain = PLACES.indexOf(place);
  const column = plain >= 0 ? plain : PLACES.findIndex((one) => one.startsWith(place + first));
  const at = 2 * (face * PLACES.length + column);
  const entry = parseInt(TABLE.slice(at, at + 2), 36);
  // Bits of an index: mode and resolution (0x87), 7 for the base cell, 3 a digit; digits finer than ours are 7. What
  // follows the mode has 52 bits, so that an ordinary number holds it exactly.
  let bits = Math.floor(entry / 6);
  for (const digit of turned(digits, entry % 6)) bits = bits * 8 + digit;
  for (let finer = FINEST; finer < 15; finer++) bits = bits * 8 + 7;
  return `87${bits.toString(16).padStart(13, "0")}`;
}
