"""Any other danger: the officer writes what it is; people go into a solid building and wait for word."""

from tocsin.warn.threats._base import TAKE_COVER, WAIL, Rating, Threat

THREAT = Threat(
    name="other",
    categories=("Safety",),
    event="Danger to people",
    event_code="other",
    ratings={
        "pre_alert": Rating("Expected", "Moderate", "Possible"),
        "alert": Rating("Immediate", "Severe", "Likely"),
    },
    responses=TAKE_COVER,
    tones=WAIL,
    expiry="other",
    countdown=False,
    go="in",
)
