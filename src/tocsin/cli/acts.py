"""What each step of a night asks of the public API: who asks, where, and with which words. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from tocsin.app import night as nt
from tocsin.core.time import rfc3339


class Act(NamedTuple):
    """One request.

    Attributes:
        who: a seat of the demonstration, ``crew/ID``, ``source/OWNER``, or "" for somebody without a key.
        path: below ``/api/v1``.
        body: JSON.
    """

    who: str
    path: str
    body: dict[str, Any]


def source(step: nt.SourceStep) -> Act:
    """Name a source."""
    return Act(step.by, "/sources", {"id": step.id, "names": step.names, "kind": step.kind, "grade": step.grade})


def incident(step: nt.IncidentStep, night: nt.Night, warning: str) -> Act:
    """Open an incident. ``warning``: the id of the warning during which it happened, or ""."""
    kept = ("id", "names", "kind", "area", "precision", "place_precision")
    body = {key: getattr(step, key) for key in kept} | {"tags": list(step.tags), "warning": warning}
    body |= {"exact": list(step.exact)} if step.exact else {}
    return Act(step.by, "/incidents", body | _span(step, night))


def relate(step: nt.RelateStep) -> Act:
    """Say how two incidents stand to each other."""
    body = {"other": step.other, "relation": step.relation, "reason": step.reason}
    return Act(step.by, f"/incidents/{step.incident}/relate", body)


CLAIM = (
    "id",
    "incident",
    "subject",
    "category",
    "scope",
    "op",
    "n",
    "n2",
    "unit",
    "wording",
    "language",
    "source",
    "grade",
    "echo_of",
    "supersedes",
    "reason",
    "said_at_printed",
    "precision",
    "attribution",
    "area",
    "out_of_area",
)


def claim(step: nt.ClaimStep, night: nt.Night) -> Act:
    """Write down what a source said. A stamp without a zone says no time; else it was said when it is written down."""
    body = {key: value for key in CLAIM if (value := getattr(step, key)) not in ("", None)}
    body["evidence"] = list(step.evidence)
    if not step.said_at_printed:
        body["said_at"] = rfc3339(night.instant(step.said_at or step.at))
    return Act(step.by, "/claims", body | _span(step, night))


def retract(step: nt.RetractStep) -> Act:
    """A claim is not upheld."""
    return Act(step.by, f"/claims/{step.claim}/retract", {"reason": step.reason})


def mark(step: nt.MarkStep) -> Act:
    """Somebody took a second look at a claim."""
    return Act(step.by, f"/claims/{step.claim}/mark", {"mark": step.mark, "reason": step.reason})


def release(step: nt.ReleaseStep) -> Act:
    """Show the public copy of a piece of evidence."""
    body = {"incident": step.incident, "alt": step.alt, "reason": step.reason}
    return Act(step.by, f"/evidence/{step.evidence}/release", body)


def weather(step: nt.WeatherStep, at: datetime) -> Act:
    """The weather outside."""
    body = {"at": rfc3339(at), "temperature_c": step.temperature_c, "op": step.op, "source": step.source}
    body |= {"wording": step.wording} if step.wording else {}
    body |= {"wind_ms": step.wind_ms} if step.wind_ms is not None else {}
    who = f"source/{step.source.split('/')[0]}" if step.by == "sensor" else step.by
    return Act(who, "/weather", body)


def crew(step: nt.CrewStep, night: nt.Night) -> Act:
    """A crew is there."""
    body = {"id": step.id, "names": step.names, "area": step.area, "skills": list(step.skills), "stock": step.stock}
    hours = {key: rfc3339(night.instant(getattr(step, key))) for key in ("shift_from", "shift_to")}
    depot = {"depot": dict(zip(("lon", "lat"), step.depot, strict=True))} if step.depot else {}
    return Act(step.by, "/crews", body | hours | depot)


def stop_crew(step: nt.StopCrewStep) -> Act:
    """A crew cannot go on."""
    return Act(step.by, f"/crews/{step.crew}/stop", {"reason": step.reason})


def resume_crew(step: nt.ResumeCrewStep) -> Act:
    """It can."""
    return Act(step.by, f"/crews/{step.crew}/resume", {})


PEOPLE = ("adults", "over_65", "under_5", "dependent")


def report(step: nt.DamageStep, night: nt.Night) -> Act:
    """A resident reports damage, without a key."""
    body: dict[str, Any] = {"client_id": f"{night.id}/{step.id}", "area": step.area, "address": step.address}
    body |= {"windows": step.windows, "flats": step.flats, "people": _people(step)}
    body |= {"flat": step.flat} if step.flat else {}
    body |= {"heating": step.heating} if step.heating is not None else {}
    body |= {"exact": list(step.exact)} if step.exact else {}
    return Act("", "/reports", body)


def need_of(report_id: str) -> str:
    """The need that the agreed rule opens for a report of broken windows."""
    return f"n-{report_id}"


def assess(step: nt.DamageStep, need: str) -> Act:
    """A dispatcher rings back and writes down what decides how fast the flat cools."""
    opening: dict[str, Any] = {"windows": step.windows, "two_sides": step.two_sides}
    opening |= {key: value for key in ("heating", "floor") if (value := getattr(step, key)) is not None}
    return Act("dispatcher", f"/needs/{need}/assess", {"opening": opening, "note": "By telephone."})


AGAIN = "The same flat was reported before."


def merge(need: str, into: str) -> Act:
    """The flat was reported before."""
    return Act("dispatcher", f"/needs/{need}/merge", {"into": into, "reason": AGAIN})


def handled(report_id: str, need: str, *, again: bool) -> Act:
    """What became of a report."""
    body = {"outcome": "duplicate", "reason": AGAIN} if again else {"outcome": "accepted"}
    return Act("dispatcher", f"/reports/{report_id}/handle", body | {"need": need})


def _people(step: nt.DamageStep) -> dict[str, int]:
    return {key: getattr(step, key) for key in PEOPLE if getattr(step, key)}


def plan(step: nt.PlanStep) -> Act:
    """Plan anew."""
    return Act(step.by, "/plan", {})


def pin(step: nt.PinStep, need: str) -> Act:
    """Fix a flat to a crew."""
    body = {"crew": step.crew, "position": step.position, "reason": step.reason}
    return Act(step.by, f"/needs/{need}/pin", body)


def move(step: nt.MoveStep, need_id: str, evidence: str, client_id: str) -> Act:
    """A crew says where it stands with a flat."""
    body: dict[str, Any] = {"state": step.state, "crew": step.by, "client_id": client_id}
    body |= {"cover": step.cover} if step.cover else {}
    body |= {"materials": step.materials} if step.materials else {}
    body |= {"evidence": evidence} if evidence else {}
    body |= {"reason": step.reason} if step.reason else {}
    return Act(f"crew/{step.by}", f"/needs/{need_id}/move", body)


def reopen(step: nt.ReopenStep, need: str) -> Act:
    """A resident says that it is not closed."""
    return Act(step.by, f"/needs/{need}/reopen", {"reason": step.reason, "by_resident": True})


def thermometer(step: nt.ThermometerStep, need: str) -> Act:
    """Somebody read a thermometer."""
    body = {"need": need, "temperature_c": step.temperature_c, "outside_c": step.outside_c}
    return Act(step.by, "/thermometers", body)


def bulletin(step: nt.BulletinStep) -> Act:
    """Write the bulletin of a day from the record, and publish it."""
    return Act(step.by, f"/record/pages/{step.page}/bulletin", {"reason": step.reason})


def _span(step: nt.IncidentStep | nt.ClaimStep, night: nt.Night) -> dict[str, Any]:
    given = {"happened_from": step.happened_from, "happened_to": step.happened_to}
    return {key: rfc3339(night.instant(local)) for key, local in given.items() if local}
