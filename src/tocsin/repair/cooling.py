"""From what is known of a need to the heat model: the flat, the weather, how cold it is by now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tocsin.repair import tau
from tocsin.repair.events import Opening, WeatherObserved
from tocsin.repair.heat import (
    PESSIMISTIC,
    START_C,
    STEP_S,
    TEXTBOOK,
    Array,
    Assumptions,
    Flat,
    Network,
    Stepper,
    network,
    steady,
)
from tocsin.repair.policy import UrgencyPolicy
from tocsin.repair.state import Need, Phase, RepairState

STILL_AIR_MS = 3.0
"""m/s where nobody said how windy it is."""

FINE_H, COARSE_S = 24.0, 300.0
"""What lies further back than this many hours is gone through in longer steps; implicit Euler bears it."""

LONGEST_PAST = timedelta(days=14)
"""A flat open for longer is reckoned from then on: by now it is as cold as the weather makes it."""


def hole_of(opening: Opening, policy: UrgencyPolicy) -> float:
    """Open area in m²: as measured, else by the panes; nothing for what is only cracked."""
    if opening.cracked:
        return 0.0
    return opening.hole_m2 if opening.hole_m2 is not None else opening.windows * policy.pane_m2


def flat_of(opening: Opening, policy: UrgencyPolicy) -> Flat:
    """The flat as the heat model takes it. Where nobody said that it is heated, it is taken as cold."""
    return Flat(
        hole_m2=hole_of(opening, policy),
        cover=opening.cover,
        two_sides=opening.two_sides,
        heating=bool(opening.heating),
        heavy=opening.heavy,
        **({} if opening.floor_m2 is None else {"floor_m2": opening.floor_m2}),
    )


def wind_of(weather: WeatherObserved) -> float:
    """m/s."""
    return STILL_AIR_MS if weather.wind_ms is None else weather.wind_ms


def stays(
    opening: Opening, weather: WeatherObserved | None, policy: UrgencyPolicy, assumed: Assumptions = TEXTBOOK
) -> Literal["warm", "second_job", "relocate"]:
    """Whether the flat stays warm enough behind its present cover; if not, whether whole windows would cure it."""
    if weather is None:
        return "warm"
    whole = msgspec.structs.replace(opening, cover="glass")
    flats = [flat_of(opening, policy), flat_of(whole, policy)]
    now, cured = steady(network(flats, weather.temperature_c, wind_of(weather), assumed)).operative
    if now >= policy.closed_c:
        return "warm"
    return "second_job" if cured >= policy.closed_c else "relocate"


def factors(state: RepairState, policy: UrgencyPolicy) -> dict[str, tau.Factor]:
    """Building → how it differs from the textbook, where thermometers have told."""
    found = {}
    for building, readings in sorted(state.readings.items()):
        taus = [one for one in tau.learned(readings) if _unheated(state, one)]
        expected = [_expected_h(state, one, policy) for one in taus]
        factor = tau.factor_of(taus, expected)
        if factor is not None:
            found[building] = factor
    return found


def _opening_at(need: Need, at: datetime) -> Opening:
    before = [phase.opening for phase in need.phases if phase.at <= at]
    return before[-1] if before else need.opening


def _unheated(state: RepairState, one: tau.Tau) -> bool:
    """A heated flat does not cool towards the outside: its τ would say nothing."""
    need = state.needs.get(one.first.need)
    return need is not None and not _opening_at(need, one.first.at).heating


def _expected_h(state: RepairState, one: tau.Tau, policy: UrgencyPolicy) -> float:
    need = state.needs[one.first.need]
    weather = state.weather_at(one.first.at)
    wind = STILL_AIR_MS if weather is None else wind_of(weather)
    flat = flat_of(_opening_at(need, one.first.at), policy)
    return tau.slow_constant_h(network([flat], one.first.outside_c, wind), 0)


def ends(need: Need, told: dict[str, tau.Factor]) -> tuple[Assumptions, Assumptions]:
    """Both ends of the need's band: textbook and pessimistic, or what thermometers in its building told."""
    factor = told.get(need.building or f"need/{need.id}")
    if factor is None:
        return TEXTBOOK, PESSIMISTIC
    high = Assumptions(name="learned", capacity=factor.high)
    return high, Assumptions(name="learned", capacity=factor.low)


def temperatures(
    needs: Sequence[Need],
    weather: Sequence[WeatherObserved],
    now: datetime,
    policy: UrgencyPolicy,
    assumed: Sequence[Assumptions],
) -> Past:
    """How cold each flat is at ``now``, from 21 °C when it was broken, through weather and covers since."""
    air, mass = np.full(len(needs), START_C), np.full(len(needs), START_C)
    past = Past(air, mass, np.zeros(len(needs)), np.zeros(len(needs)))
    if not weather:
        return past
    begun = [_phases(need, now) for need in needs]
    edges = {now} | {phase.at for phases in begun for phase in phases}
    edges |= {one.at for one in weather if min(edges) < one.at < now}
    times = sorted(edges)
    for start, end in pairwise(times):
        here = np.array([n for n, phases in enumerate(begun) if phases and phases[0].at <= start], dtype=np.intp)
        if not len(here):
            continue
        flats = [flat_of([p for p in begun[n] if p.at <= start][-1].opening, policy) for n in here]
        there = _weather_at(weather, start)
        net = network(flats, there.temperature_c, wind_of(there), [assumed[n] for n in here])
        coarse = (now - end).total_seconds() / 3600 >= FINE_H
        _march(past, here, net, (end - start).total_seconds(), COARSE_S if coarse else STEP_S, policy)
    return past


class Past(NamedTuple):
    """What became of the flats: air and mass, °C, and for how many hours on end it has been too cold for old people
    (operative) and for pipes (air).
    """

    air: Array
    mass: Array
    elderly_h: Array
    pipes_h: Array


def _march(  # noqa: PLR0917 - one span of time for some of the flats
    past: Past, here: NDArray[np.intp], net: Network, seconds: float, step_s: float, policy: UrgencyPolicy
) -> None:
    """Go on through a span in which nothing changes, and write into ``past`` what became of those flats."""
    whole, rest = divmod(seconds, step_s)
    steps = [step_s] * int(whole) + ([rest] if rest > 0 else [])
    stepper = Stepper(net, past.air[here], past.mass[here], step_s)
    elderly, pipes = past.elderly_h[here], past.pipes_h[here]
    for took_s in steps:
        if took_s != stepper.step_s:
            stepper = Stepper(net, stepper.now.air, stepper.now.mass, took_s)
        now = stepper.step()
        elderly = np.where(now.operative <= policy.elderly_c, elderly + took_s / 3600, 0.0)
        pipes = np.where(now.air <= policy.freeze_c, pipes + took_s / 3600, 0.0)
    past.air[here], past.mass[here] = stepper.now.air, stepper.now.mass
    past.elderly_h[here], past.pipes_h[here] = elderly, pipes


def _phases(need: Need, now: datetime) -> tuple[Phase, ...]:
    """What there was of it before ``now``, begun at the earliest that is still looked at."""
    earliest = now - LONGEST_PAST
    known = [phase for phase in need.phases if phase.at < now]
    old = [phase for phase in known if phase.at <= earliest]
    if not old:
        return tuple(known)
    return (Phase(at=earliest, opening=old[-1].opening), *known[len(old) :])


def _weather_at(weather: Sequence[WeatherObserved], at: datetime) -> WeatherObserved:
    before = [one for one in weather if one.at <= at]
    return before[-1] if before else weather[0]
