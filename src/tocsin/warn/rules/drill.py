"""Drills: their own commands, facts, words and bytes. Nothing here makes a live fact (R23)."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

from tocsin.core.errors import Invalid, Refused, Unknown
from tocsin.core.event import Fact
from tocsin.core.time import zone
from tocsin.warn import commands as cmd
from tocsin.warn import render, words
from tocsin.warn.alert import Alert, Status
from tocsin.warn.cap_write import to_xml
from tocsin.warn.context import Context
from tocsin.warn.drill_events import DrillEnded, DrillIssued, DrillMessage
from tocsin.warn.events import Content
from tocsin.warn.rules import common, draft
from tocsin.warn.state import WarnState

_STATUSES: dict[str, Status] = {"Exercise": "Exercise", "Test": "Test"}


def start(state: WarnState, command: cmd.StartDrill, context: Context) -> list[Fact]:
    """An exercise begins, with words that begin with the word for exercise and never say the opposite."""
    _check(command, context)
    areas = common.warnable(state, command.areas)
    sent = context.now.replace(microsecond=0)
    times = render.Times(sent=sent, expires=sent + timedelta(seconds=command.duration_s))
    content = _content(state, command, areas, times, context)
    _marked(content)
    alert = render.alert(
        context,
        state.areas,
        [render.Part(content=content, act="alert")],
        times,
        msg_type="Alert",
        status=_STATUSES[command.status],
        note=command.exercise.strip(),
    )
    return [
        DrillIssued(
            drill_id=context.new_id(),
            exercise=command.exercise.strip(),
            areas=areas,
            headline=content.headline,
            description=content.description,
            instruction=content.instruction,
            message=_sealed(alert, context),
            expires=times.expires,
        )
    ]


NOT_A_DRILL = re.compile(
    r"\bnot\s+an?\s+(drill|exercise|test)\b|\bno\s+(drill|exercise)\b"
    r"|\bне\s+(учени|учебн|тренировк|навчання|навчальн|тренуванн)"
    r"|\bkeine\s+(übung|probe)",
    re.IGNORECASE,
)
"""What a drill must never say of itself, in the languages that there are words in."""


def _check(command: cmd.StartDrill, context: Context) -> None:
    if command.status not in _STATUSES:
        raise Invalid(
            "TOC-1011",
            f"A drill cannot be {command.status!r}.",
            field="status",
            remedy="Use Exercise or Test; a real danger is a warning, never a drill.",
        )
    if not command.exercise.strip():
        raise Invalid("TOC-1011", "The exercise has no name.", field="exercise", remedy="Give it a name.")
    draft.check_text("exercise", "name", command.exercise, "")
    for part, texts in (("headline", command.headline), ("instruction", command.instruction)):
        for language in texts:
            draft.spoken(f"{part}.{language}", language, context)
    if not 60 <= command.duration_s <= 24 * 3600:
        raise Invalid(
            "TOC-1011", "A drill lasts one minute to one day.", field="duration_s", remedy="Give 60 to 86400."
        )


def _marked(content: Content) -> None:
    """Every text begins with its language's word for exercise, and says nowhere that it is none (lesson R6)."""
    _never_denied("exercise", content.reason)
    for part in render.PARTS:
        for language, text in getattr(content, part).items():
            draft.check_text(part, language, text, content.headline[language])
            _never_denied(f"{part}.{language}", text)
            known = words.languages().get(language)
            if known is not None and not text.startswith(known.texts["word.drill"]):
                raise Refused(
                    "TOC-1011",
                    f"The drill's {part} does not begin with {known.texts['word.drill']!r}.",
                    field=f"{part}.{language}",
                    remedy="Begin it so, that nobody takes the drill for a warning.",
                )


def _never_denied(field: str, text: str) -> None:
    if NOT_A_DRILL.search(text):
        raise Refused(
            "TOC-1011",
            "The drill says of itself that it is none.",
            field=field,
            remedy="Take that out: words of a drill must never be usable for a warning.",
        )


def _content(
    state: WarnState, command: cmd.StartDrill, areas: tuple[str, ...], times: render.Times, context: Context
) -> Content:
    said = words.drill(
        areas=[state.areas[a].names for a in areas],
        until=times.expires,
        sent=times.sent,
        zone=zone(render.zone_of(state.areas, areas, context.sender.zone)),
    )
    texts = {part: {lang: getattr(said, part)[lang] for lang in context.sender.languages} for part in render.PARTS}
    texts["headline"].update(command.headline)
    texts["instruction"].update(command.instruction)
    return Content(
        threat="other",
        level="alert",
        areas=areas,
        duration_s=command.duration_s,
        urgency="Unknown",
        severity="Unknown",
        certainty="Unknown",
        reason=command.exercise,
        **texts,
    )


def _sealed(alert: Alert, context: Context) -> DrillMessage:
    infos = tuple(
        msgspec.structs.replace(
            info, response_types=("None",), event_codes=(), event=words.languages()[info.language].texts["word.drill"]
        )
        for info in alert.infos
    )
    drill = msgspec.structs.replace(alert, infos=infos)
    return DrillMessage(
        drill_identifier=drill.identifier,
        sender=drill.sender,
        sent=drill.sent,
        status="Test" if drill.status == "Test" else "Exercise",
        drill_xml=context.sign(to_xml(drill)).decode(),
    )


def end(state: WarnState, command: cmd.EndDrill, _context: Context) -> list[Fact]:
    """The exercise is over."""
    drill = state.drills.get(command.drill_id)
    if drill is None:
        raise Unknown(
            "TOC-6004",
            f"There is no drill {command.drill_id!r}.",
            field="drill",
            remedy="List the drills with GET /api/v1/drills.",
        )
    if drill.ended_at is not None:
        raise Refused("TOC-1011", "The drill is over already.", field="drill", remedy="Nothing is left to do.")
    return [DrillEnded(drill_id=drill.id, reason=common.reason(command.reason))]
