"""The desks that this process acts through, put here by whoever starts the process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tocsin.core.errors import Unavailable

if TYPE_CHECKING:
    from tocsin.app.desk import Desk
    from tocsin.app.publication import Publication
    from tocsin.app.record import RecordDesk
    from tocsin.app.repair import RepairDesk
    from tocsin.app.report import ReportDesk
    from tocsin.app.shelters import ShelterDesk
    from tocsin.core.ports import Vault
    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.reach import Reach

_held: dict[str, Any] = {}
"""What was given to this process, and what was made over it, by the name of the function that gives it."""

T = TypeVar("T")


def set_desk(
    given: Desk | None,
    shelters: ShelterDesk | None = None,
    *,
    vault: Vault | None = None,
    repairs: RepairDesk | None = None,
    reports: ReportDesk | None = None,
) -> None:
    """Give the web door its desk, those of shelters, repair and reports, and the vault; None takes everything away.

    Without a desk of its own the shelter room is served over the same ledger, and no shelter has a place, and repair
    follows the default policy. Without a vault the rooms that seal something are refused.
    """
    _held.clear()
    _give(desk=given, shelters=shelters, vault=vault, repairs=repairs, reports=reports)


def set_record(given: RecordDesk | None) -> None:
    """Give the web door the desk of the record. Without one, imported histories live as long as the process."""
    _give(record=given)


def set_reach(given: Reach | None) -> None:
    """Give the web door what counts subscriptions. Without one no page speaks of them."""
    _give(reach=given)


def set_evidence(room: EvidenceRoom | None, policy: Publication | None = None) -> None:
    """Give the web door the custody of evidence and the publication policy.

    Without them files lie in the home folder, and the policy's defaults hold.
    """
    _give(evidence=room, publication=policy)


def _give(**given: object) -> None:
    for name, one in given.items():
        _held.pop(name, None)
        if one is not None:
            _held[name] = one


def _given(name: str, what: str) -> Any:
    """What was given under a name.

    Raises:
        Unavailable: nothing was (TOC-8002).
    """
    if name not in _held:
        raise Unavailable(
            "TOC-8002",
            f"The web door was started without {what}.",
            field=name,
            remedy="Start it with `tocsin web` or `tocsin up`.",
        )
    return _held[name]


def _made(name: str, make: Callable[[], T]) -> T:
    """What was given under a name, else what ``make`` makes of the others, once."""
    if name not in _held:
        _held[name] = make()
    return cast(T, _held[name])


def desk() -> Desk:
    """The desk.

    Raises:
        Unavailable: none was given (TOC-8002).
    """
    return cast("Desk", _given("desk", "a desk"))


def vault() -> Vault:
    """What is kept beside the ledger and may be erased.

    Raises:
        Unavailable: none was given (TOC-8002). Nothing personal is ever kept where nobody meant it to be.
    """
    return cast("Vault", _given("vault", "a vault"))


def reach() -> Reach | None:
    """What counts subscriptions in reach of areas; None where nobody gave one."""
    return _held.get("reach")


def shelters() -> ShelterDesk:
    """The desk of the shelter room; it raises as :func:`desk` does."""
    from tocsin.app.shelters import ShelterDesk

    return _made("shelters", lambda: ShelterDesk(desk()))


def reports() -> ReportDesk:
    """The desk of the report room, over the same ledger and vault; it raises as those do."""
    from tocsin.app.report import ReportDesk

    return _made("reports", lambda: ReportDesk(desk(), vault()))


def evidence() -> EvidenceRoom:
    """Where files of evidence are taken in and given out."""
    from django.conf import settings

    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.files import FolderFiles

    return _made("evidence", lambda: EvidenceRoom(FolderFiles(Path(settings.TOCSIN_RUN).parent / "evidence")))


def publication() -> Publication:
    """What becomes public when, and how coarse."""
    from tocsin.app.publication import Publication

    return _made("publication", Publication)


def repairs() -> RepairDesk:
    """The desk of the repair room, over the same ledger and vault; it raises as those do."""
    from tocsin.app.repair import RepairDesk

    return _made("repairs", lambda: RepairDesk(desk(), vault()))


def record() -> RecordDesk:
    """The desk of the record room, over the same ledger; it raises as those of report and repair do."""
    from tocsin.app.record import RecordDesk

    return _made("record", lambda: RecordDesk(desk(), reports(), repairs(), publication=publication()))
