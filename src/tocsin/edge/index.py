"""Which clients a message concerns: from compacted cells to connections, without looking at every client."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from tocsin.warn.target import ancestors

C = TypeVar("C")


class Index(Generic[C]):
    """Clients by their cells of resolution 7; each cell in use is also known to all its ancestors."""

    __slots__ = ("_at", "_below")

    def __init__(self) -> None:
        self._at: dict[str, set[C]] = {}
        self._below: dict[str, set[str]] = {}

    def add(self, client: C, cells: Iterable[str]) -> None:
        """Register a client under its cells."""
        for cell in cells:
            here = self._at.get(cell)
            if here is None:
                here = self._at[cell] = set()
                for above in ancestors(cell)[1:]:
                    self._below.setdefault(above, set()).add(cell)
            here.add(client)

    def remove(self, client: C, cells: Iterable[str]) -> None:
        """Forget a client; cells that nobody uses any more are forgotten too."""
        for cell in cells:
            here = self._at.get(cell)
            if here is None:
                continue
            here.discard(client)
            if not here:
                del self._at[cell]
                for above in ancestors(cell)[1:]:
                    below = self._below[above]
                    below.discard(cell)
                    if not below:
                        del self._below[above]

    def match(self, cells: Iterable[str]) -> set[C]:
        """The clients that have a cell inside one of these cells of any resolution up to 7."""
        found: set[C] = set()
        for cell in cells:
            here = self._at.get(cell)
            if here is not None:
                found |= here
                continue
            for active in self._below.get(cell, ()):
                found |= self._at[active]
        return found

    def __len__(self) -> int:
        return len(self._at)
