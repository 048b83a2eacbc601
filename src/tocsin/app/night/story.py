"""A night as data: who did what when, and what must then be in the ledger, in the air and on people's screens.

Times are local and written without an offset, e.g. ``2024-01-04T23:57:30``. Where clocks are put back and an hour comes
twice, the offset must be written too; a time that clocks skip is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from tocsin.app.night import claims, repairs, steps
from tocsin.app.night.steps import Text
from tocsin.app.night.wants import Row
from tocsin.core.errors import Invalid
from tocsin.core.time import zone as zone_of
from tocsin.warn.city import Id, Names

AnyStep: TypeAlias = (
    steps.DetectionStep
    | steps.DraftStep
    | steps.ApproveStep
    | steps.IssueStep
    | steps.UpdateStep
    | steps.PartialClearStep
    | steps.AllClearStep
    | steps.CancelStep
    | steps.NoteStep
    | claims.SourceStep
    | claims.IncidentStep
    | claims.RelateStep
    | claims.ClaimStep
    | claims.RetractStep
    | claims.MarkStep
    | claims.EvidenceStep
    | claims.ReleaseStep
    | claims.BulletinStep
    | repairs.WeatherStep
    | repairs.CrewStep
    | repairs.StopCrewStep
    | repairs.ResumeCrewStep
    | repairs.DamageStep
    | repairs.PlanStep
    | repairs.PinStep
    | repairs.MoveStep
    | repairs.ReopenStep
    | repairs.ThermometerStep
)


WARNS = (
    steps.DetectionStep,
    steps.DraftStep,
    steps.ApproveStep,
    steps.IssueStep,
    steps.UpdateStep,
    steps.PartialClearStep,
    steps.AllClearStep,
    steps.CancelStep,
)
"""Steps that sensors, sirens and phones have to do with."""


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may report in this night. A source that is not ``trusted`` sends unsigned and can only propose."""

    names: Names
    trusted: bool


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

    def calm_after(self) -> float:
        """Seconds from the start of the night to the last step that warns, or ends a warning."""
        return max((after for after, step in self.timeline() if isinstance(step, WARNS)), default=0.0)

    def window(self, row: Row) -> tuple[datetime, datetime]:
        """From when to when a row's proof counts, in UTC."""
        return self.instant(row.start), self.instant(row.end)


def instant(local: str, zone: ZoneInfo, field: str) -> datetime:
    """A local time in UTC. An offset may be written, and must be where the hour comes twice.

    Raises:
        Invalid: not a time, without seconds, skipped or ambiguous in that zone, or with an offset that is not the
            zone's at that time (TOC-8004).
    """
    try:
        at = datetime.fromisoformat(local)
    except ValueError as fault:
        raise bad(field, f"{local!r} is not a time.", "Write it like 2024-01-04T23:57:30.") from fault
    if "T" not in local or local.count(":") < 2:
        raise bad(field, f"{local!r} has no seconds.", "Write it like 2024-01-04T23:57:30.")
    if at.tzinfo is not None:
        if at.astimezone(zone).utcoffset() != at.utcoffset():
            raise bad(field, f"{local!r} has an offset that clocks in {zone.key} do not show then.")
        return at.astimezone(UTC)
    first, second = at.replace(tzinfo=zone), at.replace(tzinfo=zone, fold=1)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at:
        raise bad(field, f"{local!r} does not exist in {zone.key}: clocks skip it.")
    if first.utcoffset() != second.utcoffset():
        raise bad(field, f"{local!r} comes twice in {zone.key}.", "Write the offset too, e.g. -04:00.")
    return first.astimezone(UTC)


def bad(field: str, message: str, remedy: str = "Correct the night file.") -> Invalid:
    """A fault of the night file."""
    return Invalid("TOC-8004", message, field=field, remedy=remedy)
