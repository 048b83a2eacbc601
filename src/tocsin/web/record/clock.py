"""Days and hours of the record's pages, in the reader's language and by the clocks of the city."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import formats, translation

from tocsin.web.words import words

_DAY_FORM = {"de": "j. F Y"}
_MONTH_FORM = "F Y"


def day_said(day: date, language: str) -> str:
    """``5 January 2024``, ``5 января 2024``."""
    with translation.override(language):
        return str(formats.date_format(day, _DAY_FORM.get(language, "j E Y")))


def month_said(day: date, language: str) -> str:
    """``January 2024``, with the month as it stands alone."""
    with translation.override(language):
        said = str(formats.date_format(day, _MONTH_FORM))
    return said[:1].upper() + said[1:]


def weekday_said(day: date, language: str) -> str:
    """``Friday``."""
    with translation.override(language):
        said = str(formats.date_format(day, "l"))
    return said[:1].upper() + said[1:]


def weekdays(language: str) -> tuple[tuple[str, str], ...]:
    """``(short, long)`` names of the days of a week, Monday first."""
    monday = date(2024, 1, 1)
    with translation.override(language):
        return tuple(
            (
                str(formats.date_format(monday + timedelta(days=n), "D")),
                weekday_said(monday + timedelta(days=n), language),
            )
            for n in range(7)
        )


def weeks(year: int, month: int) -> list[list[int]]:
    """Weeks of a month, Monday first, 0 for a day of another month."""
    return calendar.Calendar().monthdayscalendar(year, month)


def clock(at: datetime, zone: ZoneInfo, day: date | None = None) -> str:
    """``23:58`` by the city's clocks; with its date when it lies on another day than ``day``."""
    local = at.astimezone(zone)
    return local.strftime("%H:%M" if day is None or local.date() == day else "%d.%m. %H:%M")


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a civil day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a civil day, UTC; a day of 23 or 25 hours is as long as it is."""
    return start_of(day + timedelta(days=1), zone)


def touches(start: datetime, end: datetime | None, day: date, zone: ZoneInfo) -> bool:
    """Whether ``[start, end)`` lies on that civil day; ``end`` None is an instant."""
    first, last = start_of(day, zone), end_of(day, zone)
    if end is None or end <= start:
        return first <= start < last
    return start < last and end > first


def days_of(start: datetime, end: datetime | None, zone: ZoneInfo) -> list[date]:
    """Every civil day on which ``[start, end)`` lies."""
    begins = start.astimezone(zone).date()
    last = begins
    if end is not None and end > start:
        last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return [begins + timedelta(days=n) for n in range((last - begins).days + 1)]


def hours_said(seconds: int, language: str) -> str:
    """``3 h 25 min`` or ``25 min``."""
    w = words(language)
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} {w['unit_min']}"
    return f"{hours} {w['unit_h']} {minutes:02d} {w['unit_min']}"
