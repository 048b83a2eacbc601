"""What a resident's browser tests share: documents as the edge sends them, and what they do on the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fake_edge import FakeEdge
from tocsin.core.time import rfc3339

NAMES = {"en": "North District", "ru": "Северный район", "uk": "Северный район"}


def now(seconds: float = 0) -> str:
    return rfc3339(datetime.now(UTC) + timedelta(seconds=seconds))


def area(area_id: str = "north", phase: str = "ok", kind: str | None = None) -> dict[str, Any]:
    names = {"north": NAMES, "city": {"en": "Sample City", "ru": "Пример"}}
    return {
        "id": area_id,
        "names": names.get(area_id, {"en": f"{area_id.title()} District"}),
        "phase": phase,
        "kind": kind,
        "since": None,
        "levels": [],
        "demo": True,
    }


def alert(**changes: Any) -> dict[str, Any]:
    return {
        "id": "w1",
        "identifier": "tocsin-1",
        "msg_type": "Alert",
        "status": "Actual",
        "threat": "missile",
        "level": "alert",
        "sent": now(-5),
        "expires": now(3600),
        "issued_at": now(-5),
        "areas": ["north"],
        "area_names": [NAMES],
        "headline": {"en": "Drones near North District", "ru": "Беспилотники у Северного района"},
        "description": {"en": "Two drones were seen.", "ru": "Замечены два беспилотника."},
        "instruction": {"en": "Go to the basement now.", "ru": "Спуститесь в подвал."},
        "sender_name": "Sample City",
        "lead_time_s": 60,
        "geometry": None,
        "cap": "/cap/tocsin-1.xml",
        "end": None,
        "demo": True,
    } | changes


def hello(age: float = 0.0, clock: float = 0.0) -> dict[str, Any]:
    """``clock``: seconds that the server's clock is ahead of this device's."""
    return {
        "protocol": 1,
        "server_time": now(clock),
        "generated_at": now(clock),
        "seq": 1,
        "cells": [],
        "ping_s": 15,
        "source_age_s": age,
        "next_poll_s": 10,
    }


def whole(
    areas: list[dict[str, Any]], alerts: list[dict[str, Any]], age: float = 0.0, clock: float = 0.0
) -> dict[str, Any]:
    return {"seq": 1, "generated_at": now(clock), "source_age_s": age, "areas": areas, "alerts": alerts}


def update(
    areas: list[dict[str, Any]], one: dict[str, Any] | None, seq: int, sound: str | None = None, at: float = 0.0
) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": now(at),
        "entry": "warning.issued",
        "areas": areas,
        "alert": one,
        "sound": sound,
        "siren_areas": one["areas"] if one and sound else [],
    }


CALM = [area("city"), area("north"), area("south"), area("east")]


def greet(
    edge: FakeEdge, areas: list[dict[str, Any]] | None = None, *alerts: dict[str, Any], clock: float = 0.0
) -> None:
    """What the edge tells whoever connects. ``clock``: seconds that its clock is ahead of this device's."""
    edge.greeting = [("hello", hello(clock=clock), None), ("state", whole(areas or CALM, list(alerts), clock=clock), 1)]


def choose(page: Any, text: str) -> None:
    """Choose a place by typing its name."""
    page.fill("#search", text)
    page.wait_for_selector("#hits:visible [role=option]")
    page.press("#search", "Enter")


def shows(page: Any, shape: str) -> None:
    page.wait_for_selector(f'#card[data-shown="{shape}"]:visible')


def says(page: Any, element: str, text: str) -> None:
    """Wait until an element holds a text."""
    page.wait_for_function(
        "([id, text]) => document.getElementById(id).innerText.includes(text)", arg=[element.lstrip("#"), text]
    )
