"""Payloads over MQTT, and frames of the bus: what sirens, sensors and anybody in the broker may send."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from typing import Any
from unittest.mock import patch

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import fuzz.place  # noqa: F401  # the tests' cities, below
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.repair import RepairDesk
from tocsin.bus.frames import MAX_FROM_HUB, BadFrame, Unpacker, unpack
from tocsin.core.errors import TocsinError
from tocsin.siren import health
from tocsin.warn.siren_command import read, read_drill, seal
from tocsin.workers import inbox
from warn.rig import Rig

NOW = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SEEDS = [
    b'{"id":"d-1","threat":"drone","areas":["north"],"observed_at":"2024-01-04T20:58:00Z"}',
    b'{"siren":"s01","state":"sounding","tone":"wail","command_id":"c","measured_at":"2024-01-04T20:58:00Z"}',
    b'{"siren":"s01","at":"2024-01-04T20:58:00Z","standing":"silent","vdc":12.5}',
    b'{"at":"2024-01-04T20:58:00Z","temperature_c":-12.5,"wind_ms":4}',
    b'{"id":"c1","siren":"s01","state":"ON","tone":"wail","duration":40,"volume_level":1.0,"issued":"2024-01-04T20:57:59Z","expires":"2024-01-04T20:59:00Z","sig":""}',
    b'{"state":"OFF"}',
    b"ON",
    b'{"subject":"live.update","seq":1,"id":"event-1","cells":["872d9180cffffff"],"data":{}}',
]
WORDS = [
    b"1e999",
    b"NaN",
    b"-1",
    b"null",
    b"[]",
    b"\\ud800",
    b"\xff",
    b"9999-12-31T23:59:59-14:00",
    b"sounding",
    b"link_lost",
]
WORDS += [
    b'"sig":"',
    b'"duration":',
    b"true",
    b"\x00",
    b'{"a":{"a":',
    b"offline",
    b"siren",
    b"temperature_c",
    b"18446744073709551616",
]
KINDS = ("report", "detection", "weather", "health", "availability")
_USED = count()
_CITY: list[Rig] = []


class _Loud:
    """Stands where the log was: what the inbox would only write down is a fault here."""

    def warning(self, *_: object, **__: object) -> None:
        """A refusal, which is right."""

    def error(self, event: str, **said: object) -> None:
        """A fault that was caught so that the channel goes on, or a flood, which is right."""
        assert event != "a message broke something", said


def city() -> Rig:
    """A city that is made anew after some hundred messages."""
    if not _CITY or next(_USED) % 200 == 0:
        _CITY[:] = [Rig()]
    return _CITY[0]


async def _db(act: Callable[[], Any]) -> Any:
    return act()


def _now(act: Coroutine[Any, Any, None]) -> None:
    """Run what never waits."""
    try:
        act.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits")


def take(data: bytes) -> None:
    """At every topic, and as a frame; JSON objects also under the signature of the right key."""
    keys = (KEY.public_key(),)
    for payload in (data, *_sealed(data)):
        assert read(payload, siren_id="s01", public_keys=keys, now=NOW, seen=()).word
        assert read_drill(payload, siren_id="s01", public_keys=keys, now=NOW, seen=())[0]
        health.field(payload, "as_of")
        _heard(payload)
    with suppress(BadFrame):
        unpack(data)
    _frames(data)


def _sealed(data: bytes) -> list[bytes]:
    try:
        body = msgspec.json.decode(data, type=dict[str, Any])
        return [msgspec.json.encode(seal({name: v for name, v in body.items() if name != "sig"}, KEY))]
    except (
        msgspec.DecodeError,
        msgspec.ValidationError,
        UnicodeDecodeError,
        RecursionError,
        ValueError,
        TypeError,
        TocsinError,
    ):
        return []


def _heard(payload: bytes) -> None:
    rig = city()
    box = inbox.Inbox(
        rig.desk,
        _db,  # type: ignore[arg-type]  # it is only called
        receipt=lambda _: None,
        sensors={"mic": (KEY.public_key(), ("*",))},
        sirens=lambda: rig.state.sirens,
        repairs=RepairDesk(rig.desk, MemoryVault()),
    )
    with patch.object(inbox, "log", _Loud()):  # and no longer: other tests of the process want the log
        for kind in KINDS:
            _now(box.heard(kind, "mic" if kind in ("detection", "weather") else "s01", payload))


def _frames(data: bytes) -> None:
    reader = Unpacker(MAX_FROM_HUB)
    try:
        for at in range(0, len(data), 7):
            list(reader.feed(data[at : at + 7]))
    except BadFrame:
        return
