"""Faults that other products were seen to have: each tried here, where no other test shows it already.

``tests/golden/cap/faults.toml`` lists all of them with their tests; ``docs/conformance.md`` prints the list.
"""

from __future__ import annotations

import msgspec
import pytest

from tocsin.core.errors import Invalid
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import check
from tocsin.warn.cap_write import render, to_xml
from tocsin.warn.feed import parse_feed
from tocsin.warn.sign import Result, verify
from tocsin.warn.threats import threat
from warn.cap_kit import AREA, RING, found, spoiled, with_alert, with_area, with_info
from warn.test_area_import import feature, read, square

ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>{0}</id>'
    '<link type="application/cap+xml" href="https://{0}.example/1"/></entry></feed>'
)


def test_fault_07_a_hole_is_told_and_not_dropped():
    hole = tuple((50.05 + 0.2 * (lat - 50.05), 36.3 + 0.2 * (lon - 36.3)) for lat, lon in RING)
    assert found(to_xml(with_area(polygons=(RING, hole))), 31, "error")


def test_fault_09_utc_is_written_in_one_way_everywhere():
    data = to_xml(with_info(onset="2024-01-04T21:00:00-00:00"))
    assert data.count(b":00-00:00</") == 4
    for at in ("2024-01-04T20:58:00+00:00", "2024-01-04T20:58:00Z"):
        with pytest.raises(Invalid, match="Rule 6"):
            to_xml(with_alert(sent=at))


def test_fault_10_a_message_without_an_end_is_compared_with_nothing():
    endless = spoiled(("<expires>2024-01-04T21:58:00-00:00</expires>", ""))
    assert [finding.rule for finding in check(endless) if finding.severity == "error"] == []


def test_fault_11_names_may_be_long_and_areas_may_overlap():
    name = "The district between the old harbour, the railway and the river, with both islands and the airport"
    assert len(name) > 90
    assert parse(to_xml(with_area(desc=name))).infos[0].areas[0].desc == name
    zone = msgspec.structs.replace(AREA, desc=f"{name}: siren zone 7")
    both = with_info(event=f"{name} event", areas=(AREA, zone))
    assert parse(to_xml(both)).infos[0].areas == (AREA, zone)
    district = feature("district", names={"en": name}, ring=square(20, 50, 0.2))
    inside = feature("zone", ring=square(20.05, 50.05, 0.05))
    across = feature("across", ring=square(20.1, 50.1, 0.2))
    assert read(district, inside, across).ok


@pytest.mark.parametrize("name", ["missile", "rocket_artillery", "chemical"])
def test_fault_uk_b_urgency_and_response_follow_the_danger_and_the_act(name):
    acts = ("pre_alert", "alert", "all_clear")
    assert len({threat(name).rating(act) for act in acts}) == len(acts)
    assert len({threat(name).response(act) for act in acts}) > 1


def test_fault_ifrc_a_what_was_refused_once_is_read_the_next_time():
    cut = spoiled()[:-20]
    for _ in range(2):
        with pytest.raises(Invalid):
            parse(cut)
    assert parse(spoiled()).identifier == "X-1"


def test_fault_ifrc_d_two_feeds_share_nothing():
    first = parse_feed(ATOM.format("one").encode())
    second = parse_feed(ATOM.format("two").encode())
    assert [entry.id for entry in first] == ["one"]
    assert [entry.id for entry in second] == ["two"]


def test_fault_ifrc_e_every_category_and_response_is_kept_and_heights_are_of_the_area():
    data = spoiled(
        ("<category>Security</category>", "<category>Security</category><category>Health</category>"),
        ("</responseType>", "</responseType><responseType>Avoid</responseType>"),
        ("</polygon>", "</polygon><altitude>100</altitude><ceiling>300</ceiling>"),
    )
    [info] = parse(render(parse(data))).infos
    assert info.categories == ("Security", "Health")
    assert info.response_types == ("Shelter", "Avoid")
    assert (info.areas[0].altitude_ft, info.areas[0].ceiling_ft) == (100, 300)


def test_fault_ifrc_f_an_unsigned_message_is_never_valid():
    assert verify(spoiled(), {}).result is Result.MISSING
