"""A street with broken windows, through the desk of the repair room."""

from __future__ import annotations

from datetime import timedelta

from doors import START
from tocsin.app.actor import Actor, Grant
from tocsin.app.repair import RepairDesk
from tocsin.repair import commands as cmd
from tocsin.repair.events import Crew, Opening

DISPATCHER = Actor(id="officer:d1", grants=(Grant(role="dispatcher"),))


def street(room: RepairDesk, count: int, crews: int = 2) -> list[str]:
    """So many flats with sealed homes, two crews and the cold, planned; the ids of the flats."""
    room.do(cmd.ObserveWeather(at=START, temperature_c=-12.5, wind_ms=4, source="mast-1"), DISPATCHER)
    for at in range(1, crews + 1):
        crew = Crew(
            id=f"crew-{at}",
            names={"en": f"Glaziers {at}", "ru": f"Стекольщики {at}"},
            skills=("glazing", "height"),
            stock={"film": 120.0, "plywood": 20.0},
            shift_from=START - timedelta(hours=1),
            shift_to=START + timedelta(hours=10),
        )
        room.do(cmd.DefineCrew(crew=crew), DISPATCHER)
    for at in range(1, count + 1):
        home = {
            "address": f"Sealed Street {10 + at}",
            "flat": str(at),
            "lon": 36.56 + at * 0.004,
            "lat": 50.61 + at * 0.003,
            "people": {"adults": 1, "elderly": at % 2, "small": at % 3},
        }
        opening = Opening(windows=1 + at % 4, heating=at % 2 == 0, floor=at, cracked=at == count)
        sealed = room.vault.keep("home", home)
        room.do(cmd.OpenNeed(need_id=f"need-{at}", area="north", opening=opening, sealed=sealed), DISPATCHER)
    room.replan("first", DISPATCHER)
    return [f"need-{at}" for at in range(1, count + 1)]
