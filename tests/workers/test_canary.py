"""Each way is gone to its end, and what does not get there is said to be unproven."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from fake_edge import FakeEdge
from tocsin.app.paths import MemoryProofs, Proof
from tocsin.channels._trial import addressee
from tocsin.core.notice import Outcome, TestNotice
from tocsin.workers import canary
from tocsin.workers.canary import Canary, NotProven, Probe, channel_probe, live_probe, siren_probe, site_probe
from tocsin.workers.database import DatabaseThread

AT = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)


@pytest.fixture
def edge() -> Iterator[FakeEdge]:
    made = FakeEdge()
    yield made
    made.close()


async def prove(probe: Probe, proofs: MemoryProofs | None = None) -> Proof:
    db = DatabaseThread()
    try:
        return await Canary({}, proofs or MemoryProofs(), db, now=lambda: AT).prove("way", probe)
    finally:
        db.close()


def state(age: float | None) -> dict[str, Any]:
    return {"seq": 1, "source_age_s": age, "areas": [], "alerts": []}


async def test_a_stream_with_fresh_data_is_a_proof(edge: FakeEdge) -> None:
    edge.greeting = [("hello", {}, None), ("state", state(0.4), 1)]
    proofs = MemoryProofs()
    proof = await prove(live_probe(lambda: f"{edge.url}/live?cells=x"), proofs)
    assert (proof.proven_at, proof.said) == (AT, "data 0.4 s old")
    assert proof.took_ms > 0
    assert list(proofs.all()) == [proof]
    assert edge.requests[0][0] == "/live?cells=x"


@pytest.mark.parametrize(("age", "said"), [(300.0, "the edge's data is 300 s old"), (None, "the edge knows nothing")])
async def test_a_stream_with_old_data_is_none(edge: FakeEdge, age: float | None, said: str) -> None:
    edge.greeting = [("state", state(age), 1)]
    proof = await prove(live_probe(lambda: f"{edge.url}/live?cells=x"))
    assert (proof.proven_at, proof.said) == (None, said)


async def test_a_stream_that_says_nothing_is_none(edge: FakeEdge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "WITHIN_S", 0.3)
    proof = await prove(live_probe(lambda: f"{edge.url}/live?cells=x"))
    assert proof.proven_at is None


async def test_nobody_at_the_door_is_none_and_no_address_is_kept() -> None:
    proof = await prove(site_probe("http://127.0.0.1:9/readyz"))
    assert proof.proven_at is None
    assert proof.said == "ConnectError"


async def test_a_site_that_answers_is_a_proof_and_one_in_trouble_is_none(edge: FakeEdge) -> None:
    assert (await prove(site_probe(f"{edge.url}/healthz"))).proven_at == AT
    edge.health = None
    assert (await prove(site_probe(f"{edge.url}/healthz"))).proven_at is None


def echo(comes: bool) -> Any:
    async def back() -> bool:
        return comes

    return back


@pytest.mark.parametrize(
    ("comes", "hearing", "said"),
    [
        (False, (3, 3), "there is no connection to the broker"),
        (True, (0, 3), "none of 3 sirens answers"),
    ],
)
async def test_sirens_without_an_echo_or_a_voice_are_unproven(comes: bool, hearing: tuple[int, int], said: str) -> None:
    proof = await prove(siren_probe(echo(comes), lambda: hearing))
    assert (proof.proven_at, proof.said) == (None, said)


@pytest.mark.parametrize("hearing", [(2, 3), (0, 0)])
async def test_an_echo_and_a_voice_are_a_proof(hearing: tuple[int, int]) -> None:
    assert (await prove(siren_probe(echo(True), lambda: hearing))).proven_at == AT


async def test_a_way_that_hangs_holds_up_no_other() -> None:
    proofs, gone, db = MemoryProofs(), asyncio.Event(), DatabaseThread()

    async def hangs() -> str:
        await asyncio.Event().wait()
        return ""

    async def goes() -> str:
        gone.set()
        return "there"

    running = asyncio.create_task(Canary({"a": hangs, "b": goes}, proofs, db, every_s={"a": 0.01, "b": 0.01}).run())
    try:
        async with asyncio.timeout(20):
            await gone.wait()
            while not proofs.all():
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        db.close()
    assert [(one.path, one.said) for one in proofs.all()] == [("b", "there")]


async def test_what_is_no_proof_says_why_in_its_own_words() -> None:
    async def refuses() -> str:
        raise NotProven("the gateway refused it")

    assert (await prove(refuses)).said == "the gateway refused it"


class Letterbox:
    """A channel that answers as it is told."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.got: list[tuple[Any, Any]] = []

    async def send(self, notice: Any, to: Any) -> Any:
        for one in to:
            self.got.append((notice, one))
            yield Outcome(recipient=one.id, stage=self.stage, detail="5.7.1 refused" if self.stage == "failed" else "")


@pytest.mark.parametrize(("stage", "proven"), [("accepted", True), ("delivered", True), ("failed", False)])
async def test_a_channel_proves_itself_by_a_test_to_the_citys_own_address(stage: str, proven: bool) -> None:
    box = Letterbox(stage)
    to = addressee("email", {"mail": "canary@city.example"}, "en", AT)
    proof = await prove(channel_probe(box, to, {"en": "Sample City"}, lambda: AT))  # type: ignore[arg-type]
    assert (proof.proven_at is not None) is proven
    assert proof.said.startswith(stage)
    assert "canary@" not in proof.said
    ((notice, one),) = box.got
    assert isinstance(notice, TestNotice)
    assert one.address == {"mail": "canary@city.example"}


async def test_a_way_that_costs_money_is_not_tried_again_at_once() -> None:
    tried, db = 0, DatabaseThread()

    async def refuses() -> str:
        nonlocal tried
        tried += 1
        raise NotProven("no")

    running = asyncio.create_task(Canary({"sms": refuses}, MemoryProofs(), db, every_s={"sms": 3600.0}).run())
    try:
        async with asyncio.timeout(20):
            while not tried:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        db.close()
    assert tried == 1
