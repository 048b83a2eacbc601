"""Real area files with their real faults. Skipped where the data folder is not beside the checkout."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import shape

from tocsin.warn.area_import import read_areas
from tocsin.warn.target import cover

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ISRAEL = DATA / "israel"
OBLASTS = DATA / "geo" / "ukraine_oblasts_simplified.geojson"
OBLASTS_FULL = DATA / "geo" / "ukraine_oblasts_full.geojson.gz"
BOX = (34.0, 29.0, 36.5, 33.6)

pytestmark = pytest.mark.corpus


def collection(features: list[dict[str, Any]]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def israel(*, swapped: bool = False) -> list[dict[str, Any]]:
    """Areas joined with outlines by id; outlines without an area come as shapes without a name."""
    if not ISRAEL.is_dir():
        pytest.skip(f"no {ISRAEL}")
    cities = json.loads((ISRAEL / "cities.json").read_bytes())
    rings = json.loads((ISRAEL / "polygons.json").read_bytes())

    def outline(key: str) -> dict[str, Any] | None:
        ring = rings.pop(key, None)
        if ring is None:
            return None
        return {"type": "Polygon", "coordinates": [[[a, b] if swapped else [b, a] for a, b in ring]]}

    features = [
        {
            "type": "Feature",
            "properties": {
                "id": city["id"],
                "names": {tag: city[f"name_{tag}"] for tag in ("en", "ru", "ar")} | {"he": city["name"]},
                "lead_time_s": city["countdown"],
                "zone": "Asia/Jerusalem",
                "lat": city["lat"],
                "lng": city["lng"],
            },
            "geometry": outline(str(city["id"])),
        }
        for city in cities
    ]
    return features + [{"type": "Feature", "properties": {"id": key}, "geometry": outline(key)} for key in list(rings)]


def test_the_faults_of_a_real_file_are_all_told_and_nothing_is_imported():
    result = read_areas(collection(israel()), cover, within=BOX)
    assert result.areas == ()
    found = [f for f in result.findings if f.severity == "error"]
    pseudo = [f for f in found if f.code == "TOC-2003"]
    bare = [f for f in found if "no geometry" in f.message]
    orphans = [f for f in found if "no name" in f.message]
    crossed = [f for f in found if "crosses itself" in f.message]
    assert len(pseudo) == 2
    assert len(bare) + len(pseudo) == 99
    assert len(orphans) == 68
    assert len(crossed) + len(bare) + len(pseudo) + len(orphans) == len(found)
    assert all("longitude latitude" in f.message for f in crossed)


def test_the_same_file_without_its_faults_is_imported_whole():
    features = israel()
    result = read_areas(collection(features), within=BOX)
    fields = {f.field.split(".")[0]: f for f in result.findings if f.severity == "error"}
    bare = {
        feature["properties"]["id"]
        for number, feature in enumerate(features)
        if (fault := fields.get(f"features[{number}]")) and ("no geometry" in fault.message or fault.code == "TOC-2003")
    }
    good = [
        feature
        for number, feature in enumerate(features)
        if f"features[{number}]" not in fields or feature["properties"]["id"] in bare
    ]
    read = read_areas(collection(good), cover, within=BOX, allow={str(i) for i in bare})
    assert read.ok
    assert len(read.areas) == len(good)
    undrawn = [area for area in read.areas if area.geometry is None]
    assert len(undrawn) == 99
    assert all(area.cells == () for area in undrawn)
    assert all(area.cells for area in read.areas if area.geometry is not None)
    assert {area.lead_time_s for area in read.areas} <= set(range(181))


def test_the_file_with_its_axes_as_delivered_is_refused_against_the_box():
    result = read_areas(collection(israel(swapped=True)), within=BOX)
    assert result.areas == ()
    assert sum("swapped" in f.message for f in result.findings) > 1000


@pytest.mark.parametrize("path", [OBLASTS, OBLASTS_FULL], ids=["simplified", "full"])
def test_oblasts_without_ids_are_told_and_with_ids_are_imported(path):
    if not path.is_file():
        pytest.skip(f"no {path}")
    data = path.read_bytes()
    tree = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    told = Counter(f.code for f in read_areas(json.dumps(tree).encode()).findings if f.severity == "error")
    assert told["TOC-2005"] >= 27
    for number, feature in enumerate(tree["features"]):
        name = next(iter(feature["properties"].values()))
        feature["properties"] |= {
            "names": {"uk": name},
            "id": f"oblast-{number}",
            "kind": "oblast",
            "zone": "Europe/Kyiv",
        }
    result = read_areas(json.dumps(tree).encode(), within=(22.0, 44.0, 40.5, 52.5))
    broken = {f.field.split(".")[0] for f in result.findings if f.severity == "error"}
    # The simplification emptied 21 outlines and bent 3 into themselves; the full file is sound.
    assert len(broken) == (24 if path == OBLASTS else 0)
    kept = [f for n, f in enumerate(tree["features"]) if f"features[{n}]" not in broken]
    read = read_areas(json.dumps(tree | {"features": kept}).encode())
    assert read.ok
    assert len(read.areas) == len(kept) == 27 - len(broken)
    assert all(shape(area.geometry).is_valid for area in read.areas)
