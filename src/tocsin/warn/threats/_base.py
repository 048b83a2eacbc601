"""What Tocsin knows of one danger: how CAP names it, how sirens sound for it, when a warning of it runs out."""

from __future__ import annotations

from typing import Literal

import msgspec

from tocsin.warn.events import Level

Act = Literal["pre_alert", "alert", "update", "partial_clear", "all_clear", "cancel", "expired"]
"""What a message does: it warns at a level, changes a warning, or ends it in one of four ways."""

ACTS: tuple[Act, ...] = ("pre_alert", "alert", "update", "partial_clear", "all_clear", "cancel", "expired")
LEVELS: tuple[Level, ...] = ("pre_alert", "alert")


class Rating(msgspec.Struct, frozen=True):
    """The three CAP 1.2 ratings of one level (section 3.2.2)."""

    urgency: Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
    severity: Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
    certainty: Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]


class Threat(msgspec.Struct, frozen=True, kw_only=True):
    """One danger. A file in this folder that sets ``THREAT`` to one of these adds it everywhere.

    Attributes:
        name: as in detections and warnings, ``[a-z_]+``; equal to the name of the file.
        categories: CAP ``category`` values, at least one.
        event: CAP ``event`` in English; the event in other languages is the title of the level.
        event_code: value of the CAP ``eventCode`` that carries ``name`` to machines.
        ratings: level → CAP urgency, severity and certainty.
        responses: act → CAP ``responseType`` values for the public; an update has those of its level.
        tones: act → siren tone; an act that is not named sounds nothing.
        expiry: key into ``Policy.expiry_s`` for an alert; a pre-alert uses its own key ``pre_alert``.
        countdown: whether the lead time of an area is shown as a stopwatch (R13); a cloud has no time of arrival.
        go: where people are sent: ``down`` to a basement or low floor, ``up`` above ground, ``in`` to any building.
        steps: act → the steps of ``warn/actions.py`` for a screen, where they differ from what ``go`` means for all.
        texts: language → key → text, for a danger that brings its own words; otherwise they are in ``warn/words``.
    """

    name: str
    categories: tuple[str, ...]
    event: str
    event_code: str
    ratings: dict[Level, Rating]
    responses: dict[Act, tuple[str, ...]]
    tones: dict[Act, str]
    expiry: str
    countdown: bool
    go: Literal["down", "up", "in"]
    steps: dict[str, tuple[str, ...]] = {}
    texts: dict[str, dict[str, str]] = {}

    def rating(self, act: Act, level: Level = "alert") -> Rating:
        """The CAP ratings of a message: of its level, or, for an end, that the danger is past or not known to be."""
        if act in ("all_clear", "cancel"):
            return Rating("Past", "Minor", "Observed")
        if act == "expired":
            return Rating("Unknown", "Unknown", "Unknown")
        return self.ratings[level_of(act, level)]

    def response(self, act: Act, level: Level = "alert") -> tuple[str, ...]:
        """The CAP response types of a message."""
        return self.responses[level_of(act, level) if act == "update" else act]


def level_of(act: Act, level: Level) -> Level:
    """The level that a message speaks of: its own where it warns, else that of the warning it belongs to."""
    return act if act in ("pre_alert", "alert") else level


ATTACK: dict[Level, Rating] = {
    "pre_alert": Rating("Expected", "Severe", "Possible"),
    "alert": Rating("Immediate", "Extreme", "Likely"),
}
"""The ratings of a danger that comes by air and hits in minutes or less."""

TAKE_COVER: dict[Act, tuple[str, ...]] = {
    "pre_alert": ("Prepare",),
    "alert": ("Shelter",),
    "partial_clear": ("Monitor",),
    "all_clear": ("AllClear",),
    "cancel": ("None",),
    "expired": ("Monitor",),
}
"""The CAP response types of a danger from which people take cover."""

INDOORS: dict[str, tuple[str, ...]] = {
    "partial_clear": ("cleared_leave", "not_cleared_shut", "air_stays_off", "no_travel"),
    "expired": ("not_all_clear", "stay_in", "keep_shut", "air_stays_off", "check"),
}
"""The steps of a danger in the air, which people sit out behind shut windows."""

WAIL: dict[Act, str] = {"alert": "wail", "all_clear": "all_clear"}
"""Sirens wail for an alert and sound the all clear (R15). A cancel, an update or an expiry never sounds (R22)."""
