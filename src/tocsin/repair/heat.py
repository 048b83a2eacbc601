"""How long a flat with broken windows stays warm: five resistances, two capacities.

The network is that of ISO 13790 Annex C (operative temperature C.12) with the air's own capacity added, since its
hourly quasi-steady form hides the first minutes. Flow through an open window follows EN 16798-7 (one side), flow
through a flat that is open on two sides the orifice equation. Implicit Euler, a 2x2 solve a step, over all flats at
once.

Everything here takes and gives arrays with one value a flat. Units: W, W/K, J/K, °C, m², m/s; times in hours unless a
name says ``_s``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tocsin.repair.events import Cover

Array = NDArray[np.float64]

STEP_S = 30.0
START_C = 21.0
LEVELS_C = (16.0, 10.0, 5.0, 0.0)
"""Operative temperatures of which the hour is told; the fifth is the air at 0 °C, when pipes freeze."""

HORIZON_H = 168.0
RHO_CP = 1.204 * 1006.0
"""J/m³K of air at 20 °C."""

CONVECTIVE = 0.7
"""Share of a radiator's heat that goes to the air; the rest is radiated, and shared out as ISO 13790 C.2 and C.3 do."""

FILM_1: Cover = "film1"
COVERS: dict[Cover, tuple[float, float]] = {
    "film1": (5.88, 0.5),
    "film2": (2.86, 0.2),
    "plywood": (3.82, 0.3),
}
"""Cover → U in W/m²K, and the air changes per hour that leak past it. ``open`` and ``glass`` are not covers here."""


class Assumptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken for granted of a building; two of these are the ends of a band.

    Attributes:
        name: said beside every figure.
        u_wall, u_window: W/m²K.
        air_changes: infiltration of the intact flat, 1/h.
        heavy: whether the flat's own word ``heavy`` counts; False takes the medium capacity for all.
        capacity: by how much the capacities differ from the standard's (learned from thermometers).
    """

    name: str
    u_wall: float = 1.0
    u_window: float = 2.6
    air_changes: float = 0.5
    heavy: bool = True
    capacity: float = 1.0


TEXTBOOK = Assumptions(name="textbook")
PESSIMISTIC = Assumptions(name="pessimistic", u_wall=1.5, air_changes=2.0, heavy=False)


class Flat(msgspec.Struct, frozen=True, kw_only=True):
    """One flat. What follows from the floor's area when it is None: facade 0.5, windows 0.15 m² a m²; 3 and 33 W/m².

    Attributes:
        hole_m2: how much of the windows is broken; ``cover``: what closes it now.
        two_sides: half of the hole is on another side, so that wind blows through.
        heating: whether the radiator is warm.
        circulation: whether water moves in the pipes.
        opening_m: height of the opening.
        neighbours: W/K towards a neighbour's flat that stays at 21 °C.
    """

    hole_m2: float
    cover: Cover = "open"
    two_sides: bool = False
    heating: bool = False
    heavy: bool = True
    floor_m2: float = 50.0
    height_m: float = 2.5
    facade_m2: float | None = None
    window_m2: float | None = None
    opening_m: float = 1.5
    gains_w: float | None = None
    radiator_w: float | None = None
    neighbours: float = 0.0


@dataclass(frozen=True, slots=True)
class Network:
    """The network of many flats: conductances W/K, capacities J/K, sources W; see the module's head."""

    h_is: Array
    h_w: Array
    h_ms: Array
    h_em: Array
    h_ve: Array
    h_adj: Array
    c_air: Array
    c_mass: Array
    to_air: Array
    to_surface: Array
    to_mass: Array
    share_surface: Array
    share_mass: Array
    radiator: Array
    hole: Array
    opening: Array
    through: Array
    outside: Array
    wind: Array

    def __len__(self) -> int:
        return len(self.h_is)

    def pick(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Network:
        """Some of the flats."""
        return Network(*(getattr(self, one.name)[which] for one in fields(self)))


def network(
    flats: Sequence[Flat],
    outside_c: float | Array,
    wind_ms: float | Array = 3.0,
    assumed: Assumptions | Sequence[Assumptions] = TEXTBOOK,
) -> Network:
    """The conductances and sources of flats in that weather, under one set of assumptions or one a flat."""
    taken = [assumed] * len(flats) if isinstance(assumed, Assumptions) else assumed
    u_window, u_wall = _of(taken, "u_window"), _of(taken, "u_wall")
    capacity = _of(taken, "capacity")
    floor = _of(flats, "floor_m2")
    hole = _of(flats, "hole_m2")
    window = np.maximum(_of(flats, "window_m2", 0.15 * floor), hole)
    facade = np.maximum(_of(flats, "facade_m2", 0.5 * floor), window + 0.1)
    volume = floor * _of(flats, "height_m")
    heavy = np.array([flat.heavy and one.heavy for flat, one in zip(flats, taken, strict=True)])
    mass_area = np.where(heavy, 3.0, 2.5) * floor
    h_ms = 9.1 * mass_area
    wall = (facade - window) * u_wall
    covered, leak = _covers(flats, hole, u_window)
    h_w = (window - hole) * u_window + covered
    surfaces = 4.5 * floor
    share_mass = mass_area / surfaces
    share_surface = 1 - share_mass - h_w / (9.1 * surfaces)
    gains = _of(flats, "gains_w", 3.0 * floor)
    return Network(
        h_is=3.45 * surfaces,
        h_w=h_w,
        h_ms=h_ms,
        h_em=1 / (1 / wall - 1 / h_ms),
        h_ve=RHO_CP * volume * (_of(taken, "air_changes") + leak) / 3600,
        h_adj=_of(flats, "neighbours"),
        c_air=(10e3 * floor + RHO_CP * volume) * capacity,
        c_mass=np.where(heavy, 260e3, 165e3) * floor * capacity,
        to_air=0.5 * gains,
        to_surface=0.5 * gains * share_surface,
        to_mass=0.5 * gains * share_mass,
        share_surface=share_surface,
        share_mass=share_mass,
        radiator=np.where([flat.heating for flat in flats], _of(flats, "radiator_w", 33.0 * floor), 0.0),
        hole=np.where([flat.cover == "open" for flat in flats], hole, 0.0),
        opening=_of(flats, "opening_m"),
        through=np.array([1.0 if flat.two_sides else 0.0 for flat in flats]),
        outside=np.zeros(len(flats)) + outside_c,
        wind=np.zeros(len(flats)) + wind_ms,
    )


def _covers(flats: Sequence[Flat], hole: Array, u_window: Array) -> tuple[Array, Array]:
    """W/K through what closes the holes, and the air changes per hour that leak past it."""
    u_cover = np.array([COVERS.get(flat.cover, (np.nan, 0.0))[0] for flat in flats])
    u_cover = np.where(np.isnan(u_cover), u_window, u_cover)
    leak = np.array([COVERS.get(flat.cover, (0.0, 0.0))[1] for flat in flats])
    is_open = np.array([flat.cover == "open" for flat in flats])
    return np.where(is_open, 0.0, hole * u_cover), np.where(hole > 0, leak, 0.0)


def _of(flats: Sequence[Flat] | Sequence[Assumptions], name: str, otherwise: Array | None = None) -> Array:
    values = np.array([np.nan if (value := getattr(flat, name)) is None else value for flat in flats], dtype=float)
    return values if otherwise is None else np.where(np.isnan(values), otherwise, values)


def window_flow(net: Network, air_c: Array) -> Array:
    """Air through the open hole in kg/s: the larger of what one side and a draught through two sides would move."""
    one = (
        1.204
        * net.hole
        / 2
        * np.sqrt(np.maximum(0.001 * net.wind**2, 0.0035 * net.opening * np.abs(air_c - net.outside)))
    )
    if not net.through.any():
        return one
    rho = 1.204 * 293.15 / (273.15 + net.outside)
    effective = net.hole / 2 / np.sqrt(2)  # two equal holes in series
    draught: Array = net.through * rho * 0.6 * effective * net.wind * np.sqrt(0.75)
    return np.maximum(one, draught)


class Temperatures(NamedTuple):
    """Air, mass, surfaces and operative temperature, °C."""

    air: Array
    mass: Array
    surface: Array

    @property
    def operative(self) -> Array:
        """0.3 of the air and 0.7 of the surfaces (ISO 13790 C.12)."""
        return 0.3 * self.air + 0.7 * self.surface


class Stepper:
    """Marches one network through time. ``step`` goes on by one step of ``step_s`` seconds and keeps what flowed.

    Attributes:
        now: temperatures as they are.
        heat: what the radiators gave in the last step, W; ``vent``: W/K of all air that came in during it.
    """

    def __init__(
        self, net: Network, air: Array | float = START_C, mass: Array | float = START_C, step_s: float = STEP_S
    ) -> None:
        self.net, self.step_s = net, step_s
        one = np.ones(len(net))
        total = net.h_is + net.h_w + net.h_ms
        self._total, self._is, self._ms = total, net.h_is / total, net.h_ms / total
        self._out = net.h_w * net.outside + net.to_surface
        self._air_s, self._mass_s = net.c_air / step_s, net.c_mass / step_s
        self._aa = self._air_s + net.h_is - net.h_is * self._is
        self._am = -net.h_is * self._ms
        self._mm = self._mass_s + net.h_ms + net.h_em + net.h_adj - net.h_ms * self._ms
        self._b_air = net.to_air + self._is * self._out
        self._b_mass = net.to_mass + net.h_em * net.outside + net.h_adj * START_C + self._ms * self._out
        radiant = 1 - CONVECTIVE
        self._heat_air = CONVECTIVE + radiant * self._is * net.share_surface
        self._heat_mass = radiant * (net.share_mass + self._ms * net.share_surface)
        self._heat_surface = radiant * net.share_surface
        self._heated, self._holed = bool(net.radiator.any()), bool(net.hole.any())
        self.heat, self.vent = 0 * one, net.h_ve
        self.now = self._known(one * air, one * mass)

    def excess(self, air: Array) -> Array:
        """Take that air, and the mass in balance with it, as ``now``; what the air then gains, W."""
        net = self.net
        self.vent = net.h_ve + 1006.0 * window_flow(net, air)
        self.heat = radiator(net, air)
        mass = (self._b_mass + self._heat_mass * self.heat - self._am * air) / (self._mm - self._mass_s)
        self.now = self._known(air, mass)
        lost = (self._aa - self._air_s + self.vent) * air + self._am * mass
        return self._b_air + self._heat_air * self.heat + self.vent * net.outside - lost

    def _known(self, air: Array, mass: Array) -> Temperatures:
        net = self.net
        surface = (net.h_is * air + net.h_ms * mass + self._out + self._heat_surface * self.heat) / self._total
        return Temperatures(air, mass, surface)

    def step(self) -> Temperatures:
        """The temperatures one step later. Flow and radiator are taken as at the step's beginning."""
        net, now = self.net, self.now
        b_air, b_mass = self._b_air, self._b_mass
        if self._holed:
            self.vent = net.h_ve + 1006.0 * window_flow(net, now.air)
        if self._heated:
            self.heat = radiator(net, now.air)
            b_air = b_air + self._heat_air * self.heat
            b_mass = b_mass + self._heat_mass * self.heat
        aa = self._aa + self.vent
        b_air = b_air + self._air_s * now.air + self.vent * net.outside
        b_mass = b_mass + self._mass_s * now.mass
        determinant = aa * self._mm - self._am * self._am
        air = (b_air * self._mm - self._am * b_mass) / determinant
        mass = (aa * b_mass - self._am * b_air) / determinant
        self.now = self._known(air, mass)
        return self.now

    def record(self, steps: int) -> tuple[Array, Array]:
        """Air and operative temperature after each of so many steps: one row a step."""
        airs, operatives = np.empty((steps, len(self.net))), np.empty((steps, len(self.net)))
        for number in range(steps):
            now = self.step()
            airs[number], operatives[number] = now.air, now.operative
        return airs, operatives


def radiator(net: Network, air_c: Array) -> Array:
    """What radiators at a mean of 60 °C give, W: their rating at 21 °C, more to colder air.

    Above 21 °C the valve closes, within one degree, so that no flat is heated past what people would bear.
    """
    warm: Array = np.maximum((60.0 - air_c) / 39.0, 0.0) ** 1.3
    return net.radiator * warm * np.clip(START_C + 1.0 - air_c, 0.0, 1.0)


class Hours(NamedTuple):
    """Hours until the operative temperature is at or below 16, 10, 5 and 0 °C, and the air at 0 °C; inf: never.

    Each is the end of the first step in which it is so, and "never" is within the horizon.
    """

    to_16: Array
    to_10: Array
    to_5: Array
    to_0: Array
    air_0: Array


def steady(net: Network) -> Temperatures:
    """Where each flat ends up if the weather stays, found by halving: the warmer the air, the more it loses."""
    low, high = np.minimum(net.outside, START_C) - 1.0, np.full(len(net), 90.0)
    stepper = Stepper(net)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        warms = stepper.excess(middle) > 0
        low, high = np.where(warms, middle, low), np.where(warms, high, middle)
    stepper.excess((low + high) / 2)
    return stepper.now


_HALVINGS = 40


def hours_to_cold(
    net: Network, air: Array | float = START_C, mass: Array | float = START_C, *, horizon_h: float = HORIZON_H
) -> Hours:
    """When each flat of a network, in weather that stays, is too cold. One call takes thousands of flats."""
    when = crossings(net, [*((level, False) for level in LEVELS_C), (0.0, True)], air, mass, horizon_h=horizon_h)
    return Hours(*when)


def crossings(
    net: Network,
    levels: Sequence[tuple[float, bool]],
    air: Array | float = START_C,
    mass: Array | float = START_C,
    *,
    horizon_h: float = HORIZON_H,
) -> Array:
    """Hours until levels are reached: one row a level ``(°C, of the air alone)``, one column a flat; inf: never."""
    stepper = Stepper(net, air, mass)
    wanted = np.array([level for level, _ in levels])[:, None]
    of_air = np.array([alone for _, alone in levels])[:, None]
    when = np.where(_said(stepper.now, of_air) <= wanted, 0.0, np.inf)
    search = np.isinf(when) & ~_out_of_reach(stepper.now, steady(net), wanted, of_air)
    here = np.arange(len(net))
    steps = round(horizon_h * 3600 / STEP_S)
    for begun in range(0, steps, _BLOCK):
        keep: NDArray[np.bool_] = np.any(search[:, here], axis=0)
        if not keep.all():
            here = here[keep]
            stepper = Stepper(stepper.net.pick(keep), stepper.now.air[keep], stepper.now.mass[keep])
        if not len(here):
            break
        airs, operatives = stepper.record(min(_BLOCK, steps - begun))
        for row, (level, alone) in enumerate(levels):
            told = airs if alone else operatives
            new = search[row, here] & (told.min(axis=0) <= level)
            if new.any():
                first = (told[:, new] <= level).argmax(axis=0)
                when[row, here[new]] = (begun + 1 + first) * STEP_S / 3600
                search[row, here[new]] = False
    return when


_BLOCK = 60
"""Steps between two looks at who is still to be followed: half an hour."""


def _said(now: Temperatures, of_air: NDArray[np.bool_]) -> Array:
    """One row a level: the temperature that it speaks of."""
    told: Array = np.where(of_air, now.air, now.operative)
    return told


def _out_of_reach(now: Temperatures, end: Temperatures, wanted: Array, of_air: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Levels that a flat never comes down to: it is warmer than where it will end up, and that is above the level.

    Each node of the network only ever warms the other, so what begins above the balance stays above it.
    """
    above = (now.air >= end.air) & (now.mass >= end.mass)
    return above & (_said(end, of_air) > wanted + 0.01)
