"""Whether a night holds together: nothing is named before it is there, and every row can be proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.app.night import claims, repairs, steps
from tocsin.app.night.story import AnyStep, Night, bad, instant
from tocsin.app.night.wants import Row

INTRODUCES: dict[type, str] = {
    claims.SourceStep: "source",
    claims.IncidentStep: "incident",
    claims.ClaimStep: "claim",
    claims.EvidenceStep: "evidence",
    repairs.CrewStep: "crew",
    repairs.DamageStep: "need",
}
"""Steps whose ``id`` later steps may name, and what it is the id of."""

NAMES: dict[type, dict[str, str]] = {
    claims.RelateStep: {"incident": "incident", "other": "incident"},
    claims.ClaimStep: {"incident": "incident", "source": "source", "echo_of": "claim", "supersedes": "claim"},
    claims.RetractStep: {"claim": "claim"},
    claims.MarkStep: {"claim": "claim"},
    claims.EvidenceStep: {"incident": "incident"},
    claims.ReleaseStep: {"evidence": "evidence", "incident": "incident"},
    repairs.StopCrewStep: {"crew": "crew"},
    repairs.ResumeCrewStep: {"crew": "crew"},
    repairs.DamageStep: {"same_as": "need"},
    repairs.PinStep: {"need": "need", "crew": "crew"},
    repairs.MoveStep: {"need": "need", "by": "crew"},
    repairs.ReopenStep: {"need": "need"},
    repairs.ThermometerStep: {"need": "need"},
}
"""Which field of a step names what; "" names nothing."""

SHOWN = ("remark", "note", "reason", "wording")
"""What people who watch read of a step."""


def check_steps(night: Night, zone: ZoneInfo) -> None:
    """Everything is introduced before it is spoken of, once.

    Raises:
        Invalid: it is not (TOC-8004), with the field at fault.
    """
    warnings: set[str] = set()
    known: dict[str, set[str]] = {what: set() for what in INTRODUCES.values()}
    for number, step in enumerate(night.steps):
        path = f"steps[{number}]"
        _check_warning(night, step, path, warnings)
        _check_names(step, path, known)
        _check_times(step, path, zone)
    for number, row in enumerate(night.rows):
        for place, want in enumerate(row.ledger):
            if want.warning and want.warning not in warnings:
                raise bad(f"rows[{number}].ledger[{place}].warning", f"No step leads to a warning {want.warning!r}.")


def _check_warning(night: Night, step: AnyStep, path: str, known: set[str]) -> None:
    """A warning is proposed before anything is done with it; a source is introduced before it speaks."""
    label = getattr(step, "warning", "")
    if isinstance(step, steps.DetectionStep):
        if step.source not in night.sources:
            raise bad(f"{path}.source", f"{step.source!r} is not among the sources of this night.")
        known.add(label)
    elif isinstance(step, steps.DraftStep):
        if label in known:
            raise bad(f"{path}.warning", f"The label {label!r} is taken.")
        known.add(label)
    elif label and label not in known:
        raise bad(f"{path}.warning", f"No earlier step leads to a warning {label!r}.")
    if isinstance(step, repairs.WeatherStep) and step.by == "sensor":
        source = night.sources.get(step.source)
        if source is None or not source.trusted:
            raise bad(f"{path}.source", f"{step.source!r} is not among the trusted sources of this night.")


def _check_names(step: AnyStep, path: str, known: dict[str, set[str]]) -> None:
    """What a step names was introduced by one before it."""
    for field, what in NAMES.get(type(step), {}).items():
        named = getattr(step, field)
        if named and named not in known[what]:
            raise bad(f"{path}.{field}", f"No earlier step introduces the {what} {named!r}.")
    for place, piece in enumerate(getattr(step, "evidence", ()) if isinstance(step, claims.ClaimStep) else ()):
        if piece not in known["evidence"]:
            raise bad(f"{path}.evidence[{place}]", f"No earlier step introduces the evidence {piece!r}.")
    mine = INTRODUCES.get(type(step))
    if mine is None:
        return
    name = step.id  # type: ignore[union-attr]  # each of those steps has one
    if name in known[mine]:
        raise bad(f"{path}.id", f"The {mine} {name!r} is introduced twice.")
    known[mine].add(name)


def _check_times(step: AnyStep, path: str, zone: ZoneInfo) -> None:
    """Every local time in a step is one, and a printed stamp is never beside a time that was worked out from it."""
    for field in ("happened_from", "happened_to", "said_at", "shift_from", "shift_to"):
        if getattr(step, field, ""):
            instant(getattr(step, field), zone, f"{path}.{field}")
    if isinstance(step, claims.ClaimStep) and step.said_at and step.said_at_printed:
        raise bad(f"{path}.said_at", "A stamp whose zone is not stated says no time; give one or the other.")
    if isinstance(step, claims.ClaimStep) and (step.n is None) != (step.op == "said"):
        raise bad(f"{path}.n", "A number goes with every bound, and with `said` none.")


def check_translations(night: Night) -> None:
    """A translation is of a text that is there.

    Raises:
        Invalid: it is of another (TOC-8004).
    """
    said = {getattr(step, part, "") for step in night.steps for part in SHOWN}
    said |= {row.said for row in night.rows}
    for language, table in night.translations.items():
        for text in table:
            if text not in said:
                raise bad(f"translations.{language}", f"No step or row says {text[:60]!r}.")


def check_row(night: Night, row: Row, path: str, zone: ZoneInfo) -> None:
    """A row has a window in which it can be proved, and something that proves it.

    Raises:
        Invalid: it has not (TOC-8004), with the field at fault.
    """
    if not row.wants():
        raise bad(path, "The row names nothing that would prove it.")
    if instant(row.end, zone, f"{path}.end") <= instant(row.start, zone, f"{path}.start"):
        raise bad(f"{path}.end", "The window ends before it begins.")
    for number, want in enumerate(row.ledger):
        if want.at_least == 0 and want.at_most is None:
            raise bad(
                f"{path}.ledger[{number}].at_least",
                "It asks for nothing: neither for some entries, nor for at most some.",
            )
    for number, live in enumerate(row.live):
        if live.phase is None and live.end is None and not live.texts:
            raise bad(f"{path}.live[{number}]", "It names neither a phase, nor an end, nor texts.")
    for number, said in enumerate(row.bulletin):
        if not said.texts and not said.without:
            raise bad(f"{path}.bulletin[{number}]", "It names no piece of a sentence.")
    _check_known(night, row, path)
    if [other.name for other in night.rows].count(row.name) > 1:
        raise bad(f"{path}.name", f"The name {row.name!r} is taken.")


def _check_known(night: Night, row: Row, path: str) -> None:
    """Tallies, streaks and distances speak of incidents and claims that there are."""
    incidents = {step.id for step in night.steps if isinstance(step, claims.IncidentStep)}
    said = {step.id for step in night.steps if isinstance(step, claims.ClaimStep)}
    for number, tally in enumerate(row.tallies):
        if tally.incident and tally.incident not in incidents:
            raise bad(f"{path}.tallies[{number}].incident", f"No step introduces the incident {tally.incident!r}.")
    groups: tuple[tuple[str, Any, Callable[[Any], tuple[str, ...]]], ...] = (
        ("tallies", row.tallies, lambda want: want.claims),
        ("streaks", row.streaks, lambda want: (want.claim,)),
        ("distances", row.distances, lambda want: (want.claim,)),
    )
    for key, wants, named in groups:
        for number, want in enumerate(wants):
            for claim in named(want):
                if claim not in said:
                    raise bad(f"{path}.{key}[{number}].claim", f"No step makes the claim {claim!r}.")


def named_areas(night: Night) -> Iterator[tuple[str, str]]:
    """Every area that the night names, with the path to it."""
    for number, step in enumerate(night.steps):
        for place, area in enumerate(getattr(step, "areas", None) or ()):
            yield f"steps[{number}].areas[{place}]", area
        if getattr(step, "area", ""):
            yield f"steps[{number}].area", getattr(step, "area", "")
    for number, row in enumerate(night.rows):
        wants: tuple[tuple[str, Any], ...] = (("sirens", row.sirens), ("live", row.live))
        for key, list_of in wants:
            for index, want in enumerate(list_of):
                for place, area in enumerate(want.areas):
                    yield f"rows[{number}].{key}[{index}].areas[{place}]", area
        single: tuple[tuple[str, Any], ...] = (("streaks", row.streaks), ("distances", row.distances))
        for key, list_of in single:
            for index, want in enumerate(list_of):
                yield f"rows[{number}].{key}[{index}].area", want.area
