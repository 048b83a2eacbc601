"""What the web door knows of Web Push: the book of addresses and the city's public key, put here at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.errors import Unavailable

if TYPE_CHECKING:
    from tocsin.channels._outside import Allowed
    from tocsin.core.ports import AddressBook

_book: AddressBook | None = None
_key = ""
_allowed: Allowed | None = None


def set_push(book: AddressBook | None, key: str = "", allowed: Allowed | None = None) -> None:
    """Give the web door the book, the city's public push key, and hosts that may be private; None takes them away."""
    global _book, _key, _allowed
    _book, _key, _allowed = book, key, allowed


def key() -> str:
    """The city's public key, base64url; "" where nobody can be pushed to."""
    return _key if _book is not None else ""


def allowed() -> Allowed | None:
    """Push services that may be private."""
    return _allowed


def book() -> AddressBook:
    """The book of addresses.

    Raises:
        Unavailable: there is none here (TOC-8002).
    """
    if _book is None or not _key:
        raise Unavailable(
            "TOC-8002",
            "Web Push is not set up here.",
            field="subscription",
            remedy="Whoever runs this site makes the key with `tocsin init`.",
        )
    return _book
