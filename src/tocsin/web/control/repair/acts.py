"""A dispatcher's forms become commands."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from tocsin.core.errors import Invalid
from tocsin.repair import commands as cmd
from tocsin.repair.events import Cover, State
from tocsin.web.desk import desk

_MOST = 500


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").strip()[:_MOST]


def number(text: str, field: str, code: str = "TOC-11004") -> float:
    """``-12,5`` or ``−12.5`` as people type it.

    Raises:
        Invalid: it is no number.
    """
    try:
        return float(text.strip().replace("−", "-").replace(",", "."))
    except ValueError as fault:
        raise Invalid(code, f"{text[:40]!r} is no number.", field=field, remedy="Write it like -12.5.") from fault


def pin(request: HttpRequest, name: str) -> cmd.Command:
    """Fix it to a crew and a place, counted from 1 as people count."""
    crew, place = _text(request, "crew"), _text(request, "place") or "1"
    if not place.isascii() or not place.isdigit() or len(place) > 4:
        raise Invalid("TOC-11001", f"{place[:40]!r} is no place.", field="place", remedy="Write 1 for the next one.")
    position = max(0, int(place) - 1)
    return cmd.PinNeed(need_id=name, crew=crew, position=position, reason=_text(request, "reason"))


def close(request: HttpRequest, name: str) -> cmd.Command:
    """What became of it, as a dispatcher heard it."""
    state = cast("State", _text(request, "state"))
    cover = _text(request, "cover") if state == "temporarily_closed" else ""
    chosen = cast("Cover", cover) if cover else None
    return cmd.MoveNeed(need_id=name, state=state, cover=chosen, reason=_text(request, "reason"))


def reopen(request: HttpRequest, name: str) -> cmd.Command:
    """It is not closed; the number of the need stands in the form when it is no longer in the queue."""
    said = request.POST.get("by_resident") == "on"
    return cmd.ReopenNeed(need_id=name or _text(request, "need"), reason=_text(request, "reason"), by_resident=said)


def stop(request: HttpRequest, name: str) -> cmd.Command:
    """A crew cannot go on."""
    return cmd.StopCrew(crew_id=name, reason=_text(request, "reason"))


def resume(request: HttpRequest, name: str) -> cmd.Command:  # noqa: ARG001 - as its siblings
    """A crew can go on."""
    return cmd.ResumeCrew(crew_id=name)


def weather(request: HttpRequest, name: str) -> cmd.Command:  # noqa: ARG001 - as its siblings
    """How cold it is, as an officer read or heard it."""
    wind = _text(request, "wind")
    return cmd.ObserveWeather(
        at=desk().clock.now(),
        temperature_c=number(_text(request, "celsius"), "temperature_c"),
        wind_ms=number(wind, "wind_ms") if wind else None,
        source="officer",
    )
