"""Toxic substances in the air: shut the building and go up, because most toxic gases are heavier than air.

The advice to go up stands against the advice for blast, which is to go down. So a chemical warning never shares its
instruction with an attack warning. Officials may advise otherwise for a light gas; the text says so.
"""

from tocsin.warn.threats._base import INDOORS, TAKE_COVER, WAIL, Rating, Threat

THREAT = Threat(
    name="chemical",
    categories=("CBRNE", "Health"),
    event="Chemical danger",
    event_code="chemical",
    ratings={
        "pre_alert": Rating("Expected", "Severe", "Possible"),
        "alert": Rating("Immediate", "Extreme", "Likely"),
    },
    responses=TAKE_COVER,
    tones=WAIL | {"alert": "steady"},
    expiry="chemical",
    countdown=False,
    go="up",
    steps=INDOORS
    | {
        "pre_alert": ("go_in", "animals_in", "shut_windows", "air_ready"),
        "alert": ("stay_in", "shut_windows", "air_off", "upstairs", "wait"),
        "partial_clear": ("cleared_air", "not_cleared_shut", "air_stays_off", "no_travel"),
        "all_clear": ("go_out", "air_rooms", "garden_food", "unwell"),
    },
)
