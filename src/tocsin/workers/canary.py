"""Every minute each way to people is gone by something that can sound nothing: what is not proven is shown red.

``sirens``: a word of ours comes back from the broker, and a siren is heard. ``live``: a stream of the
edge is opened as a phone opens it, and what it says must be fresh. ``site``: the public site answers. Channels add
their own: a test to an address of the city's own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import structlog

from tocsin.app.paths import EVERY_S, Proof, Proofs
from tocsin.channels._port import Channel
from tocsin.channels._trial import try_once
from tocsin.core.errors import TocsinError
from tocsin.core.subscription import Subscription
from tocsin.workers.database import DatabaseThread

WITHIN_S = 20.0
AGAIN_S = 10.0
"""What is not proven is tried again sooner: a way that is back must not stay red for a minute."""
FRESH_S = 30.0

Probe = Callable[[], Awaitable[str]]
"""Goes one way to its end and says what it saw; raises :class:`NotProven`, or any error, when it does not get there."""

log = structlog.get_logger("canary")


class NotProven(Exception):
    """The way was tried, and what came out at its end is no proof."""


class Canary:
    """Tries each way once a minute and keeps the last word on it.

    Args:
        probes: name of the way → how it is tried.
        proofs: where the last word is kept.
        every_s: name → seconds between two proofs, where it is not a minute.
        db: the worker's database thread.
        now: reads this machine's own time; a replayed night has another, and ways are proven in this one.
    """

    def __init__(
        self,
        probes: Mapping[str, Probe],
        proofs: Proofs,
        db: DatabaseThread,
        *,
        every_s: Mapping[str, float] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._probes = dict(probes)
        self._proofs = proofs
        self._db = db
        self._every_s = dict.fromkeys(probes, EVERY_S) | dict(every_s or {})
        self._now = now

    async def run(self) -> None:
        """Until cancelled. One way that hangs holds up no other."""
        async with asyncio.TaskGroup() as group:
            for name, probe in self._probes.items():
                group.create_task(self._for_ever(name, probe))

    async def _for_ever(self, name: str, probe: Probe) -> None:
        while True:
            began = time.monotonic()
            proof = await self.prove(name, probe)
            wait = proof.every_s
            if proof.proven_at is None and wait <= EVERY_S:  # a way that costs money keeps to its round
                wait = min(wait, AGAIN_S)
            await asyncio.sleep(max(0.0, wait - (time.monotonic() - began)))

    async def prove(self, name: str, probe: Probe) -> Proof:
        """Go one way once, and keep what came of it."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(WITHIN_S):
                said, proven = await probe(), True
        except TimeoutError:
            said, proven = f"nothing came within {WITHIN_S:.0f} s", False
        except NotProven as fault:
            said, proven = str(fault), False
        except Exception as fault:  # whatever broke on the way, it is not proven; its words may hold an address
            said, proven = type(fault).__name__, False
        now = self._now()
        proof = Proof(
            path=name,
            tried_at=now,
            proven_at=now if proven else None,
            took_ms=round((time.perf_counter() - began) * 1000, 1) if proven else 0.0,
            said=said,
            every_s=self._every_s.get(name, EVERY_S),
        )
        if not proven:
            log.error("a way to people is not proven", path=name, said=said)
        try:
            await self._db(lambda: self._proofs.keep(proof))
        except TocsinError as fault:
            log.error("a proof is not kept", path=name, code=fault.code)
        return proof


def live_probe(url: Callable[[], str]) -> Probe:
    """Open a live stream as a phone does; its first state must be fresh. ``url``: the stream's address with cells."""

    async def go() -> str:
        async with httpx.AsyncClient(timeout=WITHIN_S) as client, client.stream("GET", url()) as answer:
            if not answer.is_success:
                raise NotProven(f"the edge answers {answer.status_code}")
            event = ""
            async for line in answer.aiter_lines():
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:") and event == "state":
                    return _fresh(msgspec.json.decode(line[5:]))
        raise NotProven("the edge ended the stream without a state")

    return go


def _fresh(state: dict[str, Any]) -> str:
    age = state.get("source_age_s")
    if age is None or age > FRESH_S:
        raise NotProven("the edge knows nothing" if age is None else f"the edge's data is {age:.0f} s old")
    return f"data {age:.1f} s old"


def site_probe(url: str) -> Probe:
    """Ask the public site whether it is ready."""

    async def go() -> str:
        async with httpx.AsyncClient(timeout=WITHIN_S) as client:
            answer = await client.get(url)
        if not answer.is_success:
            raise NotProven(f"the site answers {answer.status_code}")
        return f"the site answers {answer.status_code}"

    return go


def siren_probe(echo: Callable[[], Awaitable[bool]], hearing: Callable[[], tuple[int, int]]) -> Probe:
    """What we say must come back from the broker, and a siren must be heard. Each siren has its own lamp.

    Args:
        echo: whether a word of ours came back.
        hearing: sirens that answer, and all of them.
    """

    async def go() -> str:
        if not await echo():
            raise NotProven("there is no connection to the broker")
        answer, known = hearing()
        if known and not answer:
            raise NotProven(f"none of {known} sirens answers")
        return f"{answer} of {known} sirens answer"

    return go


def channel_probe(channel: Channel, to: Subscription, sender: dict[str, str], now: Callable[[], datetime]) -> Probe:
    """Send a test to an address of the city's own: it is proven as far as the channel can say at once."""

    async def go() -> str:
        outcome = await try_once(channel, to, sender, now())
        if outcome.stage not in ("accepted", "delivered"):
            raise NotProven(f"{outcome.stage} {outcome.detail}".rstrip())
        return outcome.stage

    return go
