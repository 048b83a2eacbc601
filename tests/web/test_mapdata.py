"""What the map draws: every area with ground, in the reader's language, and nothing that is not public."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.test import Client
from shapely.geometry import Point, shape

from doors import ADMIN, AREAS, SetClock, square
from tocsin.app.desk import Desk
from tocsin.core.area import Area
from tocsin.warn import commands as cmd
from tocsin.warn.target import cover


def ask(language: str = "en", **headers: str) -> Any:
    return Client().get("/map.json", headers={"Accept-Language": language, **headers})


def features(language: str = "en") -> dict[str, dict[str, Any]]:
    said = json.loads(ask(language).content)
    assert said["type"] == "FeatureCollection"
    return {f"{one['properties']['id']} {one['properties']['part']}": one for one in said["features"]}


def test_every_area_with_ground_is_there_with_its_name(desk: Desk) -> None:
    found = features()
    assert set(found) == {"north area", "south area", "east area"}  # The city has no outline of its own.
    north = found["north area"]
    assert north["properties"]["name"] == "North District"
    assert (north["properties"]["parent"], north["properties"]["depth"]) == ("city", 1)
    assert shape(north["geometry"]).symmetric_difference(shape(AREAS[1].geometry)).area < 1e-8
    assert shape(north["geometry"]).contains(Point(north["properties"]["label"]))
    assert features("ru")["north area"]["properties"]["name"] == "Северный район"


def test_a_whole_is_an_edge_and_its_ground_outside_the_parts_is_its_own(desk: Desk) -> None:
    whole = square(50.45, 36.5, 0.4)
    city = Area(id="city", kind="city", names={"en": "Sample City"}, geometry=whole, cells=cover(whole), demo=True)
    desk.do(cmd.DefineAreas(areas=(city,)), ADMIN)
    found = features()
    assert list(found)[:2] == ["city edge", "city rest"]  # Drawn first, so that parts lie on top.
    assert shape(found["city edge"]["geometry"]).equals(shape(whole))
    rest = shape(found["city rest"]["geometry"])
    assert not rest.contains(Point(36.57, 50.62))
    assert rest.contains(Point(36.85, 50.8))


def test_it_says_nothing_that_is_not_public(desk: Desk) -> None:
    for one in features().values():
        assert set(one["properties"]) == {"id", "name", "parent", "depth", "part", "label"}
    text = ask().content.decode()
    assert "s01" not in text
    assert "School" not in text


def test_an_area_that_is_no_more_is_not_drawn(desk: Desk, clock: SetClock) -> None:
    assert "east area" in features()
    old = AREAS[3]
    gone = {name: getattr(old, name) for name in old.__struct_fields__} | {"valid_to": clock.now().date()}
    desk.do(cmd.DefineAreas(areas=(Area(**gone),)), ADMIN)
    assert "east area" not in features()


def test_who_has_it_is_told_so(desk: Desk) -> None:
    first = ask()
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert "Accept-Language" in first.headers["Vary"]
    again = ask(**{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ask("ru").headers["ETag"] != first.headers["ETag"]
    assert ask().headers["Content-Type"] == "application/geo+json"


def test_it_is_packed_for_who_can_unpack(desk: Desk) -> None:
    plain, packed = ask(), ask(**{"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(desk: Desk, method: str) -> None:
    assert getattr(Client(), method)("/map.json").status_code == 405
