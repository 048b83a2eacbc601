"""Coarse figures of a night: the weather outside, and how many homes are open to the cold. Never which."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tocsin.repair.events import WeatherObserved
from tocsin.repair.state import OPEN, Need, RepairState
from tocsin.web.desk import publication, repairs
from tocsin.web.record import scene as sc
from tocsin.web.record.clock import clock, end_of, start_of
from tocsin.web.record.look import Look

CLOSED = frozenset({"temporarily_closed", "verified", "glazed"})
FEW = 5
"""Fewer homes than that are not counted out: a small number in a known place may name somebody."""


def figures(look: Look, day: date, until: datetime) -> tuple[sc.Figure, ...]:
    """What the repair room says of a day, as known at an instant. Nothing where nobody measured."""
    state = repairs().state()
    until = min(until, end_of(day, look.zone))
    first = start_of(day, look.zone)
    seen = [one for one in state.weather if first <= one.at < until]
    return (*_weather(look, seen[-1:], day), *_homes(look, state, first, until))


def _weather(look: Look, seen: list[WeatherObserved], day: date) -> list[sc.Figure]:
    w, found = look.w, []
    for one in seen:
        value = f"{one.temperature_c:g} °C".replace("-", "−")
        said = {"lt": w["rec_below"], "gt": w["rec_above"]}.get(one.op, "{value}").format(value=value)
        found.append(sc.Figure(word=w["rec_weather"], value=said, note=clock(one.at, look.zone, day)))
        if one.wind_ms is not None:
            found.append(sc.Figure(word=w["rec_wind"], value=f"{one.wind_ms:g} {w['unit_mps']}"))
    return found


def _homes(look: Look, state: RepairState, first: datetime, until: datetime) -> list[sc.Figure]:
    """How many were open that day and how many were closed by then, as late as the policy lets anything out."""
    policy = publication()
    until -= timedelta(seconds=policy.delay_s)
    if policy.hold_during_alert and any(one.end is None for one in look.warned):
        return []
    states = [_state_at(one, until) for one in state.needs.values() if not one.merged_into]
    waiting = sum(1 for one in states if one in OPEN)
    shut = sum(1 for one in state.needs.values() if not one.merged_into and _shut(one, first, until))
    if waiting + shut == 0:
        return []
    counts = ((look.w["rec_needs_open"], waiting), (look.w["rec_needs_closed"], shut))
    return [sc.Figure(word=word, value=_rough(n, look.w)) for word, n in counts]


def _state_at(need: Need, until: datetime) -> str:
    """The state in which a need was at an instant; "" before it was known."""
    return next((one.state for one in reversed(need.history) if one.at <= until), "")


def _shut(need: Need, first: datetime, until: datetime) -> bool:
    """Whether it was closed between two instants, and still is at the second."""
    now = _state_at(need, until)
    return now in CLOSED and _state_at(need, first) not in CLOSED


def _rough(n: int, w: dict[str, str]) -> str:
    return w["rec_op_lt"].format(n=FEW) if 0 < n < FEW else str(n)
