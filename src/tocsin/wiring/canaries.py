"""Addresses of the city's own at which channels prove themselves: read from ``TOCSIN_CANARY_FILE``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from tocsin.app.paths import EVERY_S
from tocsin.channels._registry import read_address
from tocsin.core.errors import Invalid
from tocsin.wiring.settings import Settings

LEAST_S, MOST_S = 30.0, 86_400.0


class Canaried(msgspec.Struct, frozen=True, kw_only=True):
    """One channel's own address, and how often it is tried, in seconds."""

    channel: str
    address: dict[str, Any]
    every_s: float


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    address: str
    every_s: float = EVERY_S


def canaries(settings: Settings) -> tuple[Canaried, ...]:
    """What the file says; nothing without one.

    Raises:
        Invalid: the file cannot be read, or an address or a time in it is unusable (TOC-8001).
    """
    if not settings.canary_file:
        return ()
    try:
        rows = msgspec.json.decode(Path(settings.canary_file).read_bytes(), type=dict[str, _Row])
    except (OSError, msgspec.MsgspecError) as fault:
        # Its own words would repeat an address.
        raise _unusable("the file", type(fault).__name__) from fault
    found = []
    for name, row in rows.items():
        if not LEAST_S <= row.every_s <= MOST_S:
            raise _unusable(name, f"every_s is not between {LEAST_S:.0f} and {MOST_S:.0f}")
        found.append(Canaried(channel=name, address=read_address(name, row.address), every_s=row.every_s))
    return tuple(found)


def _unusable(what: str, why: str) -> Invalid:
    return Invalid(
        "TOC-8001",
        f"The canaries cannot be used: {what}: {why}.",
        field="TOCSIN_CANARY_FILE",
        remedy='Write {"email": {"address": "canary@city.example", "every_s": 60}}.',
    )
