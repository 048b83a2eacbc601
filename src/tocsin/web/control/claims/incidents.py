"""What is done with an incident at the claim desk: described anew, set beside another one, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast, get_args

import msgspec
from django.http import QueryDict

from tocsin.core.text import pick
from tocsin.core.time import zone
from tocsin.report import commands as cmd
from tocsin.report import events as ev
from tocsin.report.state import KnownIncident, ReportState
from tocsin.web.api.reporting import carry_out, sealing
from tocsin.web.control.claims import fields
from tocsin.web.control.claims.rows import MOST, concerns
from tocsin.web.control.scene import Scene, called
from tocsin.web.desk import vault

RELATIONS: tuple[str, ...] = get_args(ev.Relation)
PRECISIONS: tuple[int, ...] = get_args(ev.Precision)
POINT = 1
"""The precision of an exact place (``report.events.Incident``)."""


def whole(text: str) -> int:
    """A number of a hidden field; what is none is a revision that nobody has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def opens(seen: Scene, area: str) -> bool:
    """Whether the officer may look at exact places there: whoever may enter one."""
    if not area:
        return seen.holds("records") or seen.holds("duty")
    return seen.may("records", (area,)) or seen.may("duty", (area,))


def place_of(seen: Scene, reference: str, area: str) -> str:
    """The exact place behind a reference, for those who may look at it; else ""."""
    return fields.shown(vault().open(reference)) if reference and opens(seen, area) else ""


def revise(seen: Scene, known: KnownIncident, given: QueryDict) -> None:
    """Describe it anew, over the revision that was seen. A place that stayed the same keeps its reference."""
    there = known.incident
    exact = fields.point(given.get("exact", ""), "exact")
    same = exact == fields.point(place_of(seen, there.sealed, there.area), "exact")
    made = msgspec.structs.replace(there, **_described(seen, there, given))

    def do(reference: str) -> Any:
        kept = there.sealed if same else reference
        precision = POINT if exact else 7 if there.place_precision == POINT else there.place_precision
        one = msgspec.structs.replace(made, sealed=kept, place_precision=precision)
        reason = given.get("reason", "").strip()
        return carry_out(
            seen.actor, cmd.ReviseIncident(incident=one, reason=reason, revision=whole(given.get("revision", "")))
        )

    sealing("place", None if same or exact is None else dict(exact), do)


def _described(seen: Scene, there: ev.Incident, given: QueryDict) -> dict[str, Any]:
    clocks = zone(seen.sender.zone)
    asked = {tag: given.get(f"name.{tag}", "").strip() for tag in languages(seen, there)}
    return {
        "names": {tag: name for tag, name in asked.items() if name},
        "kind": cast(ev.IncidentKind, given.get("kind", "")),
        "area": given.get("area", ""),
        "happened_from": _same(there.happened_from, fields.instant(given.get("from", ""), clocks, "happened_from")),
        "happened_to": _same(there.happened_to, fields.instant(given.get("to", ""), clocks, "happened_to")),
        "precision": cast(ev.Precision, whole(given.get("precision", ""))),
        "tags": tuple(tag for text in given.get("tags", "").split(",") if (tag := text.strip().lstrip("#"))),
    }


def _same(before: Any, now: Any) -> Any:
    """The time as it was when only what a field cannot show, less than a second, differs."""
    return before if before and now and abs((before - now).total_seconds()) < 1 else now


def languages(seen: Scene, there: ev.Incident) -> list[str]:
    """Languages in which it has or may have a name, the officer's own first."""
    return sorted({*seen.sender.languages, *there.names, seen.language}, key=lambda tag: (tag != seen.language, tag))


def relate(seen: Scene, known: KnownIncident, given: QueryDict) -> None:
    """Say how it stands to another incident."""
    relation = cast(ev.Relation, given.get("relation", ""))
    reason = given.get("reason", "").strip()
    command = cmd.RelateIncidents(
        incident_id=known.incident.id, other=given.get("other", ""), relation=relation, reason=reason
    )
    carry_out(seen.actor, command)


def withdraw(seen: Scene, known: KnownIncident, given: QueryDict) -> None:
    """It did not happen, or was entered twice; over the revision that was seen."""
    reason = given.get("reason", "").strip()
    revision = whole(given.get("revision", ""))
    carry_out(seen.actor, cmd.WithdrawIncident(incident_id=known.incident.id, reason=reason, revision=revision))


ACTS: dict[str, Callable[[Scene, KnownIncident, QueryDict], None]] = {
    "revise": revise,
    "relate": relate,
    "withdraw": withdraw,
}
"""By the last word of the address."""


def described(seen: Scene, known: KnownIncident, given: QueryDict | None) -> dict[str, Any]:
    """The form that describes an incident anew: as it stands, or as it was typed and refused."""
    one, clocks = known.incident, zone(seen.sender.zone)
    told = {
        "from": fields.typed(one.happened_from, clocks),
        "to": fields.typed(one.happened_to, clocks),
        "exact": place_of(seen, one.sealed, one.area),
        "tags": ", ".join(one.tags),
        "kind": one.kind,
        "area": one.area,
        "precision": str(one.precision),
        "reason": "",
    }
    if given is not None:
        told = {name: given.get(name, "") for name in told}
    names = [
        {"code": tag, "name": called(tag), "text": one.names.get(tag, "") if given is None else given[f"name.{tag}"]}
        for tag in languages(seen, one)
        if given is None or f"name.{tag}" in given
    ]
    precisions = [{"id": str(n), "name": seen.w[f"clm_precision_{n}"]} for n in PRECISIONS]
    return {**told, "names": names, "precisions": precisions}


def related(seen: Scene, state: ReportState, known: KnownIncident) -> list[dict[str, str]]:
    """How it stands to others, in words, and why."""
    found = []
    for one in known.relations:
        other = state.incidents.get(one.other)
        way = "whole" if one.relation == "part_of" and not one.first else one.relation
        name = pick(other.incident.names, seen.language) if other is not None else one.other
        found.append({"id": one.other, "name": name, "how": seen.w[f"clm_rel_{way}"], "reason": one.reason})
    return found


def others(seen: Scene, state: ReportState, known: KnownIncident) -> list[dict[str, str]]:
    """Incidents that it may be set beside, the nearest in time first."""
    at = known.incident.happened_from or known.opened_at
    rest = [one for one in state.incidents.values() if one is not known and not one.withdrawn and concerns(seen, one)]

    def away(one: KnownIncident) -> float:
        its = one.incident.happened_from or one.opened_at
        return abs((its - at).total_seconds()) if its and at else float("inf")

    rest.sort(key=away)
    told = ((one.incident, seen.clock(one.incident.happened_from)) for one in rest[:MOST])
    return [{"id": one.id, "name": f"{pick(one.names, seen.language)} · {when}"} for one, when in told]
