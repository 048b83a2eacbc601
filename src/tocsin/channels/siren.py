"""Sirens over MQTT: signed commands out, measured reports in.

A command is published at QoS 1, never retained, and is repeated under the same id while it is valid and the siren has
not answered: when the siren comes back, or when this gateway does. The siren obeys an id once, so repeating is safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Literal

import aiomqtt
import msgspec

from tocsin.core.again import Again
from tocsin.core.notice import Quality
from tocsin.core.ports import Clock
from tocsin.core.time import rfc3339
from tocsin.warn.discovery import Form, Profile, area_state, messages
from tocsin.warn.siren_command import Command, DrillCommand, Signs, sign

QUALITY = Quality(
    timeout=5.0,
    retries="under the same id until the command expires or the siren answers",
    receipts="measured: the siren reports the sound that it measured",
    furthest="delivered",
    languages="none: tones",
    opt_out="none: a siren sounds for everybody",
)
"""What this channel promises; read by the registry of channels."""

KEPT_COMMANDS = 10_000
"""Commands kept for repetition, the oldest dropped first, aloud; 40 areas a second leave half as many in 2 minutes."""

IN_FLIGHT = 2000
"""Messages without an acknowledgement of the broker; further ones wait for their turn."""

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 2.0
"""First and longest wait before connecting again: every siren of the city hangs on this one connection."""

BEAT = "tocsin/bridge/beat"
CANARY = "tocsin/bridge/canary"
"""What is said here only comes back to us: it proves that the broker passes on, whatever the time of a replay."""

ECHO_S = 10.0
"""Not hearing our own beats for so long we connect anew: a broker that stood still may answer and pass nothing on."""

_DICE = random.SystemRandom()
_log = logging.getLogger("tocsin.channels.siren")

Heard = Callable[[str, str, bytes], Awaitable[None]]
"""Called with the kind (``report``, ``availability``, ``health``, ``detection``, ``weather``, ``drill_report``), id and
payload."""

Dropped = Callable[[Command, str], Awaitable[None]]
"""Called with a command that was given up, and why."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command. ``published``: the broker has it. ``queued``: it goes out on the next connection."""

    command_id: str
    outcome: Literal["published", "queued", "expired"]
    detail: str = ""


class SirenSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the broker is. ``cafile``: PEM file of its authority; when set the connection is TLS."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str = ""
    password: str = ""
    cafile: str = ""
    identifier: str = "tocsin-bridge"
    discovery_prefix: str = "homeassistant"


class SirenChannel:
    """The gateway's one connection to the broker. Run :meth:`run` in a task; call the rest from the same loop.

    Args:
        settings: where the broker is.
        key: the city's command key.
        clock: reads the time.
        heard: called for every report, availability, health message and detection.
        dropped: called for every command that expired before the broker or the siren had it.
    """

    def __init__(
        self,
        settings: SirenSettings,
        key: Signs,
        clock: Clock,
        *,
        heard: Heard | None = None,
        dropped: Dropped | None = None,
    ) -> None:
        self._settings = settings
        self._key = key
        self._clock = clock
        self._heard = heard
        self._dropped = dropped
        self._client: aiomqtt.Client | None = None
        self._unheard_since: float | None = None
        self._canary: tuple[bytes, asyncio.Event] | None = None
        self._open: OrderedDict[str, tuple[Command, bytes]] = OrderedDict()
        self._ordered: dict[tuple[str, str], str] = {}  # siren and warning → the open command
        self._retained: dict[str, bytes] = {}
        self.connected = asyncio.Event()
        self.counts = {"published": 0, "repeated": 0, "dropped": 0, "heard": 0, "connections": 0}

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected until ``stop`` is set, then publish ``offline`` and disconnect."""
        again = Again(FIRST_WAIT_S, LONGEST_WAIT_S)
        while not stop.is_set():
            before = self.counts["connections"]
            try:
                async with self._connect() as client:
                    await self._session(client, stop)
            except (aiomqtt.MqttError, OSError) as fault:
                _log.warning("no connection to the broker: %s", fault)
            except Exception:
                # Whatever broke, every siren of the city hangs on this connection: say it, and connect again.
                _log.exception("the connection to the broker broke")
            finally:
                self._client = None
                self.connected.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(again.after(success=self.counts["connections"] > before)):
                    await stop.wait()

    async def send(self, command: Command) -> Receipt:
        """Sign a command, publish it and wait for the broker's acknowledgement.

        Without a connection it is queued. It stays open, and is repeated, until the siren reports on it or it expires.

        Raises:
            Invalid: the command is malformed (TOC-4001).
        """
        payload = sign(command, self._key)
        if command.expires <= self._clock.now():
            await self._give_up(command, "it had expired before it was sent")
            return Receipt(command_id=command.id, outcome="expired", detail="not sent")
        await self._keep(command, payload)
        if await self._publish(f"tocsin/siren/{command.siren}/set", payload):
            return Receipt(command_id=command.id, outcome="published")
        return Receipt(command_id=command.id, outcome="queued", detail="no acknowledgement from the broker")

    def withdraw(self, warning: str, sirens: Collection[str]) -> int:
        """Repeat nothing more of what a warning ordered at these sirens, because it is over there; how many.

        Without this a siren, or a broker, that comes back between the end and the order that says so would be told
        to sound for a danger that is over.
        """
        over = [name for siren in sirens if (name := self._ordered.get((siren, warning)))]
        for name in over:
            self._close(name)
        return len(over)

    async def send_drill(self, drill: DrillCommand) -> bool:
        """Publish a drill command on the drill's own topic; whether the broker has it. Not repeated."""
        return await self._publish(f"tocsin/drill/{drill.siren}/set", sign(drill, self._key))

    async def quiet_test(self, siren_id: str) -> bool:
        """Ask a siren to test itself without a sound that people hear; whether the broker has it. Not repeated."""
        return await self._publish(f"tocsin/siren/{siren_id}/quiet_test", b"PRESS")

    async def beat(self, as_of: Any, seq: int) -> bool:
        """Say as of when what the sirens know is true. Never retained, never queued: an old beat is a lie."""
        body = {"at": rfc3339(self._clock.now()), "as_of": rfc3339(as_of), "seq": seq}
        said = await self._publish(BEAT, msgspec.json.encode(body), qos=0)
        if said and self._unheard_since is None:
            self._unheard_since = time.monotonic()
        return said

    async def area(self, area_id: str, state: Mapping[str, Any]) -> bool:
        """Publish the state of an area, retained, now and on every later connection.

        Raises:
            Invalid: Home Assistant would refuse it (TOC-4004).
        """
        return await self._retain(f"tocsin/area/{area_id}/state", area_state(state))

    async def discover(self, profile: Profile, form: Form = "device") -> bool:
        """Announce a siren to Home Assistant, retained, now and on every later connection, in one of the two forms."""
        done = [await self._retain(t, p) for t, p in messages(profile, form, self._settings.discovery_prefix)]
        return all(done)

    async def expire(self) -> int:
        """Give up the open commands that have expired; how many. Called about once a second by :meth:`run`."""
        now = self._clock.now()
        late = [command for command, _ in self._open.values() if command.expires <= now]
        for command in late:
            self._close(command.id)
            await self._give_up(command, "it expired before the siren answered")
        return len(late)

    async def echo(self) -> bool:
        """Whether what we say now comes back from the broker; waits for it, however long that takes."""
        self._canary = (secrets.token_hex(8).encode(), asyncio.Event())
        word, back = self._canary
        if not await self._publish(CANARY, word, qos=0):
            return False
        await back.wait()
        return True

    @property
    def open_commands(self) -> int:
        """How many commands no siren has answered yet."""
        return len(self._open)

    # The connection

    def _connect(self) -> aiomqtt.Client:
        settings = self._settings
        return aiomqtt.Client(
            settings.host,
            settings.port,
            username=settings.username or None,
            password=settings.password or None,
            identifier=settings.identifier,
            will=aiomqtt.Will("tocsin/bridge/availability", b"offline", qos=1, retain=True),
            clean_session=True,
            keepalive=15,
            timeout=QUALITY.timeout,
            max_queued_incoming_messages=10_000,
            max_inflight_messages=IN_FLIGHT,
            socket_options=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),  # TCP keeps one back till the last is acked
            tls_context=ssl.create_default_context(cafile=settings.cafile) if settings.cafile else None,
        )

    async def _session(self, client: aiomqtt.Client, stop: asyncio.Event) -> None:
        # A night sends to hundreds of sirens at once; the library's default of 10 would only fill the log.
        client.pending_calls_threshold = IN_FLIGHT
        await client.subscribe([(f"tocsin/siren/+/{what}", 1) for what in ("report", "availability", "health")])
        await client.subscribe([("tocsin/detections/+", 1), ("tocsin/weather/+", 1), ("tocsin/drill/+/report", 1)])
        await client.subscribe([(f"{self._settings.discovery_prefix}/status", 1), (BEAT, 0), (CANARY, 0)])
        self._unheard_since = None
        await client.publish("tocsin/bridge/availability", b"online", qos=1, retain=True)
        self._client = client
        self.counts["connections"] += 1
        self.connected.set()
        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(self._listen(client)),
            asyncio.create_task(self._catch_up()),
            asyncio.create_task(stop.wait()),
            asyncio.create_task(self._echoes()),
        ]
        try:
            done, _ = await asyncio.wait([tasks[0], *tasks[2:]], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        await client.publish("tocsin/bridge/availability", b"offline", qos=1, retain=True)

    async def _catch_up(self) -> None:
        """After connecting: what is still owed, commands first. Then look for expired ones once a second."""
        await self._repeat(tuple(self._open.values()))
        await self._say_retained()
        while True:
            await self.expire()
            await asyncio.sleep(1)

    async def _echoes(self) -> None:
        """Fail when the broker takes our beats and passes them on no more: it answers pings, and has forgotten us."""
        while self._unheard_since is None or time.monotonic() - self._unheard_since < ECHO_S:
            await asyncio.sleep(min(1.0, ECHO_S))
        raise aiomqtt.MqttError(f"the broker passed no beat on for {ECHO_S:.0f} s")

    async def _say_retained(self) -> None:
        for topic, payload in tuple(self._retained.items()):
            await self._publish(topic, payload, retain=True)

    async def _repeat(self, commands: tuple[tuple[Command, bytes], ...]) -> None:
        await self.expire()
        for command, payload in commands:
            if command.id in self._open:
                self.counts["repeated"] += 1
                await self._publish(f"tocsin/siren/{command.siren}/set", payload)

    async def _listen(self, client: aiomqtt.Client) -> None:
        greeting = asyncio.create_task(asyncio.sleep(0))
        repeats: set[asyncio.Task[None]] = set()
        try:
            async for message in client.messages:
                payload = message.payload
                parts = message.topic.value.split("/")
                if message.topic.value == BEAT:
                    self._unheard_since = None
                    continue
                if message.topic.value == CANARY:
                    if self._canary is not None and payload == self._canary[0]:
                        self._canary[1].set()
                    continue
                if parts[-1] == "status":
                    if payload == b"online" and not message.retain and greeting.done():
                        greeting = asyncio.create_task(self._greet())
                    continue
                if parts[-1] == "availability" and payload == b"online" and not message.retain:
                    task = asyncio.create_task(self._repeat(self._open_for(parts[2])))
                    repeats.add(task)
                    task.add_done_callback(repeats.discard)
                await self._hear(parts, payload, retained=message.retain)
        finally:
            for task in (greeting, *repeats):
                task.cancel()
            await asyncio.gather(greeting, *repeats, return_exceptions=True)

    async def _greet(self) -> None:
        """Home Assistant came up: after a random moment say everything retained again."""
        await asyncio.sleep(_DICE.uniform(1, 10))
        await self._publish("tocsin/bridge/availability", b"online", retain=True)
        await self._say_retained()

    def _open_for(self, siren_id: str) -> tuple[tuple[Command, bytes], ...]:
        return tuple((c, p) for c, p in self._open.values() if c.siren == siren_id)

    async def _hear(self, parts: list[str], payload: bytes, *, retained: bool) -> None:
        kind, who = parts[-1], parts[2]
        if parts[1] == "detections":
            kind = "detection"
        elif parts[1] == "weather":
            kind = "weather"
        elif parts[1] == "drill":
            kind = "drill_report"
        if retained and kind not in ("availability", "health"):
            return  # a detection or a report that somebody retained is of unknown age
        if kind == "report":
            self._answered(payload)
        self.counts["heard"] += 1
        if self._heard is not None:
            await self._heard(kind, who, payload)

    def _answered(self, payload: bytes) -> None:
        """The siren spoke of a command, whatever it said: it has it, so it need not be repeated."""
        try:
            body = msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        name = body.get("command_id") if isinstance(body, dict) else None
        kept = self._open.get(name) if isinstance(name, str) else None
        if kept is not None and body.get("siren") == kept[0].siren:
            self._close(kept[0].id)

    # Publishing

    async def _publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> bool:
        client = self._client
        if client is None:
            return False
        try:
            await client.publish(topic, payload, qos=qos, retain=retain, timeout=QUALITY.timeout)
        except aiomqtt.MqttError as fault:
            _log.warning("%s was not acknowledged: %s", topic, fault)
            return False
        self.counts["published"] += 1
        me = asyncio.current_task()
        if me is not None and me.cancelling():
            # aiomqtt waits by asyncio.wait_for, which loses a cancellation that comes with an answer (before Python
            # 3.12): what speaks again and again would never end.
            raise asyncio.CancelledError
        return True

    async def _retain(self, topic: str, payload: bytes) -> bool:
        self._retained[topic] = payload
        return await self._publish(topic, payload, retain=True)

    async def _keep(self, command: Command, payload: bytes) -> None:
        # An order for a siren takes the place of an earlier one of the same warning: a withdrawn sound is not repeated.
        self._close(self._ordered.get((command.siren, command.warning), ""))
        self._open[command.id] = (command, payload)
        self._ordered[command.siren, command.warning] = command.id
        while len(self._open) > KEPT_COMMANDS:
            oldest = self._open[next(iter(self._open))][0]
            self._close(oldest.id)
            await self._give_up(oldest, f"more than {KEPT_COMMANDS} commands are open")

    def _close(self, name: str) -> None:
        """The command is open no more."""
        command, _ = self._open.pop(name, (None, b""))
        if command is not None and self._ordered.get((command.siren, command.warning)) == name:
            del self._ordered[command.siren, command.warning]

    async def _give_up(self, command: Command, reason: str) -> None:
        self.counts["dropped"] += 1
        if self._dropped is not None:
            await self._dropped(command, reason)
