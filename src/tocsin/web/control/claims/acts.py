"""What is done at the claim desk: each form becomes one command."""

from __future__ import annotations

from typing import Any, cast, get_args

import msgspec
from django.http import HttpRequest, QueryDict

from tocsin.app.publication import may_release
from tocsin.core.errors import Invalid
from tocsin.core.time import zone
from tocsin.report import commands as cmd
from tocsin.report import events as ev
from tocsin.report.state import KnownClaim
from tocsin.web import custody, entering
from tocsin.web.api.reporting import carry_out, new_id, sealing
from tocsin.web.control.claims import fields
from tocsin.web.control.claims.incidents import place_of, whole
from tocsin.web.control.doors import Trouble
from tocsin.web.control.scene import Scene
from tocsin.web.desk import publication, reports

KINDS: tuple[str, ...] = get_args(ev.IncidentKind)
SOURCE_KINDS: tuple[str, ...] = get_args(ev.SourceKind)
MARKS: tuple[str, ...] = get_args(ev.Mark)
OUTCOMES: tuple[str, ...] = get_args(ev.Outcome)


GRADES: tuple[int, ...] = get_args(ev.Grade)
_KEPT = ("scope", "attribution", "area", "place_precision", "evidence", "echo_of", "out_of_area", "precision")
"""What a claim that is entered in place of another one takes over from it, besides what the form shows."""


def enter(seen: Scene, incident_id: str, given: QueryDict) -> str:
    """Enter a claim of this incident; its id. In place of another one it begins unverified, and graded no better."""
    clocks = zone(seen.sender.zone)
    before = reports().state().claims.get(given.get("supersedes", ""))
    exact = fields.point(given.get("exact", ""), "exact")
    made = entering.claim(
        {
            **(_taken_over(before) if before is not None else {}),
            "incident": incident_id,
            "source": given.get("source", ""),
            "wording": given.get("wording", "").strip(),
            "language": given.get("language", "en"),
            "subject": given.get("subject", "").strip() or None,
            "category": given.get("category", "").strip(),
            "supersedes": given.get("supersedes", ""),
            "reason": given.get("reason", "").strip(),
            "said_at": fields.instant(given.get("said_at", ""), clocks, "said_at") or seen.now,
            "learned_at": seen.now,
            "radius_m": _metres(given.get("radius_m", "")) if exact else None,
        }
    )
    kept = before.claim.sealed if before is not None else ""
    same = kept and exact == fields.point(place_of(seen, kept, reports().state().area_of(made)), "exact")

    def do(reference: str) -> Any:
        return carry_out(seen.actor, entering.sealed(made, kept if same else reference))

    sealing("place", None if same or exact is None else dict(exact), do)
    return made.id


def _taken_over(before: KnownClaim) -> dict[str, Any]:
    source = reports().state().sources.get(before.claim.source)
    kept = {name: getattr(before.claim, name) for name in _KEPT}
    return {**kept, "grade": max(before.grade, 4 if source is None else source.grade)}


def _metres(text: str) -> int | None:
    """How far around the place it may lie.

    Raises:
        Invalid: it is no number (TOC-10001).
    """
    if not text.strip():
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("TOC-10001", "That is no number.", field="radius_m", remedy="Write metres, e.g. 200.")
    return int(text)


def again(seen: Scene, known: KnownClaim) -> dict[str, str]:
    """What the form holds to enter a claim in place of this one."""
    one = known.claim
    return {
        "supersedes": one.id,
        "wording": one.wording,
        "language": one.language,
        "source": one.source,
        "subject": "" if one.op == "said" else one.subject,
        "category": one.category,
        "said_at": fields.typed(one.said_at, zone(seen.sender.zone)),
        "exact": place_of(seen, one.sealed, reports().state().area_of(one)),
        "radius_m": "" if one.radius_m is None else str(one.radius_m),
    }


def on_claim(claim_id: str, given: QueryDict) -> cmd.Command:
    """Retract, grade or mark, by the button that was pressed.

    Raises:
        Invalid: there is no such act (TOC-10001).
    """
    act, reason = given.get("act", ""), given.get("reason", "").strip()
    revision = whole(given.get("revision", ""))
    if act == "retract":
        return cmd.RetractClaim(claim_id=claim_id, reason=reason, revision=revision)
    if act == "grade":
        grade = cast(ev.Grade, whole(given.get("grade", "")))
        return cmd.GradeClaim(claim_id=claim_id, grade=grade, reason=reason, revision=revision)
    if act not in MARKS:
        raise Invalid("TOC-10001", "There is no such act.", field="act", remedy="Open the page again.")
    return cmd.MarkClaim(claim_id=claim_id, mark=cast(ev.Mark, act), reason=reason, revision=revision)


def told_by(trouble: Trouble, who: str) -> Trouble:
    """The refusal with who saved meanwhile."""
    return msgspec.structs.replace(trouble, says=f"{trouble.says} {who}.".strip())


def new_incident(seen: Scene, request: HttpRequest) -> str:
    """Open an incident, named in the officer's language."""
    given = request.POST
    incident = ev.Incident(
        id=new_id(),
        names={seen.language: given.get("name", "").strip()},
        kind=cast(Any, given.get("kind", "")),
        area=given.get("area", ""),
        happened_from=seen.now,
    )
    carry_out(seen.actor, cmd.OpenIncident(incident=incident))
    return incident.id


def new_source(seen: Scene, request: HttpRequest) -> str:
    """Name a source."""
    given = request.POST
    grade = {"official": 2, "register": 1, "hospital": 1, "police": 2, "sensor": 2, "media": 3, "ngo": 3}
    kind = given.get("kind", "")
    source = ev.Source(
        id=given.get("id", "").strip().lower(),
        names={seen.language: given.get("name", "").strip()},
        kind=cast(Any, kind),
        grade=cast(Any, grade.get(kind, 4)),
    )
    carry_out(seen.actor, cmd.NameSource(source=source))
    return source.id


def take(seen: Scene, request: HttpRequest) -> str:
    """Take a file in.

    Raises:
        Invalid: none was chosen, or it cannot be taken (TOC-10005).
    """
    files = custody.uploads(request, "file")
    if not files:
        raise Invalid("TOC-10005", "No file was chosen.", field="file", remedy="Choose one.")
    sensitive = request.POST.get("sensitive") == "yes"
    for handed in [custody.hand(one) for one in files]:
        custody.record(handed, seen.actor, collector="control room", sensitive=sensitive)
    return "taken"


def release(seen: Scene, request: HttpRequest) -> str:
    """Let a public copy be shown, in words for those who do not see it."""
    given = request.POST
    may_release(seen.actor, publication())
    alt = {seen.language: text} if (text := given.get("alt", "").strip()) else {}
    carry_out(
        seen.actor,
        cmd.ReleaseEvidence(
            evidence_id=given.get("evidence", ""),
            incident=given.get("incident", ""),
            alt=alt,
            reason=given.get("reason", "").strip(),
        ),
    )
    return "released"


def withdraw(seen: Scene, request: HttpRequest) -> str:
    """Show it no longer."""
    given = request.POST
    reason = given.get("reason", "").strip()
    carry_out(seen.actor, cmd.WithdrawEvidence(evidence_id=given.get("evidence", ""), reason=reason))
    return "withdrawn"


def handle(seen: Scene, request: HttpRequest) -> str:
    """Decide what becomes of a resident's report."""
    given = request.POST
    command = cmd.HandleReport(
        report_id=given.get("report", ""),
        outcome=cast(Any, given.get("outcome", "")),
        reason=given.get("reason", "").strip(),
        need=given.get("need", ""),
    )
    carry_out(seen.actor, command)
    return "handled"
