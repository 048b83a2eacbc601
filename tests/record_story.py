"""One night as the record's pages need it: a warning over midnight, claims that grow, a conflict, a bulletin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from doors import ADMIN, SetClock
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.publication import Publication
from tocsin.app.record import RecordDesk
from tocsin.app.report import ReportDesk
from tocsin.record import commands as rec
from tocsin.record.events import Sentence
from tocsin.report import commands as rep
from tocsin.report import events as ev
from tocsin.warn import commands as warn

DUTY = Actor(id="officer:duty", grants=(Grant(role="duty"), Grant(role="approver")))
RECORDS = Actor(id="officer:records", grants=(Grant(role="records"),))
PAGE = "2024-01-05"
START = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
"""23:58 by the city's clocks."""

SOURCES = (
    ev.Source(
        id="governor",
        names={"en": "The governor", "ru": "Губернатор", "uk": "Губернатор", "de": "Der Gouverneur"},
        kind="official",
        grade=2,
    ),
    ev.Source(
        id="mayor", names={"en": "The mayor", "ru": "Мэр", "uk": "Мер", "de": "Der Bürgermeister"}, kind="official"
    ),
    ev.Source(id="agency", names={"en": "A news agency", "ru": "Агентство новостей"}, kind="media", grade=3),
)


@dataclass
class Story:
    """The desks over which the night was told, and the entries by name."""

    desk: Desk
    clock: SetClock
    reports: ReportDesk
    record: RecordDesk
    entries: dict[str, int]

    def at(self, minutes: float) -> datetime:
        """Set the clock to so many minutes after the start."""
        self.clock.at = START + timedelta(minutes=minutes)
        return self.clock.at

    def report(self, name: str, command: rep.Command, actor: Actor = RECORDS) -> int:
        """Carry out a command of the report room and remember its entry."""
        self.entries[name] = self.reports.do(command, actor).entries[-1].seq
        return self.entries[name]

    def incident(self, incident_id: str, kind: ev.IncidentKind, names: dict[str, str], **more: Any) -> int:
        """Open an incident."""
        told = {"area": "north", "happened_from": self.clock.at, "happened_to": self.clock.at} | more
        one = ev.Incident(id=incident_id, names=names, kind=kind, **told)
        return self.report(incident_id, rep.OpenIncident(incident=one))

    def claim(self, claim_id: str, wording: str, **more: Any) -> int:
        """Enter a claim; what is not said is an English one of the governor, said now."""
        told: dict[str, Any] = {
            "language": "en",
            "source": "governor",
            "op": "said",
            "subject": "statement",
            "grade": 2,
        }
        told |= {"said_at": self.clock.at, "learned_at": self.clock.at} | more
        return self.report(claim_id, rep.MakeClaim(claim=ev.Claim(id=claim_id, wording=wording, **told)))


def tell(desk: Desk, clock: SetClock) -> Story:
    """The desks of the web door over ``desk``, after the night."""
    from tocsin.web import desk as door

    door.set_desk(desk, vault=MemoryVault())
    door.set_evidence(None, Publication(delay_s=0))
    reports = door.reports()
    made = RecordDesk(desk, reports)
    door.set_record(made)
    story = Story(desk, clock, reports, made, {})
    _warn(story)
    _say(story)
    _write(story)
    return story


def _warn(story: Story) -> None:
    story.at(-2)
    drafted = story.desk.do(
        warn.Draft(threat="missile", level="alert", areas=("city",), reason="seen from two towers"), DUTY
    )
    warning_id = next(iter(drafted.state.threads))
    second = Actor(id="officer:second", grants=(Grant(role="approver"), Grant(role="duty")))
    story.at(0)
    thread = story.desk.state().threads[warning_id]
    story.desk.do(warn.Approve(warning_id=warning_id, sha256=thread.message.sha256), second)
    thread = story.desk.state().threads[warning_id]
    story.desk.do(
        warn.Issue(warning_id=warning_id, sha256=thread.message.sha256, confirm="Sample City"),
        DUTY,
    )
    story.at(34)
    story.desk.do(warn.AllClear(warning_id=warning_id, reason="over"), DUTY)
    story.entries["warning"] = story.desk.ledger.head()[0]


def _say(story: Story) -> None:
    for source in SOURCES:
        story.reports.do(rep.NameSource(source=source), RECORDS)
    story.at(5)
    story.incident("salvo", "interception", {"en": "Rockets on approach", "ru": "Ракеты на подлёте"}, area="city")
    story.incident("blast", "strike", {"en": "Explosion in the city", "ru": "Взрыв в городе"})
    story.at(40)
    story.claim("ten", "Ten rockets were shot down.", incident="salvo", subject="interceptions", op="eq", n=10)
    story.claim("hurt", "Two civilians are in hospital.", incident="blast", subject="injured", op="eq", n=2)
    story.claim("several", "Windows of several buildings.", incident="blast", subject="buildings", op="ge", n=2)
    story.at(60)
    story.claim("cars", "Более 30 машин повреждено.", language="ru", incident="blast", subject="cars", op="gt", n=30)
    mayor: dict[str, Any] = {"source": "mayor", "incident": "blast", "subject": "windows"}
    story.claim("w1", "At least 130 windows are broken.", op="ge", n=130, **mayor)
    story.at(200)
    story.claim("w2", "The police counted 142 windows.", op="eq", n=142, **mayor | {"source": "agency", "grade": 3})
    story.at(400)
    story.claim("w3", "We now count 168 windows.", op="eq", n=168, supersedes="w1", reason="a later count", **mayor)
    story.claim(
        "seven",
        "It is the seventh day of attacks in a row.",
        source="agency",
        scope="day",
        subject="streak_days",
        op="eq",
        n=7,
    )
    before = datetime(2023, 12, 30, 9, 0, tzinfo=UTC)
    for name, day in (("square", before), ("square-eve", before + timedelta(days=1))):
        story.incident(name, "attack", {"en": "Attack on the square"}, happened_from=day, happened_to=day, precision=2)
        story.claim(
            f"{name}-dozens", "Dozens were killed.", incident=name, subject="killed", op="ge", n=12, happened_from=day
        )
    story.report(
        "conflict",
        rep.RelateIncidents(
            incident_id="square", other="square-eve", relation="maybe_same", reason="One report names both dates."
        ),
    )


def show(story: Story, name: str, file: bytes) -> str:
    """Take a file in as evidence of the blast and release it at once; its id."""
    from tocsin.web import custody
    from tocsin.web import desk as door

    handed = door.evidence().take([file])
    evidence_id, _ = custody.record(handed, RECORDS, id_=name)
    alt = {"en": f"A street with broken windows: {handed.kind}"}
    story.report(name, rep.ReleaseEvidence(evidence_id=evidence_id, incident="blast", alt=alt, reason="looked at"))
    return evidence_id


def _write(story: Story) -> None:
    story.at(600)
    e = story.entries
    english = (
        Sentence(text="Sirens sounded shortly before midnight.", entries=(e["warning"],)),
        Sentence(text="Ten rockets were shot down, the governor says.", entries=(e["ten"],), sources=("governor",)),
        Sentence(text="At least 130 windows are broken.", entries=(e["w1"], e["w3"]), sources=("mayor",)),
    )
    russian = (Sentence(text="Сирены зазвучали незадолго до полуночи.", entries=(e["warning"],)),)
    story.record.do(
        rec.PublishBulletin(
            page=PAGE, as_of=story.desk.ledger.head()[0], sentences={"en": english, "ru": russian}, rule="1"
        ),
        RECORDS,
    )
    story.record.do(
        rec.RevisePage(
            page=PAGE,
            title={"en": "Rockets before midnight", "ru": "Ракеты перед полуночью"},
            note={"en": "Figures grew through the night."},
            tags=("windows", "rockets"),
        ),
        RECORDS,
    )
    story.record.do(
        rec.PublishCorrection(
            page=PAGE,
            correction_id="cars-31",
            before={"en": "30 cars"},
            after={"en": "more than 30 cars"},
            reason={"en": "The governor said more than 30."},
            entries=(e["cars"],),
        ),
        RECORDS,
    )
    assert ADMIN.grants
