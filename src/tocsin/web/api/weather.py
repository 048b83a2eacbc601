"""The weather outside and thermometers inside: what decides how long a flat stays warm enough."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from tocsin.core.errors import Denied
from tocsin.core.time import parse_instant
from tocsin.repair import commands as cmd
from tocsin.web import documents as warn_documents
from tocsin.web.api import act
from tocsin.web.api.auth import SIGNED, Caller, caller
from tocsin.web.api.repair_act import Identifier, carry_out
from tocsin.web.api.schemas import ACT, READ, Body, Instant, Polled, Reply, example, responses
from tocsin.web.desk import repairs
from tocsin.web.repairs import documents

weather_router = Router(tags=["weather"], auth=SIGNED)
thermometers = Router(tags=["thermometers"], auth=SIGNED)

At = Annotated[Instant | None, Field(description="When; now without it.")]
Celsius = Annotated[float, Field(ge=-90, le=70, description="°C.")]


class WeatherIn(Body):
    """The weather as somebody said it, or as a sensor measured it. The same words twice are recorded once."""

    temperature_c: Celsius
    op: Annotated[Literal["eq", "lt", "gt"], Field(description='`lt` for "below −10 °C".')] = "eq"
    wind_ms: Annotated[float | None, Field(ge=0, le=100, description="m/s.")] = None
    source: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$", description="Who says so; a key speaks for itself alone."),
    ]
    wording: Annotated[str, Field(max_length=300, description="As it was said.")] = ""
    at: At = None


class WeatherDoc(Schema):
    """One observation."""

    at: str
    temperature_c: float
    op: Literal["eq", "lt", "gt"]
    wind_ms: float | None
    source: str
    wording: str
    age_s: float


class WeatherOut(Polled):
    """What is taken as the weather now (null when nobody said), and what was observed, newest first."""

    now: WeatherDoc | None
    observed: list[WeatherDoc]


class WeatherActOut(Reply):
    """What was recorded; ``entries`` is empty when it was known already."""

    entries: list[int]
    now: WeatherDoc | None


class ThermometerIn(Body):
    """A thermometer read inside a flat. Two readings of one house teach how fast it cools."""

    need: Identifier
    temperature_c: Celsius
    outside_c: Annotated[float | None, Field(ge=-90, le=70, description="°C; as known without it.")] = None
    at: At = None


class ReadingDoc(Schema):
    """One reading."""

    need: str
    building: str
    at: str
    temperature_c: float
    outside_c: float


class ThermometersOut(Polled):
    """Readings by building, oldest first."""

    readings: list[ReadingDoc]


class ThermometerActOut(Reply):
    """What was recorded; ``entries`` is empty when it was known already."""

    entries: list[int]


_MOST = 200


@weather_router.get("", response=responses({200: WeatherOut}, (*READ, 403)), summary="The weather as known")
def weather(request: HttpRequest) -> dict[str, Any]:
    """What was observed, by whom, and how old it is. For officers, crews and sensors."""
    _insiders(caller(request))
    state, now = repairs().state(), act.now()
    observed = [documents.weather(one, now) for one in reversed(state.weather[-_MOST:])]
    current = state.weather_at(now)
    return {**act.polled(), "now": documents.weather(current, now) if current else None, "observed": observed}


@weather_router.post(
    "",
    response=responses({201: WeatherActOut}, ACT),
    openapi_extra=example({"temperature_c": -12.5, "wind_ms": 4, "source": "mast-1", "at": "2024-01-04T22:00:00Z"}),
    summary="Observe the weather",
)
def observe(request: HttpRequest, body: WeatherIn) -> Status[dict[str, Any]]:
    """Record how cold and windy it is: a dispatcher or duty officer, or a sensor's key for itself."""
    who = caller(request)
    if who.source and body.source != who.source and not body.source.startswith(f"{who.source}/"):
        raise Denied(
            "TOC-6002",
            f"This key does not speak for {body.source!r}.",
            field="source",
            remedy=f"Write {who.source!r}, or {who.source + '/'!r} and a name.",
        )
    command = cmd.ObserveWeather(
        at=act.now() if body.at is None else parse_instant(body.at, field="at"),
        temperature_c=body.temperature_c,
        op=body.op,
        wind_ms=body.wind_ms,
        source=body.source,
        wording=body.wording,
    )
    outcome = carry_out(request, command)
    current, now = outcome.state.weather_at(act.now()), act.now()
    told = documents.weather(current, now) if current else None
    return Status(201, {**act.stamp(), "entries": [e.seq for e in outcome.entries], "now": told})


@thermometers.get("", response=responses({200: ThermometersOut}, (*READ, 403)), summary="Thermometers read")
def readings(request: HttpRequest) -> dict[str, Any]:
    """What was read inside. For officers and crews."""
    _insiders(caller(request))
    known = sorted(repairs().state().readings.items())
    return {**act.polled(), "readings": [documents.reading(one) for _, many in known for one in many]}


@thermometers.post(
    "",
    response=responses({201: ThermometerActOut}, ACT),
    openapi_extra=example({"need": "need-0001", "temperature_c": 11.5, "at": "2024-01-05T01:00:00Z"}),
    summary="Read a thermometer",
)
def read(request: HttpRequest, body: ThermometerIn) -> Status[dict[str, Any]]:
    """Record what a thermometer in a flat showed."""
    command = cmd.ReadThermometer(
        need_id=body.need,
        at=act.now() if body.at is None else parse_instant(body.at, field="at"),
        temperature_c=body.temperature_c,
        outside_c=body.outside_c,
    )
    outcome = carry_out(request, command)
    return Status(201, {**act.stamp(), "entries": [e.seq for e in outcome.entries]})


def _insiders(who: Caller) -> None:
    held = {grant.role for grant in who.actor.grants}
    if not held & {*warn_documents.INSIDERS, "crew", "sensor"}:
        raise Denied(
            "TOC-6002",
            "This is for officers, crews and sensors.",
            field="actor",
            remedy="Ask an administrator for a role.",
        )
