"""Kill -9 at each named point of the issue path: nothing is lost, nothing sounds twice, the book stays whole."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from journeys.proof import died, went_out_once
from journeys.rig import ACOUSTIC, RADAR, READY_WITHIN, Live, Stack, kept, persist, until
from journeys.setups import APART, ONE, make
from tocsin.core.points import POINTS

pytestmark = pytest.mark.processes

SIGKILLED = -9

BEFORE_COMMIT = ("web.before_append", "ledger.before_commit")
AFTER_COMMIT = ("ledger.after_commit", "web.before_answer")
WORKER = tuple(p for p in POINTS if p.startswith(("relay.", "deliver.")))
SIREN = tuple(p for p in POINTS if p.startswith("siren."))


@pytest.fixture(scope="module", params=APART)
def city(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A city in which processes die. Each point has an area of its own, so that no siren rests from another's sound."""
    made = make(request.param)
    yield made
    made.close()


@pytest.fixture
def area(city: Stack, request: pytest.FixtureRequest) -> str:
    """An area for the point of this test."""
    return sorted(city.sirens)[POINTS.index(request.node.callspec.params["point"])]


def test_every_point_is_shown_here() -> None:
    shown = {*BEFORE_COMMIT, *AFTER_COMMIT, *WORKER, *SIREN, "edge.before_write"}
    assert shown == set(POINTS)


@pytest.mark.parametrize("point", BEFORE_COMMIT)
def test_a_call_that_dies_before_the_commit_has_done_nothing_and_can_be_sent_again(
    city: Stack, area: str, point: str
) -> None:
    page, before = city.live(area), city.head()
    first = city.detect(RADAR, area, ident=f"r-{area}")
    drafted = city.head()
    city.restart("web", TOCSIN_CRASH_AT=point)

    with pytest.raises(httpx.HTTPError):
        city.detect(ACOUSTIC, area, ident=f"a-{area}")

    died(city, point)
    assert city.head() == drafted
    city.restart("web")
    again = city.detect(ACOUSTIC, area, ident=f"a-{area}")
    assert (again["outcome"], again["warning"]) == ("issued", first["warning"])
    went_out_once(city, area, page, before)


@pytest.mark.parametrize("point", AFTER_COMMIT)
def test_a_call_that_dies_after_the_commit_has_warned_though_nobody_answered(
    city: Stack, area: str, point: str
) -> None:
    page, before = city.live(area), city.head()
    city.detect(RADAR, area, ident=f"r-{area}")
    city.restart("web", TOCSIN_CRASH_AT=point)

    with pytest.raises(httpx.HTTPError):
        city.detect(ACOUSTIC, area, ident=f"a-{area}")

    died(city, point)
    # No web process is needed for what follows.
    went_out_once(city, area, page, before)
    city.restart("web")
    head = city.head()
    again = city.detect(ACOUSTIC, area, ident=f"a-{area}")
    assert (again["outcome"], again["entries"]) == ("repeated", [])
    assert [f for f in city.ledger(head) if f["kind"].startswith(("warning.", "detection."))] == []


@pytest.mark.parametrize("point", WORKER)
def test_a_worker_that_dies_goes_on_where_it_was(city: Stack, area: str, point: str) -> None:
    page, before = city.live(area), city.head()
    leader = city.next_leader(TOCSIN_CRASH_AT=point)
    until(lambda: _knows(city), "an edge that hears the new worker")

    city.alarm(area)

    until(lambda: city.process(leader).poll() is not None, "the worker's death")
    assert city.process(leader).returncode == SIGKILLED
    died(city, point)
    city.start(leader)
    went_out_once(city, area, page, before)


@pytest.mark.parametrize("point", ["edge.before_write"])
def test_an_edge_that_dies_owes_its_clients_the_update(city: Stack, area: str, point: str) -> None:
    page, before = city.live(area), city.head()
    city.restart("edge", TOCSIN_CRASH_AT=point)
    until(lambda: _reconnected(page), "the client is back")

    issued = city.alarm(area)

    until(lambda: city.process("edge").poll() is not None, "the edge's death")
    assert city.process("edge").returncode == SIGKILLED
    died(city, point)
    assert page.updates(max(issued["entries"])) == []
    city.start("edge")
    went_out_once(city, area, page, before)


@pytest.mark.parametrize("point", SIREN)
def test_a_siren_that_dies_around_its_memory_sounds_once(city: Stack, area: str, point: str) -> None:
    page, before = city.live(area), city.head()
    city.kill("siren")
    city.mqtt.heard.clear()
    city.start("siren", TOCSIN_CRASH_AT=point)
    until(city.sirens_up, "every siren on the broker")

    city.alarm(area)

    until(lambda: city.process("siren").poll() is not None, "the siren's death")
    assert city.process("siren").returncode == SIGKILLED
    died(city, point)
    assert city.mqtt.starts(city.sirens[area]) == []
    city.start("siren")
    went_out_once(city, area, page, before)


@pytest.mark.parametrize("city", [ONE], indirect=True)
@pytest.mark.parametrize("point", POINTS)
def test_one_process_that_dies_at_any_point_goes_on_where_it_was(city: Stack, area: str, point: str) -> None:
    page, before = city.live(area), city.head()
    city.kill("one")
    city.mqtt.heard.clear()
    city.supervisor.extra["one"] = {"TOCSIN_CRASH_AT": point}  # whoever starts it: it may end by itself before
    city.supervisor.spawn("one")
    with kept(city):
        first, second = persist(city, RADAR, area), persist(city, ACOUSTIC, area)
        assert first["outcome"] in ("drafted", "repeated"), first
        assert second["outcome"] in ("issued", "repeated"), second  # else nothing goes where the point is
        died(city, point)
        until(lambda: city.ready("one"), "the process that its parent has started again", READY_WITHIN)
        went_out_once(city, area, page, before)


def _knows(city: Stack) -> bool:
    return bool(httpx.get(f"{city.own.edge_url}/healthz", timeout=5).json()["ok"])


def _reconnected(page: Live) -> bool:
    return sum(event == "hello" for _, event, _ in page.received) > 1
