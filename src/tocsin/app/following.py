"""Following a place or the record from outside: asked for, confirmed by whoever holds the address, left at any time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import h3

from tocsin.core.area import Area, AreaTree
from tocsin.core.errors import Invalid
from tocsin.core.ports import AddressBook, Clock
from tocsin.core.subscription import MOST_CELLS, Subscription, Wanted, Wish
from tocsin.warn.target import RESOLUTION

FORGOTTEN = timedelta(hours=48)
"""Who has not confirmed by then is forgotten."""

RECORD = "_record"
"""Ends the name under which the address book keeps those who follow the record by a channel."""

NOWHERE = "870000000ffffff"
"""The cell of those who follow the record: no warning concerns it, as nobody of its book is ever asked by cells."""


def followable(tree: AreaTree) -> list[Area]:
    """The areas that can be followed: those small enough for one subscription."""
    return [area for area in tree if 0 < len(cells_of(tree, area.id)) <= MOST_CELLS]


def cells_of(tree: AreaTree, area_id: str) -> tuple[str, ...]:
    """The cells of resolution 7 of an area, sorted; of its parts where it has no outline of its own."""
    own = tree[area_id].cells
    parts = own or [cell for below in tree.descendants(area_id) for cell in tree[below].cells]
    size = sum(h3.cell_to_children_size(cell, RESOLUTION) for cell in parts)
    if size > 50 * MOST_CELLS:  # a land: its cells are not worth counting
        return tuple(parts) * (MOST_CELLS + 1)
    return tuple(sorted({below for cell in parts for below in h3.cell_to_children(cell, RESOLUTION)}))


class Following:
    """What a person, or an operator for them, can do to be told.

    Args:
        book: who is to be told.
        clock: reads the time.
    """

    def __init__(self, book: AddressBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock

    def wish(
        self,
        tree: AreaTree,
        channel: str,
        address: Mapping[str, Any],
        *,
        areas: Sequence[str],
        language: str,
        level: Wanted = "alert",
    ) -> Wish:
        """What is asked for; without areas, to follow the record.

        Raises:
            Invalid: an area is not known or too large (TOC-13001).
        """
        if not areas:
            return Wish(channel=channel + RECORD, address=address, cells=(NOWHERE,), language=language)
        cells: set[str] = set()
        for area in areas:
            if area not in tree:
                raise Invalid(
                    "TOC-13001", "There is no such area.", field="area", remedy="Choose one of those that are offered."
                )
            cells |= set(cells_of(tree, area))
        if not 0 < len(cells) <= MOST_CELLS:
            raise Invalid(
                "TOC-13001", "The area is too large to be followed.", field="area", remedy="Choose a part of it."
            )
        return Wish(channel=channel, address=address, cells=tuple(sorted(cells)), language=language, level=level)

    def ask(self, wish: Wish) -> Subscription:
        """Keep what a stranger asked for until the holder of the address confirms it.

        Who is told already stays as they are: the answer says ``active``, and nobody but the holder may learn that.
        """
        now = self._clock.now()
        self._book.forget_pending(now - FORGOTTEN)
        return self._book.add(wish, now, confirm=True)

    def add(self, wish: Wish) -> Subscription:
        """Keep what an operator asked for, who answers for the consent."""
        return self._book.add(wish, self._clock.now())

    def find(self, token: str) -> Subscription | None:
        """The subscription of whoever was told that token."""
        return self._book.by_token(token)

    def confirm(self, token: str) -> Subscription | None:
        """The holder of the address wishes it."""
        return self._book.confirm(token)

    def leave(self, token: str) -> bool:
        """Forget the subscription altogether; whether there was one.

        The ledger, which has never named it, is not told: an entry would outlive what it is about.
        """
        found = self._book.by_token(token)
        if found is not None:
            self._book.remove(found.id)
        return found is not None
