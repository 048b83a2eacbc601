"""Plans: equal to brute force on few jobs, never worse than greedy, and true to every hard rule."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.repair.plan import Job, Line, Problem, greedy, report_order, travel_h
from tocsin.repair.plan_search import exact, improve, solve
from tocsin.repair.policy import UrgencyPolicy

POLICY = UrgencyPolicy(iterations=400)

lon, lat = st.floats(36.45, 36.55), st.floats(50.56, 50.64)
skills = st.sampled_from([frozenset({"glazing"}), frozenset({"glazing", "height"}), frozenset({"electrics"})])
jobs = st.builds(
    Job,
    id=st.just("?"),
    lon=lon,
    lat=lat,
    weight=st.floats(0.1, 200),
    service_h=st.floats(0.1, 2),
    skills=skills,
    demand=st.fixed_dictionaries({"film": st.floats(0, 12)}, optional={"glass": st.floats(0, 4)}),
    due_h=st.one_of(st.none(), st.floats(0, 6)),
    pin=st.one_of(st.none(), st.none(), st.none(), st.tuples(st.sampled_from(["c0", "c1"]), st.integers(0, 3))),
)
lines = st.builds(
    Line,
    id=st.just("?"),
    lon=lon,
    lat=lat,
    from_h=st.floats(0, 2),
    to_h=st.floats(2, 12),
    skills=st.sampled_from([frozenset({"glazing"}), frozenset({"glazing", "height", "electrics"})]),
    stock=st.just({"film": 10.0, "glass": 2.0}),
    full=st.just({"film": 14.0, "glass": 6.0}),
)


@st.composite
def problems(draw: Any, most: int = 6, least: int = 0) -> Problem:
    many = draw(st.lists(jobs, min_size=least, max_size=most))
    crews = draw(st.lists(lines, min_size=1, max_size=2))
    named = [_renamed(job, f"n{number}") for number, job in enumerate(many)]
    going = [number for number in draw(st.sets(st.integers(0, 20), max_size=2)) if number < len(named)]
    lined = []
    for number, line in enumerate(crews):
        started = tuple(named[one].id for one in going if one % len(crews) == number)
        lined.append(_renamed(line, f"c{number}", started=started))
    return Problem(named, lined, POLICY)


def _renamed(thing: Any, name: str, **more: Any) -> Any:
    told = {one: getattr(thing, one) for one in thing.__dataclass_fields__}
    return type(thing)(**(told | {"id": name} | more))


def brute(problem: Problem) -> float:
    """Every way of giving the jobs to the crews, in every order, costed by the rules as they are written."""
    best, count = math.inf, len(problem.jobs)
    for owners in itertools.product(range(-1, len(problem.lines)), repeat=count):
        if any(owner < 0 and job in problem.fixed for job, owner in enumerate(owners)):
            continue
        sum_cost = POLICY.unplanned_cost * sum(owner < 0 for owner in owners)
        for crew in range(len(problem.lines)):
            mine = [job for job, owner in enumerate(owners) if owner == crew]
            sum_cost += min((obvious(problem, crew, order) for order in itertools.permutations(mine)), default=0.0)
        best = min(best, sum_cost)
    return best


def obvious(problem: Problem, crew: int, order: tuple[int, ...]) -> float:
    """The cost of a route, by hand."""
    line, policy = problem.lines[crew], problem.policy
    head = tuple(n for name in line.started for n, job in enumerate(problem.jobs) if job.id == name)
    if order[: len(head)] != head:
        return math.inf
    place, time, cost, ended = (line.lon, line.lat), line.from_h, 0.0, line.from_h
    left = dict(line.stock)
    for at, number in enumerate(order):
        job, going = problem.jobs[number], number in head
        if not going:
            if job.skills - line.skills or (job.pin is not None and job.pin[0] != line.id):
                return math.inf
            if any(amount > left.get(name, 0) + 1e-9 for name, amount in job.demand.items()):
                left = dict(line.full)
                if any(amount > left.get(name, 0) + 1e-9 for name, amount in job.demand.items()):
                    return math.inf
                depot = line.depot or (line.lon, line.lat)
                drive = travel_h(place, depot, policy)
                time, cost, place = time + drive + policy.reload_h, cost + policy.travel_weight * drive, depot
            left = {name: have - job.demand.get(name, 0) for name, have in left.items()}
        drive = travel_h(place, (job.lon, job.lat), policy)
        time, place = time + drive + job.service_h, (job.lon, job.lat)
        late = max(time - (math.inf if job.due_h is None else job.due_h), 0)
        cost += policy.travel_weight * drive + job.weight * time + policy.late_weight * late
        ended = time
        if going and at == len(head) - 1:
            line = _renamed(line, line.id, to_h=max(line.to_h, time))
    if order and ended > line.to_h + 1e-9:
        return math.inf
    return cost if problem.keeps_pins(crew, order) else math.inf


@settings(max_examples=60, deadline=None)
@given(problems(most=5))
def test_few_jobs_are_planned_as_brute_force_would(problem: Problem) -> None:
    found = problem.solution(exact(problem))
    assert found.cost == pytest.approx(brute(problem), rel=1e-9, abs=1e-9)


@settings(max_examples=6, deadline=None)
@given(problems(most=8, least=7))
def test_eight_jobs_too(problem: Problem) -> None:
    if len(problem.lines) > 1:
        problem = Problem(problem.jobs, problem.lines[:1], POLICY)
    best = math.inf
    free = [number for number in range(len(problem.jobs)) if problem.can[0][number]]
    for size in range(len(free) + 1):
        for some in itertools.combinations(free, size):
            left = POLICY.unplanned_cost * (len(problem.jobs) - size)
            if best <= left:
                continue
            cost = min((obvious(problem, 0, order) for order in itertools.permutations(some)), default=0.0)
            best = min(best, cost + left)
    assert solve(problem).cost == pytest.approx(best, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(problems(most=6), st.integers(0, 3))
def test_the_local_search_is_never_worse_than_greedy_nor_better_than_the_best(problem: Problem, seed: int) -> None:
    first = greedy(problem)
    found = improve(problem, first, iterations=400, seed=seed)
    best = problem.total(exact(problem))
    assert best - 1e-6 <= problem.total(found) <= problem.total(first) + 1e-6


@settings(max_examples=40, deadline=None)
@given(problems(most=24, least=9), st.integers(0, 3))
def test_a_plan_keeps_every_hard_rule_and_is_made_again_alike(problem: Problem, seed: int) -> None:
    found = solve(problem, seed=seed)
    assert found == solve(problem, seed=seed)
    assert found.cost <= problem.total(greedy(problem)) + 1e-6
    planned = [job for order in found.orders for job in order]
    assert len(planned) == len(set(planned))
    assert {*planned, *found.left} == set(range(len(problem.jobs)))
    assert not problem.fixed & set(found.left)
    for crew, order in enumerate(found.orders):
        assert math.isfinite(problem.cost(crew, order))
        assert order[: len(problem.started[crew])] == problem.started[crew]
        assert obvious(problem, crew, order) == pytest.approx(problem.cost(crew, order))


def job(name: str, **changes: Any) -> Job:
    return Job(**({"id": name, "lon": 36.5, "lat": 50.6, "weight": 10.0, "service_h": 0.5} | changes))


def line(name: str = "c0", **changes: Any) -> Line:
    stock: dict[str, Any] = {"stock": {"film": 10.0}, "full": {"film": 10.0}}
    return Line(**({"id": name, "lon": 36.5, "lat": 50.6} | stock | changes))


def plan(*jobs: Job, crews: tuple[Line, ...] = (line(),)) -> tuple[list[list[str]], dict[str, str]]:
    problem = Problem(jobs, crews, POLICY)
    found = solve(problem)
    return [[jobs[n].id for n in order] for order in found.orders], {jobs[n].id: why for n, why in found.left.items()}


def test_the_weight_counts_and_not_the_way() -> None:
    near, far = job("near", weight=1.0), job("far", lon=36.53, weight=500.0)
    assert plan(near, far)[0] == [["far", "near"]]


def test_a_deadline_comes_before_a_heavier_job() -> None:
    assert plan(job("heavy", weight=50.0), job("old", weight=5.0, due_h=0.6))[0] == [["old", "heavy"]]


def test_what_is_late_already_is_planned_late_and_not_dropped() -> None:
    orders, left = plan(job("late", due_h=-3.0), job("other"))
    assert sorted(orders[0]) == ["late", "other"]
    assert not left


def test_why_something_is_left_over() -> None:
    _, left = plan(
        job("wires", skills=frozenset({"electrics"})),
        job("huge", demand={"film": 50.0}),
        job("long", service_h=20.0),
        job("lost", pin=("c9", 0)),
    )
    assert left == {"wires": "skill", "huge": "material", "long": "shift", "lost": "pin"}


def test_a_crew_reloads_when_its_stock_does_not_reach() -> None:
    problem = Problem([job("a", demand={"film": 6.0}), job("b", demand={"film": 6.0})], [line()], POLICY)
    visits = problem.visits(0, (0, 1))
    assert visits is not None
    assert [visit.reload for visit in visits] == [False, True]
    assert visits[1].arrive_h == pytest.approx(0.5 + POLICY.reload_h)


def test_what_was_started_stays_and_is_finished_after_the_shift() -> None:
    crews = (line(started=("slow",), to_h=0.2), line("c1"))
    orders, left = plan(job("slow", weight=0.1, demand={"film": 99.0}), job("fast", weight=900.0), crews=crews)
    assert orders == [["slow"], ["fast"]]
    assert not left


def test_pins_stand_in_their_place() -> None:
    light, heavy, middle = job("light", weight=0.1, pin=("c0", 0)), job("heavy", weight=90.0), job("middle")
    assert plan(light, heavy, middle)[0] == [["light", "heavy", "middle"]]
    last = job("last", weight=900.0, pin=("c0", 7))
    assert plan(last, heavy, middle)[0] == [["heavy", "middle", "last"]]


def test_two_pins_on_one_place_stand_one_after_the_other() -> None:
    assert plan(job("a", pin=("c0", 0)), job("b", weight=99.0, pin=("c0", 0)), job("c"))[0] == [["a", "b", "c"]]


def test_no_crew_no_plan() -> None:
    assert plan(job("a"), crews=()) == ([], {"a": "skill"})


def test_the_baseline_takes_things_as_they_were_reported() -> None:
    problem = Problem([job("a", weight=0.1), job("b", weight=99.0)], [line()], POLICY)
    assert report_order(problem) == ((0, 1),)


@pytest.mark.parametrize("night", range(6))
def test_the_search_alone_finds_the_best_plan_of_seven_jobs(night: int) -> None:
    chance = random.Random(night)
    many = [
        job(
            f"n{number}",
            lon=36.45 + chance.random() / 10,
            lat=50.56 + chance.random() / 12,
            weight=chance.uniform(1, 200),
            service_h=chance.uniform(0.2, 1),
            demand={"film": chance.uniform(1, 8)},
            due_h=chance.choice((None, None, chance.uniform(0.5, 5))),
        )
        for number in range(7)
    ]
    problem = Problem(many, [line("c0"), line("c1", lon=36.53)], POLICY)
    found = min(problem.total(improve(problem, greedy(problem), iterations=4000, seed=seed)) for seed in range(6))
    assert found == pytest.approx(problem.total(exact(problem)))
