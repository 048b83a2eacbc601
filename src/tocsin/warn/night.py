"""A night as data: who did what when, and what must then be in the ledger, in the air and on people's screens.

Times are local and written without an offset, e.g. ``2024-01-04T23:57:30``. Where clocks are put back and an hour comes
twice, the offset must be written too; a time that clocks skip is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from tocsin.core.area import AreaTree
from tocsin.core.errors import Invalid
from tocsin.core.time import zone as zone_of
from tocsin.warn._strict import decode
from tocsin.warn.city import Id, Names
from tocsin.warn.events import EndKind, Level, Phase

Officer = Literal["duty", "second"]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Areas = Annotated[tuple[Id, ...], msgspec.Meta(min_length=1)]
Label = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$", max_length=32)]


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="act"):
    """One act at a local time ``at``. ``remark`` is for people who watch the replay."""

    at: str
    remark: str = ""


class DetectionStep(Step, frozen=True, kw_only=True, tag="detection"):
    """A source reports. ``warning``: the label of the warning that this leads to, or speaks for."""

    id: Text
    source: Text
    threat: Text
    areas: Areas
    note: str = ""
    warning: Label


class DraftStep(Step, frozen=True, kw_only=True, tag="draft"):
    """An officer proposes a warning, from here on known by its label. Texts left out are the agreed ones."""

    by: Officer
    warning: Label
    threat: Text
    level: Level = "alert"
    areas: Areas
    reason: Text
    duration_s: Annotated[int, msgspec.Meta(ge=60, le=86_400)] | None = None
    headline: dict[str, str] = {}
    description: dict[str, str] = {}
    instruction: dict[str, str] = {}


class ApproveStep(Step, frozen=True, kw_only=True, tag="approve"):
    """Another officer agrees to the draft as it stands."""

    by: Officer
    warning: Label


class IssueStep(Step, frozen=True, kw_only=True, tag="issue"):
    """An officer sends the draft out. ``confirm``: the name of the area, as typed."""

    by: Officer
    warning: Label
    confirm: Text


class UpdateStep(Step, frozen=True, kw_only=True, tag="update"):
    """An officer changes a live warning; what is left out stays."""

    by: Officer
    warning: Label
    reason: Text
    level: Level | None = None
    areas: Areas | None = None
    duration_s: Annotated[int, msgspec.Meta(ge=60, le=86_400)] | None = None


class PartialClearStep(Step, frozen=True, kw_only=True, tag="partial_clear"):
    """An officer clears some areas."""

    by: Officer
    warning: Label
    areas: Areas
    reason: Text


class AllClearStep(Step, frozen=True, kw_only=True, tag="all_clear"):
    """An officer decides that the danger is over, and says why."""

    by: Officer
    warning: Label
    reason: Text


class CancelStep(Step, frozen=True, kw_only=True, tag="cancel"):
    """An officer withdraws a warning that was wrong."""

    by: Officer
    warning: Label
    reason: Text


class NoteStep(Step, frozen=True, kw_only=True, tag="note"):
    """Nothing happens; the replay shows the text."""

    text: Names


AnyStep: TypeAlias = (
    DetectionStep
    | DraftStep
    | ApproveStep
    | IssueStep
    | UpdateStep
    | PartialClearStep
    | AllClearStep
    | CancelStep
    | NoteStep
)


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may report in this night. A source that is not ``trusted`` sends unsigned and can only propose."""

    names: Names
    trusted: bool


class LedgerWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least so many entries of a kind must be in the ledger.

    Attributes:
        kind: e.g. ``warning.issued``.
        at_least: how many.
        warning: label of the warning that they are about, or "" for any.
        where: dotted path into the body → the value there, e.g. ``{"end": "all_clear"}``.
        texts: language → pieces, folded for comparison, that the message's headline, description or instruction hold.
        actor: how the entry's actor begins, e.g. ``officer:``; "" for anyone.
    """

    kind: Annotated[str, msgspec.Meta(pattern=r"^[a-z]+\.[a-z_]+$")]
    at_least: Annotated[int, msgspec.Meta(ge=1)] = 1
    warning: str = ""
    where: dict[str, str | int | bool] = {}
    texts: dict[str, tuple[Text, ...]] = {}
    actor: str = ""


class SirenWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At least so many different sirens must have reported, themselves, that they sound ``tone``."""

    tone: Literal["wail", "steady", "all_clear"]
    at_least: Annotated[int, msgspec.Meta(ge=1)]
    areas: Areas


class LiveWant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In every one of ``areas`` a live client must have received all that is named here.

    Attributes:
        areas: a client is placed in each.
        phase: the phase of that area.
        end: an alert document that ends its warning in this way.
        texts: as in :class:`LedgerWant`, from an alert document, in that language.
    """

    areas: Areas
    phase: Phase | None = None
    end: EndKind | None = None
    texts: dict[str, tuple[Text, ...]] = {}


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the story and what proves it. Entries, sounds and live updates count from ``start`` to ``end``, local.

    Attributes:
        row: its number in the story; 0 for what belongs to the night and has no row of its own.
        said: the fact, in our words.
        source: who said so.
        ledger, sirens, live: every one must hold.
    """

    row: Annotated[int, msgspec.Meta(ge=0)]
    name: Label
    said: Text
    source: Text
    start: str
    end: str
    ledger: tuple[LedgerWant, ...] = ()
    sirens: tuple[SirenWant, ...] = ()
    live: tuple[LiveWant, ...] = ()


class Night(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A night. ``start`` and ``end`` are local; no step lies outside.

    ``translations``: language → a text of this file as it stands → the same in that language, for people who watch.
    What is recorded, such as reasons, is recorded as it stands.
    """

    format: Literal[1]
    id: Id
    title: Names
    city: Id
    zone: str
    start: str
    end: str
    note: str = ""
    translations: dict[str, dict[str, Text]] = {}
    sources: dict[str, Source]
    steps: Annotated[tuple[AnyStep, ...], msgspec.Meta(min_length=1)]
    rows: Annotated[tuple[Row, ...], msgspec.Meta(min_length=1)]

    def instant(self, local: str) -> datetime:
        """A local time of this night in UTC."""
        return instant(local, zone_of(self.zone), "at")

    def timeline(self) -> Iterator[tuple[float, AnyStep]]:
        """Each step with the seconds from the start of the night to it."""
        begin = self.instant(self.start)
        for step in self.steps:
            yield (self.instant(step.at) - begin).total_seconds(), step

    def window(self, row: Row) -> tuple[datetime, datetime]:
        """From when to when a row's proof counts, in UTC."""
        return self.instant(row.start), self.instant(row.end)


def read_night(data: bytes) -> Night:
    """Read a night and check that it holds together.

    Raises:
        Invalid: malformed or contradicting itself (TOC-8004), with the field at fault.
    """
    night = decode(data, Night, code="TOC-8004", what="The night file")
    try:
        zone = zone_of(night.zone)
    except Invalid as fault:
        raise _bad("zone", fault.message, fault.remedy) from fault
    begin, end = instant(night.start, zone, "start"), instant(night.end, zone, "end")
    if end <= begin:
        raise _bad("end", "The night ends before it begins.")
    last = begin
    for number, step in enumerate(night.steps):
        at = instant(step.at, zone, f"steps[{number}].at")
        if not last <= at <= end:
            raise _bad(f"steps[{number}].at", f"{step.at} is before the step above it, or after the end of the night.")
        last = at
    _check_labels(night)
    _check_translations(night)
    for number, row in enumerate(night.rows):
        _check_row(night, row, f"rows[{number}]", zone)
    return night


def check_against(night: Night, areas: AreaTree, threats: Collection[str]) -> None:
    """Check that the night names only areas and threats that exist.

    Raises:
        Invalid: it names another (TOC-8004), with the field at fault.
    """
    for path, area in _named_areas(night):
        if area not in areas:
            raise _bad(path, f"{area!r} is not an area of {night.city}.", "Use an id from the city's areas.geojson.")
    for number, step in enumerate(night.steps):
        if isinstance(step, DetectionStep | DraftStep) and step.threat not in threats:
            raise _bad(f"steps[{number}].threat", f"{step.threat!r} is not a threat that is known here.")


def instant(local: str, zone: ZoneInfo, field: str) -> datetime:
    """A local time in UTC. An offset may be written, and must be where the hour comes twice.

    Raises:
        Invalid: not a time, without seconds, skipped or ambiguous in that zone, or with an offset that is not the
            zone's at that time (TOC-8004).
    """
    try:
        at = datetime.fromisoformat(local)
    except ValueError as fault:
        raise _bad(field, f"{local!r} is not a time.", "Write it like 2024-01-04T23:57:30.") from fault
    if "T" not in local or local.count(":") < 2:
        raise _bad(field, f"{local!r} has no seconds.", "Write it like 2024-01-04T23:57:30.")
    if at.tzinfo is not None:
        if at.astimezone(zone).utcoffset() != at.utcoffset():
            raise _bad(field, f"{local!r} has an offset that clocks in {zone.key} do not show then.")
        return at.astimezone(UTC)
    first, second = at.replace(tzinfo=zone), at.replace(tzinfo=zone, fold=1)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at:
        raise _bad(field, f"{local!r} does not exist in {zone.key}: clocks skip it.")
    if first.utcoffset() != second.utcoffset():
        raise _bad(field, f"{local!r} comes twice in {zone.key}.", "Write the offset too, e.g. -04:00.")
    return first.astimezone(UTC)


def _check_labels(night: Night) -> None:
    """A warning is proposed before anything is done with it; a source is introduced before it speaks."""
    known: set[str] = set()
    for number, step in enumerate(night.steps):
        path = f"steps[{number}]"
        if isinstance(step, NoteStep):
            continue
        if isinstance(step, DetectionStep):
            if step.source not in night.sources:
                raise _bad(f"{path}.source", f"{step.source!r} is not among the sources of this night.")
            known.add(step.warning)
        elif isinstance(step, DraftStep):
            if step.warning in known:
                raise _bad(f"{path}.warning", f"The label {step.warning!r} is taken.")
            known.add(step.warning)
        elif step.warning not in known:
            raise _bad(f"{path}.warning", f"No earlier step leads to a warning {step.warning!r}.")
    for number, row in enumerate(night.rows):
        for place, want in enumerate(row.ledger):
            if want.warning and want.warning not in known:
                raise _bad(f"rows[{number}].ledger[{place}].warning", f"No step leads to a warning {want.warning!r}.")


def _check_translations(night: Night) -> None:
    """A translation is of a text that is there."""
    said = {getattr(step, part, "") for step in night.steps for part in ("remark", "note", "reason")}
    said |= {row.said for row in night.rows}
    for language, table in night.translations.items():
        for text in table:
            if text not in said:
                raise _bad(f"translations.{language}", f"No step or row says {text[:60]!r}.")


def _check_row(night: Night, row: Row, path: str, zone: ZoneInfo) -> None:
    """A row has a window in which it can be proved, and something that proves it."""
    if not (row.ledger or row.sirens or row.live):
        raise _bad(path, "The row names nothing that would prove it.")
    if instant(row.end, zone, f"{path}.end") <= instant(row.start, zone, f"{path}.start"):
        raise _bad(f"{path}.end", "The window ends before it begins.")
    for number, want in enumerate(row.live):
        if want.phase is None and want.end is None and not want.texts:
            raise _bad(f"{path}.live[{number}]", "It names neither a phase, nor an end, nor texts.")
    if [other.name for other in night.rows].count(row.name) > 1:
        raise _bad(f"{path}.name", f"The name {row.name!r} is taken.")


def _named_areas(night: Night) -> Iterator[tuple[str, str]]:
    """Every area that the night names, with the path to it."""
    for number, step in enumerate(night.steps):
        for place, area in enumerate(getattr(step, "areas", None) or ()):
            yield f"steps[{number}].areas[{place}]", area
    for number, row in enumerate(night.rows):
        wants: tuple[tuple[str, Any], ...] = (("sirens", row.sirens), ("live", row.live))
        for key, list_of in wants:
            for index, want in enumerate(list_of):
                for place, area in enumerate(want.areas):
                    yield f"rows[{number}].{key}[{index}].areas[{place}]", area


def _bad(field: str, message: str, remedy: str = "Correct the night file.") -> Invalid:
    return Invalid("TOC-8004", message, field=field, remedy=remedy)
