"""Faults between machines: names that are gone, cables that are pulled, and the truth that is lost for long."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator

from chaos import ground
from chaos.city import City
from chaos.names import WAYS, Names
from journeys.many import Many

Fault = Callable[[City, random.Random], contextlib.AbstractContextManager[object]]

LOST_S = 34.0
"""Longer than what is known may be shown as known."""

STARTS_S = 60.0
"""How long a process may need until it asks for its first name, on a busy machine."""


def names(city: City) -> Names:
    """Who is asked for names in this city."""
    found = city.stack.names
    assert found is not None
    return found


def nameless(name: str) -> Fault:
    """The process dies and comes up where no name is known; as often as it ends by itself it is started again."""

    @contextlib.contextmanager
    def fault(city: City, dice: random.Random) -> Iterator[None]:
        asked = names(city)
        with city.keeper.killed(name):
            asked.go(dice.choice(WAYS))
        try:
            before, end = asked.refused, time.monotonic() + STARTS_S
            while asked.refused == before:
                if time.monotonic() > end:
                    raise AssertionError(f"{name} asked for no name in {STARTS_S:.0f} s")
                time.sleep(0.05)
            yield
        finally:
            asked.back()

    return fault


@contextlib.contextmanager
def names_gone(city: City, dice: random.Random) -> Iterator[None]:
    """A router starts anew: every connection is reset, and no name is known for a while."""
    asked = names(city)
    asked.go(dice.choice(WAYS))
    try:
        ground.break_connections()
        yield
    finally:
        asked.back()


def cut_off(place: str, edge: str = "") -> Fault:
    """Somebody pulls a machine's cable. Nobody is told: connections stay half open until their ends give up.

    ``edge``: the edge that knows nothing from then on.
    """

    @contextlib.contextmanager
    def fault(city: City, _dice: random.Random) -> Iterator[None]:
        ground.cut(place)
        try:
            with city.losing(*[edge] if edge else []):
                yield
        finally:
            ground.join(place)

    return fault


@contextlib.contextmanager
def truth_lost(city: City, _dice: random.Random) -> Iterator[None]:
    """Every worker stands still: from then on no edge knows anything new."""
    workers = [name for name in city.stack.supervisor.children if name.startswith("worker")]
    with city.keeper.halted(*workers), city.losing("edge", "edge-2"):
        yield


def has_names(city: City) -> bool:
    """Whether the parts of this city find each other by name."""
    return city.stack.names is not None


def has_cables(city: City) -> bool:
    """Whether there is a cable to pull."""
    return has_names(city) and isinstance(city.stack, Many)
