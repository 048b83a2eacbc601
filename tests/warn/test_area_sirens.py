"""Sirens are imported whole or not at all; their places are kept apart from what the ledger gets."""

from __future__ import annotations

import base64
import json

import pytest

from tocsin.warn.siren_import import read_sirens

KEY = base64.b64encode(bytes(range(32))).decode()
HEAD = "id,name,area,tones,hard_limit_s,key,lon,lat\n"


def point(**properties: object) -> dict:
    place = properties.pop("at", [20.0, 50.0])
    base = {"id": "s01", "names": {"en": "Siren"}, "area": "a"}
    return {"type": "Feature", "properties": base | properties, "geometry": {"type": "Point", "coordinates": place}}


def geojson(*features: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def test_csv_and_geojson_say_the_same():
    csv = HEAD + f's01,"Siren, north",a,wail all_clear,120,{KEY},20.5,50.25\ns02,Siren,b,,,,21,51\n'
    one = read_sirens(csv.encode())
    other = read_sirens(
        geojson(
            point(
                names={"und": "Siren, north"}, tones=["wail", "all_clear"], hard_limit_s=120, key=KEY, at=[20.5, 50.25]
            ),
            point(id="s02", names={"und": "Siren"}, area="b", at=[21, 51]),
        )
    )
    assert one.findings == other.findings == ()
    assert one == other
    assert one.positions == {"s01": (20.5, 50.25), "s02": (21.0, 51.0)}
    first, second = one.sirens
    assert (first.hard_limit_s, first.tones, first.key) == (120, ("wail", "all_clear"), KEY)
    assert second.hard_limit_s == 300
    assert "test_chime" in second.tones


def test_a_position_is_never_part_of_the_siren():
    read = read_sirens(geojson(point(at=[20.123, 50.456])))
    assert "20.123" not in repr(read.sirens)


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        ({"id": "S 1"}, "id"),
        ({"id": None}, "id"),
        ({"id": "a/+"}, "id"),
        ({"names": {}}, "names"),
        ({"area": None}, "area"),
        ({"area": "elsewhere"}, "area"),
        ({"tones": "opera"}, "tones"),
        ({"tones": ["wail"]}, "tones"),
        ({"tones": 3}, "tones"),
        ({"hard_limit_s": 0}, "hard_limit_s"),
        ({"hard_limit_s": "long"}, "hard_limit_s"),
        ({"hard_limit_s": True}, "hard_limit_s"),
        ({"key": "c2hvcnQ="}, "key"),
        ({"key": "not base64"}, "key"),
        ({"at": [0, 0]}, "lon"),
        ({"at": [200, 50]}, "lon"),
        ({"at": [10**400, 50]}, "lon"),
        ({"at": ["20", "50"]}, "lon"),
    ],
)
def test_a_fault_names_its_field_and_keeps_everything_out(properties, key):
    read = read_sirens(geojson(point(id="s00"), point(**properties)), areas={"a"})
    assert not read.ok
    assert (read.sirens, read.positions) == ((), {})
    assert [f.field for f in read.findings] == [f"features[1].properties.{key}"]


def test_the_same_id_twice_is_told():
    read = read_sirens(geojson(point(), point(at=[21, 51])))
    assert [f.field for f in read.findings] == ["features[1].properties.id"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "columns"),
        (b"\xff\xfe", "cannot be read"),
        (b"{", "cannot be read"),
        (b'{"type": "FeatureCollection"}', "FeatureCollection"),
        (b'{"features": []}', "no siren"),
        (b'{"features": [{"type": "Feature", "geometry": null, "properties": {}}]}', "not a point"),
        (b"id,name\ns01,x\n", "columns area, lon, lat"),
        (HEAD.encode() + b"s01,Siren,a\n", "number of columns"),
        (HEAD.encode() + b"s01,Siren,a,,,,20,50,extra\n", "number of columns"),
        (HEAD.encode() + b"s01,Siren,a,,,,east,50\n", "not a place"),
        (HEAD.encode() + b"s01,Siren,a,,,,nan,50\n", "not a place"),
        (HEAD.encode(), "no siren"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_reason(data, says):
    read = read_sirens(data)
    assert read.sirens == ()
    assert says in read.findings[0].message
    assert {f.code for f in read.findings} <= {"TOC-4004", "TOC-2005"}
