"""From needs, crews and urgency to a problem for the planner, and from its solution to the routes of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tocsin.repair import cooling, urgency
from tocsin.repair.events import Material, Route, Stop
from tocsin.repair.plan import Job, Line, Problem, Solution, travel_h
from tocsin.repair.policy import UrgencyPolicy
from tocsin.repair.state import KnownCrew, Need, RepairState

Spot = tuple[float, float]
"""Longitude and latitude."""


def closest_h(spot: Spot | None, spots: Sequence[Spot], policy: UrgencyPolicy) -> float:
    """Hours of driving from the nearest crew; the policy's usual way where a place is not known."""
    if spot is None or not spots:
        return policy.usual_travel_h
    return min(travel_h(one, spot, policy) for one in spots)


def materials(need: Need, policy: UrgencyPolicy) -> dict[Material, float]:
    """What the next visit takes: film or boards by area with its overlap, or panes of glass."""
    cover = urgency.closing(need.opening, policy)
    if cover == "glass":
        return {"glass": float(max(need.opening.windows, 1))}
    area = cooling.hole_of(need.opening, policy)
    return {"plywood": area} if cover == "plywood" else {"film": area * policy.film_per_m2}


def free_crews(state: RepairState, now: datetime) -> list[KnownCrew]:
    """Crews that can go on and whose shift is not over, in the order of their ids."""
    return [one for _, one in sorted(state.crews.items()) if not one.stopped and one.crew.shift_to > now]


def problem_of(
    state: RepairState,
    told: Mapping[str, urgency.Urgency],
    spots: Mapping[str, Spot],
    now: datetime,
    policy: UrgencyPolicy,
) -> Problem:
    """What the planner is asked.

    Args:
        state: of the room.
        told: need → its urgency; needs without one are not planned.
        spots: need or ``crew/ID`` → where it is; what has no place is taken to be in the middle of the others.
        now: from which hours count.
        policy: the published policy.
    """
    needs = [need for need in state.open_needs() if need.id in told]
    middle = _middle(list(spots.values()))
    crews = free_crews(state, now)
    ids = {one.crew.id for one in crews}
    going = [need for need in needs if need.state == "on_the_way" and need.crew in ids]
    waiting = [need for need in needs if need.state != "on_the_way"]
    jobs = [_job(need, told[need.id], spots.get(need.id, middle), now, policy) for need in (*going, *waiting)]
    lines = [_line(one, going, spots.get(f"crew/{one.crew.id}", middle), now) for one in crews]
    return Problem(jobs, lines, policy)


def _middle(spots: Sequence[Spot]) -> Spot:
    count = max(len(spots), 1)
    return sum(lon for lon, _ in spots) / count, sum(lat for _, lat in spots) / count


def _job(need: Need, told: urgency.Urgency, spot: Spot, now: datetime, policy: UrgencyPolicy) -> Job:
    due = None if told.deadline is None else (told.deadline - now).total_seconds() / 3600
    return Job(
        id=need.id,
        lon=spot[0],
        lat=spot[1],
        weight=told.score.cost * told.score.weight + policy.least_weight,
        service_h=told.service_h,
        skills=frozenset(need.skills),
        demand=materials(need, policy),
        due_h=due,
        pin=None if need.pin is None else (need.pin.crew, need.pin.position),
    )


def _line(known: KnownCrew, going: Sequence[Need], spot: Spot, now: datetime) -> Line:
    crew = known.crew
    own = [need for need in going if need.crew == crew.id]
    return Line(
        id=crew.id,
        lon=spot[0],
        lat=spot[1],
        from_h=max((crew.shift_from - now).total_seconds() / 3600, 0.0),
        to_h=(crew.shift_to - now).total_seconds() / 3600,
        skills=frozenset(crew.skills),
        stock={name: max(amount - known.used.get(name, 0.0), 0.0) for name, amount in crew.stock.items()},
        full=dict(crew.stock),
        started=tuple(need.id for need in sorted(own, key=lambda one: one.history[-1].seq)),
    )


def routes_of(
    problem: Problem, found: Solution, told: Mapping[str, urgency.Urgency], now: datetime
) -> tuple[Route, ...]:
    """The plan as it is recorded."""
    routes = []
    for crew, order in enumerate(found.orders):
        stops = []
        for visit in problem.visits(crew, order) or []:
            job = problem.jobs[visit.job]
            done = now + timedelta(hours=visit.done_h)
            urgent = told[job.id]
            late = urgent.deadline is not None and done > urgent.deadline
            stops.append(
                Stop(
                    need=job.id,
                    arrive=now + timedelta(hours=visit.arrive_h),
                    done=done,
                    score=round(urgent.score.value, 1),
                    band=urgent.band,
                    why=_why(problem, crew, visit.job, urgent, round(visit.drive_h * 60)),
                    late=late,
                    reload=visit.reload,
                )
            )
        routes.append(Route(crew=problem.lines[crew].id, stops=tuple(stops)))
    return tuple(routes)


def _why(problem: Problem, crew: int, job: int, told: urgency.Urgency, drive_min: int) -> str:
    """One line that says nothing of who lives there: the plan stands in the ledger, people do not."""
    parts = [told.band, f"score {told.score.value:.0f}"]
    if told.deadline is not None:
        parts.append(f"deadline {told.deadline:%Y-%m-%d %H:%M} UTC")
    parts.append(f"{drive_min} min drive")
    if job in problem.fixed:
        parts.append("already on the way")
    elif job in problem.pins[crew]:
        parts.append("pinned")
    return " · ".join(parts)
