"""A plan for 168 flats with 237 windows in 16 buildings and 8 crews, over 20 drawn nights.

Cost is what the planner minimises: each flat's K·h an hour times its people, times the hours until it is closed, with
lateness and a little for driving. Beside it: the order of the reports, the greedy plan, and OR-Tools begun from the
same greedy plan with 5 s a night, where it is installed. Each time is the median over the nights.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from typing import Any

from _report import case, say

FLATS, WINDOWS, BUILDINGS, CREWS, SEEDS = 168, 237, 16, 8, 20
OR_TOOLS_S = 5.0


def main(json_only: bool) -> None:
    from tocsin.repair.plan import greedy, report_order
    from tocsin.repair.plan_search import improve

    costs: dict[str, list[float]] = {}
    times: dict[str, list[float]] = {}
    for seed in range(SEEDS):
        problem = _night(seed)
        first = greedy(problem)
        ways = {
            "report order": lambda problem=problem: report_order(problem),
            "greedy": lambda problem=problem: greedy(problem),
            "ours": lambda problem=problem, first=first: improve(
                problem, first, iterations=problem.policy.iterations, seed=0
            ),
        }
        for name, way in ways.items():
            began = time.perf_counter()
            orders = way()
            times.setdefault(name, []).append((time.perf_counter() - began) * 1000)
            costs.setdefault(name, []).append(problem.total(orders))
        other = _or_tools(problem, first, OR_TOOLS_S)
        if other is not None:
            costs.setdefault("OR-Tools", []).append(problem.total(other))
            times.setdefault("OR-Tools", []).append(OR_TOOLS_S * 1000)
    assert all(ours <= base + 1e-6 for ours, base in zip(costs["ours"], costs["greedy"], strict=True))
    say("plan", _cases(costs, times), floor="greedy", json_only=json_only)


def _cases(costs: dict[str, list[float]], times: dict[str, list[float]]) -> list[dict[str, Any]]:
    cases = []
    for unit, told in (("cost", costs), ("ms", times)):
        ours = statistics.median(told["ours"])
        row = case(f"{FLATS} flats, {CREWS} crews, {SEEDS} nights, {unit}", ours, None, unit=unit)
        row["peers"] = {name: round(statistics.median(every), 1) for name, every in told.items() if name != "ours"}
        ratios = {
            name: statistics.median(mine / one for mine, one in zip(told["ours"], every, strict=True))
            for name, every in told.items()
            if name != "ours"
        }
        row["vs_peers"] = {name: round(ratio, 3) for name, ratio in ratios.items()}
        cases.append(row)
    return cases


def _night(seed: int):
    """Flats in buildings around a middle, the first crews with ropes; people, deadlines and windows as they fall."""
    from tocsin.repair.plan import Job, Line, Problem
    from tocsin.repair.policy import UrgencyPolicy

    chance, policy = random.Random(seed), UrgencyPolicy()
    houses = [(36.58 + chance.uniform(-0.05, 0.05), 50.6 + chance.uniform(-0.03, 0.03)) for _ in range(BUILDINGS)]
    windows = [1] * FLATS
    for _ in range(WINDOWS - FLATS):
        windows[chance.randrange(FLATS)] += 1
    jobs = []
    for number, panes in enumerate(windows):
        lon, lat = houses[chance.randrange(BUILDINGS)]
        people = chance.choice((0, 1, 1, 2, 2, 3, 4, 5, 7))
        area = panes * policy.pane_m2
        jobs.append(
            Job(
                id=f"n{number:03d}",
                lon=lon,
                lat=lat,
                weight=chance.uniform(8, 40) * people + policy.least_weight,
                service_h=policy.service_h + policy.service_m2_h * area,
                demand={"film": area * policy.film_per_m2},
                due_h=chance.uniform(2, 12) if chance.random() < 0.3 else None,
                skills=frozenset(("glazing", "height") if chance.random() < 0.15 else ("glazing",)),
            )
        )
    lines = [
        Line(
            id=f"c{number}",
            lon=36.58,
            lat=50.6,
            to_h=24.0,
            skills=frozenset(("glazing", "height") if number < 3 else ("glazing",)),
            stock={"film": 60.0},
            full={"film": 60.0},
        )
        for number in range(CREWS)
    ]
    return Problem(jobs, lines, policy)


def _or_tools(problem, first, seconds: float):
    """OR-Tools' routing over the same numbers, from the same plan; None where it is not installed.

    It knows weighted latency as soft upper bounds of nought on the time at each flat, and deadlines as those of a
    second clock. Reloading at the depot is outside of its form here, so it may carry what the whole night takes; our
    counting then puts the reloads in.
    """
    try:
        from ortools.constraint_solver import pywrapcp, routing_enums_pb2
    except ImportError:
        return None
    jobs, crews = len(problem.jobs), len(problem.lines)
    manager = pywrapcp.RoutingIndexManager(jobs + 1, crews, jobs)
    routing = pywrapcp.RoutingModel(manager)
    start = problem.start[0]

    def takes(one: int, other: int) -> int:
        a, b = manager.IndexToNode(one), manager.IndexToNode(other)
        if b == jobs:
            return 0
        return round((problem.travel[start if a == jobs else a][b] + problem.service[b]) * 3600)

    transit = routing.RegisterTransitCallback(takes)
    for name in ("time", "late"):
        routing.AddDimension(transit, 0, 24 * 3600, True, name)
    clock, late = routing.GetDimensionOrDie("time"), routing.GetDimensionOrDie("late")
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitCallback(lambda _a, _b: 0))
    for job in range(jobs):
        index = manager.NodeToIndex(job)
        clock.SetCumulVarSoftUpperBound(index, 0, round(problem.weight[job] * 10))
        if problem.due[job] < 24:
            late.SetCumulVarSoftUpperBound(
                index, max(round(problem.due[job] * 3600), 0), round(problem.policy.late_weight * 10)
            )
        for crew in range(crews):
            if not problem.can[crew][job]:
                routing.VehicleVar(index).RemoveValue(crew)
    options = pywrapcp.DefaultRoutingSearchParameters()
    options.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    options.time_limit.FromMilliseconds(round(seconds * 1000))
    routing.CloseModelWithParameters(options)
    begun = routing.ReadAssignmentFromRoutes([list(order) for order in first], True)
    found = routing.SolveFromAssignmentWithParameters(begun, options)
    if found is None:
        return None
    orders = []
    for crew in range(crews):
        index, order = found.Value(routing.NextVar(routing.Start(crew))), []
        while not routing.IsEnd(index):
            order.append(manager.IndexToNode(index))
            index = found.Value(routing.NextVar(index))
        orders.append(tuple(order))
    return tuple(orders)


if __name__ == "__main__":
    main("--json" in sys.argv)
