// Drawings that a script puts into the page. The template must hold them: `{% icon_sheet "walk" "door" %}`.

const SVG = "http://www.w3.org/2000/svg";

/** A drawing of our own; it says nothing to a screen reader, so a word stands beside it. */
export function icon(name: string, classes = ""): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${classes}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}
