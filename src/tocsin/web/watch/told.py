"""What a step of the night is called on its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tocsin.app import night as nt
from tocsin.core.text import pick

ICONS: dict[str, str] = {
    "detection": "warning",
    "draft": "edit",
    "approve": "check",
    "issue": "siren",
    "update": "edit",
    "partial_clear": "all_clear",
    "all_clear": "all_clear",
    "cancel": "cancel",
    "note": "clock",
    "source": "person",
    "incident": "plus",
    "relate": "question",
    "claim": "sound_on",
    "retract": "cancel",
    "mark": "question",
    "evidence": "key",
    "release": "share",
    "bulletin": "edit",
    "weather": "ventilation_off",
    "crew": "walk",
    "stop_crew": "wait",
    "resume_crew": "walk",
    "damage": "close_windows",
    "plan": "map",
    "pin": "position",
    "move": "close_windows",
    "reopen": "door",
    "thermometer": "indoors",
}
"""Which drawing stands beside an act."""


class Speech:
    """Says steps in one language.

    Args:
        night: the night.
        language: tag.
        words: key → text.
        area: id of an area → its name.
    """

    def __init__(self, night: nt.Night, language: str, words: Mapping[str, str], area: Callable[[str], str]) -> None:
        self._night = night
        self._language = language
        self._words = words
        self._area = area

    def who(self, step: nt.AnyStep) -> str:
        """Who acts."""
        if isinstance(step, nt.NoteStep):
            return ""
        if isinstance(step, nt.DetectionStep):
            return pick(self._night.sources[step.source].names, self._language)
        if isinstance(step, nt.DamageStep):
            return self._words["wat_by_resident"]
        if isinstance(step, nt.MoveStep):
            return self._crew(step.by)
        return self._words[f"wat_by_{step.by}"]

    def what(self, step: nt.AnyStep, act: str) -> str:
        """What they do."""
        if isinstance(step, nt.NoteStep):
            return pick(step.text, self._language)
        key = f"wat_act_{act}"
        if isinstance(step, nt.MoveStep):
            key = f"{key}_{step.state}"
        elif isinstance(step, nt.MarkStep) and step.mark != "unverifiable":
            key = f"{key}_{step.mark}"
        areas = ", ".join(self._area(area) for area in getattr(step, "areas", None) or ())
        return self._words[key].format(areas=areas, what=self._about(step))

    def _about(self, step: Any) -> str:
        if isinstance(step, nt.SourceStep | nt.IncidentStep | nt.CrewStep):
            return pick(step.names, self._language)
        if isinstance(step, nt.ClaimStep):
            return self._source(step.source)
        if isinstance(step, nt.DamageStep):
            return self._area(step.area)
        if isinstance(step, nt.StopCrewStep | nt.ResumeCrewStep):
            return self._crew(step.crew)
        if isinstance(step, nt.WeatherStep | nt.ThermometerStep):
            return outside(self._words, getattr(step, "op", "eq"), step.temperature_c)
        return ""

    def _source(self, name: str) -> str:
        named = [step.names for step in self._night.steps if isinstance(step, nt.SourceStep) and step.id == name]
        return pick(named[-1], self._language) if named else name

    def _crew(self, name: str) -> str:
        named = [step.names for step in self._night.steps if isinstance(step, nt.CrewStep) and step.id == name]
        return pick(named[-1], self._language) if named else name


def outside(words: Mapping[str, str], op: str, celsius: float) -> str:
    """A temperature in words, with its bound."""
    return words[f"wat_outside_{op}"].format(n=f"{celsius:g}".replace("-", "−"))
