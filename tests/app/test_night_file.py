"""A night is data: it is read strictly, and both shipped nights hold together with their cities."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from shapely.geometry import Point, shape

import tocsin
from tocsin.app.night import AllClearStep, DetectionStep, LedgerWant, Night, check_against, read_night
from tocsin.core.area import AreaTree
from tocsin.core.errors import Invalid
from tocsin.core.text import fold
from tocsin.core.time import local_day, zone
from tocsin.warn.area_import import read_areas
from tocsin.warn.city import check_languages, read_city
from tocsin.warn.policy import Policy
from tocsin.warn.siren_import import read_sirens
from tocsin.warn.target import cover
from tocsin.warn.threats import names, threat
from tocsin.warn.words import compose, templates

ROOT = Path(tocsin.__file__).parent
NIGHTS = sorted((ROOT / "nights").glob("*.json"))
CITIES = sorted(path.parent for path in (ROOT / "cities").glob("*/city.json"))
BELGOROD = ROOT / "nights" / "belgorod-2024-01-05.json"


def tree_of(city: str) -> AreaTree:
    tree = AreaTree()
    for area in read_areas((ROOT / "cities" / city / "areas.geojson").read_bytes()).areas:
        tree = tree.with_area(area)
    return tree


def minimal() -> dict:
    return {
        "format": 1,
        "id": "n",
        "title": {"en": "N"},
        "city": "c",
        "zone": "America/Santiago",
        "start": "2024-01-01T22:00:00",
        "end": "2024-01-02T02:00:00",
        "sources": {"s": {"names": {"en": "S"}, "trusted": True}},
        "steps": [
            {
                "act": "detection",
                "at": "2024-01-01T22:10:00",
                "id": "1",
                "source": "s",
                "threat": "drone",
                "areas": ["a"],
                "warning": "w",
            },
            {"act": "all_clear", "at": "2024-01-01T23:00:00", "by": "duty", "warning": "w", "reason": "Clear."},
        ],
        "rows": [
            {
                "row": 1,
                "name": "r",
                "said": "It went out.",
                "source": "log",
                "start": "2024-01-01T22:00:00",
                "end": "2024-01-01T23:00:00",
                "ledger": [{"kind": "warning.issued", "warning": "w"}],
            }
        ],
    }


def read(raw: dict) -> Night:
    return read_night(json.dumps(raw).encode())


def put(raw: dict, path: str, value: object) -> dict:
    here = raw
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        here = here[part]
    here[last] = value
    return raw


def test_the_smallest_night_is_read():
    night = read(minimal())
    assert [seconds for seconds, _ in night.timeline()] == [600, 3600]
    assert night.instant(night.start) == datetime(2024, 1, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("format", 2, "format"),
        ("zone", "Moon/Tycho", "zone"),
        ("id", "Not An Id", "id"),
        ("end", "2024-01-01T21:00:00", "end"),
        ("start", "2024-01-01T22:00", "start"),
        ("start", "yesterday", "start"),
        ("start", "2024-01-01T22:00:00+05:00", "start"),
        ("colour", "red", "colour"),
        ("steps", [], "steps"),
        ("rows", [], "rows"),
        ("steps.0.at", "2024-01-01T21:00:00", "steps[0].at"),
        ("steps.0.at", "2024-01-01T23:30:00", "steps[1].at"),
        ("steps.0.act", "dance", "steps[0].act"),
        ("steps.0.source", "nobody", "steps[0].source"),
        ("steps.0.areas", [], "steps[0].areas"),
        ("steps.0.areas", "a", "steps[0].areas"),
        ("steps.0.certain", True, "steps[0].certain"),
        ("steps.1.by", "mayor", "steps[1].by"),
        ("steps.1.reason", "", "steps[1].reason"),
        ("steps.1.warning", "other", "steps[1].warning"),
        ("rows.0.end", "2024-01-01T21:00:00", "rows[0].end"),
        ("rows.0.ledger", [], "rows[0]"),
        ("rows.0.ledger.0.warning", "other", "rows[0].ledger[0].warning"),
        ("rows.0.ledger.0.at_least", 0, "rows[0].ledger[0].at_least"),
        ("rows.0.live", [{"areas": ["a"]}], "rows[0].live[0]"),
        ("rows.0.live", [{"areas": ["a"], "phase": "safe"}], "rows[0].live[0].phase"),
    ],
)
def test_a_fault_names_its_field(path, value, field):
    with pytest.raises(Invalid) as caught:
        read(put(minimal(), path, value))
    assert caught.value.code == "TOC-8004"
    assert caught.value.field == field


def test_two_rows_may_not_share_a_name_and_a_label_not_two_drafts():
    raw = minimal()
    raw["rows"] *= 2
    with pytest.raises(Invalid, match="taken"):
        read(raw)
    raw = minimal()
    draft = {"act": "draft", "at": "2024-01-01T22:20:00", "by": "duty", "warning": "w", "threat": "drone"}
    raw["steps"].insert(1, draft | {"areas": ["a"], "reason": "Seen."})
    with pytest.raises(Invalid) as caught:
        read(raw)
    assert caught.value.field == "steps[1].warning"


def test_what_is_not_json_is_refused():
    for data in (b"", b"{", b"\xff", b"[]"):
        with pytest.raises(Invalid) as caught:
            read_night(data)
        assert caught.value.code == "TOC-8004"


def test_an_hour_that_comes_twice_needs_its_offset_and_a_skipped_one_is_refused():
    raw = minimal() | {"start": "2024-04-06T22:00:00", "end": "2024-04-07T02:00:00"}
    raw["rows"][0] |= {"start": raw["start"], "end": raw["end"]}
    put(raw, "steps.1.at", "2024-04-07T01:00:00")
    for local, why in (("2024-04-06T23:30:00", "twice"), ("2024-04-06T23:30:00-05:00", "do not show")):
        with pytest.raises(Invalid, match=why):
            read(put(raw, "steps.0.at", local))
    early, _ = next(read(put(raw, "steps.0.at", "2024-04-06T23:30:00-03:00")).timeline())
    late, _ = next(read(put(raw, "steps.0.at", "2024-04-06T23:30:00-04:00")).timeline())
    assert late - early == 3600
    raw = minimal() | {"start": "2024-09-07T22:00:00", "end": "2024-09-08T04:00:00"}
    with pytest.raises(Invalid, match="skip"):
        read(put(raw, "steps.0.at", "2024-09-08T00:30:00"))


def test_two_nights_in_two_cities_are_shipped():
    assert len(NIGHTS) >= 2
    nights = [read_night(path.read_bytes()) for path in NIGHTS]
    assert len({night.city for night in nights}) >= 2
    assert len({night.zone for night in nights}) >= 2


@pytest.mark.parametrize("path", NIGHTS, ids=lambda p: p.stem)
def test_a_shipped_night_fits_its_city(path):
    night = read_night(path.read_bytes())
    assert night.id == path.stem
    city = read_city((ROOT / "cities" / night.city / "city.json").read_bytes())
    assert night.zone == city.zone
    check_against(night, tree_of(night.city), names())
    assert {row.row for row in night.rows} >= {0, 1}


def test_an_area_or_threat_that_does_not_exist_is_named():
    night = read(minimal())
    with pytest.raises(Invalid) as caught:
        check_against(night, AreaTree(), names())
    assert caught.value.field == "steps[0].areas[0]"
    raw = json.loads(BELGOROD.read_bytes())
    with pytest.raises(Invalid) as caught:
        check_against(read(put(raw, "steps.1.threat", "asteroid")), tree_of("belgorod-demo"), names())
    assert caught.value.field == "steps[1].threat"


def later(**step: object) -> dict:
    """The smallest night with one more step, about its second half."""
    raw = minimal()
    known = {"at": "2024-01-01T23:10:00"}
    raw["steps"] += [
        {"act": "source", "id": "mayor", "names": {"en": "Mayor"}, "kind": "official", **known},
        {"act": "incident", "id": "first", "names": {"en": "First"}, "kind": "attack", **known},
        {"at": "2024-01-01T23:20:00", **step},
    ]
    return raw


CLAIM = {"act": "claim", "id": "c", "incident": "first", "subject": "cars", "wording": "cars", "language": "en"}


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (CLAIM | {"op": "ge", "n": 1, "source": "stranger"}, "source"),
        (CLAIM | {"op": "ge", "n": 1, "source": "mayor", "incident": "second"}, "incident"),
        (CLAIM | {"op": "ge", "source": "mayor"}, "n"),
        (CLAIM | {"op": "said", "n": 3, "source": "mayor"}, "n"),
        (CLAIM | {"op": "ge", "n": 1, "source": "mayor", "evidence": ["photo"]}, "evidence[0]"),
        (CLAIM | {"op": "ge", "n": 1, "source": "mayor", "supersedes": "b"}, "supersedes"),
        (CLAIM | {"op": "ge", "n": 1, "source": "mayor", "happened_from": "then"}, "happened_from"),
        (
            CLAIM | {"op": "ge", "n": 1, "source": "mayor", "said_at": "2024-01-01T23:00:00", "said_at_printed": "x"},
            "said_at",
        ),
        ({"act": "source", "id": "mayor", "names": {"en": "Another"}, "kind": "official"}, "id"),
        ({"act": "retract", "claim": "c", "reason": "No."}, "claim"),
        ({"act": "release", "evidence": "photo", "alt": {"en": "A photo"}, "reason": "Yes."}, "evidence"),
        ({"act": "relate", "incident": "first", "other": "second", "relation": "same", "reason": "Yes."}, "other"),
        ({"act": "move", "by": "crew-one", "state": "on_the_way"}, "by"),
        ({"act": "weather", "by": "sensor", "source": "mast", "temperature_c": -3}, "source"),
        ({"act": "reopen", "need": "flat-01", "reason": "It is open."}, "need"),
    ],
)
def test_a_step_of_the_second_half_names_only_what_is_there(step, field):
    with pytest.raises(Invalid) as caught:
        read(later(**step))
    assert (caught.value.code, caught.value.field) == ("TOC-8004", f"steps[4].{field}")


def test_a_row_speaks_only_of_claims_that_are_made():
    raw = later(**CLAIM, op="ge", n=1, source="mayor")
    want = {"incident": "first", "subject": "cars", "low": 1, "best": 1, "high": None, "status": "single-source"}
    raw["rows"][0]["tallies"] = [want | {"claims": ["c"]}]
    read(raw)
    for change, field in (({"claims": ["d"]}, "claim"), ({"incident": "second"}, "incident")):
        raw["rows"][0]["tallies"] = [want | change]
        with pytest.raises(Invalid) as caught:
            read(raw)
        assert caught.value.field == f"rows[0].tallies[0].{field}"


def test_a_row_may_ask_that_something_is_not_there():
    raw = minimal()
    raw["rows"][0]["ledger"].append({"kind": "report.incident_withdrawn", "at_least": 0, "at_most": 0})
    assert read(raw).rows[0].ledger[1].at_most == 0


@pytest.mark.parametrize("path", NIGHTS, ids=lambda p: p.stem)
def test_the_texts_that_a_night_asks_for_are_in_the_words(path):
    night = read_night(path.read_bytes())
    dangers = {s.warning: s.threat for _, s in night.timeline() if hasattr(s, "threat")}
    acts = {"warning.issued": ("pre_alert", "alert"), "warning.ended": ("all_clear", "cancel")}
    wanted = [w for row in night.rows for w in row.ledger if isinstance(w, LedgerWant) and w.texts]
    for want in wanted:
        said = [templates(threat(dangers[want.warning]), act) for act in acts[want.kind]]
        for tag, pieces in want.texts.items():
            whole = [fold(" ".join(t[f][tag] for f in ("headline", "description", "instruction"))) for t in said]
            assert any(all(fold(piece) in text for piece in pieces) for text in whole), (want, tag)


def test_the_night_of_belgorod_keeps_to_the_report():
    night = read_night(BELGOROD.read_bytes())
    rows = {row.row: row for row in night.rows}
    assert set(rows) == set(range(19))
    tz = zone(night.zone)
    midnight = datetime(2024, 1, 5, tzinfo=tz).astimezone(UTC)
    start, end = night.window(rows[1])
    assert end <= midnight
    assert (midnight - start).total_seconds() < 300
    seen = [s for s in night.steps if isinstance(s, DetectionStep)]
    assert {s.threat for s in seen} == {"rocket_artillery"}
    policy = Policy()
    trusted = [s for s in seen if night.sources[s.source].trusted]
    owners = {s.source.split("/")[0] for s in trusted}
    assert len(owners) >= policy.sources_needed
    span = night.instant(trusted[-1].at) - night.instant(trusted[0].at)
    assert span.total_seconds() <= policy.sources_within_s
    assert [s.note for s in seen if s.source == "report"] == [
        "Incoming rockets detected and engaged on approach, as reported."
    ]
    ends = [s for s in night.steps if isinstance(s, AllClearStep)]
    assert [e.by for e in ends] == ["duty"]
    assert ends[0].reason
    assert local_day(night.instant(ends[0].at), tz).isoformat() == "2024-01-05"
    assert 0 < (night.instant(ends[0].at) - midnight).total_seconds() < 3600
    expires = night.instant(seen[0].at).timestamp() + policy.expiry_s["rocket_artillery"]
    assert night.instant(ends[0].at).timestamp() < expires


@pytest.mark.parametrize("folder", CITIES, ids=lambda p: p.name)
def test_a_shipped_city_imports_without_a_finding(folder):
    city = read_city((folder / "city.json").read_bytes())
    assert city.id == folder.name
    assert city.demo
    assert "demonstration" in city.sender_name["en"].casefold()
    read_in = read_areas((folder / "areas.geojson").read_bytes(), cover, within=city.within, zone=city.zone)
    assert read_in.findings == ()
    areas = {area.id: area for area in read_in.areas}
    assert areas[city.root].parent is None
    assert all(area.demo and area.zone == city.zone and area.cells for area in areas.values())
    assert all(set(area.names) == set(city.languages) for area in areas.values())
    leaves = [area for area in areas.values() if area.kind in ("district", "zone")]
    for one, other in combinations(leaves, 2):
        assert shape(one.geometry).intersection(shape(other.geometry)).area < 1e-12, (one.id, other.id)
    raw = (folder / "sirens.json").read_bytes()
    assert all("invented" in one["properties"]["note"] for one in json.loads(raw)["features"])
    sirens = read_sirens(raw, areas=areas)
    assert sirens.findings == ()
    for siren in sirens.sirens:
        assert siren.demo
        assert "invented" not in siren.name["en"]  # said once, above every page, not in each name
        assert set(siren.name) == set(city.languages)
        assert shape(areas[siren.area].geometry).contains(Point(sirens.positions[siren.id]))


def test_the_demonstrations_have_the_size_that_is_promised():
    count = {folder.name: len(read_sirens((folder / "sirens.json").read_bytes()).sirens) for folder in CITIES}
    assert count["belgorod-demo"] == 12
    assert count["port-almen"] == 7
    tree = tree_of("belgorod-demo")
    assert len(tree.children("belgorod")) >= 9
    assert tree["belgorod"].parent == "belgorod-surroundings"
    shelters = json.loads((ROOT / "cities/belgorod-demo/shelters.geojson").read_bytes())["features"]
    assert len(shelters) == 25
    for one in shelters:
        inside = shape(tree[one["properties"]["area"]].geometry)
        assert inside.contains(shape(one["geometry"]))
        assert one["properties"]["demo"]
        assert "invented" in one["properties"]["note"]


def test_no_code_knows_either_city():
    words = ("belgorod", "almen")
    for path in ROOT.rglob("*.py"):
        # The default of `tocsin up --demo` is the name of a data file, which may be any other.
        lines = [line for line in path.read_text(encoding="utf-8").casefold().splitlines() if "default=" not in line]
        assert not any(word in line for word in words for line in lines), path


def test_the_headline_of_the_night_is_short_in_every_language():
    night = read_night(BELGOROD.read_bytes())
    at = night.instant(night.start)
    tree = tree_of(night.city)
    texts = compose(
        threat("rocket_artillery"), "alert", areas=[tree["belgorod"].names], until=at, sent=at, zone=zone(night.zone)
    )
    assert texts.headline["ru"] == "Опасность ракетного обстрела: Белгород"


def test_a_city_speaks_only_languages_that_have_agreed_texts():
    raw = json.loads((ROOT / "cities/port-almen/city.json").read_bytes())
    check_languages(read_city(json.dumps(raw).encode()))
    for part in ("names", "sender_name"):
        raw[part]["xx"] = "X"
    with pytest.raises(Invalid) as caught:
        check_languages(read_city(json.dumps(raw | {"languages": ["en", "xx"]}).encode()))
    assert (caught.value.code, caught.value.field) == ("TOC-8001", "languages")
    assert "no agreed texts in xx" in caught.value.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sender": "a@example.org"}, "sender"),
        ({"sender": "a b@x.invalid"}, "sender"),
        ({"languages": ["en", "ru"]}, "sender_name"),
        ({"languages": []}, "languages"),
        ({"within": [1, 2, 3, 1]}, "within"),
        ({"zone": "Nowhere"}, "zone"),
        ({"size": 3}, "size"),
    ],
)
def test_a_city_file_is_read_strictly(change, field):
    raw = json.loads((ROOT / "cities/port-almen/city.json").read_bytes()) | change
    with pytest.raises(Invalid) as caught:
        read_city(json.dumps(raw).encode())
    assert caught.value.code == "TOC-8001"
    assert caught.value.field == field
