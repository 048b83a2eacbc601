"""From what is known of a need to the heat model: the flat, the weather, how cold it is by now."""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.repair.events import Opening, WeatherObserved
from tocsin.repair.heat import TEXTBOOK, Assumptions, Flat, network, steady
from tocsin.repair.policy import UrgencyPolicy

STILL_AIR_MS = 3.0
"""m/s where nobody said how windy it is."""


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
