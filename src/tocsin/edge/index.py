"""Which clients a message concerns: from compacted cells to connections, without looking at every client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, Protocol, TypeVar

from tocsin.warn.target import ancestors


class Keyed(Protocol):
    """What the index asks of a client: a number of its own."""

    @property
    def key(self) -> int:
        """The number, unlike that of every other client."""
        ...


C = TypeVar("C", bound=Keyed)


class Index(Generic[C]):
    """Clients by their cells of resolution 7; each cell in use is also known to all its ancestors.

    Clients of a cell stand in the order in which they came, each under its key: written in that order, the kernel's
    sockets are met in the order in which they lie in memory, and the clients themselves are not touched.
    """

    __slots__ = ("_at", "_below")

    def __init__(self) -> None:
        self._at: dict[str, dict[int, C]] = {}
        self._below: dict[str, set[str]] = {}

    def add(self, client: C, cells: Iterable[str]) -> None:
        """Register a client under its cells."""
        for cell in cells:
            here = self._at.get(cell)
            if here is None:
                here = self._at[cell] = {}
                for above in ancestors(cell)[1:]:
                    self._below.setdefault(above, set()).add(cell)
            here[client.key] = client

    def remove(self, client: C, cells: Iterable[str]) -> None:
        """Forget a client; cells that nobody uses any more are forgotten too."""
        for cell in cells:
            here = self._at.get(cell)
            if here is None:
                continue
            here.pop(client.key, None)
            if not here:
                del self._at[cell]
                for above in ancestors(cell)[1:]:
                    below = self._below[above]
                    below.discard(cell)
                    if not below:
                        del self._below[above]

    def match(self, cells: Iterable[str]) -> Mapping[int, C]:
        """The clients that have a cell inside one of these cells of any resolution up to 7, by their keys; to be read
        at once and changed by nobody.
        """
        parts: list[dict[int, C]] = []
        for cell in cells:
            here = self._at.get(cell)
            if here is not None:
                parts.append(here)
            else:
                parts += [self._at[active] for active in self._below.get(cell, ())]
        if len(parts) == 1:  # those of one cell stand in line already: the first of thousands waits for no list
            return parts[0]
        found: dict[int, C] = {}
        for part in parts:
            found.update(part)
        return found

    def __len__(self) -> int:
        return len(self._at)
