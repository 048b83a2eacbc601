"""The calendar of a year: what each day was, as a sign with its word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from tocsin.web.record import scene as sc
from tocsin.web.record.clock import day_said, month_said, weeks
from tocsin.web.words import words

MARKS = ("casualties", "damage", "interception", "warning", "alerts", sc.UNKNOWN, sc.QUIET)
"""What a day can be, the heaviest first: a square shows the heaviest, its word all of it."""


def mark_of(happened: tuple[str, ...]) -> str:
    """The heaviest of what happened; ``quiet`` for nothing."""
    return next((mark for mark in MARKS if mark in happened), sc.QUIET)


def months(
    year: int,
    happened: Mapping[date, tuple[str, ...]],
    today: date,
    language: str,
    *,
    unknown: Callable[[date], bool],
    href: Callable[[date], str],
) -> tuple[tuple[sc.Month, ...], Counter[str]]:
    """``(months, how many days of each mark)``. A day after today is still to come and counts for nothing."""
    w, counts = words(language), Counter[str]()

    def square(day: date) -> sc.Square:
        kinds = happened.get(day, ())
        mark = sc.COMING if day > today else mark_of(kinds)
        if mark == sc.QUIET and unknown(day):
            mark = sc.UNKNOWN
        if mark != sc.COMING:
            counts[mark] += 1
        said = ", ".join(w[f"rec_mark_{kind}"] for kind in MARKS if kind in kinds) or w[f"rec_mark_{mark}"]
        link = href(day) if kinds and day <= today else ""
        return sc.Square(number=day.day, mark=mark, word=f"{day_said(day, language)}: {said}", href=link)

    made = tuple(
        sc.Month(
            name=month_said(date(year, month, 1), language),
            weeks=tuple(
                tuple(square(date(year, month, number)) if number else None for number in week)
                for week in weeks(year, month)
            ),
        )
        for month in range(1, 13)
    )
    return made, counts
