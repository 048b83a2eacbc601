"""The stage of a night: the player, those who watch, and the clock that brings them together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

import h3
from shapely.geometry import Point, shape

from tocsin.app import night as nt
from tocsin.app.night.pace import glide_s, leaps, linger_s
from tocsin.cli import demo as demos
from tocsin.cli.observers import Ear, LiveClient
from tocsin.cli.player import Done, Player
from tocsin.cli.prove import Evidence, prove
from tocsin.cli.recorded import Recorded, published
from tocsin.cli.view import LinesView, LiveView, NoView
from tocsin.core.area import AreaTree
from tocsin.core.errors import Refused
from tocsin.core.event import Entry
from tocsin.record.days import Claimed, beside
from tocsin.record.distance import area_to_line
from tocsin.report.state import KnownClaim
from tocsin.warn.cap_read import parse_own as parse
from tocsin.warn.state import SirenState, WarnState
from tocsin.wiring import Parts, Settings
from tocsin.wiring.clock import ReplayClock
from tocsin.wiring.settings import split_bind
from tocsin.workers.database import DatabaseThread
from tocsin.workers.replan import TRIGGERS

SETTLE_S = 15.0
LEAD = timedelta(seconds=1)
"""Before each step the night slows down to its own pace, so that timers that ran out meanwhile have acted."""
FLIGHT = 150.0
"""How much faster a night passes between the steps of a check; heartbeats, which pass as fast, still keep up."""

PLANS = (nt.WeatherStep, nt.StopCrewStep, nt.DamageStep, nt.ReopenStep)
PLAN_S = 6.0

PUBLIC = ("warning.issued", "warning.updated", "warning.partly_cleared", "warning.ended")


class Stage:
    """A running demonstration with a night to be played in it.

    Args:
        own: the demonstration's settings.
        night: the night.
        view: how the person at the terminal sees it.
    """

    def __init__(self, own: Settings, night: nt.Night, *, view: Literal["live", "lines", "none"]) -> None:
        self.night = night
        self.parts = Parts(own)
        self.clock = ReplayClock(own.run / "clock.json")
        broker = split_bind(own.mqtt_bind, "TOCSIN_MQTT_BIND")
        self.player = Player(night, demos.read(own.home), url=own.site_url, broker=broker, clock=self.clock)
        self.ear = Ear(*broker)
        self.edge_url = own.edge_url
        self.sirens: list[str] = []
        self._db = DatabaseThread()  # Django refuses to read on an event loop
        self.clients: dict[str, list[LiveClient]] = {}
        self.view: NoView = {"live": LiveView, "lines": LinesView, "none": NoView}[view](self)
        self.baton: Callable[[float], float] = lambda rate: rate
        """How fast the clock is to run where the stage means ``rate``; whoever watches may change or halt it."""
        self._rate = 1.0
        self._seen = 0
        self._distances: dict[str, float | None] = {}

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """With live clients in the areas that the story names, and an ear on the broker."""
        state = await self._db(self.parts.desk.state)
        self.sirens = sorted(state.sirens)
        tree = state.areas
        for area in self._watched_areas(tree):
            self.clients[area] = [LiveClient(area=area, cell=cell_inside(tree, area), edge_url=self.edge_url)]
        watchers: list[LiveClient | Ear] = [c for clients in self.clients.values() for c in clients]
        watchers.append(self.ear)
        tasks = [asyncio.create_task(w.run()) for w in watchers]
        try:
            async with asyncio.timeout(SETTLE_S):
                await asyncio.gather(*(w.ready.wait() for w in watchers))
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _watched_areas(self, tree: AreaTree) -> list[str]:
        wanted = {area for row in self.night.rows for live in row.live for area in live.areas}
        return sorted(wanted) or [next(area.id for area in tree if area.cells)]

    async def close(self) -> None:
        """Give the database back."""
        from django.db import connections

        await self._db(connections.close_all)
        self._db.close()

    async def play(self, speed: float) -> dict[str, Any]:
        """Play at ``speed`` times the night's own pace; for a moment after each act time runs as it is."""
        begin = self.night.instant(self.night.start)
        async with self.watched():
            self.clock.set(begin)
            with self.view:
                for after, step in self.night.timeline():
                    await self._wait_for(begin + timedelta(seconds=after), speed)
                    await self._planned(step)
                    done = await self._take(step)
                    self.view.step(done)
                    await self._linger(linger_s(step))
                    await self._planned(step)
                    self.view.proved(await self._db(self.proofs))
                await self._until(self.clock.now() + timedelta(seconds=90), speed)
                self.view.close(await self._db(self.proofs))
        return await self._db(self.result)

    async def rush(self) -> dict[str, Any]:
        """Play as fast as can be: time flies between the steps; each waits until the one before has had its effect."""
        begin = self.night.instant(self.night.start)
        async with self.watched():
            self.clock.set(begin)
            for after, step in self.night.timeline():
                at = begin + timedelta(seconds=after)
                if self._may_leap(at):
                    self.clock.leap(at)
                await self._until(at, FLIGHT)
                await self._planned(step)
                await self._settle(await self.player.take(step))
                await self._planned(step)
        return await self._db(self.result)

    async def _take(self, step: nt.AnyStep) -> Done:
        """Take a step. That it is refused, because somebody acted otherwise meanwhile, belongs to the night."""
        began = time.monotonic()
        try:
            return await self.player.take(step)
        except Refused as fault:
            return Done(step=step, began=began, answer={"outcome": "refused", "refused": fault.code}, warning="")

    async def _wait_for(self, at: datetime, speed: float) -> None:
        """Let the night pass until ``at``; a quiet hour is seen to begin, and then leapt over."""
        if self._may_leap(at):
            end = time.monotonic() + glide_s(speed)
            while time.monotonic() < end or self.baton(FLIGHT) == 0.0:
                await self._tick(FLIGHT)
            self.clock.leap(at)
        await self._until(at, speed)

    def _may_leap(self, at: datetime) -> bool:
        now = self.clock.now()
        after = (now - self.night.instant(self.night.start)).total_seconds()
        return leaps(after, (at - now).total_seconds(), self.night.calm_after())

    async def _until(self, at: datetime, rate: float) -> None:
        """Let the night pass at that rate until just before ``at``, and then at its own pace."""
        while at - LEAD > self.clock.now():
            await self._tick(rate)
        self._go(1.0)
        while self.clock.now() < at:
            await self._tick(1.0)

    async def _linger(self, seconds: float) -> None:
        """Let so many seconds of the night pass as they are."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while self.clock.now() < end:
            await self._tick(1.0)

    async def _tick(self, rate: float) -> None:
        self._go(rate)
        await asyncio.sleep(self.clock.look_s)
        self.view.refresh()

    def _go(self, rate: float) -> None:
        wanted = self.baton(rate)
        if wanted != self._rate:
            self.clock.pace(wanted)
            self._rate = wanted

    async def _planned(self, step: nt.AnyStep) -> None:
        """Around a step that must show in a plan of its own, wait until the planner has nothing left to do.

        The planner waits for a second of quiet, so that a burst of news makes one plan.
        """
        first = not any(isinstance(done.step, nt.PlanStep) for done in self.player.done)
        if not isinstance(step, PLANS) or first:
            return
        deadline = time.monotonic() + PLAN_S
        while time.monotonic() < deadline and not await self._db(self._up_to_date):
            await self._tick(1.0)

    def _up_to_date(self) -> bool:
        """Whether the last plan is newer than all that would make it old."""
        entries = list(self.parts.ledger.read(after=self._seen))
        kinds = [entry.event.kind for entry in entries]
        news = max((at for at, kind in enumerate(kinds) if kind in TRIGGERS), default=-1)
        ready = news < 0 or "repair.plan_made" in kinds[news + 1 :]
        if ready and entries:
            self._seen = entries[-1].seq
        return ready

    async def _settle(self, done: Done) -> None:
        """Wait until every siren that this step concerns has answered and every watcher inside has heard of it."""
        entries = done.answer.get("entries") or []
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline and not await self._db(lambda: self._settled(done, entries)):
            await asyncio.sleep(0.02)

    def _settled(self, done: Done, entries: list[int]) -> bool:
        state = self.parts.desk.state()
        if done.warning not in state.threads or not entries:
            return True
        later = list(self.parts.ledger.read(after=min(entries) - 1))
        public = [e for e in later if e.seq in entries and e.event.kind in PUBLIC]
        areas = state.areas.closure(a for e in public for a in _areas_of(e))
        sounding = [e for e in public if _sounds(e)]
        concerned = {s.siren.id for s in state.sirens.values() if s.siren.area in areas} if sounding else set()
        ids = {e.event.id for e in sounding}
        answered = {e.event.body["siren_id"] for e in later if _answers(e, ids)}
        hushed = state.areas.closure(a for e in public if e not in sounding for a in _areas_of(e))
        if any(_still_sounds(s) for s in state.sirens.values() if s.siren.area in hushed - areas_of_live(state)):
            return False
        watchers = [c for area, clients in self.clients.items() if area in areas for c in clients]
        return concerned <= answered and all(c.seen(e.seq) is not None for e in public for c in watchers)

    def proofs(self) -> list[Any]:
        """Each row of the story, proved or not."""
        entries = list(self.parts.ledger.read())
        evidence = Evidence(
            entries=entries,
            state=self.parts.desk.state(),
            warnings=self.player.warnings,
            ear=self.ear,
            clients=self.clients,
            record=self._recorded(entries),
        )
        return [prove(self.night, row, evidence) for row in self.night.rows]

    def _recorded(self, entries: Sequence[Entry]) -> Recorded:
        """What the record says, read as any page reads it."""
        record = self.parts.record

        def counted(claim: KnownClaim, area: str, day: date) -> Claimed:
            return beside(record.book(area, "impacts", day), claim.claim.n or 0, day)

        return Recorded(
            report=self.parts.reports.state(), entries=entries, beside=counted, distance_km=self._distance_km
        )

    def _distance_km(self, area: str) -> float | None:
        """From the middle of an area to the border, reckoned once: neither of them moves in a night."""
        if area not in self._distances:
            line, known = self.parts.record.border(), self.parts.desk.state().areas.get(area)
            drawn = line is not None and known is not None and known.geometry is not None
            self._distances[area] = area_to_line(known.geometry, line).centre_m / 1000 if drawn else None  # type: ignore[union-attr, arg-type]  # just asked
        return self._distances[area]

    def result(self) -> dict[str, Any]:
        """The document of ``night check --json``, and what is missing."""
        proofs = self.proofs()
        return {
            "night": self.night.id,
            "ok": all(proof.ok for proof in proofs),
            "rows": [{"row": p.row, "ok": p.ok, "said": p.said, "entries": list(p.entries)} for p in proofs],
            "times_ms": self.times_ms(),
            "bulletin": published(list(self.parts.ledger.read()), self._page()),
            "missing": [f"row {p.row} ({p.name}): {why}" for p in proofs for why in p.missing],
        }

    def _page(self) -> str:
        """The day of which this night publishes a bulletin, or ""."""
        return next((step.page for step in self.night.steps if isinstance(step, nt.BulletinStep)), "")

    def times_ms(self) -> dict[str, float | None]:
        """From the decisive detection leaving its source to the first measured sound and the first live client."""
        decisive = next((d for d in self.player.done if d.answer.get("outcome") == "issued"), None)
        if decisive is None:
            return {"detection_to_siren": None, "detection_to_live": None}
        heard = [at for at, _, r in self.ear.reports if at >= decisive.began and r["state"] == "sounding"]
        seq = max(decisive.answer["entries"])
        seen = [at for clients in self.clients.values() for c in clients if (at := c.seen(seq)) is not None]
        return {
            "detection_to_siren": _ms(min(heard, default=None), decisive.began),
            "detection_to_live": _ms(min(seen, default=None), decisive.began),
        }


def areas_of_live(state: WarnState) -> frozenset[str]:
    """The areas in which a warning stands."""
    return state.areas.closure(a for thread in state.live_threads() for a in thread.content.areas)


def _still_sounds(siren: SirenState) -> bool:
    return siren.report is not None and siren.report.state == "sounding"


def _areas_of(entry: Entry) -> tuple[str, ...]:
    """The areas that a public entry concerns, by its frozen message; of a partial clear, those that are clear."""
    if entry.event.kind == "warning.partly_cleared":
        return tuple(entry.event.body["areas"])
    message = entry.event.body.get("message")
    infos = parse(message["xml"].encode()).infos if message else ()
    return tuple(code.value for info in infos for area in info.areas for code in area.geocodes)


def _sounds(entry: Entry) -> bool:
    body = entry.event.body
    if entry.event.kind == "warning.issued":
        return bool(body["content"]["level"] == "alert")
    return entry.event.kind == "warning.partly_cleared" or body.get("end") == "all_clear"


def _answers(entry: Entry, ids: set[str]) -> bool:
    """Whether a siren was skipped, or itself reported sound, for a command of one of these entries."""
    body = entry.event.body
    mine = body.get("command_id", "").split(".")[0] in ids
    return mine and (entry.event.kind == "siren.skipped" or body.get("state") == "sounding")


def _ms(at: float | None, began: float) -> float | None:
    return None if at is None else round((at - began) * 1000, 1)


def cell_inside(tree: AreaTree, area_id: str) -> str:
    """An H3 cell of resolution 7 whose centre lies in the area, or else any that touches it."""
    area = next(tree[a] for a in tree.descendants(area_id) if tree[a].cells)
    outline = shape(area.geometry) if area.geometry else None
    cells = sorted(small for cell in area.cells for small in h3.cell_to_children(cell, 7))
    for cell in cells:
        lat, lon = h3.cell_to_latlng(cell)
        if outline is not None and outline.contains(Point(lon, lat)):
            return str(cell)
    return str(cells[0])
