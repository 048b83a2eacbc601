"""One worker process: hub, relay, deliver, inbox, watch, replan and project on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import h3
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tocsin.app.desk import Desk
from tocsin.app.letters import Letters
from tocsin.app.paths import Proofs
from tocsin.app.repair import RepairDesk
from tocsin.bus.local import LocalHub
from tocsin.bus.nats import Address, NatsHub
from tocsin.bus.subjects import DRILL_UPDATE, LIVE_UPDATE, Frame, Hub
from tocsin.channels.siren import SirenChannel, SirenSettings
from tocsin.core.errors import TocsinError, Unavailable
from tocsin.core.event import Entry
from tocsin.warn.around import sirens_in
from tocsin.warn.events import SirenSkipped
from tocsin.warn.siren_command import CHIME, Command, DrillCommand, Signs
from tocsin.warn.target import RESOLUTION
from tocsin.workers.area_signs import SAY_AGAIN_S, AreaSigns
from tocsin.workers.canary import Canary, NotProven, live_probe, siren_probe, site_probe
from tocsin.workers.database import DatabaseThread
from tocsin.workers.deliver import CURSOR, Cursors, Deliver, delivered
from tocsin.workers.inbox import Inbox
from tocsin.workers.lead import Seat, Watchman, first
from tocsin.workers.letters import LetterBox
from tocsin.workers.mail import Mail
from tocsin.workers.relay import Relay, Taken
from tocsin.workers.replan import Replan
from tocsin.workers.tidy import keep_tidy
from tocsin.workers.watch import Watch

CHIME_LIFE = timedelta(seconds=60)
"""A siren that comes later than this does not chime for an exercise any more."""

HELD_S = 10.0
REST_S = 0.05
"""Between two looks at what the read tables lack: when every district is warned at once, many entries go together."""
TERM = "lead"
"""The cursor that counts leaders."""

log = structlog.get_logger("worker")


class Projector(Protocol):
    """Keeps the read tables up with the ledger."""

    def catch_up(self, batch: int, *, pause_s: float) -> int:
        """Apply every entry not applied yet, so many at a time, with a pause between; how many."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


@dataclass(frozen=True, kw_only=True)
class Worker:
    """What a worker process needs, made by wiring.

    ``run_dir`` holds the sockets; ``checkpoints`` is the file beside the database that keeps signed heads. ``nats``
    carries the bus to other machines; without it the bus is a socket of this one. With a ``seat`` more than one worker
    may run: one leads, the others stand by. ``ledger_key`` gives the key of the moment. ``ready`` is called once this
    one leads or stands by. ``tail``: as `Relay`. ``tidy`` does in the database what a commit should not have to do.
    """

    desk: Desk
    repairs: RepairDesk
    cursors: Cursors
    projector: Projector
    broker: SirenSettings
    command_key: Signs
    ledger_key: Callable[[], Ed25519PrivateKey]
    sensors: Mapping[str, tuple[Ed25519PublicKey, tuple[str, ...]]]
    run_dir: Path
    checkpoints: Path
    origin: str
    proofs: Proofs
    letters: Letters
    site_url: str
    edge_url: str
    nats: Address | None = None
    seat: Seat | None = None
    ready: Callable[[], None] = lambda: None
    tail: Callable[[int], list[Entry] | None] | None = None
    tidy: Callable[[], None] = lambda: None


async def run(worker: Worker, stop: asyncio.Event | None = None) -> None:
    """Run until ``stop`` is set, or SIGTERM or SIGINT comes; then sign a last checkpoint."""
    stop = stop or _until_signalled()
    db = DatabaseThread()
    bench = await _Bench.make(worker, db)
    try:
        await bench.run(stop)
    finally:
        if bench.leads:
            await db(bench.watch.checkpoint)
        db.close()


def _until_signalled() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


class _Bench:
    """The parts of one running worker and the calls between them."""

    def __init__(self, worker: Worker, db: DatabaseThread, delivered: int) -> None:
        self._worker = worker
        self._db = db
        self._fresh = asyncio.Event()
        self._reading = DatabaseThread()  # a warning never waits for receipts that are being written
        self._tables = DatabaseThread()  # nor a receipt for read tables
        self.leads = False
        self._held: deque[Taken] = deque()
        self.relay = self._relay(delivered)
        self.channel = SirenChannel(
            worker.broker, worker.command_key, worker.desk.clock, heard=self._heard, dropped=self._dropped
        )
        self.deliver = Deliver(worker.desk, db, worker.cursors, newest=lambda: self.relay.state, send=self._send)
        self._chimes: asyncio.Queue[DrillCommand] = asyncio.Queue(20_000)
        self.inbox = Inbox(
            worker.desk,
            db,
            receipt=self.deliver.receipt,
            sensors=worker.sensors,
            sirens=lambda: self.relay.state.sirens,
            repairs=worker.repairs,
        )
        self.mail = Mail(worker.sensors, self.inbox.heard)
        self.signs = AreaSigns(lambda: self.relay.state, worker.desk.clock, self.channel.area)
        self.replan = Replan(worker.repairs)
        self.letters = LetterBox(worker.letters, db, self._from_edge)
        self.watch = Watch(
            worker.desk,
            db,
            truth=self.relay,
            beat=self.channel.beat,
            press=self.channel.quiet_test,
            receipt=self.deliver.receipt,
            key=worker.ledger_key,
            checkpoints=worker.checkpoints,
            origin=worker.origin,
        )
        self.canary = self._canary()

    def _relay(self, delivered: int) -> Relay:
        worker = self._worker
        return Relay(
            worker.desk,
            self._reading,
            wake_path=None if worker.seat else worker.run_dir / "wake.sock",
            follow_from=delivered,
            taken=self._taken,
            led=lambda most_s: self.deliver.led(most_s),  # noqa: PLW0108 - it is made after this
            tail=worker.tail,
        )

    def _canary(self) -> Canary:
        probes = {
            "live": live_probe(self._stream),
            "sirens": siren_probe(self.channel.echo, self._hearing),
            "site": site_probe(f"{self._worker.site_url}/readyz"),
        }
        return Canary(probes, self._worker.proofs, self._db)

    @classmethod
    async def make(cls, worker: Worker, db: DatabaseThread) -> _Bench:
        delivered = await db(lambda: worker.cursors.get(CURSOR))
        bench = cls(worker, db, delivered)
        await bench.relay.load()
        return bench

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the ledger; with a seat, stand by until it is ours; then lead until the end."""
        following = asyncio.create_task(self.relay.run())
        following.add_done_callback(lambda _task: stop.set())
        watchman = Watchman(self._worker.seat, self.relay.wake) if self._worker.seat else None
        try:
            if watchman is None or await self._stand_by(watchman, stop):
                await self._lead(stop, watchman)
        finally:
            ended = following.done()
            following.cancel()
            try:
                with contextlib.suppress(asyncio.CancelledError):
                    await following
            finally:
                self._reading.close()
                self._tables.close()
                self._worker.projector.close()
                if watchman is not None:
                    await watchman.close()
        if ended or (watchman is not None and watchman.lost.is_set()):
            raise Unavailable(
                "TOC-8002",
                "This worker no longer leads.",
                field="worker",
                remedy="It is started again, and stands by.",
            )

    async def _stand_by(self, watchman: Watchman, stop: asyncio.Event) -> bool:
        """Wait for the seat, with everything known; False when the worker is stopped before."""
        watchman.start()
        keeping = asyncio.create_task(self._keep_held())
        self._worker.ready()
        await first(watchman.leading.wait(), stop.wait())
        keeping.cancel()
        return watchman.leading.is_set() and not stop.is_set()

    async def _keep_held(self) -> None:
        """Let go of what the leader has delivered and what would be planned again by nobody."""
        valid = timedelta(seconds=self._worker.desk.policy.command_expiry_s)
        while True:
            await asyncio.sleep(HELD_S)
            try:
                delivered = await self._db(lambda: self._worker.cursors.get(CURSOR))
            except TocsinError:
                continue
            old = self._worker.desk.clock.now() - valid
            while self._held and self._held[0][0].seq <= delivered and self._held[0][0].event.at < old:
                self._held.popleft()

    async def _lead(self, stop: asyncio.Event, watchman: Watchman | None) -> None:
        if watchman is not None:  # another led until now, and may have published what this one has not read yet
            await first(self.relay.level(), stop.wait(), watchman.lost.wait())
            if stop.is_set() or watchman.lost.is_set():
                return
        hub = await self._hub()  # it publishes from its first moment: no edge may come between it and an entry
        self.leads = True
        for taken in self._held:
            self._taken(taken)
        self._held.clear()
        self._worker.ready()
        log.info("leading", seq=self.relay.state.seq)
        connected = asyncio.create_task(self.channel.run(stop))
        connected.add_done_callback(lambda _task: stop.set())  # without sirens the worker ends, and is started again
        try:
            async with asyncio.TaskGroup() as group:
                for work in (
                    self.deliver.run(),
                    self.watch.run(),
                    self.replan.run(),
                    self.canary.run(),
                    self.letters.run(),
                    self._project(),
                    keep_tidy(self._worker.tidy, self._db, self.deliver),
                    self.mail.run(),
                    self.signs.run(),
                    self._chime(),
                    _end(stop, watchman),
                ):
                    group.create_task(work)
        except* _Stopped:
            log.info("stopping")
        finally:
            stop.set()
            await connected
            await hub.close()

    async def _hub(self) -> Hub:
        """The hub of this leader. Its term is one more than that of any leader before it."""
        if self._worker.nats is None:
            local = LocalHub(self.relay.greeting, self._from_edge, on_dead=self.letters.dead)
            self.relay.lead(local)
            await local.start(self._worker.run_dir / "bus.sock")
            return local
        term = await self._db(lambda: self._worker.cursors.get(TERM)) + 1
        await self._db(lambda: self._worker.cursors.set(TERM, term))
        far = NatsHub(self._worker.nats, self.relay.greeting, self._from_edge, on_dead=self.letters.dead, term=term)
        self.relay.lead(far)
        await far.start()
        return far

    def _taken(self, taken: Taken) -> None:
        if not self.leads:
            self._held.append(taken)
            return
        self.deliver.take(taken)
        self.replan.take(taken[0])
        self.letters.follow(taken[0])
        self._fresh.set()
        frame = taken[1]
        if frame is not None and frame["subject"] == LIVE_UPDATE:
            self.signs.touch([area["id"] for area in frame["data"]["areas"]])
            self._withdraw(frame)
        elif frame is not None and frame["subject"] == DRILL_UPDATE and not frame["data"]["ended"]:
            self._exercise(taken[0], frame)

    def _exercise(self, entry: Entry, frame: Frame) -> None:
        """Sirens in the areas of an exercise are asked for its chime, on the drill's own topics."""
        state, drill = self.relay.state, frame["data"]["drill"]
        covered = state.areas.closure(frame["data"]["areas"])
        for name, siren in sirens_in(state, covered):
            if CHIME in siren.siren.tones and not self._chimes.full():
                until = entry.event.at + CHIME_LIFE
                chime = DrillCommand(
                    id=f"{entry.event.id}.{name}", siren=name, drill=drill, issued=entry.event.at, expires=until
                )
                self._chimes.put_nowait(chime)

    async def _chime(self) -> None:
        """Apart from the sirens' real commands, which must never wait for an exercise."""
        while True:
            chime = await self._chimes.get()
            if self._worker.desk.clock.now() < chime.expires:
                await self.channel.send_drill(chime)

    def _withdraw(self, frame: Frame) -> None:
        """Where a warning is over, nothing that it ordered is repeated from now on: the end may not go out at once."""
        data = frame["data"]
        if data["sound"] in ("off", "all_clear"):
            state = self.relay.state
            covered = state.areas.closure(data["siren_areas"])
            self.channel.withdraw(data["alert"]["id"], {name for name, _ in sirens_in(state, covered)})

    async def _send(self, command: Command) -> None:
        """Hand a command to the broker; a command that is only queued counts as not sent yet."""
        receipt = await self.channel.send(command)
        if receipt.outcome != "published":
            raise Unavailable(
                "TOC-8002",
                "The broker has not acknowledged the command.",
                field="mqtt",
                remedy="See that the broker runs; the command is tried again until it expires.",
            )

    async def _heard(self, kind: str, who: str, payload: bytes) -> None:
        if kind in ("detection", "weather"):
            self.mail.put(kind, who, payload)
        else:
            await self.inbox.heard(kind, who, payload)

    async def _dropped(self, command: Command, reason: str) -> None:
        self.deliver.receipt(
            SirenSkipped(siren_id=command.siren, command_id=command.id, warning_id=command.warning, reason=reason)
        )

    def _stream(self) -> str:
        """The live stream of some cell of the city."""
        cells = (cell for area in sorted(self.relay.state.areas, key=lambda a: a.id) for cell in area.cells)
        cell = next((h3.cell_to_center_child(cell, RESOLUTION) for cell in cells), "")
        if not cell:
            raise NotProven("no area has an outline yet")
        return f"{self._worker.edge_url}/live?cells={cell}"

    def _hearing(self) -> tuple[int, int]:
        """How many sirens can be reached, as far as is known, and how many there are."""
        sirens = self.relay.state.sirens.values()
        return sum(1 for s in sirens if s.report is not None and s.report.state != "link_lost"), len(sirens)

    def _from_edge(self, name: str, frame: Frame) -> asyncio.Future[None] | None:
        """An edge says how many clients it wrote an update to."""
        fact = delivered(name, frame)
        return None if fact is None else self.deliver.written(fact)

    async def _project(self) -> None:
        """Keep the read tables up with the ledger, after the sirens have been served."""
        while True:
            try:
                await self._tables(lambda: self._worker.projector.catch_up(16, pause_s=0.01))  # warnings get between
            except TocsinError as fault:  # the tables are for reading; sirens and phones do without them
                log.error("the read tables stand still", code=fault.code)
                await asyncio.sleep(SAY_AGAIN_S)
                continue
            await self._fresh.wait()
            self._fresh.clear()
            await asyncio.sleep(REST_S)
            await self.deliver.free(1.0)  # no longer: a broker that is away must not stop the screens


class _Stopped(Exception):
    """Somebody asked the worker to stop."""


async def _end(stop: asyncio.Event, watchman: Watchman | None) -> None:
    if watchman is None:
        await stop.wait()
    else:
        await first(stop.wait(), watchman.lost.wait())
    raise _Stopped
