"""What the record room can be told to do."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.record.events import Coverage, CoverageDeclared, HistoryImported, Sentence


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every command."""


class PublishBulletin(Command, frozen=True, kw_only=True):
    """Publish a bulletin as the page's next revision. ``as_of``: the last entry it was written from."""

    page: str
    as_of: int
    sentences: dict[str, tuple[Sentence, ...]]
    rule: str
    reason: str = ""


class RevisePage(Command, frozen=True, kw_only=True):
    """Put words beside the bulletin, as a new revision. ``revision``: the one that the editor saw; None: any."""

    page: str
    title: dict[str, str] = msgspec.field(default_factory=dict)
    note: dict[str, str] = msgspec.field(default_factory=dict)
    tags: tuple[str, ...] = ()
    reason: str = ""
    revision: int | None = None


class WithdrawPage(Command, frozen=True, kw_only=True):
    """Show of the page only that it was withdrawn, and why."""

    page: str
    reason: str


class RestorePage(Command, frozen=True, kw_only=True):
    """Show it again."""

    page: str
    reason: str


class PublishCorrection(Command, frozen=True, kw_only=True):
    """Say what was public and wrong: before, after and why, by language."""

    page: str
    correction_id: str
    before: dict[str, str]
    after: dict[str, str]
    reason: dict[str, str]
    entries: tuple[int, ...] = ()


class DeclareCoverage(Command, frozen=True, kw_only=True):
    """Say from when to when an area, or a region of an imported history, was not or not quite covered."""

    area: str
    start: datetime
    end: datetime | None = None
    coverage: Coverage
    reason: str


class TakeHistory(Command, frozen=True, kw_only=True):
    """Take over an imported history whose rows are kept already. The same file again changes nothing."""

    history: HistoryImported
    coverage: tuple[CoverageDeclared, ...] = ()
