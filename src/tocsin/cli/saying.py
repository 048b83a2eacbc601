"""A step of a night in one line, for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tocsin.app import night as nt
from tocsin.core.text import pick

WHO = {
    "duty": "duty officer",
    "second": "second officer",
    "records": "records officer",
    "dispatcher": "dispatcher",
    "sensor": "sensor",
}


def _claim(step: Any, night: nt.Night) -> str:
    names = {one.id: one.names for one in night.steps if isinstance(one, nt.SourceStep)}
    return f"{pick(names.get(step.source, {}), 'en') or step.source}: “{step.wording}”"


def _weather(step: Any, _night: nt.Night) -> str:
    bound = {"lt": "below ", "gt": "above "}.get(step.op, "")
    return f"weather, says {step.source}: {bound}{step.temperature_c:g} °C"


def _damage(step: Any, _night: nt.Night) -> str:
    return f"a resident reports damage at home: windows broken, {step.windows}"


def _move(step: Any, _night: nt.Night) -> str:
    cover = f", with {step.cover}" if step.cover else ""
    return f"{step.by}: {step.state.replace('_', ' ')}{cover}"


_SAID: dict[type[nt.Step], Callable[[Any, nt.Night], str]] = {
    nt.SourceStep: lambda step, _night: f"records officer names a source: {pick(step.names, 'en')}",
    nt.IncidentStep: lambda step, _night: f"records officer opens an incident: {pick(step.names, 'en')}",
    nt.ClaimStep: _claim,
    nt.EvidenceStep: lambda step, _night: f"evidence is handed in and sealed: {step.id}",
    nt.ReleaseStep: lambda step, _night: f"the public copy is released: {pick(step.alt, 'en')}",
    nt.BulletinStep: lambda step, _night: f"the bulletin of {step.page} is published",
    nt.WeatherStep: _weather,
    nt.CrewStep: lambda step, _night: f"dispatcher names a crew: {pick(step.names, 'en')}",
    nt.DamageStep: _damage,
    nt.MoveStep: _move,
    nt.ThermometerStep: lambda step, _night: f"a thermometer inside shows {step.temperature_c:g} °C",
    nt.PlanStep: lambda _step, _night: "dispatcher has every crew's order made anew",
}
"""How a step is told. One that stands nowhere here is told by its act and its reason."""


def said(step: nt.AnyStep, answer: Mapping[str, Any], night: nt.Night) -> str:
    """The step in words, with what came of it."""
    if isinstance(step, nt.NoteStep):
        return pick(step.text, "en")
    if isinstance(step, nt.DetectionStep):
        source = night.sources[step.source]
        unsigned = "" if source.trusted else " (unsigned)"
        return f"{pick(source.names, 'en')}: {step.note or step.threat} → {answer.get('outcome')}{unsigned}"
    refused = f" → refused, {answer['refused']}" if "refused" in answer else ""
    tell = _SAID.get(type(step))
    if tell is not None:
        return tell(step, night) + refused
    by = getattr(step, "by", "")
    act = str(type(step).__struct_config__.tag).replace("_", " ")
    return f"{WHO.get(by, by)}: {act}. {getattr(step, 'reason', '')}".rstrip() + refused
