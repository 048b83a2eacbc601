"""What the doors say of the service itself: which ways to people are proven, and how fast people were warned."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.app.kept import Kept
from tocsin.app.letters import Letters
from tocsin.app.paths import Proof
from tocsin.app.service_times import ServiceTimes, take_all
from tocsin.core.errors import TocsinError
from tocsin.core.ports import Ledger
from tocsin.web.desk import desk

_times: tuple[Ledger, Kept[ServiceTimes]] | None = None


def times() -> ServiceTimes:
    """Every measured time up to the ledger's head.

    Raises:
        Unavailable: the ledger cannot be read.
    """
    global _times  # noqa: PLW0603 - kept as the ledger grows; another ledger begins anew
    ledger = desk().ledger
    if _times is None or _times[0] is not ledger:
        _times = (ledger, Kept(ServiceTimes(), take_all))
    return _times[1].caught_up(ledger)


def proofs() -> list[Proof]:
    """The last word on each way to people; none where the database does not say."""
    from tocsin.store.proofs import DjangoProofs

    try:
        return list(DjangoProofs().all())
    except TocsinError:
        return []


def letters() -> Letters:
    """What no worker could take."""
    from tocsin.store.letters import DjangoLetters

    return DjangoLetters()


def wall() -> datetime:
    """This machine's own time: ways are proven in it, also while a night is replayed."""
    return datetime.now(UTC)
