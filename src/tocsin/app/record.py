"""The desk of the record room: pages, coverage and histories, and what the record says of days.

The rooms do not know each other; here what one holds becomes the plain values on which another reckons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tocsin.app.actor import Actor, Role
from tocsin.app.day_reading import Counted, DayHours, DayReading, NightHours, Place, Streaks
from tocsin.app.desk import Desk
from tocsin.app.night_desk import ArchiveRow, archive_of, border_distance, night_of
from tocsin.app.public_report import PublicReport
from tocsin.app.publication import Publication, live_areas, public_view
from tocsin.app.record_bundle import bundle_of
from tocsin.app.report import ReportDesk
from tocsin.core.errors import Denied
from tocsin.core.event import Entry, Event, Fact
from tocsin.core.ports import Reader
from tocsin.record import commands as cmd
from tocsin.record.bulletin import RULE, NightRecord, write
from tocsin.record.bundle import Bundle
from tocsin.record.decide import decide
from tocsin.record.distance import Distance
from tocsin.record.events import CoverageDeclared, HistoryImported, Sentence
from tocsin.record.rows import HistoryRead, HistoryStore
from tocsin.record.state import RecordState, fold
from tocsin.record.words import languages

__all__ = ["ArchiveRow", "Counted", "DayHours", "NightHours", "Outcome", "Place", "RecordDesk", "Streaks"]

NEEDS: dict[type[cmd.Command], tuple[Role, ...]] = {
    cmd.PublishBulletin: ("records",),
    cmd.RevisePage: ("records",),
    cmd.WithdrawPage: ("records",),
    cmd.RestorePage: ("records",),
    cmd.PublishCorrection: ("records",),
    cmd.DeclareCoverage: ("records", "admin"),
    cmd.TakeHistory: ("records", "admin"),
}
"""Which roles may give a command. Pages are of the whole city, so the role must be held there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to: the entries that were appended, none when it said nothing new, and their facts."""

    entries: tuple[Entry, ...]
    facts: tuple[Fact, ...]
    state: RecordState


class RecordDesk(DayReading):
    """Load, decide, append, and read, for the record. Safe to use from several threads and processes at once.

    Args:
        desk: the warning desk, whose warnings and areas count here, too.
        reports: the desk of the report room.
        repairs: that of the repair room, or None.
        history: where rows of imported histories are kept.
        border: gives the border line as GeoJSON, or None where none is known.
        publication: the one policy; whatever is written for everybody passes through it.
    """

    def __init__(
        self,
        desk: Desk,
        reports: ReportDesk,
        repairs: Any = None,
        *,
        history: HistoryStore | None = None,
        border: Callable[[], dict[str, Any] | None] = lambda: None,
        publication: Publication | None = None,
    ) -> None:
        super().__init__(desk, reports, history)
        self.repairs = repairs
        self.border = border
        self.publication = publication or Publication()

    def do(self, command: cmd.Command, actor: Actor) -> Outcome:
        """Carry out a command for an actor.

        Raises:
            Denied: the actor's roles do not reach so far (TOC-6002).
            Invalid, Refused, Unknown: the rules of the record room.
            Unavailable: the ledger cannot be written; nothing has happened then (TOC-7005).
        """
        facts: list[Fact] = []
        seen: list[RecordState] = []

        def decision(reader: Reader) -> Sequence[Event]:
            state = self.kept.caught_up(reader)
            seen[:] = [state]
            allow(actor, command)
            facts[:] = decide(state, command, self.desk.clock.now())
            return self.desk.events(facts, actor)

        entries = self.desk.ledger.transact(decision)
        state = seen[0]
        for entry in entries:
            state = fold(state, entry)
        if entries:
            self.desk.wake(entries[-1].seq)
        return Outcome(entries=tuple(entries), facts=tuple(facts), state=state)

    def public(self) -> PublicReport:
        """What everybody may know of the report room now, by the one policy."""
        warn, now = self.desk.state(), self.desk.clock.now()
        report = self.reports.state()
        return public_view(report, warn.areas, now, self.publication, live_areas=live_areas(warn))

    def night(self, day: date) -> NightRecord:
        """What the public page of a local day shows, the evening before it included."""
        return night_of(self, day)

    def draft(self, day: date) -> dict[str, tuple[Sentence, ...]]:
        """The bulletin of a day as it would be written now, in every language."""
        night = self.night(day)
        return {language: write(night, language) for language in languages()}

    def bulletin(self, day: date, language: str) -> tuple[Sentence, ...]:
        """The newest published bulletin of a day; as it would be written now where none is."""
        page = self.state().pages.get(day.isoformat())
        if page is None or not page.bulletins:
            return write(self.night(day), language)
        said = page.bulletins[-1].bulletin.sentences
        return said.get(language) or said.get("en", ())

    def publish(self, day: date, actor: Actor, *, reason: str = "") -> Outcome:
        """Write the bulletin of a day from the record and publish it; nothing happens when it says nothing new.

        Raises:
            Invalid: nothing is on record, or a later revision gives no reason (TOC-12002).
        """
        as_of = self.desk.ledger.head()[0]
        command = cmd.PublishBulletin(
            page=day.isoformat(), as_of=as_of, sentences=self.draft(day), rule=RULE, reason=reason
        )
        return self.do(command, actor)

    def distance(self, area: str = "") -> Distance | None:
        """From an area, or the whole city, to the border line; None where either is not drawn."""
        return border_distance(self, area)

    def archive(self) -> tuple[ArchiveRow, ...]:
        """Every local day of which something is on record, the newest first."""
        return archive_of(self)

    def bundle(self) -> Bundle:
        """The whole public record as plain tables: what every export is made of."""
        return bundle_of(self)

    def take_history(self, read: HistoryRead, actor: Actor) -> Outcome:
        """Keep the rows of a file that was read, then record that it was imported, with every quirk and known gap.

        The rows go first: an entry never names rows that are not there.
        """
        fact = HistoryImported(
            dataset=read.dataset,
            form=read.form,
            zone=read.zone,
            sha256=read.sha256,
            rows_sha256=read.rows_sha256,
            rows=read.read,
            kept=len(read.rows),
            first=read.first,
            last=read.last,
            licence=read.licence,
            source=read.source,
            quirks=read.quirks,
        )
        gaps = tuple(
            CoverageDeclared(
                area=f"{read.dataset}-{one.region}",
                start=one.gap.start,
                end=one.gap.end,
                coverage=one.gap.why,  # type: ignore[arg-type]  # forms know of declared causes only
                reason=one.gap.reason,
            )
            for one in read.gaps
        )
        command = cmd.TakeHistory(history=fact, coverage=gaps)
        allow(actor, command)
        self.history.keep(read.rows_sha256, read.rows)
        return self.do(command, actor)


def allow(actor: Actor, command: cmd.Command) -> None:
    """Raise ``Denied`` TOC-6002 unless the actor holds one of the command's roles everywhere."""
    roles = NEEDS[type(command)]
    if any(grant.role in roles and grant.area == "*" for grant in actor.grants):
        return
    raise Denied(
        "TOC-6002",
        f"This needs the role {' or '.join(roles)} in the whole city.",
        field="actor",
        remedy="Ask an administrator for the role, or an officer who holds it to act.",
    )
