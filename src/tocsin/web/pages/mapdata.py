"""The areas as the map draws them: outlines and names, and nothing that is not public ground."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
import shapely
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe
from shapely.geometry import mapping, shape

from tocsin.core.area import AreaTree
from tocsin.core.text import pick
from tocsin.web import icons
from tocsin.web.desk import desk
from tocsin.web.pages.basemap import address
from tocsin.web.words import current, words
from tocsin.web.words.map import WORDS

_MAX_AGE_S = 60
_GRID_DEG = 1e-5
"""Positions are rounded to about a metre: a map needs no more, and the file is half as long."""

_SLIVER = 1e-7
"""Square degrees, about a tenth of a hectare: less ground than this is what rounding left over."""

_kept: tuple[AreaTree, date, dict[str, list[dict[str, Any]]]] | None = None


def map_data(language: str) -> dict[str, Any]:
    """What ``stateMap`` of ``lib/map.ts`` takes, for page data: addresses, language and words."""
    text = words(language)
    return {
        "areas": reverse("map"),
        "basemap": address(),
        "language": language,
        "words": {key: text[key] for key in (*WORDS, *(f"state_{shown}" for shown in icons.STATES))},
    }


@require_safe
def areas(request: HttpRequest) -> HttpResponse:
    """GeoJSON of every area with ground, in the reader's language; strong ETag, gzip where the reader takes it."""
    here = desk()
    data, packed = _bytes(_collection(here.state().areas, here.clock.now().date(), current()))
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}{"-gz" if zipped else ""}"'
    made = HttpResponse(packed if zipped else data, content_type="application/geo+json")
    if zipped:
        made["Content-Encoding"] = "gzip"
    response = get_conditional_response(request, etag=etag, response=made) or made
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={_MAX_AGE_S}"
    response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ("Accept-Encoding", "Accept-Language", "Cookie"))
    return response


@lru_cache(maxsize=16)
def _bytes(data: bytes) -> tuple[bytes, bytes]:
    """The document, plain and packed."""
    return data, gzip.compress(data, mtime=0)


def _collection(tree: AreaTree, today: date, language: str) -> bytes:
    """The document in one language. The shapes are worked out once for each state of the areas."""
    global _kept  # noqa: PLW0603 - one entry, replaced whole; two threads at worst do the same work twice
    kept = _kept
    if kept is None or kept[0] is not tree or kept[1] != today:
        kept = _kept = (tree, today, {})
    if language not in kept[2]:
        kept[2][language] = list(_features(tree, today, language))
    return msgspec.json.encode({"type": "FeatureCollection", "features": kept[2][language]})


def _features(tree: AreaTree, today: date, language: str) -> Iterator[dict[str, Any]]:
    """Wholes before their parts, so that parts are drawn on top.

    A whole with parts is drawn as its edge; its ground that lies in none of the parts is a feature of its own, with
    ``part`` set to ``rest``, because it can have another state than they.
    """
    drawn = [area for area in tree if area.geometry is not None and area.valid_on(today)]
    shapes = {area.id: shapely.make_valid(shape(area.geometry)) for area in drawn}
    for area in sorted(drawn, key=lambda a: (len(list(tree.ancestors(a.id))), a.id)):
        below = [shapes[one] for one in tree.descendants(area.id) if one != area.id and one in shapes]
        said = {
            "id": area.id,
            "name": pick(area.names, language),
            "parent": area.parent,
            "depth": len(list(tree.ancestors(area.id))),
        }
        yield _feature(shapes[area.id], {**said, "part": "edge" if below else "area"})
        if below:
            rest = shapes[area.id].difference(shapely.union_all(below))
            if rest.area > _SLIVER:
                yield _feature(rest, {**said, "part": "rest"})


def _feature(outline: Any, said: dict[str, Any]) -> dict[str, Any]:
    at = outline.representative_point()
    properties = {**said, "label": [round(at.x, 5), round(at.y, 5)]}
    geometry = mapping(shapely.set_precision(outline, _GRID_DEG))
    return {"type": "Feature", "properties": properties, "geometry": _rounded(geometry)}


def _rounded(geometry: Any) -> Any:
    """Positions without the noise of binary fractions."""
    if isinstance(geometry, dict):
        return {key: _rounded(value) for key, value in geometry.items()}
    if isinstance(geometry, (list, tuple)):
        return [_rounded(one) for one in geometry]
    return round(geometry, 5) if isinstance(geometry, float) else geometry
