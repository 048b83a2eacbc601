"""The charts of the record: nights by the hour, and hours under alert of the last days."""

from __future__ import annotations

from datetime import date, timedelta

from tocsin.web.record import scene as sc
from tocsin.web.record.charts import Value, columns
from tocsin.web.record.clock import day_said
from tocsin.web.record.look import Look
from tocsin.web.record.warned import hours_under, seconds_on

DAYS = 60
_HOUR_S = 3600
_NIGHT = frozenset((22, 23, 0, 1, 2, 3, 4, 5))


def graphs(look: Look) -> tuple[sc.Chart, ...]:
    """Both charts; none while nothing was ever under alert."""
    if not look.warned and not look.history.days:
        return ()
    return _by_hour(look), _per_day(look)


def _by_hour(look: Look) -> sc.Chart:
    """From noon to noon, so that a night stands in one piece."""
    own = hours_under([one.span(look.now) for one in look.warned if one.alert and not one.mistaken], look.zone)
    counts = [max(look.history.hours[hour], sum(1 for _, one in own if one == hour)) for hour in range(24)]
    order = [*range(12, 24), *range(12)]
    names = [f"{hour:02d}:00" for hour in order]
    values = [
        Value(
            label=name if hour % 3 == 0 else "",
            value=counts[hour],
            said=f"{name}: {counts[hour]}",
            mark="night" if hour in _NIGHT else "",
        )
        for hour, name in zip(order, names, strict=True)
    ]
    w = look.w
    return sc.Chart(
        id="hours",
        title=w["rec_by_hour"],
        say=w["rec_by_hour_say"],
        figure=columns(values),
        head=(w["rec_hour"], w["rec_nights"]),
        table=tuple((name, str(counts[hour])) for hour, name in zip(order, names, strict=True)),
    )


def _per_day(look: Look) -> sc.Chart:
    last = _last(look)
    spans = [one.span(look.now) for one in look.warned if one.alert and not one.mistaken]
    wanted = [last - timedelta(days=n) for n in reversed(range(DAYS))]
    hours: dict[date, float] = {}
    for day in wanted:
        taken = look.history.days.get(day)
        hours[day] = max(seconds_on(spans, day, look.zone), taken.seconds if taken else 0) / _HOUR_S
    values = [
        Value(
            label=day.strftime("%d.%m.") if n % 7 == 0 else "",
            value=round(hours[day], 2),
            said=f"{day_said(day, look.language)}: {hours[day]:.1f} {look.w['unit_h']}",
        )
        for n, day in enumerate(wanted)
    ]
    w = look.w
    return sc.Chart(
        id="per-day",
        title=w["rec_hours_per_day"],
        say=w["rec_hours_per_day_say"].format(n=DAYS),
        figure=columns(values, whole=False),
        head=(w["rec_day"], w["rec_hours"]),
        table=tuple((day_said(day, look.language), f"{hours[day]:.1f}") for day in reversed(wanted)),
    )


def _last(look: Look) -> date:
    """The last day on which anything is known: a history may have ended long before today."""
    own = max(look.warnings, default=None)
    taken = max(look.history.days, default=None)
    return min(look.today, max(day for day in (own, taken) if day is not None))
