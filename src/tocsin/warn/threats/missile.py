"""Ballistic and cruise missiles: minutes of warning, so people go down to a shelter if they can reach it."""

from tocsin.warn.threats._base import ATTACK, TAKE_COVER, WAIL, Threat

THREAT = Threat(
    name="missile",
    categories=("Security", "Safety"),
    event="Missile threat",
    event_code="missile",
    ratings=ATTACK,
    responses=TAKE_COVER,
    tones=WAIL,
    expiry="missile",
    countdown=True,
    go="down",
    steps={
        "pre_alert": ("go_in", "windows", "choose_shelter", "at_hand"),
        "alert": ("shelter_if_time", "no_time_room", "no_lift", "outside_down", "wait"),
    },
)
