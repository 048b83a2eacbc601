"""What the rooms' states share: facts of a ledger folded in, each by the handler of its type. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import immutables
import msgspec

from tocsin.core.event import Entry, Fact, fact_of

S = TypeVar("S", bound=msgspec.Struct)
H = TypeVar("H", bound=Callable[..., Any])


class Folding(Generic[S]):
    """How one room's state follows the ledger. The state has ``seq`` and ``at``, those of the last entry in it.

    Args:
        kinds: what the room's kinds of facts begin with, e.g. ``report.``; "" for a room whose facts have many names.
            Looking at the kind first spares reading the bodies of the other rooms' facts, most of the ledger.
    """

    def __init__(self, kinds: str = "") -> None:
        self._kinds = kinds
        self._handlers: dict[type[Fact], Callable[[S, Any, Entry], S]] = {}

    def on(self, *types: type[Fact]) -> Callable[[H], H]:
        """Let ``handler(state, fact, entry) -> state`` take facts of these types."""

        def keep(handler: H) -> H:
            self._handlers.update(dict.fromkeys(types, handler))
            return handler

        return keep

    def fold(self, state: S, entry: Entry) -> S:
        """The state after that entry. Facts of other rooms, or of a later version, only move ``seq``."""
        fact = fact_of(entry.event) if entry.event.kind.startswith(self._kinds) else None
        handler = self._handlers.get(type(fact)) if fact is not None else None
        if handler is not None:
            state = handler(state, fact, entry)
        return msgspec.structs.replace(state, seq=entry.seq, at=entry.event.at)

    def fold_all(self, state: S, entries: Iterable[Entry]) -> S:
        """:meth:`fold` over many entries."""
        for entry in entries:
            state = self.fold(state, entry)
        return state


Index = immutables.Map[str, frozenset[str]]
"""Name → what is found under it."""


def moved(index: Index, what: str, was: Iterable[str], now: Iterable[str]) -> Index:
    """The index with ``what`` under other names than before; a name under which nothing is left is not kept."""
    before, after, one = frozenset(was), frozenset(now), frozenset((what,))
    for name in before - after:
        rest = index.get(name, frozenset()) - one
        index = index.set(name, rest) if rest else index.delete(name)
    for name in after - before:
        index = index.set(name, index.get(name, frozenset()) | one)
    return index


def listed(ids: frozenset[str], one: str, *, belongs: bool) -> frozenset[str]:
    """These ids with or without one of them; there may be thousands, and most changes leave them as they are."""
    if (one in ids) == belongs:
        return ids
    return ids | {one} if belongs else ids - {one}
