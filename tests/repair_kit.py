"""A street with broken windows for tests at the rim: needs, a crew, the weather, through the API."""

from __future__ import annotations

from typing import Any

from doors import Api

SECRET = "Sealed Street 17"
"""An address that may stand nowhere but before a dispatcher or the flat's own crew."""


def a_need(name: str = "need-1", **changes: Any) -> dict[str, Any]:
    home = {"address": SECRET, "flat": "12", "lon": 36.5987, "lat": 50.6123, "adults": 1, "over_65": 1}
    opening = {"windows": 3, "heating": False, "floor": 4}
    return {"id": name, "area": "north", "building": "b-17", "opening": opening, "home": home} | changes


def a_crew(name: str = "crew-1", **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "names": {"en": "Glaziers", "ru": "Стекольщики"},
        "skills": ["glazing"],
        "stock": {"film": 120, "plywood": 20},
        "shift_from": "2024-01-04T20:00:00Z",
        "shift_to": "2024-01-05T05:00:00Z",
    } | changes


COLD: dict[str, Any] = {"temperature_c": -12.5, "wind_ms": 4, "source": "officer", "at": "2024-01-04T20:50:00Z"}


def street(api: Api, count: int = 2) -> None:
    """So many flats, the weather and a crew, planned."""
    for body in (COLD,):
        assert api.post("/weather", body).status_code == 201
    for at in range(1, count + 1):
        made = api.post("/needs", a_need(f"need-{at}", opening={"windows": at + 1, "heating": False}))
        assert made.status_code == 201, made.content
    assert api.post("/crews", a_crew()).status_code == 201
    assert api.post("/plan").status_code == 201
