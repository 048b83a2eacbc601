"""Which of many connections gives way when there are too many, or too much lies ready for them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from typing import cast

from tocsin.web.connection import Connection, Phase
from tocsin.web.gather import Gathered

BULKY_MOST = 32
BULKY_BYTES = 512 * 1024 * 1024
BULKY_PER_ADDRESS = 8
"""Large bodies that are on their way at once: in number, in bytes that they announce, and from one address."""
BULKY_GRACE_S = 5.0
"""So long a large body has its place; then the slowest gives way to another."""
HELD_MOST = 128 * 1024 * 1024
"""So much lies ready for all of them."""
FRESH_S = 1.0
"""Whose connection is younger is about to ask."""


def in_the_way(
    everybody: Collection[Connection], conn: Connection, request: Gathered, proxy: bool
) -> list[Connection] | None:
    """Large bodies that leave no place for another one; None when there is one."""
    others = [one for one in everybody if one is not conn and one.phase is Phase.COMING and _request(one).bulky]
    near = [one for one in others if one.address == conn.address]
    if len(near) >= BULKY_PER_ADDRESS and not proxy:
        return near
    announced = sum(_request(one).length for one in others)
    return None if len(others) < BULKY_MOST and announced + request.length <= BULKY_BYTES else others


def slowest(others: Collection[Connection], now: float) -> Connection | None:
    """The large body that has come least far in its time; None when none has had its time."""
    slow = [one for one in others if now - one.since > BULKY_GRACE_S]
    return min(slow, key=lambda one: _request(one).came / (now - one.since), default=None)


def too_much(everybody: Collection[Connection]) -> list[Connection]:
    """Connections whose answers have waited longest, where too much waits: they lose them."""
    slow = sorted((conn for conn in everybody if conn.phase is Phase.GOING), key=lambda conn: conn.since)
    held = sum(conn.outlet.size for conn in slow)
    lose = []
    for conn in slow:
        if held <= HELD_MOST:
            break
        held -= conn.outlet.size
        lose.append(conn)
    return lose


def matters_least(everybody: Collection[Connection], address: str | None) -> Connection | None:
    """A connection that waits, of one address, or of the one that has most: first who asks for nothing."""
    waiting = [conn for conn in everybody if conn.waits]
    if address is None and waiting:
        address = Counter(conn.address for conn in waiting).most_common(1)[0][0]
    asks_nothing = (Phase.ENDING, Phase.IDLE)
    before = time.monotonic() - FRESH_S

    def matters(conn: Connection) -> tuple[bool, float]:
        return not (conn.phase in asks_nothing and conn.since < before), conn.since

    return min((conn for conn in waiting if conn.address == address), key=matters, default=None)


def _request(conn: Connection) -> Gathered:
    return cast(Gathered, conn.request)
