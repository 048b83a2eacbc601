"""How often one caller may knock: a token bucket per key, officer or address (rule R20).

It lives in this process only; several web processes behind a balancer each allow the whole rate.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Container, Mapping
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The address that a request came from; behind a proxy of ours, the one that the proxy saw."""
    return peer_of(request.META, settings.TOCSIN_PROXIES)


def peer_of(environ: Mapping[str, Any], proxies: Container[str]) -> str:
    """:func:`address_of` for a request that is not Django's yet."""
    peer = str(environ.get("REMOTE_ADDR", ""))
    if peer not in proxies:
        return peer  # a forwarded-for header of anybody else is whatever the sender wrote
    return str(environ.get("HTTP_X_FORWARDED_FOR", peer)).rpartition(",")[2].strip()


class _Bucket(msgspec.Struct):
    tokens: float
    at: float


class Limiter:
    """Token buckets by name, bounded in number: the bucket that was quiet longest is forgotten first.

    Args:
        rate: tokens that come back per second.
        burst: tokens that a full bucket holds.
        most: buckets kept.
        monotonic: seconds that never go back.
    """

    def __init__(
        self, *, rate: float, burst: int, most: int = 10_000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str, cost: float = 1.0) -> float:
        """Take ``cost`` tokens. Returns 0.0 when there were enough, else the seconds until there will be."""
        with self._lock:
            now = self._monotonic()
            bucket = self._buckets.get(name)
            if bucket is None:
                bucket = self._buckets[name] = _Bucket(tokens=float(self._burst), at=now)
                if len(self._buckets) > self._most:
                    self._buckets.popitem(last=False)
            self._buckets.move_to_end(name)
            bucket.tokens = min(float(self._burst), bucket.tokens + (now - bucket.at) * self._rate)
            bucket.at = now
            if bucket.tokens >= cost:
                bucket.tokens -= cost
                return 0.0
            return (cost - bucket.tokens) / self._rate

    def __len__(self) -> int:
        return len(self._buckets)
