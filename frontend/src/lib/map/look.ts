// Colours of the page's own tokens, and pictures drawn from them: a hatch and a sign for each state, so that states differ
// without any colour.

/** Drawn from the least to the most pressing: what comes later lies on top and gets its label first. */
export const SHOWN = ["ok", "ended", "ended_other", "partial_clear", "unknown", "pre_alert", "alert"] as const;
export type Shown = (typeof SHOWN)[number];

/** Any word that is no state is not known. */
export const shownOf = (word: string | undefined): Shown => SHOWN.find((one) => one === word) ?? "unknown";

export interface Look {
  dark: boolean;
  paper: string;
  ink: string;
  muted: string;
  focus: string;
  states: Record<Shown, { bg: string; ink: string; line: string }>;
}

/** The page's colours as they are now, as `rgb(…)`. */
export function lookOf(host: HTMLElement): Look {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const states = Object.fromEntries(
    SHOWN.map((shown) => {
      probe.dataset.shown = shown;
      return [shown, { bg: colour("state-bg"), ink: colour("state-ink"), line: colour("state-line") }];
    }),
  ) as Look["states"];
  delete probe.dataset.shown;
  const found = {
    dark: getComputedStyle(host).colorScheme === "dark",
    paper: colour("paper"),
    ink: colour("ink"),
    muted: colour("muted"),
    focus: colour("focus"),
    states,
  };
  probe.remove();
  return found;
}

/** Device pixels a CSS pixel that pictures are drawn for. */
export const RATIO = 2;
const TILE = 16;

type Pen = CanvasRenderingContext2D;

function picture(size: number, paint: (pen: Pen) => void): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * RATIO;
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  pen.scale(RATIO, RATIO);
  paint(pen);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

const lines = (pen: Pen, width: number, ...strokes: [number, number, number, number][]): void => {
  pen.lineWidth = width;
  pen.beginPath();
  for (const [x1, y1, x2, y2] of strokes) {
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
  }
  pen.stroke();
};

const dots = (pen: Pen, radius: number, ...at: [number, number][]): void => {
  for (const [x, y] of at) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fill();
  }
};

const triangles = (pen: Pen, high: number, ...at: [number, number][]): void => {
  for (const [x, y] of at) pen.fill(new Path2D(`M${x} ${y - high / 2}l${high * 0.6} ${high}h${-high * 1.2}z`));
};

const T = TILE;
const H = TILE / 2;

/** How each state is marked. Nothing in force: plain. No stripe slants, for those mean an exercise. */
const HATCH: Record<Shown, ((pen: Pen) => void) | null> = {
  ok: null,
  alert: (pen) => triangles(pen, 6, [H / 2, H / 2], [H * 1.5, H * 1.5]),
  pre_alert: (pen) => dots(pen, 2.2, [H / 2, H / 2], [H * 1.5, H * 1.5]),
  unknown: (pen) => lines(pen, 1.6, [5, 5, 11, 11], [5, 11, 11, 5]),
  partial_clear: (pen) => lines(pen, 3, [1, H / 2, 5, H / 2], [H + 1, H * 1.5, H + 5, H * 1.5]),
  ended: (pen) => lines(pen, 1.2, [0, H, T, H]),
  ended_other: (pen) => lines(pen, 1.4, [H, 3, H, 13]),
};

export function hatch(shown: Shown, look: Look): ImageData | null {
  const paint = HATCH[shown];
  if (!paint) return null;
  return picture(TILE, (pen) => {
    const { ink } = look.states[shown];
    pen.strokeStyle = pen.fillStyle = ink;
    pen.globalAlpha = shown === "alert" ? 0.38 : 0.55;
    paint(pen);
  });
}

/** The shapes of the states in a field of 64 by 64, as everywhere on our pages. */
const SIGN: Record<Shown, { line: string; fill?: string; dash?: number[] }> = {
  alert: { line: "M32 5 60 57 4 57z", fill: "M32 5 60 57 4 57z" },
  pre_alert: { line: "M32 4 60 32 32 60 4 32zM32 18v16M32 44.5v.01" },
  unknown: {
    line: "M6 6h52v52h-52z",
    dash: [8, 6.5],
    fill: "M21 27a11 11 0 1 1 16 10c-2 1-2 2-2 4h-6c0-5 1-7 4-9 3-1 5-3 5-5a5 5 0 0 0-10 0zM29 45h6v6h-6z",
  },
  ok: { line: "M32 5a27 27 0 1 1-.01 0zM20 32h24" },
  partial_clear: { line: "M32 5a27 27 0 1 1-.01 0z", fill: "M32 5a27 27 0 0 0 0 54z" },
  ended: { line: "M32 5a27 27 0 1 1-.01 0zM19 33l9.5 9.5L46 22.5" },
  ended_other: { line: "M6 6h52v52h-52zM21 32h22" },
};

export const SIGN_SIZE = 28;

export function sign(shown: Shown, look: Look): ImageData {
  const { bg, ink, line } = look.states[shown];
  const { line: path, fill, dash } = SIGN[shown];
  return picture(SIGN_SIZE, (pen) => {
    pen.beginPath();
    const box = [0.75, 0.75, SIGN_SIZE - 1.5, SIGN_SIZE - 1.5] as const;
    if ("roundRect" in pen) pen.roundRect(...box, 6);
    else (pen as Pen).rect(...box); // Browsers before 2022.
    pen.fillStyle = bg;
    pen.fill();
    pen.strokeStyle = line;
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.translate(5, 5);
    pen.scale((SIGN_SIZE - 10) / 64, (SIGN_SIZE - 10) / 64);
    [pen.lineWidth, pen.lineCap, pen.lineJoin] = [6.5, "round", "round"];
    pen.strokeStyle = pen.fillStyle = ink;
    if (fill) pen.fill(new Path2D(fill));
    if (dash) pen.setLineDash(dash);
    pen.stroke(new Path2D(path));
    if (shown !== "alert") return;
    pen.setLineDash([]);
    pen.strokeStyle = bg;
    pen.stroke(new Path2D("M32 24v14M32 48v.01"));
  });
}
