"""Repairs in the words of a language: hours to the cold, materials, what is broken, the weather."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tocsin.repair.events import Opening, WeatherObserved


_HURRY_H = 2.0


def cold(w: Mapping[str, str], hours: Sequence[float | None], *, known: bool) -> str:
    """When a flat is down to the level: between the pessimistic and the textbook hour. ``known``: the weather is."""
    low, high = hours[0], hours[1]
    if not known:
        return w["rpr_cold_unknown"]
    if low is None:
        return w["rpr_cold_never"]
    if low <= 0:
        return w["rpr_cold_now"]
    if high is None:
        return w["rpr_cold_in_never"].format(span=span(w, low, low))
    return w["rpr_cold_in"].format(span=span(w, low, high))


def span(w: Mapping[str, str], low: float, high: float) -> str:
    """``30–70 min``, ``2.6–6 h``: in minutes as long as that is what somebody hurries by."""
    by_minutes = high < _HURRY_H
    ends = [plain(round(hours * 60)) if by_minutes else plain(round(hours, 1)) for hours in (low, high)]
    return f"{'–'.join(dict.fromkeys(ends))}\u00a0{w['unit_min' if by_minutes else 'unit_h']}"


def plain(number: float) -> str:
    """``3.0`` → ``3``, ``-12.5`` → ``−12.5``."""
    return f"{number:g}".replace("-", "−")


def materials(w: Mapping[str, str], amounts: Mapping[Any, float]) -> str:
    """``film 120 m², plywood 20 m²``; a dash for nothing."""
    said = [w[f"rpr_material_{name}"].format(n=plain(round(amount, 1))) for name, amount in sorted(amounts.items())]
    return ", ".join(said) or "–"


def reasons(w: Mapping[str, str], opening: Opening) -> str:
    """What is broken, in a few words."""
    said = [w["rpr_windows"].format(n=opening.windows)]
    if opening.cracked:
        said.append(w["rpr_cracked"])
    elif opening.hole_m2 is not None:
        said.append(w["rpr_open_m2"].format(n=plain(opening.hole_m2)))
    if opening.floor is not None:
        said.append(w["rpr_floor"].format(n=opening.floor))
    return ", ".join(said)


def people(w: Mapping[str, str], home: Mapping[str, object]) -> str:
    """Who is at home, as far as a crew must know: how many, and who cannot wait. "" when nobody said."""
    known = [(key, home.get(key)) for key in ("adults", "over_65", "under_5", "dependent")]
    return ", ".join(w[f"rpr_{key}"].format(n=value) for key, value in known if isinstance(value, int) and value > 0)


def weather_line(w: Mapping[str, str], now: WeatherObserved) -> str:
    """``below −10 °C, wind 4 m/s``."""
    word = {"eq": "rpr_is", "lt": "rpr_below", "gt": "rpr_above"}[now.op]
    wind = w["rpr_wind_unknown"] if now.wind_ms is None else w["rpr_wind_is"].format(n=plain(now.wind_ms))
    return f"{w[word].format(n=plain(now.temperature_c))}, {wind}"
