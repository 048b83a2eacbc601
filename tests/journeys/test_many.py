"""PostgreSQL, three NATS servers, two edges, two workers: any one dies during an issue, and nothing is missed."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import timedelta

import httpx
import psycopg
import pytest

import nats_server
import postgres
from journeys.many import Many
from journeys.proof import died, went_out_once
from journeys.rig import ACOUSTIC, RADAR, Curl, Stack, until
from tocsin.bus.nats_subscription import SILENCE_S

pytestmark = [pytest.mark.processes, pytest.mark.postgres]


@pytest.fixture(scope="module")
def many() -> Iterator[Many]:
    nats_server.required()
    postgres.required()
    made = Many()
    yield made
    made.close()


def test_a_warning_reaches_the_clients_of_every_edge_and_each_edge_says_so(many: Many) -> None:
    area, before = "belgorod-salyut", many.head()
    pages = [many.live(area, edge_url=edge) for edge in many.edges]
    many.alarm(area)
    went_out_once(many, area, pages[0], before, pages[1])
    written = until(
        lambda: {f["body"]["edge"] for f in many.facts("live.written", before)} == {"edge-1", "edge-2"},
        "what both edges wrote, in the ledger",
    )
    assert written


def test_two_leading_workers_die_in_one_issue_and_the_next_goes_on(many: Many) -> None:
    area, before, first = "belgorod-center", many.head(), until(many.leader, "a leader")
    second = "worker-2" if first == "worker" else "worker"
    many.restart(second, TOCSIN_CRASH_AT="relay.before_publish")
    many.restart(first, TOCSIN_CRASH_AT="deliver.after_command")
    until(lambda: many.leads(second), "the worker that stood by leads")
    pages = [many.live(area, edge_url=edge) for edge in many.edges]
    until(many.all_know, "edges that hear the leader")

    many.alarm(area)

    for name, point in ((second, "relay.before_publish"), (first, "deliver.after_command")):
        until(lambda name=name: many.process(name).poll() is not None, f"the death of {name}")  # type: ignore[misc]
        died(many, point)
    many.start(second)
    went_out_once(many, area, pages[0], before, pages[1])
    many.start(first)


@pytest.mark.parametrize(
    ("node", "area"), [(0, "belgorod-kreyda"), (1, "belgorod-suprunovka"), (2, "dubovoe-settlement")]
)
def test_a_nats_server_dies_during_an_issue(many: Many, node: int, area: str) -> None:
    before = many.head()
    pages = [many.live(area, edge_url=edge) for edge in many.edges]
    many.detect(RADAR, area, ident=f"r-{area}")
    many.nats.kill(node)
    many.detect(ACOUSTIC, area, ident=f"a-{area}")
    went_out_once(many, area, pages[0], before, pages[1])
    many.nats.begin(node)
    many.nats.wait(node)


def test_who_loses_an_edge_goes_on_at_the_other_without_a_gap(many: Many) -> None:
    area, before = "belgorod-bolkhovets", many.head()
    page, path = many.live(area, edge_url=many.edges[1]), f"/live?cells={many.inside(area)}"
    with Curl(many.edges[0], path, Accept="text/event-stream") as curl:
        curl.read_until(b"event: state")
        many.restart("edge", TOCSIN_CRASH_AT="edge.before_write")
    until(many.all_know, "an edge that knows")
    with Curl(many.edges[0], path, Accept="text/event-stream") as curl:
        said = curl.read_until(b"event: state")
        last = said.rpartition(b"\nid: ")[2].split(b"\n")[0].decode() if b"\nid: " in said else str(before)
        issued = many.alarm(area)
    until(lambda: many.process("edge").poll() is not None, "the edge's death")
    with Curl(many.edges[1], path, **{"Accept": "text/event-stream", "Last-Event-ID": last}) as curl:
        assert curl.read_until(b"event: update\nid: %d\n" % max(issued["entries"])).count(b"event: update") == 1
    many.start("edge")
    went_out_once(many, area, page, before)


def test_a_web_process_dies_after_the_commit(many: Many) -> None:
    area, before = "belgorod-levoberezhye", many.head()
    page = many.live(area)
    many.detect(RADAR, area, ident=f"r-{area}")
    many.restart("web", TOCSIN_CRASH_AT="ledger.after_commit")
    with pytest.raises(httpx.HTTPError):
        many.detect(ACOUSTIC, area, ident=f"a-{area}")
    died(many, "ledger.after_commit")
    until(lambda: many.supervisor.ready("web"), "a web process that its parent has started again")
    went_out_once(many, area, page, before)


def test_cut_off_from_nats_sirens_sound_and_pages_say_unknown_until_they_hear_all_of_it(many: Many) -> None:
    area, siren, before = "belgorod-kharkovskaya-gora", many.sirens["belgorod-kharkovskaya-gora"], many.head()
    pages = [many.live(area, edge_url=edge) for edge in many.edges]
    until(lambda: {page.phase(area) for page in pages} == {"ok"}, "pages that know")
    for server in many.nats.running:
        assert server is not None
        server.send_signal(signal.SIGSTOP)
    try:
        many.alarm(area)
        until(lambda: many.mqtt.starts(siren), "measured sound, without NATS")
        many.clock.set(many.clock.now() + timedelta(seconds=31))
        until(lambda: {page.phase(area) for page in pages} == {"unknown"}, "unknown on every page")
    finally:
        for server in many.nats.running:
            assert server is not None
            server.send_signal(signal.SIGCONT)
    until(lambda: {page.phase(area) for page in pages} == {"alert"}, "the warning on every page")
    assert len(many.facts("warning.issued", before)) == 1
    assert [s["tone"] for s in many.mqtt.starts(siren)] == ["wail"]


def test_a_worker_that_takes_over_while_it_is_behind_tells_no_page_anything_twice(many: Many) -> None:
    area, before, first = "belgorod-sputnik", many.head(), until(many.leader, "a leader")
    second = "worker-2" if first == "worker" else "worker"
    pages = [many.live(area, edge_url=edge) for edge in many.edges]
    until(many.all_know, "edges that hear the leader")
    many.signal(second, signal.SIGSTOP)
    issued = many.alarm(area)
    until(lambda: all(page.updates(max(issued["entries"])) for page in pages), "the update")
    with psycopg.connect(many.postgres.url) as db:
        db.execute("LOCK TABLE ledger_entry IN ACCESS EXCLUSIVE MODE")  # nobody reads the ledger for a while
        many.kill(first)
        many.signal(second, signal.SIGCONT)
        until(lambda: many.leads(second), "the worker that stood by has the seat")
        time.sleep(SILENCE_S + 1)  # an edge has asked whoever leads by then
    many.start(first)
    went_out_once(many, area, pages[0], before, pages[1])


def test_after_all_of_it_the_book_is_whole(many: Many) -> None:
    Stack.sound_book(many)
