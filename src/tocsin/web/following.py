"""Who is told by the channels, and how far that came; put here by whoever starts the process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tocsin.app.following import Following
from tocsin.web.desk import desk

if TYPE_CHECKING:
    from tocsin.core.delivery import Deliveries
    from tocsin.core.ports import AddressBook
    from tocsin.core.subscription import Subscription

Greet = Callable[["Subscription"], bool]
"""Writes to whoever has just asked to follow; whether a server took charge of it."""

_book: AddressBook | None = None
_deliveries: Deliveries | None = None
_greet: Greet | None = None


def set_following(
    book: AddressBook | None = None, deliveries: Deliveries | None = None, *, greet: Greet | None = None
) -> None:
    """Give the web door the address book and the state of deliveries; without them those of its own database serve.

    Without ``greet`` nobody can begin to follow by e-mail here.
    """
    global _book, _deliveries, _greet
    _book, _deliveries, _greet = book, deliveries, greet


def following() -> Following:
    """What a person can do to be told."""
    global _book  # noqa: PLW0603 - as above
    if _book is None:
        from tocsin.store.addresses import DjangoAddressBook

        _book = DjangoAddressBook()
    return Following(_book, desk().clock)


def deliveries() -> Deliveries:
    """How far notices came."""
    global _deliveries  # noqa: PLW0603 - as above
    if _deliveries is None:
        from tocsin.store.deliveries import DjangoDeliveries

        _deliveries = DjangoDeliveries()
    return _deliveries


def greet() -> Greet | None:
    """Writes to who has just asked to follow by e-mail; None where no mail server is set up."""
    return _greet
