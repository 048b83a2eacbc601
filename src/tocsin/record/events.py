"""The facts of the record room: what was published, in which wording, and what was changed about it afterwards."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

import msgspec

from tocsin.core.event import Fact, fact_type

Coverage = Literal["covered", "no_coverage", "occupied", "permanent_alert", "unknown"]


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence of a bulletin with the ledger entries behind it and the sources that said so."""

    text: str
    entries: tuple[int, ...]
    sources: tuple[str, ...] = ()


class Quirk(msgspec.Struct, frozen=True, kw_only=True):
    """Something odd in an imported file: how often, in which rows first (from 1), and what was done about it."""

    name: str
    count: int
    rows: tuple[int, ...] = ()
    done: str


class PageFact(Fact, frozen=True, kw_only=True):
    """A fact about the public page of one night. ``page``: its permalink, e.g. ``2024-01-05``."""

    page: str

    def subject(self) -> str:
        """``page/PERMALINK``."""
        return f"page/{self.page}"


@fact_type
class BulletinPublished(PageFact, frozen=True, kw_only=True):
    """A bulletin, written from the record up to entry ``as_of``. ``revision`` from 1; a later one says why."""

    KIND: ClassVar[str] = "record.bulletin_published"
    revision: int
    as_of: int
    sentences: dict[str, tuple[Sentence, ...]]
    rule: str
    reason: str = ""


@fact_type
class PageRevised(PageFact, frozen=True, kw_only=True):
    """An editor's words beside the bulletin, as a new revision: title, note, tags. Language tag → text."""

    KIND: ClassVar[str] = "record.page_revised"
    revision: int
    title: dict[str, str] = msgspec.field(default_factory=dict)
    note: dict[str, str] = msgspec.field(default_factory=dict)
    tags: tuple[str, ...] = ()
    reason: str = ""


@fact_type
class PageWithdrawn(PageFact, frozen=True, kw_only=True):
    """The page says from here on only that it was withdrawn, and why. Nothing is erased."""

    KIND: ClassVar[str] = "record.page_withdrawn"
    reason: str


@fact_type
class PageRestored(PageFact, frozen=True, kw_only=True):
    """It is shown again."""

    KIND: ClassVar[str] = "record.page_restored"
    reason: str


@fact_type
class CorrectionPublished(PageFact, frozen=True, kw_only=True):
    """Something that was public was wrong. Before, after and why, by language."""

    KIND: ClassVar[str] = "record.correction_published"
    correction_id: str
    before: dict[str, str]
    after: dict[str, str]
    reason: dict[str, str]
    entries: tuple[int, ...] = ()


@fact_type
class CoverageDeclared(Fact, frozen=True, kw_only=True):
    """From when to when (UTC; None is open) an area was not, or not quite, covered. It greys streaks."""

    KIND: ClassVar[str] = "record.coverage_declared"
    area: str
    start: datetime
    end: datetime | None = None
    coverage: Coverage
    reason: str

    def subject(self) -> str:
        """``area/ID``."""
        return f"area/{self.area}"


@fact_type
class HistoryImported(Fact, frozen=True, kw_only=True):
    """Alerts of another system were taken over. The rows are kept beside the ledger under their digest.

    Attributes:
        dataset: its name here, e.g. ``ukraine-official``.
        sha256: of the file as it came.
        rows_sha256: of the rows as they are kept, in canonical form; what is shown hashes to it.
        rows, kept: how many came, how many count.
        first, last: local civil dates of the first and last alert.
    """

    KIND: ClassVar[str] = "record.history_imported"
    dataset: str
    form: str
    zone: str
    sha256: str
    rows_sha256: str
    rows: int
    kept: int
    first: date | None = None
    last: date | None = None
    licence: str = ""
    source: str
    quirks: tuple[Quirk, ...] = ()

    def subject(self) -> str:
        """``dataset/NAME``."""
        return f"dataset/{self.dataset}"


Purpose = Literal["command", "ledger", "cap"]
"""What a key of the city signs: commands to sirens, heads of the ledger, CAP messages."""


@fact_type
class KeyChanged(Fact, frozen=True, kw_only=True):
    """From here on the city signs with another key. The old key says so, and the new one that it is the new one.

    Attributes:
        origin: the ledger's name, as in checkpoints.
        old, new: key ids, 16 hex digits of the SHA-256 of the public half.
        old_public, new_public: base64 of 32 raw bytes (Ed25519); for CAP of the certificate in DER.
        signature, accepted: base64, by the old and by the new key, over ``key_change.statement``.
    """

    KIND: ClassVar[str] = "record.key_changed"
    purpose: Purpose
    origin: str
    old: str
    new: str
    old_public: str
    new_public: str
    signature: str
    accepted: str

    def subject(self) -> str:
        """``key/PURPOSE``."""
        return f"key/{self.purpose}"


@fact_type
class KeyRetired(Fact, frozen=True, kw_only=True):
    """The private half of a key was removed here. Whoever learns of this accepts nothing new that it signs."""

    KIND: ClassVar[str] = "record.key_retired"
    purpose: Purpose
    key: str

    def subject(self) -> str:
        """``key/PURPOSE``."""
        return f"key/{self.purpose}"


@fact_type
class DataErased(Fact, frozen=True, kw_only=True):
    """Personal data was erased. Nothing of it is said here.

    Attributes:
        what: ``need``, ``report``, ``evidence`` or ``officer``.
        of: the id that the ledger knows it by.
        digest: SHA-256 over the canonical JSON of the sorted references into the vault and hashes of files that were
            erased. All of them stand in earlier entries, so that anybody can say whether an entry is meant.
        documents, files: how many of each.
        rule: ``request``, or the rule of the publication policy by which its time had come, with its value.
    """

    KIND: ClassVar[str] = "record.data_erased"
    what: Literal["need", "report", "evidence", "officer"]
    of: str
    digest: str
    documents: int
    files: int
    rule: str

    def subject(self) -> str:
        """``erased/WHAT/ID``."""
        return f"erased/{self.what}/{self.of}"
