"""How fast a building cools, learned from two readings of one flat: τ = Δt / ln((T1 − Te)/(T2 − Te))."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from tocsin.repair.heat import Network
from tocsin.repair.state import Reading

SHORTEST_H, LONGEST_H = 3.0, 200.0
"""Outside of this a τ is flagged and not used: somebody opened a door, heated, or misread."""

READING_K = 0.5
"""By so much a household thermometer may be wrong; both ends of a band follow from it."""


class Tau(msgspec.Struct, frozen=True, kw_only=True):
    """A time constant in hours. ``low``, ``high``: what ±0.5 K of either reading would make of it (inf: no cooling)."""

    hours: float
    low: float
    high: float
    flagged: bool
    first: Reading
    second: Reading


def between(first: Reading, second: Reading) -> Tau | None:
    """τ from two readings of one flat, None where it did not cool between them or was changed meanwhile."""
    hours = (second.at - first.at).total_seconds() / 3600
    if first.need != second.need or first.since != second.since or hours <= 0:
        return None
    outside = (first.outside_c + second.outside_c) / 2
    warm, cold = first.temperature_c - outside, second.temperature_c - outside
    if not warm > cold > 0:
        return None
    value = hours / math.log(warm / cold)
    low = hours / math.log((warm + READING_K) / (cold - READING_K)) if cold > READING_K else 0.0
    narrowest = (warm - READING_K) / (cold + READING_K)
    high = hours / math.log(narrowest) if narrowest > 1 else math.inf
    flagged = not SHORTEST_H <= value <= LONGEST_H
    return Tau(hours=value, low=low, high=high, flagged=flagged, first=first, second=second)


def learned(readings: Sequence[Reading]) -> list[Tau]:
    """Every τ that the readings of one building tell, in the order of their time; flagged ones among them."""
    by_need: dict[str, list[Reading]] = {}
    for reading in sorted(readings, key=lambda one: one.at):
        by_need.setdefault(reading.need, []).append(reading)
    told = [tau for own in by_need.values() for one, two in pairwise(own) if (tau := between(one, two)) is not None]
    return sorted(told, key=lambda tau: tau.second.at)


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """By how much a building is slower (above 1) or faster than the textbook: the middle, and the ends of its band."""

    middle: float
    low: float
    high: float
    taus: int


SMALLEST, LARGEST = 0.05, 5.0
"""A factor outside of this says more of the readings than of the building."""


def factor_of(taus: Sequence[Tau], expected_h: Sequence[float]) -> Factor | None:
    """The factor from usable τ and what the textbook expects of the same flats; None without a usable one."""
    pairs = [(tau, model) for tau, model in zip(taus, expected_h, strict=True) if not tau.flagged and model > 0]
    if not pairs:
        return None

    def of(values: list[float]) -> float:
        return min(max(statistics.median(values), SMALLEST), LARGEST)

    return Factor(
        middle=of([tau.hours / model for tau, model in pairs]),
        low=of([tau.low / model for tau, model in pairs]),
        high=of([tau.high / model for tau, model in pairs]),
        taus=len(pairs),
    )


def slow_constant_h(net: Network, flat: int) -> float:
    """The network's own τ in hours: the mass over what leads from it to the outside, wind alone moving the air."""
    vent = float(net.h_ve[flat])
    if net.hole[flat] > 0:
        # Half way down the buoyancy of 15 K drives the flow; τ of an open flat is no constant, hence only a middle.
        drive = max(0.001 * float(net.wind[flat]) ** 2, 0.0035 * float(net.opening[flat]) * 15.0)
        vent += 1006 * 1.204 * float(net.hole[flat]) / 2 * math.sqrt(drive)
    through_air = _series(float(net.h_is[flat]), vent)
    surface = _series(float(net.h_ms[flat]), float(net.h_w[flat]) + through_air)
    return float(net.c_mass[flat]) / (surface + float(net.h_em[flat])) / 3600


def _series(one: float, other: float) -> float:
    return one * other / (one + other)
