"""The writer: exact bytes, refusals, and that writing and reading are each other's inverse (rules 8, 12, 18, 40)."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.core.errors import Invalid
from tocsin.warn.alert import (
    Alert,
    AreaBlock,
    Circle,
    Info,
    MsgType,
    Reference,
    Resource,
    Scope,
    Status,
    Value,
)
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import check
from tocsin.warn.cap_rules.info import CATEGORIES, GRADES, RESPONSES
from tocsin.warn.cap_write import render, to_xml
from warn.cap_kit import ALERT, RING, with_alert, with_area, with_info

GOLDEN = Path(__file__).parents[1] / "golden" / "cap"

legal = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
text = st.text(legal, min_size=1, max_size=30).filter(lambda t: bool(t.strip()))
free = st.text(st.one_of(legal, st.sampled_from("\n\t")), min_size=1, max_size=60).filter(lambda t: bool(t.strip()))
token = text.map(lambda t: " ".join(t.split())).filter(bool)
name = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters='\ufffe\uffff,<&"'), min_size=1, max_size=20
).filter(lambda t: len(t.split()) == 1)
item = token.map(lambda t: t.replace('"', "'"))
time = st.datetimes().map(lambda t: t.strftime("%Y-%m-%dT%H:%M:%S").zfill(19) + "-00:00")
values = st.lists(st.builds(Value, name=token, value=free), max_size=2).map(tuple)
maybe = st.none() | free
number = st.floats(-1e6, 1e6)
place = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
ring = st.lists(place, min_size=3, max_size=6).map(lambda points: (*points, points[0]))
areas = st.builds(
    AreaBlock,
    desc=free,
    polygons=st.lists(ring, max_size=2).map(tuple),
    circles=st.lists(
        st.builds(Circle, lat=st.floats(-90, 90), lon=st.floats(-180, 180), radius_km=st.floats(0, 1e4)), max_size=2
    ).map(tuple),
    geocodes=values,
    altitude_ft=st.none() | number,
    ceiling_ft=st.none() | number,
)
resources = st.builds(
    Resource,
    desc=free,
    mime_type=token,
    size=st.none() | st.integers(0, 2**53),
    uri=st.none() | token,
    deref_uri=st.none() | free,
    digest=st.none() | token,
)
infos = st.builds(
    Info,
    language=name,
    categories=st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=2).map(tuple),
    event=free,
    response_types=st.lists(st.sampled_from(RESPONSES), max_size=2).map(tuple),
    urgency=st.sampled_from(GRADES["urgency"]),
    severity=st.sampled_from(GRADES["severity"]),
    certainty=st.sampled_from(GRADES["certainty"]),
    audience=maybe,
    event_codes=values,
    effective=st.none() | time,
    onset=st.none() | time,
    expires=st.none() | time,
    sender_name=maybe,
    headline=maybe,
    description=maybe,
    instruction=maybe,
    web=st.none() | token,
    contact=maybe,
    parameters=values,
    resources=st.lists(resources, max_size=1).map(tuple),
    areas=st.lists(areas, max_size=2).map(tuple),
)
alerts = st.builds(
    Alert,
    identifier=name,
    sender=name,
    sent=time,
    status=st.sampled_from(get_args(Status)),
    msg_type=st.sampled_from(get_args(MsgType)),
    source=maybe,
    scope=st.sampled_from(get_args(Scope)),
    restriction=maybe,
    addresses=st.lists(item, max_size=3).map(tuple),
    codes=st.lists(token, max_size=2).map(tuple),
    note=maybe,
    references=st.lists(st.builds(Reference, sender=name, identifier=name, sent=time), max_size=2).map(tuple),
    incidents=st.lists(item, max_size=3).map(tuple),
    infos=st.lists(infos, max_size=2).map(tuple),
)


@given(alerts)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_rule_40_what_is_written_reads_back_as_it_was(alert):
    data = render(alert)
    assert parse(data) == alert
    assert render(parse(data)) == data
    check(data)  # whatever it finds, it never crashes


@given(st.lists(item, max_size=5).map(tuple))
def test_rule_12_items_read_back_as_they_were(items):
    alert = with_alert(incidents=items, addresses=items)
    again = parse(render(alert))
    assert again.incidents == again.addresses == items


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_rule_31_numbers_are_decimals_that_read_back_exactly(lat, lon):
    data = render(with_area(polygons=(((lat, lon),) * 4,)))
    assert parse(data).infos[0].areas[0].polygons[0][0] == (lat, lon)
    assert b"e-" not in data.partition(b"<polygon>")[2].partition(b"</polygon>")[0]


def everything() -> Alert:
    """One alert with every element that CAP has."""
    full = with_info(
        audience="Everyone outdoors",
        event_codes=(Value(name="SAME", value="CAE"),),
        onset="2024-01-04T21:00:00-00:00",
        web="https://city.example/alerts?id=1&lang=en",
        contact="112",
        parameters=(Value(name="tone", value="wail"),),
        resources=(
            Resource(
                desc="Map",
                mime_type="image/png",
                size=3,
                uri="https://city.example/map.png",
                deref_uri="AAEC",
                digest="0c7a623fd2bbc05b06423be359e4021d36e721ad",
            ),
        ),
        areas=(
            AreaBlock(
                desc="North <district>",
                polygons=(RING,),
                circles=(Circle(lat=50.05, lon=36.3, radius_km=1.5),),
                geocodes=(Value(name="TOCSIN-AREA", value="north"),),
                altitude_ft=0.0,
                ceiling_ft=3000.0,
            ),
        ),
    ).infos
    return with_alert(
        msg_type="Update",
        source="radar-north",
        scope="Private",
        addresses=("mayor@city.example", "Fire Station 3"),
        codes=("profile:test",),
        note="line one\nline two",
        references=(Reference(sender="alerts@city.example", identifier="old", sent="2024-01-04T20:50:00-00:00"),),
        incidents=("raid-7", "big fire"),
        infos=full,
    )


@pytest.mark.parametrize(("file", "alert"), [("alert.xml", ALERT), ("everything.xml", everything())])
def test_the_bytes_are_those_of_the_golden_files(file, alert):
    assert to_xml(alert) == (GOLDEN / file).read_bytes()
    assert parse((GOLDEN / file).read_bytes()) == alert


def test_rule_08_the_same_alert_gives_the_same_bytes():
    assert to_xml(everything()) == to_xml(everything())


def test_rule_03_elements_stand_in_the_order_of_the_standard():
    data = to_xml(everything()).decode()
    order = ["scope", "restriction", "addresses", "code", "note", "references", "incidents", "info"]
    at = [data.find(f"<{element}>") for element in order if f"<{element}>" in data]
    assert at == sorted(at)
    assert len(at) == 7
    assert check(to_xml(everything()), strict_output=True) == []


def test_fault_09_items_are_quoted_only_when_needed_and_nothing_is_nil():
    data = to_xml(everything())
    assert b'<addresses>mayor@city.example "Fire Station 3"</addresses>' in data
    assert b'<incidents>raid-7 "big fire"</incidents>' in data
    assert b"nil" not in data
    assert b"+00:00" not in data


def test_fault_07_codes_beside_a_polygon_are_written():
    assert b"<valueName>TOCSIN-AREA</valueName>" in to_xml(ALERT)
    assert b"<polygon>" in to_xml(ALERT)


def test_rule_18_blank_optionals_are_left_out():
    data = to_xml(with_alert(note="", source=None, codes=()))
    assert b"<note" not in data
    assert b"<source" not in data
    assert b"<code" not in data


@pytest.mark.parametrize(
    ("alert", "rule"),
    [
        (with_alert(status="Draft"), 9),
        (with_alert(status="Exercise"), 9),
        (with_alert(sent="2024-01-04T20:58:00Z"), 6),
        (with_alert(sent="2024-01-04T20:58:00+00:00"), 6),
        (with_info(expires=None), 23),
        (with_info(expires="2024-01-04T20:00:00-00:00"), 23),
        (with_info(certainty="Very Likely"), 20),
        (with_info(categories=()), 19),
        (with_info(event=""), 19),
        (with_info(web="city.example"), 27),
        (with_info(description="<b>Run</b>"), 26),
        (with_info(parameters=(Value(name="", value="x"),)), 28),
        (with_info(resources=(Resource(desc="", mime_type="x/y"),)), 29),
        (with_area(ceiling_ft=10.0), 35),
        (with_area(circles=(Circle(lat=50, lon=36, radius_km=0),)), 33),
        (with_area(geocodes=(Value(name="a", value=""),)), 34),
        (with_alert(scope="Restricted"), 11),
        (with_alert(references=(Reference(sender="a b", identifier="c", sent="d"),)), 13),
        (with_alert(unknown=('<x xmlns="urn:x"/>',)), 3),
        (with_alert(unknown=("<note>n</note>",)), 3),
    ],
)
def test_what_breaks_a_rule_is_refused_with_its_number_field_and_remedy(alert, rule):
    with pytest.raises(Invalid, match=f"Rule {rule}:") as refusal:
        to_xml(alert)
    assert refusal.value.code == "TOC-3003"
    assert refusal.value.field
    assert refusal.value.remedy


def test_unknown_signature_elements_are_kept_when_written_again():
    kept = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo></ds:SignedInfo></ds:Signature>'
    alert = with_alert(unknown=(kept,))
    assert parse(render(alert)) == alert
