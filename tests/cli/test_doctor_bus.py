"""What the doctor says of the bus between machines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import nats_server
from tocsin.app.letters import Letter, MemoryLetters
from tocsin.bus import nats_link
from tocsin.bus.nats_letters import Consumer
from tocsin.cli import doctor_bus
from tocsin.wiring import Parts, Settings


@pytest.fixture(scope="module")
def server() -> Iterator[nats_server.Servers]:
    nats_server.required()
    made = nats_server.Servers().start()
    yield made
    made.stop()


def parts(server: nats_server.Servers, **more: str) -> Parts:
    return Parts(Settings(home=Path("nowhere"), nats_url=",".join(server.urls), **more))


def said(made: Parts) -> dict[str, tuple[str, str]]:
    return {check.name: (check.level, check.said) for check in doctor_bus.bus(made)}


async def letter(to: nats_link.Address) -> None:
    client = await nats_link.connect(to, "test")
    js = client.jetstream()
    await nats_link.ensure_streams(to, client, js)
    await js.publish(to.written("edge-1"), b"{]")
    consumer = Consumer(to, "written", "receipts", lambda _subject, _frame: None)
    working = asyncio.create_task(consumer.run(client))
    async with asyncio.timeout(20):
        while not consumer.dead:
            await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await client.close()


def test_a_local_bus_needs_nothing() -> None:
    assert said(Parts(Settings(home=Path("nowhere")))) == {}


def test_a_server_is_asked_for_its_copies_its_durability_and_its_dead_letters(server: nats_server.Servers) -> None:
    made = parts(server, nats_monitor=f"http://127.0.0.1:{server.monitors[0]}")
    first = said(made)
    assert first["bus"][0] == ("ok" if nats_server.syncs(nats_server.program() or "") else "warning")
    assert first["bus streams"] == ("warning", "there are none yet")
    assert first["bus durability"][0] == first["bus"][0].replace("warning", "error")

    assert made.nats is not None
    asyncio.run(letter(made.nats))

    then = said(made)
    assert then["bus streams"][0] == "ok"
    assert then["dead letters"][0] == "warning"
    assert "written.edge-1" in then["dead letters"][1]


def test_without_its_monitor_durability_cannot_be_seen(server: nats_server.Servers) -> None:
    assert said(parts(server))["bus durability"] == (
        "warning",
        "whether NATS writes to the disk before it acknowledges cannot be seen",
    )


def test_a_server_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_bus, "_WITHIN_S", 0.3)
    made = Parts(Settings(home=Path("nowhere"), nats_url="nats://user:secret-word@127.0.0.1:1"))
    assert said(made)["bus"][0] == "error"
    assert made.nats is not None
    assert "secret-word" not in repr(made.nats)


def test_letters_that_wait_on_the_local_bus_are_a_warning() -> None:
    made, box, at = Parts(Settings(home=Path("nowhere"))), MemoryLetters(), datetime(2024, 1, 4, tzinfo=UTC)
    made.__dict__["letters"] = box
    assert [(one.name, one.level) for one in doctor_bus.letters(made)] == [("dead letters", "ok")]
    told = {"subject": "written.edge-1", "sender": "edge-1", "about": "", "reason": "refused: ValueError", "text": "{}"}
    box.keep(Letter(id="0" * 16, tries=1, first_at=at, last_at=at, **told))
    assert [(one.level, one.said) for one in doctor_bus.letters(made)] == [("warning", "1 wait")]
