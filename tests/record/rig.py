"""A small city whose night is told in facts: a warning, claims by named sources, a conflict, a streak, a distance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from report.rig import RECORDS, Reports
from tocsin.app.publication import Publication
from tocsin.app.record import RecordDesk
from tocsin.report import commands as cmd
from tocsin.report import events as ev

DAY = date(2024, 1, 5)
BORDER = {"type": "LineString", "coordinates": [[35.0, 50.2], [38.0, 50.2]]}
OPEN = Publication(delay_s=0, hold_during_alert=False, area_kind="zone", round_s=1)


def local(day: int, hour: int, minute: int = 0, month: int = 1, year: int = 2024) -> datetime:
    """A local time in Moscow."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


@dataclass
class Night:
    """The desks of all rooms over one ledger."""

    reports: Reports = field(default_factory=Reports)

    def __post_init__(self) -> None:
        self.desk = RecordDesk(self.reports.rig.desk, self.reports.desk, border=lambda: BORDER, publication=OPEN)
        self.clock = self.reports.clock

    def do(self, command: Any) -> int:
        """A command to the report room by the records officer; the entry that it made."""
        return self.reports.do(command, RECORDS).entries[-1].seq

    def source(self, source_id: str, kind: ev.SourceKind = "official", grade: int = 2, **names: str) -> int:
        return self.do(cmd.NameSource(source=ev.Source(id=source_id, names=names, kind=kind, grade=grade)))  # type: ignore[arg-type]

    def incident(self, incident_id: str, at: datetime | None, name: str, **more: Any) -> int:
        told: dict[str, Any] = {"kind": "strike", "area": "north-1", "happened_from": at}
        names = {"en": name, "ru": f"ru {name}"}
        return self.do(cmd.OpenIncident(incident=ev.Incident(id=incident_id, names=names, **(told | more))))

    def claim(self, claim_id: str, subject: str, op: ev.Op, n: int | None = None, **more: Any) -> int:
        now = self.clock.now()
        told: dict[str, Any] = {
            "incident": "windows",
            "source": "governor",
            "wording": f"about {subject}",
            "language": "en",
            "grade": 2,
            "said_at": now,
            "learned_at": now,
        }
        return self.do(cmd.MakeClaim(claim=ev.Claim(id=claim_id, subject=subject, op=op, n=n, **(told | more))))


def story() -> Night:
    """4 and 5 January 2024, in invented places."""
    night = Night()
    night.source(
        "governor", en="Governor Example", ru="Губернатор Пример", uk="Губернатор Приклад", de="Gouverneur Beispiel"
    )
    night.source("agency", "unnamed", 4, en="Agency Example")
    rig = night.reports.rig
    night.clock.at = local(4, 23, 57)
    rig.live("north-1")
    night.clock.at = local(5, 0, 31)
    night.incident("windows", local(5, 0, 5), "Windows in North One")
    night.incident("square", local(31, 12, month=12, year=2023), "Attack on the square", precision=2)
    night.incident("worst", local(30, 12, month=12, year=2023), "The attack of 30 December", precision=2)
    night.do(cmd.RelateIncidents(incident_id="square", other="worst", relation="maybe_same", reason="two dates"))
    night.clock.at = local(5, 1, 10)
    night.claim("broken", "windows", "ge", 130)
    night.claim("cars", "cars", "gt", 30)
    night.claim("hurt", "injured", "eq", 2, category="civilian")
    night.claim("killed", "killed", "ge", 12, incident="square", wording="dozens")
    night.claim("worst", "statement", "said", incident="worst", wording="the worst of its kind")
    night.claim("streak", "streak_days", "eq", 7, incident="", scope="day", source="agency", grade=4)
    night.claim("far", "distance_to_border", "approx", 40, incident="", scope="day", unit="km", area="north-1")
    night.claim(
        "blame",
        "statement",
        "said",
        incident="",
        scope="day",
        source="agency",
        grade=4,
        attribution="unnamed security source",
        wording="who planned it",
        said_at=None,
        said_at_printed="4 Jan, 2024 21:27",
    )
    return night
