"""The seams: what the pure floors ask of the world. Adapters live in store, bus, channels; wiring plugs them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import BinaryIO, Protocol, TypeVar

import msgspec

from tocsin.core.event import Entry, Event
from tocsin.core.subscription import Subscription, Wanted, Wish

T = TypeVar("T")


class Clock(Protocol):
    """Reads the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Ids(Protocol):
    """Makes identifiers."""

    def new(self) -> str:
        """A fresh ULID."""
        ...


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A signed head of the ledger. ``signature``: Ed25519, base64, over the canonical JSON of the other fields."""

    origin: str
    seq: int
    hash: str
    at: datetime
    key: str
    signature: str = ""


class Reader(Protocol):
    """Reads a ledger."""

    def head(self) -> tuple[int, str]:
        """``(seq, hash)`` of the last entry; ``(0, GENESIS)`` of an empty ledger."""
        ...

    def read(self, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """Entries with ``seq > after`` in order."""
        ...


class Ledger(Reader, Protocol):
    """The one append-only book."""

    def transact(self, decide: Callable[[Reader], Sequence[Event]], *, first: bool = True) -> list[Entry]:
        """Run ``decide`` under the write lock and commit the events that it returns, durably, in one transaction.

        ``first``: somebody waits for it; what nobody waits for may have to let it pass.
        ``decide`` sees every committed entry through the reader. Whatever it raises leaves the ledger unchanged.
        When it returns no event nothing is written. An event whose ``id`` is already recorded is refused with
        ``Refused`` TOC-7005, and nothing of that transaction is kept.
        """
        ...

    def append(self, events: Sequence[Event], *, first: bool = True) -> list[Entry]:
        """``transact`` with a decision already taken."""
        ...

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed head."""
        ...

    def checkpoints(self) -> list[Checkpoint]:
        """Every kept checkpoint, oldest first."""
        ...


class Signer(Protocol):
    """Signs CAP bytes."""

    def sign_cap(self, unsigned: bytes) -> bytes:
        """The same message with an enveloped XML-DSig as the last child of ``alert``."""
        ...


class Files(Protocol):
    """Keeps files under the SHA-256 of their bytes, hex. Nobody but the custody of evidence reads them."""

    def put(self, sha256: str, source: BinaryIO) -> None:
        """Keep the bytes from the start of ``source`` durably; a file that is there already is not written again."""
        ...

    def open(self, sha256: str) -> BinaryIO | None:
        """The bytes as they are now, whatever they hash to, or None when they are not there."""
        ...

    def erase(self, sha256: str) -> None:
        """Forget the bytes; when they are not there nothing happens."""
        ...


class Vault(Protocol):
    """Keeps beside the ledger what may never stand in it: exact places, addresses, contacts, who is at home.

    A fact holds the reference alone. What is erased here leaves the chain whole.
    """

    def keep(self, kind: str, document: Mapping[str, object]) -> str:
        """Keep a JSON document durably; its new reference, random, which tells nothing of what it holds."""
        ...

    def open(self, reference: str) -> Mapping[str, object] | None:
        """The document, or None when it was erased or never kept."""
        ...

    def open_all(self, kind: str) -> Mapping[str, Mapping[str, object]]:
        """Every document of a kind by its reference."""
        ...

    def erase(self, reference: str) -> None:
        """Forget the document; the reference stays and opens to nothing."""
        ...


class AddressBook(Protocol):
    """Keeps who is to be warned, beside the ledger. What stands here is personal: no log, ledger or export holds it."""

    def add(self, wish: Wish, at: datetime, *, confirm: bool = False) -> Subscription:
        """Keep a wish durably; the same channel and address again is the same subscription, with the new wish.

        With ``confirm`` it is ``pending`` until :meth:`confirm`; asked again it gets a new token, and one that is
        active already stays as it is: whoever asks may not hold that address.
        """
        ...

    def add_many(self, wishes: Iterable[Wish], at: datetime) -> int:
        """Keep many at once, active; how many were new. An address that is known already stays as it is."""
        ...

    def confirm(self, token: str) -> Subscription | None:
        """Make it active; None when nobody has that token."""
        ...

    def get(self, subscription_id: int) -> Subscription | None:
        """The subscription, or None."""
        ...

    def find(self, channel: str, address: Mapping[str, object]) -> Subscription | None:
        """The subscription of that address, or None."""
        ...

    def by_token(self, token: str) -> Subscription | None:
        """The subscription whose holder was told that token, or None."""
        ...

    def change(
        self,
        subscription_id: int,
        *,
        cells: Sequence[str] | None = None,
        language: str | None = None,
        level: Wanted | None = None,
    ) -> Subscription | None:
        """Change what is given; None when there is no such subscription, or it is gone."""
        ...

    def remove(self, subscription_id: int) -> None:
        """Forget it altogether, as its holder wishes."""
        ...

    def prune(self, subscription_ids: Iterable[int], reason: str) -> None:
        """They no longer answer: erase address, cells and token; number, channel and reason stay, to be counted."""
        ...

    def forget_pending(self, before: datetime) -> int:
        """Forget what was asked for before then and never confirmed; how many."""
        ...

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

        ``cells`` may be compacted (resolution 7 and coarser); ``after < id <= upto``. They are the ones of the moment
        of the call; one that is gone before it is reached is left out.
        """
        ...

    def ids_by_cells(
        self, channel: str, cells: Iterable[str], after: int = 0, *, level: Wanted = "alert"
    ) -> Sequence[int]:
        """The ids alone of those whom :meth:`by_cells` gives, 8 bytes each."""
        ...

    def by_ids(self, subscription_ids: Iterable[int]) -> Iterator[Subscription]:
        """The active ones among these, in the order given."""
        ...

    def cells(self, channel: str, after: int = 0, *, level: Wanted = "alert") -> Iterator[tuple[int, tuple[str, ...]]]:
        """``(id, cells)`` of every active one with ``id > after`` whom that level concerns, by increasing id: to build
        an index from.
        """
        ...

    def count_by_cell(self, channel: str) -> Mapping[str, int]:
        """How many active ones name each cell."""
        ...

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """How many there are by channel and state."""
        ...


class ContextPool(Protocol):
    """Keeps encryption contexts that were prepared ahead, by subscription; each is given out once, ever."""

    def take(self, subscriptions: Sequence[int]) -> dict[int, bytes]:
        """One for each of these that has one. They are durably gone from the pool when this returns."""
        ...

    def lacking(self, subscriptions: Iterable[int], wanted: int) -> dict[int, int]:
        """How many each of these lacks of ``wanted``; those that lack none are left out."""
        ...

    def put(self, contexts: Mapping[int, Sequence[bytes]]) -> None:
        """Add fresh ones."""
        ...

    def forget(self, subscriptions: Iterable[int]) -> None:
        """Drop those of subscriptions that are gone."""
        ...
