"""The reference siren agent: carries out what the state machine decides, and keeps in touch with the broker.

It starts without a network and works by hand from its first second. One task thinks (:meth:`SirenAgent._think`): it
takes one thing at a time from a bounded inbox, so that no two effects ever cross. The rest only fills that inbox or
empties the outbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

from tocsin.core.errors import Invalid
from tocsin.core.ids import key_id, ulid
from tocsin.core.points import reach
from tocsin.core.time import parse_instant
from tocsin.siren import button, health
from tocsin.siren.clock import SirenClock
from tocsin.siren.config import SirenConfig
from tocsin.siren.link import Link
from tocsin.siren.machine import deadline, step
from tocsin.siren.memory import Memory
from tocsin.siren.resume import kept, restore
from tocsin.siren.sound import Measurement, Sink, make, run_hook
from tocsin.siren.words import (
    Beat,
    Drill,
    Effect,
    Event,
    Lamp,
    ManualOff,
    ManualOn,
    Measured,
    Now,
    Received,
    Report,
    Save,
    Show,
    Start,
    State,
    Stop,
    Tick,
)
from tocsin.warn.discovery import messages, siren_state
from tocsin.warn.siren_command import public_key, read, read_drill

POLL_S = 0.25
"""Seconds between measurements while there is, or should be, sound."""

IDLE_POLL_S = 5.0
"""Seconds between measurements otherwise, so that a stray sound is found too."""

_log = logging.getLogger("tocsin.siren")


class SirenAgent:
    """One siren. ``await run(stop)`` until ``stop`` is set."""

    def __init__(self, config: SirenConfig, *, clock: SirenClock | None = None, sink: Sink | None = None) -> None:
        self.config = config
        self.clock = clock or SirenClock()
        self.sink = sink or make(config, self.clock)
        self.state = State()
        self.limits = config.limits()
        self.memory = Memory(config.folder)
        self.memory_fault = ""
        self.quiet_test: dict[str, Any] | None = None
        self.refused: Counter[str] = Counter()
        self.level: float | None = None
        now = self.clock.read()
        self.started = now
        self.boot = ulid(int(now.wall.timestamp() * 1000), os.urandom(10))
        self._keys = tuple(public_key(key) for key in config.public_keys)
        self.keys = tuple(key_id(key.public_bytes_raw()) for key in self._keys)
        self._inbox: asyncio.Queue[Event | tuple[str, bytes]] = asyncio.Queue(256)
        self._measured_at = float("-inf")
        self._refused_at: dict[str, float] = {}
        self.link = Link(config, self._arrived, self._birth)
        self._report = health.Reporter(config, self.boot)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then fall silent and go. The next start resumes a sound that was under way."""
        await self._wake()
        loops = [self._think(), self._tell_health(), self.link.run(stop)]
        if self.config.button:
            loops.append(button.watch(self.config.button, lambda: self.clock.read().mono, self._pressed))
        tasks = [asyncio.create_task(loop) for loop in loops]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                # The link says goodbye by itself when it sees ``stop``.
                await asyncio.wait([tasks[2]], timeout=5)
        finally:
            for task in (*tasks, stopping):
                task.cancel()
            results = await asyncio.gather(*tasks, stopping, return_exceptions=True)
            await self.sink.stop()
        for fault in results:
            if isinstance(fault, Exception):
                raise fault

    async def manual_alert(self, source: str = "button") -> None:
        """Somebody at the siren wants the alert."""
        await self._inbox.put(ManualOn(source=source))

    async def manual_all_clear(self, source: str = "button") -> None:
        """Somebody at the siren wants the all clear."""
        await self._inbox.put(ManualOff(source=source))

    # Thinking

    async def _wake(self) -> None:
        was, self.memory_fault = await asyncio.to_thread(self.memory.load)
        now = self.clock.read()
        self.state, effects = restore(was, now, self.limits, armed=self.config.armed)
        await self._carry_out(effects, now)

    async def _think(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._patience()):
                    what = await self._inbox.get()
            except TimeoutError:
                what = None
            if isinstance(what, tuple):
                await self._read(*what)
            elif what is not None:
                await self._happen(what)
            now = self.clock.read()
            if now.mono >= deadline(self.state, self.limits):
                await self._happen(Tick())
            if now.mono >= self._measured_at + self._poll():
                await self._measure()

    def _poll(self) -> float:
        return POLL_S if self.state.sound is not None or self.state.measured else IDLE_POLL_S

    def _patience(self) -> float:
        """Real seconds until something is due."""
        due = min(deadline(self.state, self.limits), self._measured_at + self._poll())
        return max(0.0, due - self.clock.read().mono) / self.clock.speed

    async def _happen(self, event: Event) -> None:
        now = self.clock.read()
        self.state, effects = step(self.state, event, now, self.limits)
        await self._carry_out(effects, now)

    async def _carry_out(self, effects: tuple[Effect, ...], now: Now) -> None:
        for effect in effects:
            await self._do(effect, now)
        if any(isinstance(effect, Start | Stop) for effect in effects):
            await self._measure()

    async def _measure(self) -> None:
        """Ask the sink, and let the machine judge. What follows is carried out without asking again at once."""
        seen: Measurement = await self.sink.measure()
        self.level = seen.level
        now = self.clock.read()
        self._measured_at = now.mono
        if not seen.sounding and self.state.sound is not None and now.mono >= deadline(self.state, self.limits):
            # The sound's own end fell due while the sink was asked: its silence is no fault. The end measures again.
            await self._happen(Tick())
            return
        event = Measured(sounding=seen.sounding, detail=seen.detail)
        self.state, effects = step(self.state, event, now, self.limits)
        for effect in effects:
            await self._do(effect, now)

    async def _do(self, effect: Effect, now: Now) -> None:
        match effect:
            case Save():
                await self._save(effect, now)
            case Start():
                await self.sink.start(effect.tone, effect.seconds, effect.volume)
            case Stop():
                await self.sink.stop()
            case Show():
                self.link.latest("state", self._shown())
            case Lamp():
                await self._lamp(lost=effect.lost)
            case Report():
                self._tell(effect)

    async def _save(self, effect: Save, now: Now) -> None:
        if effect.new_id:
            reach("siren.before_seen")
        try:
            await asyncio.to_thread(self.memory.save, kept(self.state, now))
            self.memory_fault = ""
        except OSError as fault:
            # A full disk must not silence a siren: it sounds, remembers in its head, and says what is wrong.
            self.memory_fault = f"the memory cannot be written: {fault}"
            _log.error("siren %s: %s", self.config.id, self.memory_fault)
        if effect.new_id:
            reach("siren.after_seen")

    async def _lamp(self, *, lost: bool) -> None:
        _log.warning("siren %s: link %s", self.config.id, "lost" if lost else "up")
        self._publish_health()
        if self.config.lamp:
            await run_hook((self.config.lamp, "link_lost" if lost else "link_up"))

    # Reading

    async def _arrived(self, what: str, payload: bytes) -> None:
        await self._inbox.put((what, payload))

    async def _read(self, what: str, payload: bytes) -> None:
        """Judged here and not on arrival, so that the ids obeyed in the meantime are known."""
        now = self.clock.read()
        mine: dict[str, Any] = {
            "siren_id": self.config.id,
            "public_keys": self._keys,
            "now": now.wall,
            "seen": self.state.seen,
        }
        if what == "set":
            await self._happen(Received(read(payload, **mine)))
        elif what == "drill":
            word, drill = read_drill(payload, **mine)
            if word == "accepted" and drill is not None:
                await self._happen(Drill(command_id=drill.id))
            else:
                self.refused[f"drill_{word}"] += 1
        elif what == "beat":
            await self._beat(payload)
        elif what == "quiet_test" and payload == b"PRESS":
            await self._test_quietly(now)

    async def _beat(self, payload: bytes) -> None:
        as_of = health.field(payload, "as_of")
        try:
            await self._happen(Beat(as_of=parse_instant(as_of, field="as_of")))
        except Invalid:
            self.refused["beat"] += 1

    async def _pressed(self, name: str) -> None:
        await (self.manual_alert() if name == "alert" else self.manual_all_clear())

    # Telling

    def _tell(self, report: Report) -> None:
        if report.verdict in ("bad_signature", "malformed", "wrong_siren", "future"):
            self.refused[report.verdict] += 1
            now = self.clock.read().mono
            if now - self._refused_at.get(report.verdict, float("-inf")) < 1.0:
                return  # a flood of rubbish is counted, not answered one by one
            self._refused_at[report.verdict] = now
        self.link.report(self._report.payload(report), drill=report.drill)

    def _shown(self) -> bytes:
        """The measured state. An exercise chime is no alarm and is not shown as one."""
        state, sound = self.state, self.state.sound
        if not state.measured or (sound is not None and sound.kind == "drill"):
            return siren_state(False)
        if sound is None:
            return siren_state(True)
        left = round(sound.until - sound.began)
        return siren_state(True, tone=sound.tone, duration=left, volume=sound.volume, tones=self.config.tones)

    def _birth(self) -> list[tuple[str, bytes]]:
        """What is published on every connection and whenever Home Assistant starts, in order."""
        form = self.config.discovery
        found = messages(self.config.profile(), form, self.config.discovery_prefix) if form != "off" else []
        base = f"tocsin/siren/{self.config.id}"
        return [
            *found,
            (f"{base}/availability", b"online"),
            (f"{base}/state", self._shown()),
            (f"{base}/health", health.payload(self)),
        ]

    async def _test_quietly(self, now: Now) -> None:
        busy = self.state.sound is not None or self.state.measured
        result = None if busy else await self.sink.quiet_test()
        self.quiet_test = health.quiet_result(result, now)
        self._publish_health()

    def _publish_health(self) -> None:
        self.link.latest("health", health.payload(self))

    async def _tell_health(self) -> None:
        while True:
            self._publish_health()
            await self.clock.sleep(self.config.health_s)


async def run(
    config: SirenConfig,
    *,
    stop: asyncio.Event | None = None,
    clock: SirenClock | None = None,
    sink: Sink | None = None,
) -> None:
    """Run one siren. SIGUSR1 is a manual alert, SIGUSR2 a manual all clear, SIGTERM and SIGINT a clean stop."""
    stop = stop or asyncio.Event()
    agent = SirenAgent(config, clock=clock, sink=sink)
    pending: set[asyncio.Task[None]] = set()

    def by_hand(act: Callable[..., Any]) -> None:
        task = asyncio.ensure_future(act("signal"))
        pending.add(task)
        task.add_done_callback(pending.discard)

    loop = asyncio.get_running_loop()
    hooks: dict[signal.Signals, Callable[[], None]] = {
        signal.SIGUSR1: lambda: by_hand(agent.manual_alert),
        signal.SIGUSR2: lambda: by_hand(agent.manual_all_clear),
        signal.SIGTERM: stop.set,
        signal.SIGINT: stop.set,
    }
    added = []
    for number, hook in hooks.items():
        # Only a process's main thread may do this; elsewhere the caller has its own way.
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
            loop.add_signal_handler(number, hook)
            added.append(number)
    try:
        await agent.run(stop)
    finally:
        for number in added:
            loop.remove_signal_handler(number)
