"""Tube artillery and mortars: often no warning at all, and volleys with pauses between them."""

from tocsin.warn.threats._base import ATTACK, TAKE_COVER, WAIL, Threat

THREAT = Threat(
    name="artillery",
    categories=("Security", "Safety"),
    event="Artillery fire",
    event_code="artillery",
    ratings=ATTACK,
    responses=TAKE_COVER,
    tones=WAIL,
    expiry="artillery",
    countdown=True,
    go="down",
    steps={
        "pre_alert": ("stay_in", "windows", "prepare_basement"),
        "alert": ("basement", "two_walls", "outside_down", "wait_in_pause"),
    },
)
