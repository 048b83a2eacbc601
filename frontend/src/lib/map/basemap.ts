// A basemap in one PMTiles file of our own site, read in ranges.

import { addProtocol, type VectorSourceSpecification } from "maplibre-gl";
import { PMTiles } from "pmtiles";

const NAME = "pmtiles";
const TILE = /\/(\d+)\/(\d+)\/(\d+)$/;

let archive: PMTiles | undefined;

/** Open the archive; rejects when it is not there. `credits`: whom the file itself names, as text or HTML. */
export async function open(address: string): Promise<{ source: VectorSourceSpecification; credits: string }> {
  const opened = new PMTiles(new URL(address, location.href).href);
  const [head, about] = await Promise.all([opened.getHeader(), opened.getMetadata() as Promise<{ attribution?: string }>]);
  archive = opened;
  addProtocol(NAME, async ({ url }, stop) => {
    const [, zoom, x, y] = TILE.exec(url)!.map(Number) as [number, number, number, number];
    const tile = await archive!.getZxy(zoom, x, y, stop.signal);
    return { data: tile?.data ?? new ArrayBuffer(0) };
  });
  return {
    source: {
      type: "vector",
      tiles: [`${NAME}://ours/{z}/{x}/{y}`],
      minzoom: head.minZoom,
      maxzoom: head.maxZoom,
      bounds: [head.minLon, head.minLat, head.maxLon, head.maxLat],
    },
    credits: about.attribution ?? "© OpenStreetMap",
  };
}
