"""``decide(state, command, context) -> facts``, or a refusal. Checks first, then says what happened."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, get_args

import msgspec

from tocsin.core.errors import Invalid, Refused, Unknown
from tocsin.core.event import Fact
from tocsin.core.names import printable
from tocsin.repair import commands as cmd
from tocsin.repair import events as ev
from tocsin.repair.context import Context
from tocsin.repair.cooling import stays
from tocsin.repair.state import OPEN, Need, RepairState

ID = re.compile(r"[A-Za-z0-9]+([_.-][A-Za-z0-9]+)*")
ID_LIMIT = 64
MOST_TEXT = 1000
MOST_WINDOWS = 500
MOST_HOLE_M2 = 200.0
MOST_FLOOR_M2 = 1000.0
MOST_STOREYS = 200
ACTOR = re.compile(r"(officer|key):[A-Za-z0-9]{1,64}")
MOST_MEMBERS = 50
MOST_STOCK = 100_000.0
LONGEST_SHIFT = timedelta(hours=36)
AHEAD = timedelta(seconds=60)
"""By so much another clock may be ahead of ours."""

NEXT: dict[ev.State, tuple[ev.State, ...]] = {
    "reported": ("on_the_way", "no_longer_needed", "refused"),
    "assessed": ("on_the_way", "no_longer_needed", "refused"),
    "planned": ("on_the_way", "no_longer_needed", "refused"),
    "on_the_way": ("reported", "assessed", "temporarily_closed", "glazed", "no_longer_needed", "refused"),
    "temporarily_closed": ("verified", "glazed"),
    "verified": ("glazed",),
    "glazed": (),
    "no_longer_needed": (),
    "refused": (),
}
"""Which states a need may be moved to by hand. ``planned`` comes of a plan alone, and back of :class:`ReopenNeed`."""


def decide(state: RepairState, command: cmd.Command, context: Context) -> list[Fact]:
    """The facts that follow from the command, oldest first; none when it says nothing new.

    Raises:
        Invalid, Refused, Unknown: with code, field and remedy; nothing has happened then.
    """
    return list(_RULES[type(command)](state, command, context))


def _bad(message: str, field: str, remedy: str, code: str = "TOC-11001") -> Invalid:
    return Invalid(code, message, field=field, remedy=remedy)


def _no(message: str, field: str, remedy: str) -> Refused:
    return Refused("TOC-11002", message, field=field, remedy=remedy)


def _identifier(text: str, field: str, code: str = "TOC-11001") -> None:
    if not ID.fullmatch(text) or len(text) > ID_LIMIT:
        raise _bad(f"{text!r} is no id.", field, f"Use letters, digits, - . and _, at most {ID_LIMIT}.", code)


def _text(text: str, field: str, *, needed: bool = False, code: str = "TOC-11001") -> None:
    if len(text) > MOST_TEXT or (needed and not text.strip()):
        raise _bad(f"{field} is missing or very long.", field, f"Say it in at most {MOST_TEXT} characters.", code)


def _within(value: float | None, low: float, high: float, field: str, code: str = "TOC-11001") -> None:
    if value is not None and not (math.isfinite(value) and low <= value <= high):
        raise _bad(f"{field} is not {low:g} to {high:g}.", field, "Leave it out when nobody knows.", code)


def known_need(state: RepairState, need_id: str) -> Need:
    """The need of that id.

    Raises:
        Unknown: there is none (TOC-6004).
    """
    need = state.needs.get(need_id)
    if need is None:
        remedy = "List them with GET /api/v1/needs."
        raise Unknown("TOC-6004", f"There is no need {need_id!r}.", field="need_id", remedy=remedy)
    return need


def _present(state: RepairState, need_id: str) -> Need:
    """The need, if it was not merged into another."""
    need = known_need(state, need_id)
    if need.merged_into:
        raise _no(f"{need_id!r} was merged into {need.merged_into!r}.", "need_id", f"Act on {need.merged_into!r}.")
    return need


def _opening(opening: ev.Opening, skills: tuple[ev.Skill, ...]) -> None:
    _within(opening.windows, 0, MOST_WINDOWS, "opening.windows")
    _within(opening.hole_m2, 0, MOST_HOLE_M2, "opening.hole_m2")
    _within(opening.floor, -5, MOST_STOREYS, "opening.floor")
    _within(opening.floor_m2, 5, MOST_FLOOR_M2, "opening.floor_m2")
    if not opening.windows and not opening.hole_m2:
        raise _bad("Nothing is broken.", "opening.windows", "Say how many panes, or how large the hole is.")
    if opening.cover not in get_args(ev.Cover):
        remedy = f"Use one of {', '.join(get_args(ev.Cover))}."
        raise _bad(f"{opening.cover!r} is no cover.", "opening.cover", remedy)
    if not skills or set(skills) - set(get_args(ev.Skill)):
        remedy = f"Name at least one of {', '.join(get_args(ev.Skill))}."
        raise _bad("A skill is missing or not known.", "skills", remedy)


def _open_need(state: RepairState, command: cmd.OpenNeed, context: Context) -> Iterator[Fact]:
    _identifier(command.need_id, "need_id")
    if command.area not in context.areas:
        raise _bad(f"{command.area!r} is no area.", "area", "Import the areas first, then the needs.")
    if command.building:
        _identifier(command.building, "building")
    _opening(command.opening, command.skills)
    for name in ("report", "claim", "sealed"):
        _text(getattr(command, name), name)
    if command.follows:
        known_need(state, command.follows)
    fact = ev.NeedOpened(**{name: getattr(command, name) for name in command.__struct_fields__})
    known = state.needs.get(command.need_id)
    if known is not None:
        same = (known.area, known.building, known.report, known.claim, known.follows)
        if same == (fact.area, fact.building, fact.report, fact.claim, fact.follows):
            return  # sent again after an answer was lost
        raise _no(f"The id {command.need_id!r} is taken.", "need_id", "Give a fresh id.")
    yield fact


def _merge(state: RepairState, command: cmd.MergeNeed, _context: Context) -> Iterator[Fact]:
    _text(command.reason, "reason", needed=True)
    gone = known_need(state, command.need_id)
    if gone.merged_into == command.into:
        return
    gone, into = _present(state, command.need_id), _present(state, command.into)
    if gone.id == into.id:
        raise _no("A need cannot be merged into itself.", "into", "Name the other one.")
    if gone.state == "on_the_way":
        raise _no("A crew is on the way to it.", "need_id", "Merge the other one into this one.")
    if not gone.open or not into.open:
        raise _no("One of the two is closed already.", "into", "Reopen it if it is not closed after all.")
    yield ev.NeedMerged(need_id=gone.id, into=into.id, reason=command.reason)


def _assess(state: RepairState, command: cmd.AssessNeed, _context: Context) -> Iterator[Fact]:
    need = _present(state, command.need_id)
    _opening(command.opening, command.skills)
    _text(command.note, "note")
    if need.state not in OPEN:
        raise _no(f"{need.id!r} is {need.state}.", "need_id", "Reopen it if it is not closed after all.")
    if need.assessed and (need.opening, need.skills) == (command.opening, command.skills) and not command.note:
        return
    yield ev.NeedAssessed(need_id=need.id, opening=command.opening, skills=command.skills, note=command.note)


def _move(state: RepairState, command: cmd.MoveNeed, context: Context) -> Iterator[Fact]:
    need = known_need(state, command.need_id)
    if command.client_id and command.client_id in need.clients:
        return  # a phone that was without a network says it again
    need = _present(state, command.need_id)
    _movable(state, command)
    if command.state == need.state and not command.client_id and not command.evidence:
        return
    if command.state not in NEXT[need.state]:
        allowed = ", ".join(NEXT[need.state]) or "nothing by hand"
        raise _no(
            f"{need.id!r} is {need.state} and cannot become {command.state}.",
            "state",
            f"From there it may become: {allowed}. Reopen it when it is not closed after all.",
        )
    _finished(command)
    said = {name: getattr(command, name) for name in command.__struct_fields__}
    yield ev.NeedMoved(**said | {"said_at": _said_at(state, command, context)})
    if command.state == "temporarily_closed" and command.cover is not None:
        yield from _second(state, need, command.cover, context)


def _said_at(state: RepairState, command: cmd.MoveNeed, context: Context) -> datetime | None:
    """The phone's time, where it can be: phones' clocks are wrong now and then, and the work is done all the same."""
    known, at = state.crews.get(command.crew), command.said_at
    if known is None or at is None or not _aware(at):
        return None
    return at if known.crew.shift_from <= at <= context.now + AHEAD else None


def _movable(state: RepairState, command: cmd.MoveNeed) -> None:
    if command.state not in get_args(ev.State):
        remedy = f"Use one of {', '.join(get_args(ev.State))}."
        raise _bad(f"{command.state!r} is no state.", "state", remedy)
    if command.crew and command.crew not in state.crews:
        raise Unknown("TOC-11003", f"There is no crew {command.crew!r}.", field="crew", remedy="Define it first.")
    for name, amount in command.materials.items():
        if name not in get_args(ev.Material):
            remedy = f"Use {', '.join(get_args(ev.Material))}."
            raise _bad(f"{name!r} is no material.", "materials", remedy)
        _within(amount, 0, MOST_STOCK, f"materials.{name}")
    for field in ("evidence", "client_id"):
        if getattr(command, field):
            _identifier(getattr(command, field), field)
    _text(command.reason, "reason", needed=command.state in ("no_longer_needed", "refused"))


def _finished(command: cmd.MoveNeed) -> None:
    """What a closure must say."""
    if command.state == "temporarily_closed" and command.cover not in ("film1", "film2", "plywood"):
        raise _bad("It is not said what closes it.", "cover", "Use film1, film2 or plywood.")
    if command.state == "glazed" and command.cover not in (None, "glass"):
        raise _bad("What is glazed is covered by glass.", "cover", "Leave it out, or use glass.")
    if command.state in OPEN and command.cover is not None:
        raise _bad("Nothing was put up yet.", "cover", "Leave it out, or move it to temporarily_closed.")


def _second(state: RepairState, need: Need, cover: ev.Cover, context: Context) -> Iterator[Fact]:
    """A closure behind which the flat stays cold leads to a second job, if whole windows would help."""
    opening = msgspec.structs.replace(need.opening, cover=cover)
    if stays(opening, state.weather_at(context.now), context.policy) != "second_job":
        return
    yield ev.NeedOpened(
        need_id=next(name for n in range(2, 1000) if (name := f"{need.id}-{n}") not in state.needs),
        area=need.area,
        building=need.building,
        opening=opening,
        skills=need.skills,
        report=need.report,
        claim=need.claim,
        follows=need.id,
        sealed=need.sealed[0] if need.sealed else "",
    )


def _reopen(state: RepairState, command: cmd.ReopenNeed, _context: Context) -> Iterator[Fact]:
    known_need(state, command.need_id)
    _text(command.reason, "reason", needed=True)
    need = state.final(command.need_id)
    if need is not None:
        yield ev.NeedReopened(need_id=need.id, reason=command.reason, by_resident=command.by_resident)


def _pin(state: RepairState, command: cmd.PinNeed, _context: Context) -> Iterator[Fact]:
    need = _present(state, command.need_id)
    _text(command.reason, "reason")
    _within(command.position, 0, 10_000, "position")
    if not command.crew:
        if need.pin is not None:
            yield ev.NeedPinned(need_id=need.id, crew="", reason=command.reason)
        return
    known = state.crews.get(command.crew)
    if known is None:
        raise Unknown("TOC-11003", f"There is no crew {command.crew!r}.", field="crew", remedy="Define it first.")
    if need.state not in OPEN or need.state == "on_the_way":
        raise _no(f"{need.id!r} is {need.state}.", "need_id", "Only what waits can be pinned.")
    lacking = sorted(set(need.skills) - set(known.crew.skills))
    if lacking:
        raise _no(f"{command.crew!r} lacks {', '.join(lacking)}.", "crew", "Choose a crew with the skills.")
    if need.pin is None or (need.pin.crew, need.pin.position) != (command.crew, command.position):
        yield ev.NeedPinned(need_id=need.id, crew=command.crew, position=command.position, reason=command.reason)


def _define(state: RepairState, command: cmd.DefineCrew, context: Context) -> Iterator[Fact]:
    crew, code = command.crew, "TOC-11003"
    _identifier(crew.id, "crew.id", code)
    if not crew.names or not all(printable(name) for name in crew.names.values()):
        raise _bad("The crew has no name.", "crew.names", 'Add "names": {"en": "…"}, never a person\'s.', code)
    if crew.area and crew.area not in context.areas:
        raise _bad(f"{crew.area!r} is no area.", "crew.area", "Leave it out, or name an area.", code)
    if set(crew.skills) - set(get_args(ev.Skill)):
        remedy = f"Use {', '.join(get_args(ev.Skill))}."
        raise _bad("A skill is not known.", "crew.skills", remedy, code)
    for name, amount in crew.stock.items():
        if name not in get_args(ev.Material):
            remedy = f"Use {', '.join(get_args(ev.Material))}."
            raise _bad(f"{name!r} is no material.", "crew.stock", remedy, code)
        _within(amount, 0, MOST_STOCK, f"crew.stock.{name}", code)
    if not _aware(crew.shift_from, crew.shift_to) or not (
        timedelta() < crew.shift_to - crew.shift_from <= LONGEST_SHIFT
    ):
        remedy = "Give both times with their offset, the end after the start, at most 36 hours."
        raise _bad("The shift is no span of time.", "crew.shift_to", remedy, code)
    if len(crew.members) > MOST_MEMBERS or not all(ACTOR.fullmatch(one) for one in crew.members):
        remedy = "Name accounts by their login, or by officer:REF as `tocsin officer list --json` gives it."
        raise _bad("A member is no account.", "crew.members", remedy, code)
    known = state.crews.get(crew.id)
    if known is None or known.crew != crew:
        yield ev.CrewDefined(crew_id=crew.id, crew=crew)


def _aware(*instants: datetime) -> bool:
    return all(at.tzinfo is not None for at in instants)


def _crew_rule(state: RepairState, command: cmd.StopCrew | cmd.ResumeCrew, _context: Context) -> Iterator[Fact]:
    known = state.crews.get(command.crew_id)
    if known is None:
        remedy = "List them with GET /api/v1/crews."
        raise Unknown("TOC-11003", f"There is no crew {command.crew_id!r}.", field="crew_id", remedy=remedy)
    if isinstance(command, cmd.StopCrew):
        _text(command.reason, "reason", needed=True, code="TOC-11003")
        if known.stopped != command.reason:
            yield ev.CrewStopped(crew_id=command.crew_id, reason=command.reason)
    elif known.stopped:
        yield ev.CrewResumed(crew_id=command.crew_id)


def _observe(state: RepairState, command: cmd.ObserveWeather, context: Context) -> Iterator[Fact]:
    code = "TOC-11004"
    _identifier(command.source, "source", code)
    _text(command.wording, "wording", code=code)
    _within(command.temperature_c, -60, 60, "temperature_c", code)
    _within(command.wind_ms, 0, 60, "wind_ms", code)
    if command.op not in ("eq", "lt", "gt"):
        raise _bad(f"{command.op!r} is no bound.", "op", "Use eq, lt or gt.", code)
    _not_ahead(command.at, context)
    fact = ev.WeatherObserved(**{name: getattr(command, name) for name in command.__struct_fields__})
    if fact not in state.weather:
        yield fact


def _not_ahead(at: datetime, context: Context) -> None:
    if not _aware(at) or at > context.now + AHEAD:
        remedy = "Give the time with its offset; check the clocks."
        raise _bad("The time has no offset or lies ahead.", "at", remedy, "TOC-11004")


def _read(state: RepairState, command: cmd.ReadThermometer, context: Context) -> Iterator[Fact]:
    need, code = known_need(state, command.need_id), "TOC-11004"
    _within(command.temperature_c, -60, 60, "temperature_c", code)
    _within(command.outside_c, -60, 60, "outside_c", code)
    _not_ahead(command.at, context)
    outside = command.outside_c
    if outside is None:
        weather = state.weather_at(command.at)
        if weather is None:
            remedy = "Say how cold it is outside."
            raise _bad("Nobody has said how cold it is outside.", "outside_c", remedy, code)
        outside = weather.temperature_c
    fact = ev.ThermometerRead(
        need_id=need.id,
        building=need.building,
        at=command.at,
        temperature_c=command.temperature_c,
        outside_c=outside,
    )
    seen = state.readings.get(need.building or f"need/{need.id}", ())
    if not any((one.need, one.at, one.temperature_c) == (fact.need_id, fact.at, fact.temperature_c) for one in seen):
        yield fact


def _make_plan(state: RepairState, command: cmd.MakePlan, _context: Context) -> Iterator[Fact]:
    _identifier(command.plan_id, "plan_id")
    last = state.plan.plan_id if state.plan is not None else ""
    if command.seen is not None and command.seen != last:
        raise Refused(
            "TOC-11005", "Another plan was made meanwhile.", field="seen", remedy="Look at the new plan and act on it."
        )
    named: set[str] = set()
    for route in command.routes:
        if route.crew not in state.crews:
            remedy = "Define it first."
            raise Unknown("TOC-11003", f"There is no crew {route.crew!r}.", field="routes", remedy=remedy)
        for stop in route.stops:
            need = _present(state, stop.need)
            if stop.need in named or not need.open:
                raise _no(f"{stop.need!r} stands twice in the plan, or is not open.", "routes", "Plan it anew.")
            named.add(stop.need)
    told = {name: getattr(command, name) for name in command.__struct_fields__ if name != "seen"}
    yield ev.PlanMade(**told)


_Rule = Callable[[RepairState, Any, Context], Iterable[Fact]]

_RULES: dict[type[cmd.Command], _Rule] = {
    cmd.OpenNeed: _open_need,
    cmd.MergeNeed: _merge,
    cmd.AssessNeed: _assess,
    cmd.MoveNeed: _move,
    cmd.ReopenNeed: _reopen,
    cmd.PinNeed: _pin,
    cmd.DefineCrew: _define,
    cmd.StopCrew: _crew_rule,
    cmd.ResumeCrew: _crew_rule,
    cmd.ObserveWeather: _observe,
    cmd.ReadThermometer: _read,
    cmd.MakePlan: _make_plan,
}
"""One rule per command."""
