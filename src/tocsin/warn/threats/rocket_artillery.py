"""Rocket artillery: seconds of warning, so people take the nearest cover and do not run to a shelter."""

from tocsin.warn.threats._base import ATTACK, TAKE_COVER, WAIL, Threat

THREAT = Threat(
    name="rocket_artillery",
    categories=("Security", "Safety"),
    event="Rocket fire",
    event_code="rocket_artillery",
    ratings=ATTACK,
    responses=TAKE_COVER,
    tones=WAIL,
    expiry="rocket_artillery",
    countdown=True,
    go="down",
    steps={
        "pre_alert": ("go_in", "windows", "pick_room"),
        "alert": ("inner_room", "two_walls", "outside_in", "no_building_down", "wait"),
    },
)
