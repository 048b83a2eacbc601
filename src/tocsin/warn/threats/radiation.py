"""Radioactive substances in the air: shut the building and go to its basement or middle, away from roof and walls."""

from tocsin.warn.threats._base import INDOORS, TAKE_COVER, WAIL, Rating, Threat

THREAT = Threat(
    name="radiation",
    categories=("CBRNE", "Health"),
    event="Radiation danger",
    event_code="radiation",
    ratings={
        "pre_alert": Rating("Expected", "Severe", "Possible"),
        "alert": Rating("Immediate", "Extreme", "Likely"),
    },
    responses=TAKE_COVER,
    tones=WAIL | {"alert": "steady"},
    expiry="radiation",
    countdown=False,
    go="down",
    steps=INDOORS
    | {
        "pre_alert": ("go_in", "animals_in", "shut_windows", "packed_food"),
        "alert": ("stay_in", "basement_or_middle", "shut_windows", "air_off", "outer_clothes"),
        "all_clear": ("go_out", "water_food", "shoes"),
    },
)
