"""Instants and their texts. UTC inside, the area's zone at the rim. Nothing here reads a clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.core.errors import Invalid

_CAP_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


def cap_time(at: datetime) -> str:
    """CAP 1.2 DateTime (section 3.3.2): whole seconds, numeric offset, UTC written ``-00:00``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def parse_cap_time(text: str) -> datetime:
    """Read a CAP 1.2 DateTime strictly.

    Raises:
        ValueError: not of the form ``YYYY-MM-DDThh:mm:ss±hh:mm``, or no such day or time.
    """
    if not _CAP_TIME.fullmatch(text):
        raise ValueError(f"{text!r} is not YYYY-MM-DDThh:mm:ss±hh:mm")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError as fault:
        raise ValueError(f"{text!r} is in no year that counts") from fault


def rfc3339(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and ``Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str, *, field: str, code: str = "TOC-6003") -> datetime:
    """Read an ISO 8601 instant that states its offset; a naive time is refused rather than guessed."""
    try:
        at = datetime.fromisoformat(text)
    except (ValueError, TypeError) as fault:
        raise Invalid(
            code, f"{text!r} is not a time.", field=field, remedy="Write it like 2024-01-04T20:58:00Z."
        ) from fault
    if at.tzinfo is None:
        raise Invalid(code, f"{text!r} has no offset.", field=field, remedy="Add Z or an offset such as +03:00.")
    try:
        return at.astimezone(UTC)
    except OverflowError as fault:  # in UTC it lies before the year 1 or after 9999
        raise Invalid(
            code, f"{text!r} is in no year that counts.", field=field, remedy="Send the present time."
        ) from fault


def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name.

    Raises:
        Invalid: no such zone (TOC-8001).
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise Invalid(
            "TOC-8001",
            f"{name!r} is no time zone.",
            field="zone",
            remedy="Use an IANA name, e.g. Europe/Moscow.",
        ) from fault


def local_day(at: datetime, tz: ZoneInfo) -> date:
    """The civil calendar day of an instant in a zone, DST included."""
    return at.astimezone(tz).date()


def local_night(at: datetime, tz: ZoneInfo) -> date:
    """The day on whose evening the night began: noon to noon, so that a night crosses midnight whole."""
    return (at.astimezone(tz).replace(tzinfo=None) - timedelta(hours=12)).date()
