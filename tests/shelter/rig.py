"""A desk of the shelter room over a ledger in memory, and what is kept beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tocsin.app.actor import Actor, Grant
from tocsin.app.shelters import Outcome, ShelterDesk
from tocsin.shelter import commands as cmd
from tocsin.shelter import events as ev
from tocsin.shelter.state import ShelterState
from warn.rig import ADMIN, AREAS, Rig, officer, square

DUTY = officer("anna", "duty")
DISPATCHER = officer("dana", "dispatcher", area="north")
SOUTHERN = officer("sofia", "dispatcher", area="south")
OBSERVER = officer("oleg", "observer")
DOOR = Actor(id="key:door", grants=(Grant(role="sensor", area="north"),))
NOBODY = Actor(id="public:anybody")


def shelter(shelter_id: str = "h01", **changes: Any) -> ev.Shelter:
    told: dict[str, Any] = {"names": {"en": f"Shelter {shelter_id}"}, "area": "north-1", "kind": "public", "demo": True}
    told |= changes
    return ev.Shelter(id=shelter_id, **(told | {"names": {} if told.get("hidden") else told["names"]}))


def place(lat: float = 50.61, lon: float = 36.51, name: str = "") -> ev.Place:
    return ev.Place(lon=lon, lat=lat, names={"en": name} if name else {})


def drill(group: str = "5A", seconds: int = 170, season: ev.Season = "winter", on: date = date(2024, 1, 3)) -> Any:
    return ev.DrillTime(group=group, people=24, seconds=seconds, season=season, on=on)


def feature(shelter_id: str = "h01", *, lon: Any = 36.51, lat: Any = 50.61, **properties: Any) -> dict[str, Any]:
    told = {"id": shelter_id, "names": {"en": f"Shelter {shelter_id}"}, "area": "north-1", "demo": True} | properties
    told = {key: value for key, value in told.items() if value is not ...}
    return {"type": "Feature", "properties": told, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


@dataclass
class Shelters:
    """A small city with shelters."""

    rig: Rig = field(default_factory=lambda: Rig(areas=AREAS))
    places: dict[str, ev.Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = ShelterDesk(self.rig.desk, lambda: self.places)
        self.clock = self.rig.clock

    @property
    def state(self) -> ShelterState:
        return self.desk.state()

    def do(self, command: cmd.Command, actor: Actor = ADMIN) -> Outcome:
        return self.desk.do(command, actor)

    def register(self, *shelters: ev.Shelter, **more: Any) -> Outcome:
        return self.do(cmd.RegisterShelters(shelters=shelters, **more))

    def door(self, state: ev.DoorState, shelter_id: str = "h01", actor: Actor = DUTY, ago_s: float = 0) -> Outcome:
        from datetime import timedelta

        at = self.clock.now() - timedelta(seconds=ago_s)
        return self.do(cmd.ReportDoor(shelter_id=shelter_id, state=state, observed_at=at), actor)


def square_city(folder: Path) -> tuple[str, str]:
    """The files of a demonstration of one district."""
    city = {
        "id": "square",
        "names": {"en": "Square"},
        "root": "north",
        "zone": "UTC",
        "sender": "warn@square.invalid",
        "sender_name": {"en": "DEMONSTRATION: Square"},
        "languages": ["en"],
        "within": [36, 50, 37, 51],
        "demo": True,
    }
    area = {"type": "Feature", "properties": {"id": "north", "names": {"en": "North"}, "demo": True}}
    area["geometry"] = square(50.60, 36.50)
    (folder / "city.json").write_text(json.dumps(city))
    (folder / "areas.geojson").write_bytes(collection(area))
    return str(folder / "city.json"), str(folder / "areas.geojson")
