"""Facts, events and ledger entries.

A *fact* is a frozen, typed statement of one room (``warning.issued``). An *event* is the fact with who, when and
about what. An *entry* is the event in its place in the hash chain.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

import msgspec
import rfc8785

from tocsin.core.errors import Broken

GENESIS = "0" * 64
"""The "previous hash" of the first entry."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every typed fact. Subclasses set ``KIND`` (dotted, past tense) and, on change, ``VERSION``."""

    KIND: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1

    def subject(self) -> str:
        """What the fact is about, as ``kind/id``."""
        raise NotImplementedError


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded act. ``body`` is plain JSON; ``at`` is UTC; ``actor`` is ``officer:ID``, ``source:ID``, …"""

    id: str
    kind: str
    version: int
    subject: str
    body: dict[str, Any]
    actor: str
    at: datetime


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An event at position ``seq`` (from 1, no gaps) of the chain; ``prev`` and ``hash`` are SHA-256 in hex."""

    seq: int
    prev: str
    hash: str
    event: Event


FACTS: dict[str, type[Fact]] = {}
"""Every fact type by its kind, filled by :func:`fact_type` as the rooms are imported."""

_F = TypeVar("_F", bound=type[Fact])


def fact_type(cls: _F) -> _F:
    """Class decorator: make a fact type known by its ``KIND``."""
    if not cls.KIND or (cls.KIND in FACTS and FACTS[cls.KIND].__qualname__ != cls.__qualname__):
        raise ValueError(f"fact kind {cls.KIND!r} is empty or taken")
    FACTS[cls.KIND] = cls
    return cls


def record(fact: Fact, *, id: str, actor: str, at: datetime) -> Event:  # noqa: A002 - the event's own field name
    """Turn a fact into an event. ``at`` must be aware; it is stored in UTC."""
    return Event(
        id=id,
        kind=fact.KIND,
        version=fact.VERSION,
        subject=fact.subject(),
        body=msgspec.to_builtins(fact),
        actor=actor,
        at=at.astimezone(UTC),
    )


def fact_of(event: Event) -> Fact | None:
    """The typed fact of an event, or None for a kind that this version does not know.

    Raises:
        Broken: the kind is known and the body does not fit it (TOC-7001).
    """
    cls = FACTS.get(event.kind)
    if cls is None:
        return None
    try:
        return msgspec.convert(event.body, cls)
    except msgspec.ValidationError as fault:
        raise Broken(
            "TOC-7001",
            f"The body of {event.kind} does not fit its type: {fault}.",
            field=event.id,
            remedy="Run `tocsin ledger verify`; restore the ledger from a backup if it reports damage.",
        ) from fault


def canonical(value: Any) -> bytes:
    """RFC 8785 canonical JSON of a msgspec value.

    Of texts, whole numbers and plain keys msgspec writes the very same bytes, a hundred times as fast; what holds a
    fraction, a long number or a key that is not ASCII goes the long way.
    """
    plain = msgspec.to_builtins(value)
    return _ENCODER.encode(plain) if _simple(plain) else rfc8785.dumps(plain)


_ENCODER = msgspec.json.Encoder(order="sorted")
_EXACT = 2**53 - 1


def _simple(value: Any) -> bool:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_EXACT <= value <= _EXACT)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _simple(item) for key, item in value.items())
    return bool(kind in (list, tuple) and all(map(_simple, value)))
