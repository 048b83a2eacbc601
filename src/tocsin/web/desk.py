"""The desks that this process acts through, put here by whoever starts the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

_desk: Desk | None = None
_shelters: ShelterDesk | None = None
_vault: Vault | None = None
_reports: ReportDesk | None = None
_evidence: EvidenceRoom | None = None
_publication: Publication | None = None
_repairs: RepairDesk | None = None
_record: RecordDesk | None = None
_reach: Reach | None = None


def set_desk(
    given: Desk | None,
    shelters: ShelterDesk | None = None,
    *,
    vault: Vault | None = None,
    repairs: RepairDesk | None = None,
) -> None:
    """Give the web door its desk, those of shelters and repair, and the vault; None takes them away.

    Without a desk of its own the shelter room is served over the same ledger, and no shelter has a place. Without a
    vault what is sealed lives as long as the process. Without a desk of its own repair follows the default policy.
    """
    global _desk, _shelters, _vault, _reports, _repairs
    _desk, _shelters, _vault, _reports, _repairs = given, shelters, vault, None, repairs
    set_evidence(None)
    set_record(None)
    set_reach(None)


def set_record(given: RecordDesk | None) -> None:
    """Give the web door the desk of the record. Without one, imported histories live as long as the process."""
    global _record  # noqa: PLW0603 - as above
    _record = given


def set_reach(given: Reach | None) -> None:
    """Give the web door what counts subscriptions. Without one no page speaks of them."""
    global _reach  # noqa: PLW0603 - as above
    _reach = given


def set_evidence(room: EvidenceRoom | None, policy: Publication | None = None) -> None:
    """Give the web door the custody of evidence and the publication policy.

    Without them files lie in the home folder, and the policy's defaults hold.
    """
    global _evidence, _publication
    _evidence, _publication = room, policy


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


def reach() -> Reach | None:
    """What counts the subscriptions that a warning would concern, if there is one."""
    return _reach


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


def vault() -> Vault:
    """What is kept beside the ledger and may be erased."""
    global _vault  # noqa: PLW0603 - as above
    if _vault is None:
        from tocsin.app.memory_vault import MemoryVault

        _vault = MemoryVault()
    return _vault


def reports() -> ReportDesk:
    """The desk of the report room, over the same ledger and vault.

    Raises:
        Unavailable: no desk was given (TOC-8002).
    """
    global _reports  # noqa: PLW0603 - as above
    if _reports is None:
        from tocsin.app.report import ReportDesk

        _reports = ReportDesk(desk(), vault())
    return _reports


def evidence() -> EvidenceRoom:
    """Where files of evidence are taken in and given out."""
    global _evidence  # noqa: PLW0603 - as above
    if _evidence is None:
        from pathlib import Path

        from django.conf import settings

        from tocsin.store.evidence import EvidenceRoom
        from tocsin.store.files import FolderFiles

        _evidence = EvidenceRoom(FolderFiles(Path(settings.TOCSIN_RUN).parent / "evidence"))
    return _evidence


def publication() -> Publication:
    """What becomes public when, and how coarse."""
    global _publication  # noqa: PLW0603 - as above
    if _publication is None:
        from tocsin.app.publication import Publication

        _publication = Publication()
    return _publication


def repairs() -> RepairDesk:
    """The desk of the repair room, over the same ledger and vault.

    Raises:
        Unavailable: no desk was given (TOC-8002).
    """
    global _repairs  # noqa: PLW0603 - as above
    if _repairs is None:
        from tocsin.app.repair import RepairDesk

        _repairs = RepairDesk(desk(), vault())
    return _repairs


def record() -> RecordDesk:
    """The desk of the record room, over the same ledger.

    Raises:
        Unavailable: no desk was given (TOC-8002).
    """
    global _record  # noqa: PLW0603 - as above
    if _record is None:
        from tocsin.app.record import RecordDesk

        _record = RecordDesk(desk(), reports(), repairs(), publication=publication())
    return _record
