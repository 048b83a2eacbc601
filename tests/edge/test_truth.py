"""What the edge believes after any order of states and updates."""

from datetime import timedelta

import h3
import pytest

from edge.rig import HERE, NOWHERE, THERE, City, Clock
from tocsin.edge.truth import CANCEL_EXPIRY, Truth


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def city(clock):
    return City(clock)


@pytest.fixture
def truth(city):
    truth = Truth()
    truth.replace(city.state())
    return truth


def phases(truth, clock, *cells):
    return {area["id"]: area["phase"] for area in truth.view(cells, clock.now())["areas"]}


def test_updates_lead_to_the_same_view_as_a_fresh_state(truth, city, clock):
    for area, phase in [("here", "alert"), ("there", "pre_alert"), ("here", "ended"), ("there", "alert")]:
        truth.update(city.update(area, phase))
        fresh = Truth()
        fresh.replace(city.state())
        for cells in ((HERE,), (THERE,), (HERE, THERE, NOWHERE)):
            assert truth.view(cells, clock.now()) == fresh.view(cells, clock.now())


def test_an_update_older_than_the_state_changes_nothing(city, clock):
    old = city.update("here", "alert")
    city.update("here", "ended")
    truth = Truth()
    truth.replace(city.state())
    truth.update(old)
    assert phases(truth, clock, HERE) == {"here": "ended"}
    assert truth.view((HERE,), clock.now())["alerts"][0]["end"] == "all_clear"


def test_an_update_for_a_part_of_the_areas_keeps_the_alert_for_all(truth, city, clock):
    frame = city.update("here", "partial_clear")
    frame["data"]["alert"]["areas"] = ["here", "there"]
    truth.update(frame)
    assert [doc["id"] for doc in truth.view((THERE,), clock.now())["alerts"]] == ["w-here"]


def test_a_new_and_a_redrawn_area(truth, city, clock):
    city.phases["far"], city.cells["far"] = "ok", [NOWHERE]
    for cell, other in ((NOWHERE, HERE), (THERE, NOWHERE)):
        frame = city.update("far", "ok")
        frame["cells"], frame["data"]["alert"] = [cell], None
        frame["data"]["entry"] = "area.defined"
        truth.update(frame)
        assert "far" in phases(truth, clock, cell)
        assert "far" not in phases(truth, clock, other)


def test_ended_alerts_are_read_for_an_hour_after_their_expiry(truth, city, clock):
    truth.update(city.update("here", "ended"))
    clock.advance(timedelta(hours=1).total_seconds() + CANCEL_EXPIRY.total_seconds() - 1)
    truth.prune(clock.now())
    assert truth.view((HERE,), clock.now())["alerts"]
    clock.advance(2)
    truth.prune(clock.now())
    assert truth.view((HERE,), clock.now())["alerts"] == []


def test_age_runs_from_the_latest_news_and_never_back(truth, city, clock):
    clock.advance(10)
    truth.beat(city.beat())
    truth.beat({"as_of": "2024-01-04T20:00:01Z", "seq": 0})
    assert truth.age_s(clock.now()) == 0
    clock.advance(30)
    assert not truth.stale(clock.now())
    clock.advance(0.001)
    assert truth.stale(clock.now())
    assert phases(truth, clock, HERE) == {"here": "unknown"}


def test_nothing_known_is_unknown(clock):
    view = Truth().view((HERE,), clock.now())
    assert (view["source_age_s"], view["areas"], view["uncovered"]) == (None, [], [HERE])
    assert Truth().stale(clock.now())


def test_a_parent_area_covers_every_cell_below(truth, city, clock):
    for cell in h3.cell_to_children(city.cells["here"][0], 7):
        assert "here" in phases(truth, clock, cell)
