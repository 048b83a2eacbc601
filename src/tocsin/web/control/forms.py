"""What officers fill in, read without trust: areas by id, texts by language, minutes, a reason."""

from __future__ import annotations

from typing import Any, cast, get_args

from django.http import QueryDict

from tocsin.core.errors import Invalid
from tocsin.core.text import pick
from tocsin.warn import commands as cmd
from tocsin.warn import render, threats
from tocsin.warn import words as agreed
from tocsin.warn.events import Level
from tocsin.warn.state import Thread
from tocsin.web.control import places
from tocsin.web.control.scene import Scene, called

_LONGEST_REASON = 500

CONTENT = ("level", "areas", "duration_s", "headline", "description", "instruction", "reason")
"""Fields of the form that changes what a warning says."""


def reason(given: QueryDict) -> str:
    """The officer's own words, else the preset that was chosen.

    Raises:
        Invalid: it is too long (TOC-1004).
    """
    text = given.get("reason", "").strip() or given.get("preset", "").strip()
    if len(text) > _LONGEST_REASON:
        raise Invalid(
            "TOC-1004", "The reason is too long.", field="reason", remedy=f"Keep it within {_LONGEST_REASON} signs."
        )
    return text


def level(given: QueryDict) -> Level | None:
    """The level, or None when none was given.

    Raises:
        Invalid: there is no such level (TOC-1004).
    """
    text = given.get("level", "")
    if not text:
        return None
    if text not in get_args(Level):
        raise Invalid("TOC-1004", f"{text!r} is no level.", field="level", remedy="Use alert or pre_alert.")
    return cast(Level, text)


def duration_s(given: QueryDict) -> int | None:
    """The minutes that were typed, in seconds; None for the agreed time.

    Raises:
        Invalid: that is no number of minutes (TOC-1004).
    """
    text = given.get("minutes", "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise Invalid(
            "TOC-1004", f"{text!r} is no number of minutes.", field="duration_s", remedy="Give 1 to 1440 minutes."
        )
    return int(text) * 60


def texts(given: QueryDict, seen: Scene) -> dict[str, dict[str, str]]:
    """Part → language → text, of those that were filled in."""
    return {
        part: {
            code: text
            for code in seen.sender.languages
            if (text := given.get(f"{part}.{code}", "").replace("\r\n", "\n").strip())
        }
        for part in render.PARTS
    }


def edit_command(thread: Thread, given: QueryDict, seen: Scene) -> cmd.Edit:
    """The change of a draft: what is as before is left out, so that a level's own words can follow the level."""
    content = thread.content
    changed = {
        part: {code: text for code, text in by.items() if text != getattr(content, part).get(code)}
        for part, by in texts(given, seen).items()
    }
    areas = tuple(given.getlist("areas"))
    # A whole form in which no area is ticked asks for none, and is refused; a button alone says nothing of areas.
    asked = bool(areas) or "whole" in given
    wanted = duration_s(given)
    why = reason(given)
    return cmd.Edit(
        warning_id=thread.id,
        level=level(given) if level(given) != content.level else None,
        areas=areas if asked and set(areas) != set(content.areas) else None,
        duration_s=wanted if wanted != content.duration_s else None,
        reason=why if why and why != content.reason else None,
        headline=changed["headline"] or None,
        description=changed["description"] or None,
        instruction=changed["instruction"] or None,
    )


def edit(seen: Scene, thread: Thread, given: QueryDict | None) -> dict[str, Any]:
    """The form that changes a draft or a live warning, filled with what it says now or with what was typed."""
    content = thread.content
    areas = tuple(given.getlist("areas")) if given is not None else content.areas
    return {
        "levels": levels(seen, (given.get("level") if given is not None else None) or content.level),
        "areas": places.choices(seen, areas),
        "minutes": given.get("minutes", "") if given is not None else str(content.duration_s // 60),
        "reason": given.get("reason", "") if given is not None else content.reason,
        "texts": [
            {
                "code": code,
                "name": called(code),
                "parts": [
                    {
                        "part": part,
                        "label": seen.w[f"ctl_{part}"],
                        "text": given.get(f"{part}.{code}", "")
                        if given is not None
                        else getattr(content, part).get(code, ""),
                    }
                    for part in render.PARTS
                ],
            }
            for code in sorted(seen.sender.languages, key=lambda one: one != seen.language)
        ],
    }


def levels(seen: Scene, chosen: str) -> list[dict[str, Any]]:
    """Both levels, one of them chosen."""
    return [{"level": one, "word": seen.w[f"state_{one}"], "chosen": one == chosen} for one in ("alert", "pre_alert")]


def dangers(seen: Scene, chosen: str) -> list[dict[str, Any]]:
    """Every danger by the name that people use."""
    return [
        {
            "name": name,
            "title": pick(agreed.title(threats.threat(name), "alert"), seen.language),
            "chosen": name == chosen,
        }
        for name in threats.names()
    ]
