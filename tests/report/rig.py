"""A desk of the report room over a ledger in memory, and claims in few words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.app.memory_vault import MemoryVault
from tocsin.app.report import Outcome, ReportDesk
from tocsin.report import commands as cmd
from tocsin.report import events as ev
from tocsin.report.state import KnownClaim, ReportState, known
from warn.rig import ADMIN, AREAS, START, Rig, officer

RECORDS = officer("rita", "records")
SOUTHERN = officer("sofia", "records", area="south")
DUTY = officer("anna", "duty")
DISPATCHER = officer("dana", "dispatcher")
OBSERVER = officer("oleg", "observer")

MIDNIGHT = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)
__all__ = ["ADMIN", "START"]


def at(hours: float) -> datetime:
    """So many hours after local midnight."""
    return MIDNIGHT + timedelta(hours=hours)


def claim(
    claim_id: str = "c1", op: ev.Op = "eq", n: int | None = 142, *, hours: float = 0, source: str = "mayor", **more: Any
) -> ev.Claim:
    told: dict[str, Any] = {
        "incident": "strike",
        "subject": "windows",
        "wording": f"{op} {n}",
        "language": "en",
        "grade": 2,
        "said_at": at(hours),
        "learned_at": at(hours),
    }
    return ev.Claim(id=claim_id, op=op, n=n, source=source, **(told | more))


def said(*claims: ev.Claim) -> list[KnownClaim]:
    return [known(one, at) for at, one in enumerate(claims, 1)]


def incident(incident_id: str = "strike", **more: Any) -> ev.Incident:
    told: dict[str, Any] = {"names": {"en": "Strike"}, "kind": "strike", "area": "north-1", "happened_from": START}
    return ev.Incident(id=incident_id, **(told | more))


def source(source_id: str = "mayor", **more: Any) -> ev.Source:
    told: dict[str, Any] = {"names": {"en": source_id.title()}, "kind": "official", "grade": 2}
    return ev.Source(id=source_id, **(told | more))


def evidence(evidence_id: str = "e1", **more: Any) -> ev.Evidence:
    told: dict[str, Any] = {"kind": "photo", "mime": "image/jpeg", "sha256": "a" * 64, "size": 1000}
    told |= {"collected_at": START, "derivative": "d" * 64, "derivative_mime": "image/webp"}
    return ev.Evidence(id=evidence_id, **(told | more))


def report(report_id: str = "r1", **more: Any) -> ev.ReportReceived:
    told: dict[str, Any] = {"client_id": f"device-{report_id}", "channel": "web", "area": "north-1", "windows": 3}
    return ev.ReportReceived(report_id=report_id, **(told | more))


@dataclass
class Reports:
    """A small city with two sources and an incident."""

    rig: Rig = field(default_factory=lambda: Rig(areas=AREAS))

    def __post_init__(self) -> None:
        self.vault = MemoryVault()
        self.desk = ReportDesk(self.rig.desk, self.vault)
        self.clock = self.rig.clock
        for name in ("mayor", "police"):
            self.do(cmd.NameSource(source=source(name)))
        self.do(cmd.OpenIncident(incident=incident()))

    @property
    def state(self) -> ReportState:
        return self.desk.state()

    def do(self, command: cmd.Command, actor: Any = RECORDS) -> Outcome:
        return self.desk.do(command, actor)

    def claim(self, claim_id: str = "c1", op: ev.Op = "eq", n: int | None = 142, **more: Any) -> Outcome:
        now = self.clock.now()
        return self.do(cmd.MakeClaim(claim=claim(claim_id, op, n, **({"said_at": now, "learned_at": now} | more))))
