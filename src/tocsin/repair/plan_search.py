"""Finding a better plan than the greedy one: exact for few jobs, else a local search bounded by iterations.

The search is our own: late acceptance over four moves. It reads no clock, so the same seed gives the same plan
anywhere, and keeps the best plan that it has seen, so that it is never worse than what it began with.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

from tocsin.repair.plan import Orders, Problem, Solution, greedy

EXACT = 8
"""Up to so many jobs every order is looked at."""

MEMORY = 400
"""How many costs back a step is compared with."""

SLACK = 0.01
"""At first a plan may be worse than the greedy one by this share, so that the search leaves its hollow."""

NEAR = 14
"""A job is tried beside so many of its neighbours."""


def solve(problem: Problem, *, seed: int = 0) -> Solution:
    """The plan: exact for few jobs, greedy and local search for many."""
    if len(problem.jobs) <= EXACT:
        return problem.solution(exact(problem))
    best = greedy(problem)
    for restart in range(problem.policy.restarts):
        better = improve(problem, best, iterations=problem.policy.iterations, seed=seed + restart)
        if problem.total(better) < problem.total(best):
            best = better
    return problem.solution(best)


def exact(problem: Problem) -> Orders:
    """The best plan of all, by the best route of each crew over each set of jobs. For few jobs only."""
    count = len(problem.jobs)
    unplanned = problem.policy.unplanned_cost
    best: dict[int, tuple[float, Orders]] = {0: (0.0, ())}
    for crew in range(len(problem.lines)):
        routes = _routes(problem, crew)
        after: dict[int, tuple[float, Orders]] = {}
        for done, (cost, orders) in best.items():
            for mask, (more, order) in routes.items():
                if done & mask:
                    continue
                both = done | mask
                if both not in after or cost + more < after[both][0]:
                    after[both] = (cost + more, (*orders, order))
        best = after
    full = (cost + unplanned * (count - done.bit_count()) for done, (cost, _) in best.items())
    ranked = zip(full, (orders for _, orders in best.values()), strict=True)
    return min(ranked, key=lambda one: one[0])[1] if best else ()


def _routes(problem: Problem, crew: int) -> dict[int, tuple[float, tuple[int, ...]]]:
    """Set of jobs, as bits → cost and order of the crew's best route over them."""
    found: dict[int, tuple[float, tuple[int, ...]]] = {}
    others = {job for number, jobs in enumerate(problem.started) if number != crew for job in jobs}
    able = [job for job, can in enumerate(problem.can[crew]) if can and job not in others | set(problem.started[crew])]

    def extend(order: tuple[int, ...], mask: int) -> None:
        cost = problem.cost(crew, order)
        if math.isinf(cost):
            return  # more stops make no route possible again
        if problem.keeps_pins(crew, order) and (mask not in found or cost < found[mask][0]):
            found[mask] = (cost, order)
        for job in able:
            if not mask >> job & 1:
                extend((*order, job), mask | 1 << job)

    started = problem.started[crew]
    extend(started, sum(1 << job for job in started))
    return found


def improve(problem: Problem, start: Orders, *, iterations: int, seed: int) -> Orders:
    """A plan that costs no more than ``start``, after so many tried changes."""
    if not problem.movable or not problem.lines:
        return start
    return _Search(problem, start, seed).run(iterations)


class _Search:
    def __init__(self, problem: Problem, start: Orders, seed: int) -> None:
        self.problem, self.chance = problem, random.Random(seed)  # noqa: S311 - a search, no secret
        self.orders = [list(order) for order in start]
        self.costs = [problem.cost(crew, order) for crew, order in enumerate(self.orders)]
        self.where = {job: crew for crew, order in enumerate(self.orders) for job in order}
        self.loose = set(problem.movable)
        self.left = [job for job in problem.movable if job not in self.where]
        self.near = {job: self._nearest(job) for job in problem.movable}

    def _nearest(self, job: int) -> list[int]:
        others = (one for one in self.problem.movable if one != job)
        return sorted(others, key=lambda one: (self.problem.travel[job][one], one))[:NEAR]

    def run(self, iterations: int) -> Orders:
        """Late acceptance: a change is kept when it is better than now, or than some steps ago."""
        now = self._total()
        best, best_orders = now, self._snapshot()
        memory = [now + SLACK * sum(self.costs)] * MEMORY
        for number in range(iterations):
            change = self._change()
            if change is None:
                continue
            costs = {crew: self._price(crew, order) for crew, order in change.items()}
            gain = sum(costs.values()) - sum(self.costs[crew] for crew in change)
            slot = number % MEMORY
            if now + gain <= now or now + gain <= memory[slot]:
                self._take(change, costs)
                now += gain
                if now < best - 1e-9:
                    best, best_orders = now, self._snapshot()
            memory[slot] = min(memory[slot], now)
            if self.left and number % 50 == 0:
                now = self._insert(now)
                if now < best - 1e-9:
                    best, best_orders = now, self._snapshot()
        # Sums drift in their last digits over many steps: the plan counts, not the running total.
        return min((best_orders, self._snapshot()), key=self.problem.total)

    def _total(self) -> float:
        return sum(self.costs) + self.problem.policy.unplanned_cost * len(self.left)

    def _snapshot(self) -> Orders:
        return tuple(tuple(order) for order in self.orders)

    def _price(self, crew: int, order: Sequence[int]) -> float:
        if not self.problem.keeps_pins(crew, order):
            return math.inf
        return self.problem.cost(crew, order)

    def _take(self, change: dict[int, list[int]], costs: dict[int, float]) -> None:
        for crew, order in change.items():
            self.orders[crew], self.costs[crew] = order, costs[crew]
            for job in order:
                self.where[job] = crew

    def _change(self) -> dict[int, list[int]] | None:
        """One random change: the new orders of the crews that it concerns."""
        job = self.chance.choice(self.problem.movable)
        if job not in self.where or not self.near[job]:
            return None
        kind = self.chance.random()
        if kind < 0.55:
            return self._relocate(job)
        if kind < 0.75:
            return self._swap(job)
        return self._tails(job) if kind < 0.9 else self._reverse(job)

    def _beside(self, job: int) -> tuple[int, int] | None:
        """A crew and a place in its route beside a near job, or anywhere in some route."""
        if self.chance.random() < 0.7:
            other = self.chance.choice(self.near[job])
            crew = self.where.get(other)
            if crew is not None:
                return crew, self.orders[crew].index(other) + self.chance.randrange(2)
        crew = self.chance.randrange(len(self.orders))
        head = len(self.problem.started[crew])
        return crew, self.chance.randint(head, max(head, len(self.orders[crew])))

    def _segment(self, job: int) -> tuple[int, int, list[int]]:
        """A run of one to three loose jobs that begins with this one: crew, place, jobs."""
        crew = self.where[job]
        order = self.orders[crew]
        at, length = order.index(job), self.chance.choice((1, 1, 1, 2, 3))
        run = []
        for one in order[at : at + length]:
            if one not in self.loose:
                break
            run.append(one)
        return crew, at, run

    def _relocate(self, job: int) -> dict[int, list[int]] | None:
        crew, at, run = self._segment(job)
        found = self._beside(job)
        if found is None:
            return None
        other, place = found
        rest = self.orders[crew][:at] + self.orders[crew][at + len(run) :]
        if other == crew:
            place = place - len(run) if place > at + len(run) else min(place, at)
            return {crew: rest[:place] + run + rest[place:]}
        can = self.problem.can[other]
        if not all(can[one] for one in run):
            return None
        order = self.orders[other]
        return {crew: rest, other: order[:place] + run + order[place:]}

    def _swap(self, job: int) -> dict[int, list[int]] | None:
        other = self.chance.choice(self.near[job] if self.chance.random() < 0.5 else self.problem.movable)
        if other == job or other not in self.where:
            return None
        one, two = self.where[job], self.where[other]
        if not (self.problem.can[two][job] and self.problem.can[one][other]):
            return None
        swapped = {job: other, other: job}
        return {crew: [swapped.get(each, each) for each in self.orders[crew]] for crew in {one, two}}

    def _tails(self, job: int) -> dict[int, list[int]] | None:
        """Two crews change what comes after a place in each route."""
        found = self._beside(job)
        one = self.where[job]
        if found is None or found[0] == one:
            return None
        two, place = found
        at = self.orders[one].index(job)
        mine, theirs = self.orders[one][at:], self.orders[two][place:]
        moved = [*mine, *theirs]
        if not all(each in self.loose for each in moved):
            return None
        if not (all(self.problem.can[two][e] for e in mine) and all(self.problem.can[one][e] for e in theirs)):
            return None
        return {one: self.orders[one][:at] + theirs, two: self.orders[two][:place] + mine}

    def _reverse(self, job: int) -> dict[int, list[int]] | None:
        crew = self.where[job]
        order = self.orders[crew]
        at = order.index(job)
        end = min(at + self.chance.randint(2, 6), len(order))
        if end - at < 2 or any(each not in self.loose for each in order[at:end]):
            return None
        return {crew: order[:at] + order[at:end][::-1] + order[end:]}

    def _insert(self, now: float) -> float:
        """Try to find room for something that is left over."""
        job = self.chance.choice(self.left)
        places = min(self._places(job), key=lambda one: one[0], default=None)
        if places is None:
            return now
        gain, crew, order = places
        self._take({crew: order}, {crew: self.costs[crew] + gain})
        self.left.remove(job)
        return now + gain - self.problem.policy.unplanned_cost

    def _places(self, job: int) -> Iterator[tuple[float, int, list[int]]]:
        for crew, order in enumerate(self.orders):
            if not self.problem.can[crew][job]:
                continue
            for place in range(len(self.problem.started[crew]), len(order) + 1):
                longer = [*order[:place], job, *order[place:]]
                cost = self._price(crew, longer)
                if math.isfinite(cost):
                    yield cost - self.costs[crew], crew, longer
