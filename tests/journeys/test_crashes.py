"""Kill -9 at each named point of the issue path: nothing is lost, nothing sounds twice, the book stays whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from journeys.rig import ACOUSTIC, RADAR, Live, Stack, until
from tocsin.core.points import POINTS

pytestmark = pytest.mark.processes

SIGKILLED = -9

BEFORE_COMMIT = ("web.before_append", "ledger.before_commit")
AFTER_COMMIT = ("ledger.after_commit", "web.before_answer")
WORKER = tuple(p for p in POINTS if p.startswith(("relay.", "deliver.")))
SIREN = tuple(p for p in POINTS if p.startswith("siren."))


@pytest.fixture(scope="module")
def city() -> Iterator[Stack]:
    """A city in which processes die. Each point has an area of its own, so that no siren rests from another's sound."""
    made = Stack()
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
    city.restart("worker", TOCSIN_CRASH_AT=point)
    until(lambda: _knows(city), "an edge that hears the new worker")

    city.alarm(area)

    until(lambda: city.process("worker").poll() is not None, "the worker's death")
    assert city.process("worker").returncode == SIGKILLED
    died(city, point)
    city.start("worker")
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
    city.supervisor.kill("siren")
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


def died(city: Stack, point: str) -> None:
    """The process that left the mark at this point is no more."""
    mark = city.own.run / f"crashed-{point}"
    until(mark.exists, f"a process reaches {point}")
    pid = int(until(mark.read_text, "its id"))
    until(lambda: _gone(pid), f"process {pid} is dead")


def went_out_once(city: Stack, area: str, page: Live, before: int) -> None:
    """One issue, one measured start of one command, one update, one receipt; and the book is whole."""
    siren = city.sirens[area]
    (issued,) = until(lambda: city.facts("warning.issued", before), "the issue in the ledger")
    command = f"{issued['id']}.{siren}"
    until(lambda: city.mqtt.starts(siren), "measured sound")
    until(lambda: page.updates(issued["seq"]), "the update")
    until(lambda: _of(city, "siren.commanded", command, before), "the command in the ledger")
    until(lambda: _sounded(city, command, before), "the measured sound in the ledger")

    ended = city.duty.post(f"/warnings/{issued['body']['warning_id']}/all-clear", reason="over")

    # Once the end is through, nothing of the beginning can still be on its way.
    until(lambda: [s for s in city.mqtt.starts(siren) if s["tone"] == "all_clear"], "the all-clear tone")
    until(lambda: page.updates(max(ended["entries"])), "the end on the page")
    assert [s["command_id"] for s in city.mqtt.starts(siren)].count(command) == 1
    assert [s["tone"] for s in city.mqtt.starts(siren)] == ["wail", "all_clear"]
    assert [u["seq"] for u in page.updates()] == [issued["seq"], *ended["entries"]]
    assert len(_of(city, "siren.commanded", command, before)) == 1
    assert city.facts("siren.skipped", before) == []
    assert city.facts("siren.silent", before) == []
    assert len(city.facts("detection.recorded", before)) == 2
    city.sound_book()


def _of(city: Stack, kind: str, command: str, after: int) -> list[dict[str, Any]]:
    return [f for f in city.facts(kind, after) if f["body"]["command_id"] == command]


def _sounded(city: Stack, command: str, after: int) -> bool:
    return any(f["body"]["state"] == "sounding" for f in _of(city, "siren.reported", command, after))


def _knows(city: Stack) -> bool:
    return bool(httpx.get(f"{city.own.edge_url}/healthz", timeout=5).json()["ok"])


def _reconnected(page: Live) -> bool:
    return sum(event == "hello" for _, event, _ in page.received) > 1


def _gone(pid: int) -> bool:
    """A process that its parent has not collected yet is dead too."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
