"""A city for benches: a grid of districts under one city area, sirens in them; a demonstration's, so that nothing of
it can leave this machine.
"""

from __future__ import annotations

import json
from typing import Any

SIDE = 20
STEP = 0.03


def grid(areas: int, sirens: int) -> tuple[object, bytes, bytes]:
    """The city, its areas and its sirens as GeoJSON; the area ``city`` holds every district and so every siren."""
    from tocsin.cli.city import bundled

    city, *_ = bundled("belgorod-demo")
    west, south = city.within[0], city.within[1]
    step = min(STEP, (city.within[2] - west) / (SIDE + 1), (city.within[3] - south) / (SIDE + 1))
    rows = -(-areas // SIDE)
    shared = {"demo": True, "zone": city.zone}
    whole = {"id": "city", "names": _names("Grid"), "kind": "city", **shared}
    districts = [_feature(whole, _box(west, south, step * SIDE, step * rows))]
    points = []
    for number in range(areas):
        x, y = west + step * (number % SIDE), south + step * (number // SIDE)
        own = {"id": f"d{number:03}", "parent": "city", "names": _names(f"District {number:03}"), "kind": "district"}
        districts.append(_feature(own | {"population": 1000} | shared, _box(x, y, step, step)))
    for number in range(sirens):
        at = number % areas
        x, y = west + step * (at % SIDE + 0.3 + 0.3 * (number // areas)), south + step * (at // SIDE + 0.5)
        own = {"id": f"s{number:03}", "names": _names(f"Siren {number:03}"), "area": f"d{at:03}", "demo": True}
        points.append(_feature(own, {"type": "Point", "coordinates": [x, y]}))
    return city, _collection(districts), _collection(points)


def _names(name: str) -> dict[str, str]:
    return dict.fromkeys(("en", "ru", "uk", "de"), name)


def _box(x: float, y: float, wide: float, high: float) -> dict[str, Any]:
    ring = [[x, y], [x + wide, y], [x + wide, y + high], [x, y + high], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def _feature(properties: dict[str, Any], geometry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _collection(features: list[dict[str, Any]]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
