"""The desks that this process acts through, put here by whoever starts the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.errors import Unavailable

if TYPE_CHECKING:
    from tocsin.app.desk import Desk
    from tocsin.app.shelters import ShelterDesk

_desk: Desk | None = None
_shelters: ShelterDesk | None = None


def set_desk(given: Desk | None, shelters: ShelterDesk | None = None) -> None:
    """Give the web door its desk, and that of the shelters; None takes them away.

    Without a desk of its own the shelter room is served over the same ledger, and no shelter has a place.
    """
    global _desk, _shelters
    _desk, _shelters = given, shelters


def desk() -> Desk:
    """The desk.

    Raises:
        Unavailable: none was given (TOC-8002).
    """
    if _desk is None:
        raise Unavailable(
            "TOC-8002",
            "The web door was started without a desk.",
            field="desk",
            remedy="Start it with `tocsin web` or `tocsin up`.",
        )
    return _desk


def shelters() -> ShelterDesk:
    """The desk of the shelter room.

    Raises:
        Unavailable: no desk was given (TOC-8002).
    """
    global _shelters  # noqa: PLW0603 - as above
    if _shelters is None:
        from tocsin.app.shelters import ShelterDesk

        _shelters = ShelterDesk(desk())
    return _shelters
