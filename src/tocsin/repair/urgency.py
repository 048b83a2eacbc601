"""Who comes first, and why: hours to cold, the cost of an hour's delay, people, deadlines, as one published sum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
import numpy as np

from tocsin.repair import cooling
from tocsin.repair.events import Cover, Opening, WeatherObserved
from tocsin.repair.heat import (
    STEP_S,
    TEXTBOOK,
    Array,
    Assumptions,
    Network,
    Stepper,
    crossings,
    network,
)
from tocsin.repair.policy import UrgencyPolicy
from tocsin.repair.state import Need
from tocsin.repair.tau import Factor

Band = Literal["P1", "P2", "P3", "P4"]
LEVELS = ("16", "10", "5", "0", "air_0")


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Who lives there, each counted once: aged 5 to 65, over 65, under 5, medically dependent."""

    adults: int = 0
    elderly: int = 0
    small: int = 0
    dependent: int = 0

    def weight(self, policy: UrgencyPolicy) -> float:
        """Their sum by the policy's weights."""
        return (
            self.adults * policy.adult
            + self.elderly * policy.elderly
            + self.small * policy.small
            + self.dependent * policy.dependent
        )


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A need with what the vault says of it. ``people``: None when nobody said; ``travel_h``: the way there."""

    need: Need
    people: People | None = None
    travel_h: float = 0.0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One term of a sum that is shown: a key for the page's words, and its value."""

    key: str
    value: float


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The sum: ``cost`` K·h an hour x ``weight`` / ``hours`` of travel and work."""

    cost: float
    weight: float
    hours: float
    value: float
    parts: tuple[Part, ...] = ()

    def said(self) -> str:
        """The sum in one line, with figures alone."""
        return f"{self.cost:.1f} K·h/h × {self.weight:g} / {self.hours:.2f} h = {self.value:.0f}"


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Hours from now until a level, sooner and later end of the band; None: not within the policy's look."""

    sooner: float | None
    later: float | None


class Urgency(msgspec.Struct, frozen=True, kw_only=True):
    """Why a need stands where it stands.

    Attributes:
        now_c: operative temperature by now, colder and warmer end of the band; None without any weather.
        hours: by level ``16 10 5 0 air_0``.
        deadline: the earlier of an old person's and the pipes', and which of the two.
        advice: keys of what to tell the residents at once.
        assumed: names of both ends' assumptions.
    """

    need: str
    band: Band
    score: Score
    now_c: tuple[float, float] | None
    hours: dict[str, Range]
    deadline: datetime | None = None
    deadline_kind: Literal["", "elderly", "pipes"] = ""
    advice: tuple[str, ...] = ()
    assumed: tuple[str, str] = ("textbook", "pessimistic")
    service_h: float = 0.0


def score(cost: float, weight: float, travel_h: float, service_h: float) -> Score:
    """``cost · weight / (travel + service)``; 24.3 K·h/h for one adult, one old and one small, 0.83 h away: 146."""
    hours = max(travel_h + service_h, 1 / 60)
    parts = (
        Part(key="cost_of_an_hour", value=cost),
        Part(key="people", value=weight),
        Part(key="travel", value=travel_h),
        Part(key="service", value=service_h),
    )
    return Score(cost=cost, weight=weight, hours=hours, value=cost * weight / hours, parts=parts)


def band_of(value: float, deadline_h: float | None, opening: Opening, policy: UrgencyPolicy) -> Band:
    """P4 for what is cracked or empty, which keeps its deadline; else by the score or a near deadline."""
    if opening.cracked or not opening.occupied:
        return "P4"
    if value >= policy.p1_score or (deadline_h is not None and deadline_h < policy.p1_deadline_h):
        return "P1"
    return "P2" if value >= policy.p2_score else "P3"


def service_h(opening: Opening, policy: UrgencyPolicy) -> float:
    """Hours of work at the flat."""
    return policy.service_h + policy.service_m2_h * cooling.hole_of(opening, policy)


def closing(opening: Opening, policy: UrgencyPolicy) -> Cover:
    """What the next visit puts up: the policy's cover, or glass where a cover is up already."""
    return policy.closing if opening.cover == "open" else "glass"


def assess(
    cases: Sequence[Case],
    weather: Sequence[WeatherObserved],
    now: datetime,
    policy: UrgencyPolicy,
    told: Mapping[str, Factor] | None = None,
) -> list[Urgency]:
    """The urgency of each case, in their order. ``weather``: everything observed, oldest first; it is taken to stay.

    Without any weather nobody knows how cold it will get: then every hour is open and the score 0.
    """
    if not cases:
        return []
    if not weather:
        return [_unknown(case, policy) for case in cases]
    needs = [case.need for case in cases]
    both = [cooling.ends(need, dict(told or {})) for need in needs]
    ends = _Ends(needs, weather, now, policy, [*(warm for warm, _ in both), *(cold for _, cold in both)])
    costs = ends.delay_costs()
    return [_urgency(case, number, ends, float(costs[number]), now, policy) for number, case in enumerate(cases)]


class _Ends:
    """Temperatures by now and hours to each level, for both ends of the band in one go: warm ones first, then cold."""

    def __init__(
        self,
        needs: Sequence[Need],
        weather: Sequence[WeatherObserved],
        now: datetime,
        policy: UrgencyPolicy,
        assumed: Sequence[Assumptions],
    ) -> None:
        self.needs, self.policy, self.assumed, self.count = needs, policy, assumed, len(needs)
        self.there = ([one for one in weather if one.at <= now] or list(weather[:1]))[-1]
        self.past = cooling.temperatures([*needs, *needs], weather, now, policy, assumed)
        self.air, self.mass = self.past.air, self.past.mass
        net = self._net([*needs, *needs], assumed, visited=False)
        self.operative = Stepper(net, self.air, self.mass).now.operative
        levels = [(16.0, False), (10.0, False), (5.0, False), (0.0, False), (policy.freeze_c, True)]
        levels.append((policy.elderly_c, False))
        self.hours = crossings(net, levels, self.air, self.mass, horizon_h=policy.look_h)

    def _net(self, needs: Sequence[Need], assumed: Sequence[Assumptions], *, visited: bool) -> Network:
        """The flats as they are, or as the next visit leaves them."""
        openings = [need.opening for need in needs]
        if visited:
            openings = [msgspec.structs.replace(one, cover=closing(one, self.policy)) for one in openings]
        flats = [cooling.flat_of(opening, self.policy) for opening in openings]
        return network(flats, self.there.temperature_c, cooling.wind_of(self.there), assumed)

    def delay_costs(self) -> Array:
        """K·h below the warm level that an hour's delay costs over the policy's horizon, per flat, at the warm end."""
        count, hour = self.count, round(3600 / STEP_S)
        assumed = self.assumed[:count]
        stepper = Stepper(self._net(self.needs, assumed, visited=False), self.air[:count], self.mass[:count])
        waited = _deficit(stepper, hour, self.policy)
        # One that is closed now, and beside it one that is closed an hour later and has an hour less to go.
        twice = self._net([*self.needs, *self.needs], [*assumed, *assumed], visited=True)
        later = stepper.now
        air, mass = np.concatenate([self.air[:count], later.air]), np.concatenate([self.mass[:count], later.mass])
        both = Stepper(twice, air, mass)
        told = _deficit(both, max(round(self.policy.horizon_h * hour) - hour, 0), self.policy)
        soon = Stepper(twice, both.now.air, both.now.mass)
        last = _deficit(soon, hour, self.policy)
        costs: Array = np.maximum(waited + told[count:] - told[:count] - last[:count], 0.0)
        return costs


def _deficit(stepper: Stepper, steps: int, policy: UrgencyPolicy) -> Array:
    """K·h below the warm level over so many steps."""
    told = np.zeros(len(stepper.net))
    for _ in range(steps):
        told = told + np.maximum(policy.warm_c - stepper.step().operative, 0) * STEP_S / 3600
    return told


def _weight(case: Case, policy: UrgencyPolicy) -> float:
    if not case.need.opening.occupied:
        return 0.0
    return policy.unknown_people if case.people is None else case.people.weight(policy)


def _urgency(  # noqa: PLR0917 - one case with everything that is known of it
    case: Case, at: int, ends: _Ends, cost: float, now: datetime, policy: UrgencyPolicy
) -> Urgency:
    opening, cold = case.need.opening, at + ends.count
    hours = {
        level: Range(sooner=_known(ends.hours[row][cold]), later=_known(ends.hours[row][at]))
        for row, level in enumerate(LEVELS)
    }
    deadline_h, kind = _deadline(
        case,
        # What is cold already has been so for some time: a deadline does not move on with the clock.
        float(ends.hours[5][cold] or -ends.past.elderly_h[cold]),
        float(ends.hours[4][cold] or -ends.past.pipes_h[cold]),
        policy,
    )
    work = service_h(opening, policy)
    told = score(cost, _weight(case, policy), case.travel_h, work)
    return Urgency(
        need=case.need.id,
        band=band_of(told.value, deadline_h, opening, policy),
        score=told,
        now_c=(float(ends.operative[cold]), float(ends.operative[at])),
        hours=hours,
        deadline=None if deadline_h is None else now + timedelta(hours=deadline_h),
        deadline_kind=kind,
        advice=advice(case, policy, ends.there),
        assumed=(ends.assumed[at].name, ends.assumed[cold].name),
        service_h=work,
    )


def _known(hours: float) -> float | None:
    return float(hours) if math.isfinite(hours) else None


def _deadline(
    case: Case, to_elderly_h: float, to_freeze_h: float, policy: UrgencyPolicy
) -> tuple[float | None, Literal["", "elderly", "pipes"]]:
    """Hours from now, from the colder end of the band: what might be too late must not be planned as in time."""
    opening, found = case.need.opening, []
    if case.people is not None and case.people.elderly and opening.occupied and math.isfinite(to_elderly_h):
        found.append((to_elderly_h + policy.elderly_h, "elderly"))
    circulates = opening.circulation if opening.circulation is not None else bool(opening.heating)
    if not circulates and math.isfinite(to_freeze_h):
        found.append((to_freeze_h, "pipes"))
    if not found:
        return None, ""
    hours, kind = min(found)
    return hours, "elderly" if kind == "elderly" else "pipes"


def advice(case: Case, policy: UrgencyPolicy, weather: WeatherObserved | None) -> tuple[str, ...]:
    """Keys of what residents are told at once, before any crew comes."""
    opening = case.need.opening
    told = []
    if opening.occupied and not opening.cracked and opening.cover != "glass":
        told += ["shut_door", "hang_blanket", "one_room"]
    circulates = opening.circulation if opening.circulation is not None else bool(opening.heating)
    if not circulates:
        told.append("drain_pipes")
    covered = opening.cover not in ("open", "glass")
    if opening.occupied and covered and cooling.stays(opening, weather, policy, TEXTBOOK) == "relocate":
        told.append("relocate")
    return tuple(told)


def _unknown(case: Case, policy: UrgencyPolicy) -> Urgency:
    opening, work = case.need.opening, service_h(case.need.opening, policy)
    told = score(0.0, _weight(case, policy), case.travel_h, work)
    never = Range(sooner=None, later=None)
    return Urgency(
        need=case.need.id,
        band=band_of(0.0, None, opening, policy),
        score=told,
        now_c=None,
        hours=dict.fromkeys(LEVELS, never),
        advice=advice(case, policy, None),
        service_h=work,
    )
