"""Attack drones: slow and long, so people stay in for hours and must not go out to look."""

from tocsin.warn.threats._base import ATTACK, TAKE_COVER, WAIL, Threat

THREAT = Threat(
    name="drone",
    categories=("Security", "Safety"),
    event="Drone threat",
    event_code="drone",
    ratings=ATTACK,
    responses=TAKE_COVER,
    tones=WAIL,
    expiry="drone",
    countdown=False,
    go="down",
    steps={
        "pre_alert": ("go_in", "windows", "children_in", "choose_shelter"),
        "alert": ("in_or_shelter", "two_walls", "no_film", "fallen_drone", "wait"),
    },
)
