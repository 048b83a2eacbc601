"""Whether a log stayed free of what no log may hold: addresses, exact places, contacts, keys, passwords."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tocsin.cli import demo as demos
from tocsin.wiring import Parts, Settings

SEALED = ("place", "contact", "home", "crew")
"""Kinds of documents in the vault."""

SHORTEST = 5
"""Shorter words, a flat's number or a first name, stand in a log by chance."""

DECIMALS = 4
"""A coordinate is looked for to so many places, about ten metres."""


def spoken(log: str, secrets: Iterable[str]) -> list[str]:
    """The secrets that stand in the log."""
    return sorted({one for one in secrets if one in log})


def secrets(own: Settings) -> Iterator[str]:
    """What the home folder of a demonstration holds and no log may say."""
    demo = demos.read(own.home)
    yield from (demo.duty, demo.second, *demo.sources.values(), *demo.passwords.values(), *demo.seats.values())
    vault = Parts(own).vault
    for kind in SEALED:
        for document in vault.open_all(kind).values():
            yield from _leaves(msgspec.to_builtins(document))


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str) and len(value) >= SHORTEST:
        yield value
    elif isinstance(value, float):
        text = f"{value:.7f}"
        cut = text[: text.index(".") + 1 + DECIMALS]
        if not cut.endswith("0" * DECIMALS):
            yield cut
