"""Hours to cold for 3,000 flats in one call, beside a loop over the same flats with the same model in plain Python.

The loop is what one would write first: one flat after the other, numbers instead of arrays. It stops a flat where ours
does, once nothing more can be reached. It takes minutes for 3,000, so it goes through a sample of them, and its time is
scaled to all: every hundredth flat of the same list.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
import time

from _report import case, say

FLATS, EVERY, ROUNDS = 3000, 100, 5
HORIZON_H = 72.0


def main(json_only: bool) -> None:
    from tocsin.repair.heat import hours_to_cold, network

    flats = _flats(FLATS)
    ours, loop = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        told = hours_to_cold(network(flats, -10.0), horizon_h=HORIZON_H)
        ours.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        plain = [_scalar(flat) for flat in flats[::EVERY]]
        loop.append((time.perf_counter() - began) * 1000 * EVERY)
    for number, row in enumerate(plain):
        for one, other in zip(row, told, strict=True):
            beside = float(other[number * EVERY])
            assert one == beside or abs(one - beside) < 0.02, "the loop and the arrays disagree"
    took, beside = statistics.median(ours), statistics.median(loop)
    cases = [case(f"{FLATS} flats, {HORIZON_H:.0f} h ahead, 30 s steps", took, None)]
    cases[0]["peers"] = {"scalar loop": round(beside, 1)}
    cases[0]["vs_peers"] = {"scalar loop": round(took / beside, 4)}
    say("heat", cases, floor="", json_only=json_only)


def _flats(count: int) -> list:
    from tocsin.repair.heat import Flat

    chance = random.Random(1)
    covers = ("open", "open", "open", "film1", "film2", "plywood")
    return [
        Flat(
            hole_m2=chance.uniform(0.8, 6),
            cover=chance.choice(covers),
            two_sides=chance.random() < 0.2,
            heating=chance.random() < 0.5,
            floor_m2=chance.uniform(30, 90),
        )
        for _ in range(count)
    ]


def _scalar(flat) -> tuple[float, ...]:
    """The model for one flat, in floats."""
    from tocsin.repair.heat import network, steady

    net = network([flat], -10.0)
    (end_op,), (end_air,) = steady(net).operative, steady(net).air
    one = {name: float(getattr(net, name)[0]) for name in net.__slots__}
    total = one["h_is"] + one["h_w"] + one["h_ms"]
    out = one["h_w"] * -10.0 + one["to_surface"]
    air = mass = 21.0
    wanted = {n: level for n, level in enumerate((16.0, 10.0, 5.0, 0.0)) if end_op <= level + 0.01}
    if end_air <= 0.01:
        wanted[4] = 0.0
    found = [math.inf] * 5
    for step in range(1, int(HORIZON_H * 120) + 1):
        if not wanted:
            break
        air, mass, surface = _step(one, total, out, air, mass)
        operative = 0.3 * air + 0.7 * surface
        for n in [n for n, level in wanted.items() if (air if n == 4 else operative) <= level]:
            found[n] = step / 120
            del wanted[n]
    return tuple(found)


def _step(one: dict[str, float], total: float, out: float, air: float, mass: float) -> tuple[float, float, float]:
    vent, heat = one["h_ve"], 0.0
    if one["hole"]:
        flow = 1.204 * one["hole"] / 2 * math.sqrt(max(0.001 * 9, 0.0035 * one["opening"] * abs(air + 10)))
        if one["through"]:
            rho = 1.204 * 293.15 / 263.15
            flow = max(flow, rho * 0.6 * one["hole"] / 2 / math.sqrt(2) * 3.0 * math.sqrt(0.75))
        vent += 1006 * flow
    if one["radiator"]:
        heat = one["radiator"] * max((60 - air) / 39, 0) ** 1.3 * min(max(22 - air, 0), 1)
    ist, mst = one["h_is"] / total, one["h_ms"] / total
    to_surface = out + 0.3 * one["share_surface"] * heat
    aa = one["c_air"] / 30 + one["h_is"] * (1 - ist) + vent
    am = -one["h_is"] * mst
    mm = one["c_mass"] / 30 + one["h_ms"] * (1 - mst) + one["h_em"]
    b_air = one["c_air"] / 30 * air + vent * -10 + one["to_air"] + 0.7 * heat + ist * to_surface
    b_mass = one["c_mass"] / 30 * mass + one["h_em"] * -10 + one["to_mass"] + mst * to_surface
    b_mass += 0.3 * one["share_mass"] * heat
    det = aa * mm - am * am
    air, mass = (b_air * mm - am * b_mass) / det, (aa * b_mass - am * b_air) / det
    return air, mass, (one["h_is"] * air + one["h_ms"] * mass + to_surface) / total


if __name__ == "__main__":
    main("--json" in sys.argv)
