"""Times and places as an officer types them: by the clocks of the city, and as maps give a position."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tocsin.core.errors import Invalid

_POINT = re.compile(r"\s*([+-]?\d{1,2}(?:\.\d{1,8})?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d{1,8})?)\s*")


def instant(text: str, zone: ZoneInfo, field: str) -> datetime | None:
    """``2024-01-05T01:40`` by the city's clocks as UTC; None for an empty field.

    An hour that the clocks show twice is taken as the first of the two.

    Raises:
        Invalid: it is no time, or the clocks jump over it on that day (TOC-10001).
    """
    if not text.strip():
        return None
    try:
        local = datetime.fromisoformat(text.strip())
        local = local if local.tzinfo else local.replace(tzinfo=zone)
        at = local.astimezone(UTC)
        there = at.astimezone(local.tzinfo) == local and at.astimezone(local.tzinfo).hour == local.hour
    except (ValueError, OverflowError) as fault:
        raise Invalid(
            "TOC-10001", f"{text[:40]!r} is not a time.", field=field, remedy="Write it like 2024-01-05T01:40."
        ) from fault
    if not there:
        raise Invalid(
            "TOC-10001", f"The clocks jump over {text[:40]!r}.", field=field, remedy="Give a time that they showed."
        )
    return at


def typed(at: datetime | None, zone: ZoneInfo) -> str:
    """The same time as a field takes it; "" for None."""
    return "" if at is None else at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S").removesuffix(":00")


def point(text: str, field: str) -> dict[str, float] | None:
    """``50.5951, 36.5872``, latitude first as maps show it, as the vault keeps it; None for an empty field.

    Raises:
        Invalid: it is no position (TOC-10001). The refusal does not repeat it.
    """
    if not text.strip():
        return None
    found = _POINT.fullmatch(text)
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise Invalid(
            "TOC-10001",
            "This is not a position.",
            field=field,
            remedy="Copy it from a map: latitude and longitude in degrees, e.g. 50.5951, 36.5872.",
        )
    return {"lon": float(found[2]), "lat": float(found[1])}


def shown(place: Mapping[str, object] | None) -> str:
    """What :func:`point` reads, of what the vault keeps; "" when nothing is kept or it was erased."""
    return f"{place['lat']}, {place['lon']}" if place and "lat" in place and "lon" in place else ""
