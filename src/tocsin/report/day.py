"""A day's totals: summed over incidents, beside what was claimed of the whole day. The two are never added."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from tocsin.core.time import local_day
from tocsin.report.events import Claim, Op
from tocsin.report.state import KnownClaim, KnownIncident, ReportState
from tocsin.report.tally import Status, Tally, combine, cumulative, tallies, tally_of

WEAKEST: tuple[Status, ...] = ("contested", "unverified", "single-source", "corroborated")
"""A sum stands no firmer than the weakest of its parts."""


class DayTally(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one subject on one day.

    Attributes:
        day: civil date in the zone of the place.
        total: summed over the incidents that began on that day.
        incidents: (id, tally) of each incident in the sum, in the order of the ids; one that is the same as another in
            it, or a part of it, is left out.
        claimed: what was said of the day as a whole, compared and never added.
        running: the running total as it had been said by the end of the day, compared and never added.
        unsure: pairs of incidents in the sum that may be one.
    """

    day: date
    total: Tally
    incidents: tuple[tuple[str, Tally], ...] = ()
    claimed: Tally
    running: Tally
    unsure: tuple[tuple[str, str], ...] = ()


def day_tally(
    state: ReportState,
    areas: Container[str],
    day: date,
    zone: ZoneInfo,
    *,
    subject: str,
    category: str = "",
    as_of: datetime,
) -> DayTally:
    """The tallies of one subject on one day, as known at a moment.

    Args:
        areas: where; with "" among them what names no area counts, too.
        day: civil date in ``zone``.
    """
    begun = incidents_on(state, areas, day, zone)
    parts = [(one.incident.id, tally_of(state, one.incident.id, subject, category, as_of)) for one in begun]
    known = {incident_id for incident_id, tally in parts if tally.low is not None}
    doubled = _doubled(state, known)
    counted = tuple(part for part in parts if part[0] in known - doubled)
    nothing = Tally(subject=subject, category=category, as_of=as_of)

    def of(scope: str, on: Callable[[date], bool]) -> Tally:
        claims = [
            one
            for one in _whole(state, areas, begun)
            if (one.claim.scope, one.claim.subject, one.claim.category) == (scope, subject, category)
            and on(_about_day(one.claim, zone))
        ]
        return combine(claims, as_of, cumulative=cumulative(subject), subject=subject, category=category)

    return DayTally(
        day=day,
        total=added([tally for _, tally in counted], nothing),
        incidents=counted,
        claimed=of("day", lambda about: about == day),
        running=of("running_total", lambda about: about <= day),
        unsure=tuple(_unsure(state, known - doubled)),
    )


def day_tallies(
    state: ReportState, areas: Container[str], day: date, zone: ZoneInfo, as_of: datetime
) -> tuple[DayTally, ...]:
    """Every subject of which something was said for that day, in the order of subject and category."""
    begun = incidents_on(state, areas, day, zone)
    named = {(tally.subject, tally.category) for one in begun for tally in tallies(state, one.incident.id, as_of)}
    for one in _whole(state, areas, begun):
        if one.claim.op != "said" and one.claim.scope == "day" and _about_day(one.claim, zone) == day:
            named.add((one.claim.subject, one.claim.category))
    return tuple(
        day_tally(state, areas, day, zone, subject=subject, category=category, as_of=as_of)
        for subject, category in sorted(named)
    )


def incidents_on(state: ReportState, areas: Container[str], day: date, zone: ZoneInfo) -> list[KnownIncident]:
    """The incidents that began on a day and whose day is known, in the order of the ids."""
    found = []
    for _, known in sorted(state.incidents.items()):
        incident = known.incident
        if incident.happened_from is None or incident.precision > 2 or incident.area not in areas:
            continue
        if local_day(incident.happened_from, zone) == day:
            found.append(known)
    return found


def _doubled(state: ReportState, known: set[str]) -> set[str]:
    """Those of the incidents whose figures are in another one's: the same as an earlier one, or a part of it.

    Where people related incidents in a circle the one that was opened first stays.
    """
    above = {incident_id: _above(state, incident_id) for incident_id in known}
    opened = {incident_id: state.incidents[incident_id].opened for incident_id in known}
    return {
        one
        for one in known
        if any(one not in above[other] or opened[other] < opened[one] for other in (above[one] & known) - {one})
    }


def _above(state: ReportState, incident_id: str) -> set[str]:
    """Every incident in whose figures this one's are, directly or through others."""
    found: set[str] = set()
    ahead = [incident_id]
    while ahead:
        known = state.incidents.get(ahead.pop())
        for related in known.relations if known is not None else ():
            other = state.incidents.get(related.other)
            if known is None or other is None or other.withdrawn or related.other in found:
                continue
            earlier = related.relation == "same" and other.opened < known.opened
            if earlier or (related.relation == "part_of" and related.first):
                found.add(related.other)
                ahead.append(related.other)
    return found


def _unsure(state: ReportState, here: set[str]) -> Iterable[tuple[str, str]]:
    for incident_id in sorted(here):
        for related in state.incidents[incident_id].relations:
            if related.relation == "maybe_same" and related.other in here and incident_id < related.other:
                yield incident_id, related.other


def _whole(state: ReportState, areas: Container[str], begun: Sequence[KnownIncident]) -> Iterable[KnownClaim]:
    """The claims that may be about a whole day: of no incident, or said beside one of that day."""
    for incident_id in ("", *(one.incident.id for one in begun)):
        for one in state.claims_of(incident_id):
            if state.area_of(one.claim) in areas:
                yield one


def _about_day(claim: Claim, zone: ZoneInfo) -> date:
    return local_day(claim.happened_from or claim.said_at or claim.learned_at, zone)


def added(parts: Sequence[Tally], nothing: Tally) -> Tally:
    """The sum of tallies of different incidents: open at the top as soon as one of them is.

    Args:
        parts: tallies of one subject, none of which is unknown.
        nothing: the tally of no claims at all.
    """
    if not parts:
        return nothing
    low, best = sum(part.low or 0 for part in parts), sum(part.best or 0 for part in parts)
    firm = _sum(part.firm_high for part in parts)
    return msgspec.structs.replace(
        nothing,
        low=low,
        best=best,
        high=_sum(part.high for part in parts),
        firm_high=firm,
        reported_max=_sum(part.reported_max for part in parts),
        status=min((part.status for part in parts), key=WEAKEST.index),
        credible=all(part.credible for part in parts),
        form=parts[0].form if len(parts) == 1 else _form(low, firm),
        claim_ids=tuple(claim_id for part in parts for claim_id in part.claim_ids),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


def _form(low: int, high: int | None) -> Op:
    if high is None:
        return "ge"
    if low == high:
        return "eq"
    return "le" if low == 0 else "range"
