"""The address book in plain Python: for one process that keeps nothing, and the measure of every other adapter."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import h3.api.basic_int as h3int
import msgspec
import rfc8785

from tocsin.core.errors import Invalid
from tocsin.core.subscription import MOST_CELLS, Subscription, Wanted, Wish
from tocsin.warn.target import RESOLUTION

LARGEST = 4096
"""Bytes that an address may have, as JSON."""

_CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,31}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_DIGITS = 3 * (15 - RESOLUTION)
"""Bits of an H3 index below the digit of resolution 7."""


def new_token() -> str:
    """128 random bits in hex."""
    return secrets.token_hex(16)


def address_text(address: Mapping[str, object]) -> str:
    """The canonical JSON text of an address.

    Raises:
        Invalid: it has no JSON form, or is too large (TOC-13001). Nothing of it is repeated.
    """
    try:
        text = rfc8785.dumps(dict(address)).decode()  # type: ignore[arg-type]  # what it cannot take it refuses
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as fault:
        raise _bad("The address has no JSON form.", "address") from fault
    if not address or len(text) > LARGEST:
        raise _bad("The address is empty or too long.", "address")
    return text


def address_digest(channel: str, text: str) -> str:
    """What tells one address from another: SHA-256 in hex over channel and address."""
    return hashlib.sha256(f"{channel}\n{text}".encode()).hexdigest()


def checked(wish: Wish) -> Wish:
    """The wish with its cells in order.

    Raises:
        Invalid: a part of it is malformed (TOC-13001); nothing of the address is repeated.
    """
    if not _CHANNEL.fullmatch(wish.channel):
        raise _bad("The channel's name is malformed.", "channel")
    return msgspec.structs.replace(
        wish, cells=checked_cells(wish.cells), language=checked_language(wish.language), level=checked_level(wish.level)
    )


def checked_cells(cells: Sequence[str]) -> tuple[str, ...]:
    """Distinct cells in order.

    Raises:
        Invalid: none, too many, or one that is not an H3 cell of resolution 7 (TOC-13001).
    """
    if not 1 <= len(cells) <= MOST_CELLS:
        raise _bad(f"{len(cells)} cells are given; 1 to {MOST_CELLS} are allowed.", "cells")
    found = sorted({_number(cell) for cell in cells})
    if any(h3int.get_resolution(one) != RESOLUTION for one in found):
        raise _bad(f"A cell is not of resolution {RESOLUTION}.", "cells")
    return tuple(h3int.int_to_str(one) for one in found)


def checked_language(tag: str) -> str:
    """The tag.

    Raises:
        Invalid: it is malformed (TOC-13001).
    """
    if not _LANGUAGE.fullmatch(tag):
        raise _bad("The language is malformed.", "language")
    return tag


def checked_level(level: Wanted) -> Wanted:
    """The level.

    Raises:
        Invalid: it is none (TOC-13001).
    """
    if level not in ("pre_alert", "alert"):
        raise _bad("The level is neither pre_alert nor alert.", "level")
    return level


def spans(cells: Iterable[str]) -> list[tuple[int, int]]:
    """The ranges of resolution-7 cells, as numbers, below compacted cells: sorted, apart from each other.

    An H3 index counts its cells along the tree, so that everything below one cell is one range.

    Raises:
        Invalid: a cell is malformed or finer than resolution 7 (TOC-13001).
    """
    found: list[tuple[int, int]] = []
    for low, high in sorted(_span(_number(cell)) for cell in cells):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def _span(cell: int) -> tuple[int, int]:
    open_digits = RESOLUTION - h3int.get_resolution(cell)
    if open_digits < 0:
        raise _bad(f"A cell is finer than resolution {RESOLUTION}.", "cells")
    low = cell & ~(15 << 52) & ~(((1 << 3 * open_digits) - 1) << _DIGITS) | RESOLUTION << 52
    return low, low | int("6" * open_digits or "0", 8) << _DIGITS


def _number(cell: str) -> int:
    try:
        number = h3int.str_to_int(cell) if len(cell) == 15 and cell.isascii() and cell.isalnum() else 0
    except ValueError:
        number = 0
    if not h3int.is_valid_cell(number):
        raise _bad("A cell is not an H3 cell.", "cells")
    return number


def _bad(message: str, field: str) -> Invalid:
    remedy = f"Send 1 to {MOST_CELLS} H3 cells of resolution {RESOLUTION} in hex, a language tag and the address."
    return Invalid("TOC-13001", message, field=field, remedy=remedy)


class MemoryAddressBook:
    """A :class:`tocsin.core.ports.AddressBook` that lives as long as its process. Safe between threads."""

    def __init__(self) -> None:
        self._rows: dict[int, Subscription] = {}
        self._digests: dict[str, int] = {}
        self._last = 0
        self._lock = threading.RLock()

    def add(self, wish: Wish, at: datetime, *, confirm: bool = False) -> Subscription:
        """Keep a wish.

        Raises:
            Invalid: it is malformed (TOC-13001).
        """
        wish = checked(wish)
        digest = address_digest(wish.channel, address_text(wish.address))
        with self._lock:
            old = self._rows.get(self._digests.get(digest, 0))
            if old is not None and old.state == "active" and confirm:
                return old
            made = Subscription(
                id=old.id if old else self._next(),
                channel=wish.channel,
                address=dict(wish.address),
                cells=wish.cells,
                language=wish.language,
                level=wish.level,
                created=old.created if old else at,
                state="pending" if confirm else "active",
                token=old.token if old and not confirm else new_token(),
            )
            self._rows[made.id], self._digests[digest] = made, made.id
            return made

    def _next(self) -> int:
        self._last += 1
        return self._last

    def add_many(self, wishes: Iterable[Wish], at: datetime) -> int:
        """Keep many at once, active; how many were new.

        Raises:
            Invalid: one of them is malformed (TOC-13001).
        """
        before = self._last
        for wish in wishes:
            if self.find(wish.channel, wish.address) is None:
                self.add(wish, at)
        return self._last - before

    def confirm(self, token: str) -> Subscription | None:
        """Make it active; None when nobody has that token."""
        with self._lock:
            found = self.by_token(token)
            if found is not None:
                found = self._rows[found.id] = msgspec.structs.replace(found, state="active")
            return found

    def get(self, subscription_id: int) -> Subscription | None:
        """The subscription, or None."""
        return self._rows.get(subscription_id)

    def find(self, channel: str, address: Mapping[str, object]) -> Subscription | None:
        """The subscription of that address, or None."""
        return self._rows.get(self._digests.get(address_digest(channel, address_text(address)), 0))

    def by_token(self, token: str) -> Subscription | None:
        """The subscription whose holder was told that token, or None."""
        with self._lock:
            return next((one for one in self._rows.values() if token and one.token == token), None)

    def change(
        self,
        subscription_id: int,
        *,
        cells: Sequence[str] | None = None,
        language: str | None = None,
        level: Wanted | None = None,
    ) -> Subscription | None:
        """Change what is given; None when there is no such subscription, or it is gone.

        Raises:
            Invalid: a part is malformed (TOC-13001).
        """
        with self._lock:
            old = self._rows.get(subscription_id)
            if old is None or old.state == "gone":
                return None
            self._rows[old.id] = made = msgspec.structs.replace(
                old,
                cells=old.cells if cells is None else checked_cells(cells),
                language=old.language if language is None else checked_language(language),
                level=old.level if level is None else checked_level(level),
            )
            return made

    def remove(self, subscription_id: int) -> None:
        """Forget it altogether."""
        with self._lock:
            self._rows.pop(subscription_id, None)
            self._digests = {digest: one for digest, one in self._digests.items() if one != subscription_id}

    def prune(self, subscription_ids: Iterable[int], reason: str) -> None:
        """Erase address, cells and token of those that no longer answer."""
        with self._lock:
            for one in set(subscription_ids) & set(self._rows):
                if self._rows[one].state != "gone":
                    old = self._rows[one]
                    self.remove(one)
                    self._rows[one] = msgspec.structs.replace(
                        old, address={}, cells=(), language="", token="", state="gone", reason=reason
                    )

    def forget_pending(self, before: datetime) -> int:
        """Forget what was asked for before then and never confirmed; how many."""
        with self._lock:
            old = [one.id for one in self._rows.values() if one.state == "pending" and one.created < before]
            for one in old:
                self.remove(one)
        return len(old)

    def by_cells(
        self,
        channel: str,
        cells: Iterable[str],
        after: int = 0,
        limit: int | None = None,
        *,
        upto: int | None = None,
        level: Wanted = "alert",
    ) -> Iterator[Subscription]:
        """The active ones that a warning of that level in those cells concerns, once each, by increasing id.

        Raises:
            Invalid: a cell is malformed (TOC-13001).
        """
        ranges = spans(cells)
        ids = [
            one.id
            for one in self._active(channel, after)
            if (upto is None or one.id <= upto)
            and (level == "alert" or one.level == "pre_alert")
            and any(low <= h3int.str_to_int(cell) <= high for cell in one.cells for low, high in ranges)
        ]
        return self.by_ids(ids[:limit])

    def ids_by_cells(
        self, channel: str, cells: Iterable[str], after: int = 0, *, level: Wanted = "alert"
    ) -> Sequence[int]:
        """The ids alone of those whom :meth:`by_cells` gives.

        Raises:
            Invalid: a cell is malformed (TOC-13001).
        """
        return [one.id for one in self.by_cells(channel, cells, after, level=level)]

    def by_ids(self, subscription_ids: Iterable[int]) -> Iterator[Subscription]:
        """The active ones among these, in the order given."""
        found = (self._rows.get(one) for one in subscription_ids)
        return (one for one in found if one is not None and one.state == "active")

    def cells(self, channel: str, after: int = 0, *, level: Wanted = "alert") -> Iterator[tuple[int, tuple[str, ...]]]:
        """``(id, cells)`` of every active one with ``id > after`` whom that level concerns, by increasing id."""
        found = self._active(channel, after)
        return ((one.id, one.cells) for one in found if level in ("alert", one.level))

    def _active(self, channel: str, after: int) -> list[Subscription]:
        with self._lock:
            mine = [o for o in self._rows.values() if o.channel == channel and o.state == "active" and o.id > after]
        return sorted(mine, key=lambda one: one.id)

    def count_by_cell(self, channel: str) -> Mapping[str, int]:
        """How many active ones name each cell."""
        return Counter(cell for _, cells in self.cells(channel) for cell in cells)

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """How many there are by channel and state."""
        found: dict[str, Counter[str]] = {}
        with self._lock:
            for one in self._rows.values():
                found.setdefault(one.channel, Counter())[one.state] += 1
        return found
