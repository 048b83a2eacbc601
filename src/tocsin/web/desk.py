"""The one desk that this process acts through, put here by whoever starts the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.errors import Unavailable

if TYPE_CHECKING:
    from tocsin.app.desk import Desk

_desk: Desk | None = None


def set_desk(given: Desk | None) -> None:
    """Give the web door its desk; None takes it away."""
    global _desk  # noqa: PLW0603 - one process, one desk; Django's views have no other way to be handed it
    _desk = given


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
