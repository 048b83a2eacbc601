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
)
