"""The seams: what the pure floors ask of the world. Adapters live in store, bus, channels; wiring plugs them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import BinaryIO, Protocol, TypeVar

import msgspec

from tocsin.core.event import Entry, Event

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

    def transact(self, decide: Callable[[Reader], Sequence[Event]]) -> list[Entry]:
        """Run ``decide`` under the write lock and commit the events that it returns, durably, in one transaction.

        ``decide`` sees every committed entry through the reader. Whatever it raises leaves the ledger unchanged.
        When it returns no event nothing is written. An event whose ``id`` is already recorded is refused with
        ``Refused`` TOC-7005, and nothing of that transaction is kept.
        """
        ...

    def append(self, events: Sequence[Event]) -> list[Entry]:
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
