"""What to do, as two to five short steps, each with the name of its pictogram.

The agreed instruction of a message says everything in sentences; these steps are its short form, for a screen read in
a second. Their words stand beside the long ones in ``warn/words`` (``step.<key>``), so that one person reviews both.
A danger's file may name steps of its own (``Threat.steps``); whatever it does not name follows from where people are
sent (``Threat.go``), so that a new danger needs no change here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from tocsin.core.text import pick
from tocsin.warn.threats import threats
from tocsin.warn.words import languages

Act = str
"""A level, an act, or one of ``drill``, ``drill_end``, ``ok``, ``unknown``; anything else is taken as unknown."""


class Step(msgspec.Struct, frozen=True):
    """One thing to do: the name of a pictogram (``web/icons``) and at most some 40 characters of text."""

    name: str
    text: str


PICTOGRAMS: dict[str, str] = {
    "go_in": "indoors",
    "stay_in": "indoors",
    "solid": "indoors",
    "in_or_shelter": "indoors",
    "outside_in": "indoors",
    "windows": "away_from_windows",
    "no_film": "away_from_windows",
    "choose_shelter": "shelter",
    "shelter_if_time": "shelter",
    "near_cover": "shelter",
    "know_shelter": "shelter",
    "basement": "basement",
    "basement_or_middle": "basement",
    "prepare_basement": "basement",
    "no_time_room": "inner_room",
    "inner_room": "inner_room",
    "pick_room": "inner_room",
    "two_walls": "two_walls",
    "no_lift": "no_lift",
    "outside_down": "lie_down",
    "no_building_down": "lie_down",
    "wait": "wait",
    "wait_in_pause": "wait",
    "not_all_clear": "wait",
    "not_cleared_wait": "wait",
    "not_cleared_shut": "close_windows",
    "cleared_leave": "all_clear",
    "cleared_air": "all_clear",
    "no_travel": "cross",
    "children_in": "help_others",
    "animals_in": "help_others",
    "neighbours": "help_others",
    "fallen_drone": "do_not_touch",
    "unknown_objects": "do_not_touch",
    "garden_food": "do_not_touch",
    "shut_windows": "close_windows",
    "keep_shut": "close_windows",
    "air_ready": "ventilation_off",
    "air_off": "ventilation_off",
    "air_stays_off": "ventilation_off",
    "air_rooms": "door",
    "upstairs": "upstairs",
    "at_hand": "take_water",
    "packed_food": "take_water",
    "water_food": "take_water",
    "outer_clothes": "door",
    "shoes": "door",
    "phone_on": "phone_on",
    "check": "phone_on",
    "services": "phone_on",
    "unwell": "phone_on",
    "leave": "all_clear",
    "go_out": "all_clear",
    "error": "cross",
    "other_warning": "phone_on",
    "sirens": "siren",
    "drill_no_danger": "exercise",
    "drill_way": "walk",
    "drill_over": "exercise",
    "drill_tell": "phone_on",
}
"""Step → pictogram."""

_UNKNOWN = ("sirens", "check", "know_shelter")
_WARNED: dict[Literal["down", "up", "in"], dict[Act, tuple[str, ...]]] = {
    "down": {
        "pre_alert": ("go_in", "windows", "choose_shelter", "phone_on"),
        "alert": ("basement", "two_walls", "outside_down", "wait"),
    },
    "up": {
        "pre_alert": ("go_in", "shut_windows", "air_ready", "phone_on"),
        "alert": ("stay_in", "shut_windows", "air_off", "upstairs", "wait"),
    },
    "in": {
        "pre_alert": ("go_in", "windows", "phone_on", "check"),
        "alert": ("solid", "windows", "services", "wait"),
    },
}
_SHARED: dict[Act, tuple[str, ...]] = {
    "partial_clear": ("cleared_leave", "not_cleared_wait", "no_travel"),
    "all_clear": ("leave", "unknown_objects", "neighbours"),
    "cancel": ("error", "other_warning"),
    "expired": ("not_all_clear", "near_cover", "check"),
    "unknown": _UNKNOWN,
    "ok": (),
    "drill": ("drill_no_danger", "drill_way"),
    "drill_end": ("drill_over", "drill_tell"),
}
"""What does not depend on the danger, unless its file says otherwise. Where all is well there is nothing to do."""

KINDS: Mapping[str, Act] = {
    "all_clear": "all_clear",
    "cancelled": "cancel",
    "expired": "expired",
    "imputed": "expired",
    "manual": "expired",
    "superseded": "unknown",
}
"""How a warning ended → the act whose steps apply. Only an observed all clear lets people out (rule R4)."""


def steps(threat: str, act: Act, language: str) -> tuple[Step, ...]:
    """The steps of a danger in one language, the most urgent first.

    Args:
        threat: name of a danger; one that is not known is taken as ``other``.
        act: a level or act of a message, ``drill``, ``drill_end``, or a phase without warning (``ok``, ``unknown``). An
            ``update`` says what its level says: ask for the level; without it the steps of the alert are the safe ones.
        language: tag of a language; English where we lack it.
    """
    return tuple(Step(PICTOGRAMS[key], pick(_texts(key), language)) for key in keys(threat, act))


def after(threat: str, kind: str | None, language: str) -> tuple[Step, ...]:
    """The steps once a warning has ended, by how it ended; what is not known is never taken for an all clear."""
    return steps(threat, KINDS.get(kind or "", "unknown"), language)


def keys(threat: str, act: Act) -> tuple[str, ...]:
    """The names of the steps, as in ``PICTOGRAMS`` and ``step.<name>`` in the words."""
    at = "alert" if act == "update" else act
    if at in ("drill", "drill_end"):
        return _SHARED[at]
    known = threats()
    danger = known.get(threat, known["other"])
    for table in (danger.steps, _WARNED[danger.go], _SHARED):
        if at in table:
            return table[at]
    return _UNKNOWN


def _texts(key: str) -> dict[str, str]:
    return {tag: language.texts[f"step.{key}"] for tag, language in languages().items()}
