"""What the warn room knows: ``fold(state, entry) -> state`` over its facts. Pure and immutable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import immutables
import msgspec

from tocsin.core.area import AreaTree
from tocsin.core.event import Entry
from tocsin.core.folding import Folding, listed, moved
from tocsin.warn import drill_events as drills
from tocsin.warn import events as ev

Status = Literal["draft", "live", "ended", "discarded"]

UNOBSERVED: tuple[ev.EndKind, ...] = ("expired", "imputed", "superseded")
"""Ends that nobody saw: they are shown until something observed replaces them (R2, R4)."""


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Who agreed to which bytes, and when."""

    by: str
    sha256: str
    at: datetime


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """One warning from draft to end. ``messages``: those sent, oldest first; ``written``: the entry of its draft."""

    id: str
    status: Status
    origin: str
    author: str
    content: ev.Content
    message: ev.Message
    drafted_at: datetime
    edited_at: datetime
    written: int = 0
    sources: tuple[ev.WarningSource, ...] = ()
    approvals: tuple[Approval, ...] = ()
    supersedes: str = ""
    escalated: int = 0
    rule: str = ""
    issued_at: datetime | None = None
    issued_by: str = ""
    updated_at: datetime | None = None
    expires: datetime | None = None
    correction: ev.Message | None = None
    messages: tuple[ev.Message, ...] = ()
    cleared: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()
    end: ev.EndKind | None = None
    end_reason: str = ""
    ended_at: datetime | None = None
    superseded_by: str = ""
    flash: bool = False


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How the last warning of an area ended."""

    kind: ev.EndKind
    at: datetime
    warning_id: str


class SirenState(msgspec.Struct, frozen=True, kw_only=True):
    """A siren, the last command handed over for it, what it last measured, and the command it last sounded for."""

    siren: ev.Siren
    command: ev.SirenCommanded | None = None
    commanded_at: datetime | None = None
    report: ev.SirenReported | None = None
    sounded: str = ""
    silent_since: datetime | None = None


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """An exercise."""

    id: str
    exercise: str
    areas: tuple[str, ...]
    headline: dict[str, str]
    instruction: dict[str, str]
    message: drills.DrillMessage
    started_at: datetime
    expires: datetime
    ended_at: datetime | None = None


def detection_key(source: str, detection_id: str, *, trusted: bool) -> str:
    """Under what it is known (no part holds a space). Forging an id first must not make the true one a repetition."""
    return f"{source} {detection_id}" if trusted else f"{source} {detection_id} untrusted"


class WarnState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything folded up to entry ``seq``.

    Attributes:
        ground: the entry that last defined an area.
        threads: every warning by id; ``drafts`` and ``live`` name those in that status.
        naming: area id → the drafts and live warnings that name it, or had a part of it cleared: see ``warn.around``.
        siren_areas: area id → the sirens that stand in it.
        detections: :func:`detection_key` of every detection recorded → when.
        unknown, ended: area id (as named by the warning) → why nothing is known of it; its last end.
        break_glass: officer → until when it may issue alone.
        partner_messages: identity triples already taken in.
    """

    seq: int = 0
    at: datetime | None = None
    areas: AreaTree = msgspec.field(default_factory=AreaTree)
    ground: int = 0
    sirens: immutables.Map[str, SirenState] = msgspec.field(default_factory=immutables.Map)
    threads: immutables.Map[str, Thread] = msgspec.field(default_factory=immutables.Map)
    drafts: frozenset[str] = frozenset()
    live: frozenset[str] = frozenset()
    naming: immutables.Map[str, frozenset[str]] = msgspec.field(default_factory=immutables.Map)
    siren_areas: immutables.Map[str, frozenset[str]] = msgspec.field(default_factory=immutables.Map)
    drills: immutables.Map[str, Drill] = msgspec.field(default_factory=immutables.Map)
    detections: immutables.Map[str, datetime] = msgspec.field(default_factory=immutables.Map)
    unknown: immutables.Map[str, str] = msgspec.field(default_factory=immutables.Map)
    ended: immutables.Map[str, Ended] = msgspec.field(default_factory=immutables.Map)
    break_glass: immutables.Map[str, datetime] = msgspec.field(default_factory=immutables.Map)
    partner_messages: immutables.Map[str, str] = msgspec.field(default_factory=immutables.Map)

    def live_threads(self) -> list[Thread]:
        """Warnings in force, oldest first."""
        return sorted((self.threads[i] for i in self.live), key=since_issue)

    def draft_threads(self) -> list[Thread]:
        """Drafts that wait, oldest first."""
        return sorted((self.threads[i] for i in self.drafts), key=lambda t: (t.drafted_at, t.id))


def since_issue(thread: Thread) -> tuple[datetime, str]:
    """The order of warnings in force, oldest first."""
    return thread.issued_at or thread.drafted_at, thread.id


_with, _folding = msgspec.structs.replace, Folding[WarnState]()
_on, fold, fold_all = _folding.on, _folding.fold, _folding.fold_all


def _named(thread: Thread) -> tuple[str, ...]:
    """Under which areas an open warning is found."""
    return (*thread.content.areas, *thread.parted) if thread.status in ("draft", "live") else ()


def _thread(state: WarnState, thread_id: str, **changes: Any) -> WarnState:
    """Change one thread and keep the indexes of drafts, live warnings and the areas that they name true."""
    old = state.threads[thread_id]
    thread = _with(old, **changes)
    return _with(
        state,
        threads=state.threads.set(thread_id, thread),
        naming=moved(state.naming, thread_id, _named(old), _named(thread)),
        drafts=listed(state.drafts, thread_id, belongs=thread.status == "draft"),
        live=listed(state.live, thread_id, belongs=thread.status == "live"),
    )


@_on(ev.AreaDefined)
def _area_defined(state: WarnState, fact: ev.AreaDefined, entry: Entry) -> WarnState:
    return _with(state, areas=state.areas.with_area(fact.area), ground=entry.seq)


@_on(ev.AreaUnknown)
def _area_unknown(state: WarnState, fact: ev.AreaUnknown, _entry: Entry) -> WarnState:
    return _with(state, unknown=state.unknown.set(fact.area_id, fact.reason))


@_on(ev.AreaKnown)
def _area_known(state: WarnState, fact: ev.AreaKnown, _entry: Entry) -> WarnState:
    if fact.area_id not in state.unknown:
        return state
    return _with(state, unknown=state.unknown.delete(fact.area_id))


def _siren(state: WarnState, siren_id: str, **changes: Any) -> WarnState:
    known = state.sirens.get(siren_id)
    if known is None:  # a report of a siren that was never registered moves nothing
        return state
    return _with(state, sirens=state.sirens.set(siren_id, _with(known, **changes)))


@_on(ev.SirenRegistered)
def _siren_registered(state: WarnState, fact: ev.SirenRegistered, _entry: Entry) -> WarnState:
    old = state.sirens.get(fact.siren_id)
    known = old or SirenState(siren=fact.siren)
    return _with(
        state,
        sirens=state.sirens.set(fact.siren_id, _with(known, siren=fact.siren)),
        siren_areas=moved(state.siren_areas, fact.siren_id, (old.siren.area,) if old else (), (fact.siren.area,)),
    )


@_on(ev.SirenCommanded)
def _siren_commanded(state: WarnState, fact: ev.SirenCommanded, entry: Entry) -> WarnState:
    return _siren(state, fact.siren_id, command=fact, commanded_at=entry.event.at, silent_since=None)


@_on(ev.SirenReported)
def _siren_reported(state: WarnState, fact: ev.SirenReported, entry: Entry) -> WarnState:
    known = state.sirens.get(fact.siren_id)
    if known is None or (known.report and fact.measured_at < known.report.measured_at <= entry.event.at):
        return state  # a late report hides no newer one; one that lies ahead was measured before the clock went back
    sounding = fact.command_id if fact.state == "sounding" and fact.command_id else known.sounded
    return _siren(state, fact.siren_id, report=fact, sounded=sounding)


@_on(ev.SirenSilent)
def _siren_silent(state: WarnState, fact: ev.SirenSilent, entry: Entry) -> WarnState:
    return _siren(state, fact.siren_id, silent_since=entry.event.at)


@_on(ev.DetectionRecorded)
def _detection(state: WarnState, fact: ev.DetectionRecorded, entry: Entry) -> WarnState:
    key = detection_key(fact.detection.source, fact.detection.id, trusted=fact.detection.trusted)
    return _with(state, detections=state.detections.set(key, entry.event.at))


@_on(ev.WarningDrafted)
def _drafted(state: WarnState, fact: ev.WarningDrafted, entry: Entry) -> WarnState:
    thread = Thread(
        id=fact.warning_id,
        status="draft",
        origin=fact.origin,
        author=fact.author,
        content=fact.content,
        message=fact.message,
        correction=fact.correction,
        drafted_at=entry.event.at,
        edited_at=entry.event.at,
        written=entry.seq,
        sources=fact.sources,
        supersedes=fact.supersedes,
    )
    old = state.threads.get(thread.id)
    return _with(
        state,
        threads=state.threads.set(thread.id, thread),
        drafts=state.drafts | {thread.id},
        naming=moved(state.naming, thread.id, _named(old) if old else (), _named(thread)),
    )


@_on(ev.WarningConfirmed)
def _confirmed(state: WarnState, fact: ev.WarningConfirmed, _entry: Entry) -> WarnState:
    return _thread(state, fact.warning_id, sources=(*state.threads[fact.warning_id].sources, fact.source))


@_on(ev.WarningEdited)
def _edited(state: WarnState, fact: ev.WarningEdited, entry: Entry) -> WarnState:
    return _thread(
        state,
        fact.warning_id,
        author=fact.author,
        content=fact.content,
        message=fact.message,
        correction=fact.correction,
        edited_at=entry.event.at,
        written=entry.seq,
        approvals=(),
    )


@_on(ev.WarningApproved)
def _approved(state: WarnState, fact: ev.WarningApproved, entry: Entry) -> WarnState:
    approval = Approval(by=fact.by, sha256=fact.sha256, at=entry.event.at)
    return _thread(state, fact.warning_id, approvals=(*state.threads[fact.warning_id].approvals, approval))


@_on(ev.WarningIssued)
def _issued(state: WarnState, fact: ev.WarningIssued, entry: Entry) -> WarnState:
    ended = state.ended
    for area in {a for a in fact.content.areas if a in ended and ended[a].kind not in UNOBSERVED}:
        ended = ended.delete(area)
    return _thread(
        _with(state, ended=ended),
        fact.warning_id,
        status="live",
        rule=fact.rule,
        content=fact.content,
        message=fact.message,
        messages=(fact.message,),
        correction=fact.correction or state.threads[fact.warning_id].correction,
        issued_at=entry.event.at,
        issued_by=entry.event.actor,
        updated_at=entry.event.at,
        expires=fact.expires,
        supersedes=fact.supersedes,
    )


@_on(ev.WarningUpdated)
def _updated(state: WarnState, fact: ev.WarningUpdated, entry: Entry) -> WarnState:
    thread = state.threads[fact.warning_id]
    return _thread(
        state,
        thread.id,
        content=fact.content,
        message=fact.message,
        messages=(*thread.messages, fact.message),
        correction=fact.correction,
        updated_at=entry.event.at,
        expires=fact.expires,
    )


def _end_areas(state: WarnState, thread: Thread, areas: Iterable[str], kind: ev.EndKind, at: datetime) -> WarnState:
    named = set(areas)
    unseen = {area for area, end in state.ended.items() if end.kind in UNOBSERVED}
    if kind in ("cancelled", "manual"):  # neither tells how an earlier danger ended that nobody saw end (R4)
        named -= unseen
    if kind == "all_clear":  # what is observed of a wider area replaces, below it, ends that nobody observed (R4)
        named |= unseen & state.areas.closure(named)
    return _with(state, ended=state.ended.update(dict.fromkeys(named, Ended(kind=kind, at=at, warning_id=thread.id))))


@_on(ev.WarningPartlyCleared)
def _partly(state: WarnState, fact: ev.WarningPartlyCleared, entry: Entry) -> WarnState:
    thread = state.threads[fact.warning_id]
    state = _end_areas(state, thread, fact.areas, "all_clear", entry.event.at)
    return _thread(
        state,
        thread.id,
        content=_with(thread.content, areas=fact.remaining),
        cleared=(*thread.cleared, *fact.areas),
        parted=tuple(sorted({*thread.parted, *fact.parted})),
        message=fact.message,
        messages=(*thread.messages, fact.message),
        updated_at=entry.event.at,
    )


@_on(ev.WarningEnded)
def _ended(state: WarnState, fact: ev.WarningEnded, entry: Entry) -> WarnState:
    thread = state.threads[fact.warning_id]
    if fact.end != "superseded":  # what supersedes it is in force in the same areas
        state = _end_areas(state, thread, {*thread.content.areas, *thread.parted}, fact.end, entry.event.at)
    return _thread(
        state,
        thread.id,
        status="ended",
        end=fact.end,
        end_reason=fact.reason,
        ended_at=entry.event.at,
        superseded_by=fact.superseded_by,
        flash=fact.flash,
        messages=thread.messages if fact.message is None else (*thread.messages, fact.message),
    )


@_on(ev.DraftDiscarded)
def _discarded(state: WarnState, fact: ev.DraftDiscarded, entry: Entry) -> WarnState:
    return _thread(state, fact.warning_id, status="discarded", end_reason=fact.reason, ended_at=entry.event.at)


@_on(ev.DraftEscalated)
def _escalated(state: WarnState, fact: ev.DraftEscalated, _entry: Entry) -> WarnState:
    return _thread(state, fact.warning_id, escalated=fact.step)


@_on(ev.BreakGlassOpened)
def _break_glass(state: WarnState, fact: ev.BreakGlassOpened, _entry: Entry) -> WarnState:
    return _with(state, break_glass=state.break_glass.set(fact.officer, fact.until))


@_on(ev.PartnerMessageReceived)
def _partner(state: WarnState, fact: ev.PartnerMessageReceived, _entry: Entry) -> WarnState:
    key = f"{fact.sender},{fact.identifier},{fact.sent}"
    return _with(state, partner_messages=state.partner_messages.set(key, fact.verdict))


@_on(drills.DrillIssued)
def _drill(state: WarnState, fact: drills.DrillIssued, entry: Entry) -> WarnState:
    drill = Drill(
        id=fact.drill_id,
        exercise=fact.exercise,
        areas=fact.areas,
        headline=fact.headline,
        instruction=fact.instruction,
        message=fact.message,
        started_at=entry.event.at,
        expires=fact.expires,
    )
    return _with(state, drills=state.drills.set(drill.id, drill))


@_on(drills.DrillEnded)
def _drill_ended(state: WarnState, fact: drills.DrillEnded, entry: Entry) -> WarnState:
    drill = state.drills[fact.drill_id]
    return _with(state, drills=state.drills.set(drill.id, _with(drill, ended_at=entry.event.at)))
