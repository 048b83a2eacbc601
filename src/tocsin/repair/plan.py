"""In which order the crews go: multi-crew minimum weighted latency, not the shortest drive.

Least ``Σ weight · completion + Σ late_weight · lateness + travel_weight · driving``. Hard: skills, stock with reloading
at the depot, shifts, what was started stays, pins. What is late is planned late; only what no crew can do at all in its
shift is left over, and said to be. Times are hours from the moment of planning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tocsin.repair.events import Material, Skill
from tocsin.repair.policy import UrgencyPolicy

EPS = 1e-9
Orders = tuple[tuple[int, ...], ...]
"""For each crew the jobs in their order, by index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A flat to close.

    Attributes:
        lon, lat: WGS 84.
        weight: cost of each hour until it is done: K·h/h times people.
        service_h: work at the flat.
        demand: material → amount.
        due_h: deadline, None for none.
        pin: crew and place in its route, from 0, after what was started.
    """

    id: str
    lon: float
    lat: float
    weight: float
    service_h: float
    skills: frozenset[Skill] = frozenset({"glazing"})
    demand: dict[Material, float] = field(default_factory=dict)
    due_h: float | None = None
    pin: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A crew as the planner sees it.

    Attributes:
        lon, lat: where it is; ``depot``: where it reloads.
        from_h, to_h: when it can set out, when it must be done.
        stock: what it carries now; ``full``: after reloading.
        started: ids of jobs that it is on the way to: they stay, first and in this order.
    """

    id: str
    lon: float
    lat: float
    depot: tuple[float, float] | None = None
    from_h: float = 0.0
    to_h: float = 12.0
    skills: frozenset[Skill] = frozenset({"glazing"})
    stock: dict[Material, float] = field(default_factory=dict)
    full: dict[Material, float] = field(default_factory=dict)
    started: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A job in a crew's route: hours from now of arrival and completion, and the drive there."""

    job: int
    arrive_h: float
    done_h: float
    drive_h: float
    reload: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Orders by crew, what is left over with why (``skill material shift pin``), and the cost of all of it."""

    orders: Orders
    left: dict[int, str]
    cost: float


class Problem:
    """Jobs and crews made ready for counting: travel times in hours between all places, demands as lists."""

    def __init__(self, jobs: Sequence[Job], lines: Sequence[Line], policy: UrgencyPolicy) -> None:
        self.jobs, self.lines, self.policy = tuple(jobs), tuple(lines), policy
        index = {job.id: number for number, job in enumerate(self.jobs)}
        count = len(self.jobs)
        places = [(job.lon, job.lat) for job in self.jobs]
        places += [(line.lon, line.lat) for line in self.lines]
        places += [line.depot or (line.lon, line.lat) for line in self.lines]
        self.travel = [[travel_h(one, other, policy) for other in places] for one in places]
        self.start = [count + number for number in range(len(self.lines))]
        self.depot = [count + len(self.lines) + number for number in range(len(self.lines))]
        self.weight = [job.weight for job in self.jobs]
        self.service = [job.service_h for job in self.jobs]
        self.due = [math.inf if job.due_h is None else job.due_h for job in self.jobs]
        self.materials = sorted({name for job in self.jobs for name, amount in job.demand.items() if amount > 0})
        self.stock = [[line.stock.get(name, 0.0) for name in self.materials] for line in self.lines]
        self.full = [[line.full.get(name, 0.0) for name in self.materials] for line in self.lines]
        self.started = [tuple(index[one] for one in line.started if one in index) for line in self.lines]
        self.fixed = {job for jobs in self.started for job in jobs}
        # A crew carries what it needs for a job that it has started, and finishes it when its shift ends meanwhile.
        self.demand = [
            [0.0 if number in self.fixed else job.demand.get(name, 0.0) for name in self.materials]
            for number, job in enumerate(self.jobs)
        ]
        self.end = [line.to_h for line in self.lines]
        for crew, order in enumerate(self.started):
            self.end[crew] = math.inf
            visits = self.visits(crew, order) or []
            self.end[crew] = max([self.lines[crew].to_h, *(visit.done_h for visit in visits)])
        self.can = [
            [not line_lacks(job, line) or number in self.fixed for number, job in enumerate(self.jobs)]
            for line in self.lines
        ]
        self.pins = self._pinned()
        self.movable = [n for n in range(count) if n not in self.fixed and not any(n in pins for pins in self.pins)]

    def _pinned(self) -> list[dict[int, int]]:
        """For each crew: job → place in its route. Two on one place stand one after the other."""
        found: list[dict[int, int]] = []
        for line, started in zip(self.lines, self.started, strict=True):
            wanted = sorted(
                (job.pin[1], job.id, number)
                for number, job in enumerate(self.jobs)
                if job.pin is not None and job.pin[0] == line.id and number not in self.fixed
            )
            places: dict[int, int] = {}
            for position, _, number in wanted:
                place = len(started) + max(position, 0)
                places[number] = max(place, max(places.values(), default=-1) + 1)
            found.append(places)
        return found

    def keeps_pins(self, crew: int, order: Sequence[int]) -> bool:
        """Whether each pinned job stands in its place, or at the end of a shorter route, behind nothing but pins."""
        pins = self.pins[crew]
        if not pins:
            return True
        behind = 0
        for at in range(len(order) - 1, -1, -1):
            place = pins.get(order[at])
            if place is None:
                behind = -1
            elif place != at and (behind < 0 or place < at):
                return False
        return True

    def cost(self, crew: int, order: Sequence[int]) -> float:
        """The cost of one crew's route; inf when it is not possible."""
        if len(self.materials) <= 1:
            return self._cost_of_one(crew, order)
        visits = self.visits(crew, order)
        if visits is None:
            return math.inf
        cost = 0.0
        for visit in visits:
            cost += self.weight[visit.job] * visit.done_h + self.policy.travel_weight * visit.drive_h
            cost += self.policy.late_weight * max(visit.done_h - self.due[visit.job], 0.0)
        return cost

    def _cost_of_one(self, crew: int, order: Sequence[int]) -> float:
        """As :meth:`cost` where at most one material is carried: the search spends its time here."""
        travel, service, weight, due = self.travel, self.service, self.weight, self.due
        late = self.policy.late_weight
        demand = self.demand if self.materials else None
        left = self.stock[crew][0] if demand else 0.0
        time, place, cost, drive = self.lines[crew].from_h, self.start[crew], 0.0, 0.0
        for job in order:
            if demand:
                amount = demand[job][0]
                if amount > left + EPS:
                    depot = self.depot[crew]
                    left = self.full[crew][0]
                    if amount > left + EPS:
                        return math.inf
                    step = travel[place][depot]
                    drive += step
                    time += step + self.policy.reload_h
                    place = depot
                left -= amount
            step = travel[place][job]
            drive += step
            time += step + service[job]
            cost += weight[job] * time
            if time > due[job]:
                cost += late * (time - due[job])
            place = job
        if order and time > self.end[crew] + EPS:
            return math.inf
        return cost + self.policy.travel_weight * drive

    def visits(self, crew: int, order: Sequence[int]) -> list[Visit] | None:
        """When the crew is where; None when it is not possible."""
        line, left = self.lines[crew], list(self.stock[crew])
        time, place, found = line.from_h, self.start[crew], []
        for job in order:
            demand, drive, reload = self.demand[job], 0.0, False
            if any(amount > have + EPS for amount, have in zip(demand, left, strict=True)):
                left, reload = list(self.full[crew]), True
                if any(amount > have + EPS for amount, have in zip(demand, left, strict=True)):
                    return None
                drive = self.travel[place][self.depot[crew]]
                time += drive + self.policy.reload_h
                place = self.depot[crew]
            left = [have - amount for have, amount in zip(left, demand, strict=True)]
            step = self.travel[place][job]
            arrive = time + step
            time = arrive + self.service[job]
            found.append(Visit(job=job, arrive_h=arrive, done_h=time, drive_h=drive + step, reload=reload))
            place = job
        return None if order and time > self.end[crew] + EPS else found

    def possible(self, crew: int, order: Sequence[int]) -> bool:
        """Whether skills, stock, shift and pins hold for one route."""
        can = self.can[crew]
        fits = self.keeps_pins(crew, order) and all(can[job] for job in order)
        return fits and math.isfinite(self.cost(crew, order))

    def total(self, orders: Orders) -> float:
        """The cost of a whole plan, what is left over included; inf when it is not possible."""
        planned = {job for order in orders for job in order}
        if any(not self.keeps_pins(crew, order) for crew, order in enumerate(orders)):
            return math.inf
        costs = sum(self.cost(crew, order) for crew, order in enumerate(orders))
        return costs + self.policy.unplanned_cost * (len(self.jobs) - len(planned))

    def solution(self, orders: Orders) -> Solution:
        """The plan with its cost, and why what is left over is left over."""
        planned = {job for order in orders for job in order}
        left = {number: self.why_left(number) for number in range(len(self.jobs)) if number not in planned}
        return Solution(orders=orders, left=left, cost=self.total(orders))

    def why_left(self, job: int) -> str:
        """``skill``, ``material``, ``pin`` or ``shift``."""
        pin = self.jobs[job].pin
        if pin is not None and not any(line.id == pin[0] for line in self.lines):
            return "pin"
        able = [crew for crew in range(len(self.lines)) if self.can[crew][job]]
        if not able:
            return "skill"
        if not any(all(a <= b + EPS for a, b in zip(self.demand[job], self.full[c], strict=True)) for c in able):
            return "material"
        return "shift"


def line_lacks(job: Job, line: Line) -> bool:
    """Whether the crew may not do the job: a skill is missing, or it is pinned to another."""
    return bool(job.skills - line.skills) or (job.pin is not None and job.pin[0] != line.id)


EARTH_KM = 6371.0


def travel_h(one: tuple[float, float], other: tuple[float, float], policy: UrgencyPolicy) -> float:
    """Hours of driving: the straight line on a flat map of the neighbourhood, times detour, at the policy's speed."""
    middle = math.radians((one[1] + other[1]) / 2)
    east = math.radians(other[0] - one[0]) * math.cos(middle)
    north = math.radians(other[1] - one[1])
    return EARTH_KM * math.hypot(east, north) * policy.detour / policy.speed_kmh


def greedy(problem: Problem) -> Orders:
    """Whoever is free first takes what is worth most in the time that it takes; pins and what was started stand."""
    orders = [list(started) for started in problem.started]
    waiting, free = set(problem.movable), set(range(len(problem.lines)))
    clock = [_clock(problem, crew, orders[crew]) for crew in range(len(orders))]
    while free:
        crew = min(free, key=lambda one: (clock[one][0], one))
        pinned = next((job for job, at in problem.pins[crew].items() if at == len(orders[crew])), None)
        chosen = pinned if pinned is not None and _fits(problem, crew, orders[crew], pinned) else None
        if chosen is None:
            chosen = _best(problem, crew, orders[crew], waiting, clock[crew])
        if chosen is None:
            free.discard(crew)
            continue
        waiting.discard(chosen)
        orders[crew].append(chosen)
        clock[crew] = _clock(problem, crew, orders[crew])
    for crew, pins in enumerate(problem.pins):  # a route shorter than the place of a pin: it comes last
        for job in sorted(set(pins) - set(orders[crew]), key=lambda one: pins[one]):
            if problem.possible(crew, [*orders[crew], job]):
                orders[crew].append(job)
    return tuple(tuple(order) for order in orders)


def _clock(problem: Problem, crew: int, order: Sequence[int]) -> tuple[float, int]:
    visits = problem.visits(crew, order)
    if not visits:
        return problem.lines[crew].from_h, problem.start[crew]
    return visits[-1].done_h, visits[-1].job


def _fits(problem: Problem, crew: int, order: Sequence[int], job: int) -> bool:
    return problem.can[crew][job] and math.isfinite(problem.cost(crew, [*order, job]))


def _best(problem: Problem, crew: int, order: list[int], waiting: set[int], clock: tuple[float, int]) -> int | None:
    time, place = clock
    late = problem.policy.late_weight

    def worth(job: int) -> tuple[float, int]:
        takes = max(problem.travel[place][job] + problem.service[job], 1e-6)
        pressing = late if time + 2 * takes > problem.due[job] else 0.0
        return -(problem.weight[job] + pressing) / takes, job

    able = sorted((job for job in waiting if problem.can[crew][job]), key=worth)
    return next((job for job in able if _fits(problem, crew, order, job)), None)


def report_order(problem: Problem) -> Orders:
    """Baseline: whoever is free first takes what was reported first."""
    orders = [list(started) for started in problem.started]
    for job in problem.movable:
        able = [crew for crew in range(len(orders)) if _fits(problem, crew, orders[crew], job)]
        if able:
            crew = min(able, key=lambda one: (_clock(problem, one, orders[one])[0], one))
            orders[crew].append(job)
    return tuple(tuple(order) for order in orders)
