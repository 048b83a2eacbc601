"""A small city, a desk over a ledger in memory, and clients who hold keys."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.core.area import Area
from tocsin.core.ports import Ledger
from tocsin.record.memory import MemoryLedger
from tocsin.warn import commands as cmd
from tocsin.warn.context import Sender
from tocsin.warn.events import Siren
from tocsin.warn.sign import CapSigner, make_self_signed
from tocsin.warn.target import cover
from tocsin.wiring.clock import FreshIds

START = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
ADMIN = Actor(id="system:setup", grants=(Grant(role="admin"),))
_KEY = make_self_signed("warn.example.invalid", START, bytes(range(64)))


@dataclass
class SetClock:
    """A clock that stands until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def square(lat: float, lon: float, size: float = 0.05) -> dict[str, Any]:
    ring = [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def _area(
    area_id: str, parent: str | None, en: str, ru: str, *, at: tuple[float, float] | None = None, people: int
) -> Area:
    shape = square(*at) if at else None
    return Area(
        id=area_id,
        parent=parent,
        kind="city" if parent is None else "district",
        names={"en": en, "ru": ru, "uk": ru, "de": en},
        geometry=shape,
        cells=cover(shape) if shape else (),
        population=people,
        lead_time_s=60,
        zone="Europe/Moscow",
        demo=True,
    )


AREAS = (
    _area("city", None, "Sample City", "Пример", people=600_000),
    _area("north", "city", "North District", "Северный район", at=(50.60, 36.55), people=20_000),
    _area("south", "city", "South District", "Южный район", at=(50.50, 36.55), people=30_000),
    _area("east", "city", "East District", "Восточный район", at=(50.55, 36.70), people=10_000),
)
SIRENS = (
    Siren(id="s01", name={"en": "School roof", "ru": "Крыша школы"}, area="north", demo=True),
    Siren(id="s02", name={"en": "Town hall", "ru": "Ратуша"}, area="south", demo=True),
)


def a_desk(clock: SetClock, *, demo: bool = True, ledger: Ledger | None = None) -> Desk:
    desk = Desk(
        ledger=MemoryLedger() if ledger is None else ledger,
        clock=clock,
        ids=FreshIds(),
        signer=CapSigner(*_KEY),
        sender=Sender(
            id="warn.example.invalid",
            names={"en": "Sample City", "ru": "Пример", "uk": "Приклад", "de": "Musterstadt"},
            languages=("en", "ru", "uk", "de"),
            zone="Europe/Moscow",
            demo=demo,
        ),
    )
    desk.do(cmd.DefineAreas(areas=AREAS), ADMIN)
    desk.do(cmd.RegisterSirens(sirens=SIRENS), ADMIN)
    return desk


@dataclass
class Api:
    """A client of the API with one key, or none."""

    secret: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query, headers=self._headers())

    def post(self, path: str, body: Any = None, *, raw: bytes | None = None, type_: str = "application/json") -> Any:
        data = raw if raw is not None else json.dumps({} if body is None else body).encode()
        return self.client.post(f"/api/v1{path}", data, content_type=type_, headers=self._headers())

    def delete(self, path: str, body: Any) -> Any:
        return self.client.delete(
            f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=self._headers()
        )


@dataclass
class Officer:
    actor: str
    api: Api


def detection(source: str = "radar-a", **changes: Any) -> dict[str, Any]:
    return {
        "id": "d-1",
        "source": source,
        "threat": "drone",
        "areas": ["north"],
        "observed_at": "2024-01-04T20:58:00Z",
    } | changes


def draft(**changes: Any) -> dict[str, Any]:
    return {"threat": "drone", "level": "alert", "areas": ["north"], "reason": "two seen from the tower"} | changes
