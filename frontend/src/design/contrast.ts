// Contrast of two colours as WCAG 2.2 counts it (relative luminance, section "contrast ratio").

type Colour = readonly [number, number, number];

/** `rgb(1, 2, 3)` as the browser computes it. Throws on anything else: our colours are opaque. */
export function parse(text: string): Colour {
  const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(text);
  if (!found) throw new Error(`not an opaque colour: ${text}`);
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1 (the same) to 21 (black on white). */
export function contrast(one: Colour, other: Colour): number {
  const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}
