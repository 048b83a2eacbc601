"""Many machines: whichever node or process dies during an issue, nothing is lost and nothing sounds twice."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec
import psycopg
import pytest

import nats_server
import postgres
from journeys.many import Many
from journeys.proof import went_out_once
from journeys.rig import ACOUSTIC, RADAR, Stack, kept, persist, until
from tocsin.wiring import Settings

pytestmark = [pytest.mark.processes, pytest.mark.postgres, pytest.mark.long]

PROCESSES = ("leader", "standby", "edge", "edge-2", "web", "reach", "reach-2", "broker", "siren")
NODES = ("nats-0", "nats-1", "nats-2")
AGAIN_S = 60.0
"""How long the dead may take to be back, on a busy machine."""

FOLLOWERS = 2000
"""Two blocks of the address book: one for each worker of deliveries."""
AT_MOST_AGAIN = 200
"""One batch: what a worker of deliveries that died had handed on and not kept yet."""


class Hooked(Many):
    """The same, with receivers of webhooks on this machine."""

    def set_up(self) -> Settings:
        return msgspec.structs.replace(super().set_up(), webhook_allow="127.0.0.1")


@pytest.fixture(scope="module")
def many() -> Iterator[Many]:
    """The city in which all but the database die: one after another, each with a siren of its own."""
    yield from city()


@pytest.fixture
def another() -> Iterator[Many]:
    """A city in which nobody has died yet."""
    yield from city()


def city() -> Iterator[Many]:
    nats_server.required()
    postgres.required()
    made = Hooked()
    with kept(made):
        yield made
    made.close()


def kill(city: Many, name: str) -> Callable[[], None]:
    """End a node or process as a power cut would; gives what brings it back."""
    if name.startswith("nats"):
        node = int(name[-1])
        city.nats.kill(node)
        return lambda: city.nats.again(node)
    if name == "postgres":
        city.postgres._run("pg_ctl", "-D", city.postgres.data, "-w", "-m", "immediate", "stop")
        return city.postgres.again
    if name in {"leader", "standby"}:
        leader = until(city.leader, "a leader")
        name = leader if name == "leader" else "worker-2" if leader == "worker" else "worker"
    city.supervisor.kill(name)
    return lambda: None


def issued(city: Many, before: int) -> Any:
    """The issue, once it is in the ledger."""
    with contextlib.suppress(psycopg.Error):
        return city.facts("warning.issued", before)
    return None


def whole(city: Many) -> bool:
    """Whether everything runs and every edge knows."""
    children = city.supervisor.children
    with contextlib.suppress(httpx.HTTPError, psycopg.Error):
        if any(child.process is None or child.process.poll() is not None for child in children.values()):
            return False
        return all(map(city.supervisor.ready, children)) and bool(city.leader()) and city.all_know()
    return False


@pytest.mark.parametrize("name", [*PROCESSES, *NODES])
def test_whichever_dies_during_an_issue_nothing_is_lost_and_nothing_sounds_twice(many: Many, name: str) -> None:
    outlives(many, name, sorted(many.sirens)[(*PROCESSES, *NODES).index(name)])


def test_nor_when_the_database_does(another: Many) -> None:
    outlives(another, "postgres", sorted(another.sirens)[0])


def outlives(city: Many, name: str, area: str) -> None:
    """Two sources see a drone, the named one dies during the issue, and all the same it goes out once."""
    until(lambda: whole(city), "everything is up", AGAIN_S)
    before, pages = city.head(), [city.live(area, edge_url=edge) for edge in city.edges]
    persist(city, RADAR, area)
    sending = threading.Thread(target=persist, args=(city, ACOUSTIC, area))
    sending.start()
    if name != "web":  # that one dies with the question under way
        until(lambda: issued(city, before), "the issue", AGAIN_S)
    back = kill(city, name)
    time.sleep(0.5)  # for a moment nothing answers in its place
    back()
    sending.join()
    until(lambda: whole(city), "everything is up again", AGAIN_S)
    went_out_once(city, area, pages[0], before, pages[1])


class Receiver:
    """Receivers of webhooks, one an address; counts what each was sent, by the notice's own id."""

    def __init__(self) -> None:
        self.sent: Counter[tuple[str, str]] = Counter()
        lock, sent = threading.Lock(), self.sent

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    sent[self.headers["webhook-id"], self.path] += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("name", ["reach", "reach-2"])
def test_a_worker_of_deliveries_dies_amid_its_share_and_everybody_is_told(many: Many, name: str) -> None:
    area = sorted(many.sirens)[-1 if name == "reach" else -2]
    until(lambda: whole(many), "everything is up", AGAIN_S)
    receiver = Receiver()
    many._run(
        "from tocsin.store.django import configure\n"
        "configure(own.database_url, home=own.home)\n"
        "from datetime import UTC, datetime\n"
        "from tocsin.core.subscription import Wish\n"
        "from tocsin.store.addresses import DjangoAddressBook\n"
        f"told = {{'channel': 'webhook', 'cells': ({many.inside(area)!r},), 'language': 'en'}}\n"
        f"wishes = [Wish(address={{'url': f'{receiver.url}/{{n}}'}}, **told) for n in range({FOLLOWERS})]\n"
        f"assert DjangoAddressBook().add_many(wishes, datetime.now(UTC)) == {FOLLOWERS}\n"
    )
    before = many.head()
    persist(many, RADAR, area, "again")
    persist(many, ACOUSTIC, area, "again")
    until(lambda: len(receiver.sent) > FOLLOWERS // 10, "some are told", AGAIN_S)
    many.supervisor.kill(name)
    until(lambda: len(_told(receiver)) == FOLLOWERS, "everybody is told", 2 * AGAIN_S)
    shares = until(lambda: _counted(many, before), "both shares in the ledger", AGAIN_S)
    told = _told(receiver)
    assert set(told) == {f"/{n}" for n in range(FOLLOWERS)}
    assert sum(told.values()) - FOLLOWERS <= AT_MOST_AGAIN
    assert sum(one["targeted"] for one in shares) == sum(one["delivered"] for one in shares) == FOLLOWERS
    (fact,) = many.facts("warning.issued", before)
    many.duty.post(f"/warnings/{fact['body']['warning_id']}/all-clear", reason="over")
    receiver.close()


def _told(receiver: Receiver) -> dict[str, int]:
    """Who was sent the notice of the issue, and how often."""
    ids = Counter(notice for notice, _ in tuple(receiver.sent))
    (notice, _), *_ = ids.most_common(1) or [("", 0)]
    return {path: n for (one, path), n in tuple(receiver.sent.items()) if one == notice}


def _counted(city: Many, before: int) -> list[dict[str, Any]]:
    """What both workers recorded of the issue."""
    (fact,) = city.facts("warning.issued", before)
    found = [f["body"] for f in city.facts("channel.told", before)]
    mine = [one for one in found if one["channel"] == "webhook" and one["seq"] == fact["seq"]]
    return mine if {one["share"] for one in mine} == {"1/2", "2/2"} else []


def test_after_all_of_it_the_book_is_whole(many: Many) -> None:
    until(lambda: whole(many), "everything is up", AGAIN_S)
    Stack.sound_book(many)
