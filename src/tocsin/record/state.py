"""What the record room knows: ``fold(state, entry) -> state`` over its facts. Pure and immutable."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import immutables
import msgspec

from tocsin.core.event import Entry
from tocsin.core.folding import Folding
from tocsin.record import events as ev


class KnownBulletin(msgspec.Struct, frozen=True, kw_only=True):
    """A published revision of a bulletin and its place in the ledger."""

    bulletin: ev.BulletinPublished
    entry: int
    at: datetime


class KnownRevision(msgspec.Struct, frozen=True, kw_only=True):
    """An editor's revision and its place in the ledger."""

    words: ev.PageRevised
    entry: int
    at: datetime


class KnownCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """A correction and its place in the ledger."""

    correction: ev.CorrectionPublished
    entry: int
    at: datetime


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The page of one local day, with all its revisions, oldest first. ``withdrawn``: the reason, or ""."""

    page: str
    bulletins: tuple[KnownBulletin, ...] = ()
    revisions: tuple[KnownRevision, ...] = ()
    corrections: tuple[KnownCorrection, ...] = ()
    withdrawn: str = ""
    withdrawn_at: datetime | None = None
    entry: int = 0

    @property
    def words(self) -> ev.PageRevised | None:
        """The words that stand now."""
        return self.revisions[-1].words if self.revisions else None


class KnownCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """A declared gap and its place in the ledger."""

    coverage: ev.CoverageDeclared
    entry: int


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """An imported history and its place in the ledger."""

    history: ev.HistoryImported
    entry: int
    at: datetime


class RecordState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything folded up to entry ``seq``.

    Attributes:
        began: when the first entry of the ledger was made.
        pages: permalink → page.
        coverage: area or region → what was declared of it, oldest first.
        datasets: name → the newest import under it.
        corrections: all of them, oldest first.
    """

    seq: int = 0
    at: datetime | None = None
    began: datetime | None = None
    pages: immutables.Map[str, Page] = msgspec.field(default_factory=immutables.Map)
    coverage: immutables.Map[str, tuple[KnownCoverage, ...]] = msgspec.field(default_factory=immutables.Map)
    datasets: immutables.Map[str, Dataset] = msgspec.field(default_factory=immutables.Map)
    corrections: tuple[KnownCorrection, ...] = ()


_with = msgspec.structs.replace


class _Folding(Folding[RecordState]):
    def fold(self, state: RecordState, entry: Entry) -> RecordState:
        return _with(super().fold(state, entry), began=state.began or entry.event.at)


_folding = _Folding("record.")
_on, fold, fold_all = _folding.on, _folding.fold, _folding.fold_all


def _page(state: RecordState, page: str, entry: Entry, **changes: Any) -> RecordState:
    known = state.pages.get(page) or Page(page=page)
    return _with(state, pages=state.pages.set(page, _with(known, entry=entry.seq, **changes)))


def _own(state: RecordState, page: str) -> Page:
    return state.pages.get(page) or Page(page=page)


@_on(ev.BulletinPublished)
def _bulletin(state: RecordState, fact: ev.BulletinPublished, entry: Entry) -> RecordState:
    made = KnownBulletin(bulletin=fact, entry=entry.seq, at=entry.event.at)
    return _page(state, fact.page, entry, bulletins=(*_own(state, fact.page).bulletins, made))


@_on(ev.PageRevised)
def _revised(state: RecordState, fact: ev.PageRevised, entry: Entry) -> RecordState:
    made = KnownRevision(words=fact, entry=entry.seq, at=entry.event.at)
    return _page(state, fact.page, entry, revisions=(*_own(state, fact.page).revisions, made))


@_on(ev.PageWithdrawn)
def _withdrawn(state: RecordState, fact: ev.PageWithdrawn, entry: Entry) -> RecordState:
    return _page(state, fact.page, entry, withdrawn=fact.reason, withdrawn_at=entry.event.at)


@_on(ev.PageRestored)
def _restored(state: RecordState, fact: ev.PageRestored, entry: Entry) -> RecordState:
    return _page(state, fact.page, entry, withdrawn="", withdrawn_at=None)


@_on(ev.CorrectionPublished)
def _corrected(state: RecordState, fact: ev.CorrectionPublished, entry: Entry) -> RecordState:
    made = KnownCorrection(correction=fact, entry=entry.seq, at=entry.event.at)
    state = _page(state, fact.page, entry, corrections=(*_own(state, fact.page).corrections, made))
    return _with(state, corrections=(*state.corrections, made))


@_on(ev.CoverageDeclared)
def _coverage(state: RecordState, fact: ev.CoverageDeclared, entry: Entry) -> RecordState:
    known = (*state.coverage.get(fact.area, ()), KnownCoverage(coverage=fact, entry=entry.seq))
    return _with(state, coverage=state.coverage.set(fact.area, known))


@_on(ev.HistoryImported)
def _history(state: RecordState, fact: ev.HistoryImported, entry: Entry) -> RecordState:
    made = Dataset(history=fact, entry=entry.seq, at=entry.event.at)
    return _with(state, datasets=state.datasets.set(fact.dataset, made))
