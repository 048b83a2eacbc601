"""Incidents as GeoJSON, drawn as the areas that the publication policy names: never a point."""

from __future__ import annotations

from tocsin.core.event import canonical
from tocsin.record.bundle import Bundle

NAME = "geojson"
MIME = "application/geo+json"
ENDING = "geojson"


def write(bundle: Bundle) -> bytes:
    """A FeatureCollection (RFC 7946); an incident outside every area has no geometry."""
    tallies: dict[str, list[dict[str, object]]] = {}
    for row in bundle.tables["tallies"]:
        tallies.setdefault(row["incident"], []).append({key: row[key] for key in row if key != "incident"})
    features = [
        {
            "type": "Feature",
            "id": row["id"],
            "geometry": bundle.shapes.get(row["area"]),
            "properties": row | {"tallies": tallies.get(row["id"], [])},
        }
        for row in bundle.tables["incidents"]
    ]
    return canonical({"type": "FeatureCollection", "as_of": bundle.as_of, "features": features})
