"""Days in a row: recorded beside claimed, from what is public alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tocsin.app.public_report import PublicClaim
from tocsin.app.series import casualty_marks, gaps_of, impact_marks, warning_marks
from tocsin.core.time import local_day
from tocsin.record.days import GREY, MARKED, DayBook, Mark, beside, day_book, streak
from tocsin.web.desk import record
from tocsin.web.record import scene as sc
from tocsin.web.record.clock import clock, day_said, end_of
from tocsin.web.record.look import Look

COUNTERS = ("warnings", "impacts", "casualties")
CLAIMED_OF = "impacts"
"""Which counter a claim of so many days of attacks in a row stands beside."""

STRIP = 14
MOST_STRIP = 31


def counters(look: Look, day: date) -> tuple[sc.Counter, ...]:
    """The three counters as of a day."""
    return tuple(_counter(look, name, day) for name in COUNTERS)


def of_place(look: Look, where: str) -> tuple[sc.Counter, ...]:
    """The counters of the city, or of a region of another system, of which warnings alone are known."""
    if where not in look.history.names:
        return counters(look, look.today)
    own = record().book(where)
    return (_told(look, "warnings", own, own.calendar.last),)


def book(look: Look, name: str, day: date) -> DayBook:
    """The days of a counter up to a day, as they are known now."""
    within = frozenset(area.id for area in look.state.areas)
    if name == "warnings":
        marks: list[Mark] = warning_marks(look.state, within, {})
    else:
        marks = (impact_marks if name == "impacts" else casualty_marks)(look.told.state, within)
    began = look.record.began
    starts = [one.start for one in marks] + ([began] if began else [])
    first = min([local_day(at, look.zone) for at in starts] + [day])
    root = next((area.id for area in look.state.areas if area.parent is None), "")
    over = day < look.today
    now = end_of(day, look.zone) - timedelta(seconds=1) if over else look.now
    return day_book(marks, zone=look.zone_name, first=first, now=now, gaps=gaps_of(look.record, root), ended=over)


def _counter(look: Look, name: str, day: date) -> sc.Counter:
    return _told(look, name, book(look, name, day), day)


def _told(look: Look, name: str, days: DayBook, day: date) -> sc.Counter:
    run, w = streak(days), look.w
    claims = _claims(look, day) if name == CLAIMED_OF else []
    counts = [(one, beside(days, one.n, _as_of(look, one))) for one in claims if one.n]
    missing = sorted({gone for _, told in counts for gone in told.missing})
    causes = ", ".join(w[f"rec_grey_{cause}"] for cause in run.grey_why if cause != "before_record")
    return sc.Counter(
        name=name,
        word=w[f"rec_streak_{name}"],
        days=run.length,
        since=w["rec_streak_since"].format(day=day_said(run.since, look.language)) if run.since else "",
        so_far=run.so_far,
        grey=w["rec_streak_grey"].format(reason=causes) if causes else "",
        claimed=tuple(_claimed(look, one) for one, _ in counts),
        missing=tuple(day_said(one, look.language) for one in missing),
        strip=_strip(look, days, day, [told.begins for _, told in counts], set(missing)),
    )


def _claims(look: Look, day: date) -> list[PublicClaim]:
    """Claims of so many days in a row that speak of this day and stand."""
    return [
        one
        for one in look.public.claims.values()
        if one.subject == "streak_days"
        and one.n
        and not one.retracted
        and not one.superseded_by
        and _as_of(look, one) == day
    ]


def _as_of(look: Look, claim: PublicClaim) -> date:
    at: datetime = claim.happened_to or claim.happened_from or claim.said_at or claim.learned_at
    if claim.happened_to is not None and claim.happened_to > (claim.happened_from or claim.happened_to):
        at = claim.happened_to - timedelta(microseconds=1)  # rounded outwards, a day ends where the next begins
    return local_day(at, look.zone)


def _claimed(look: Look, claim: PublicClaim) -> tuple[int, str, str, str, int]:
    from tocsin.web.record.tallied import Teller

    who = Teller(look.told, look.language, look.zone, look.today, look.now).who(claim)
    lang = claim.language if claim.language != look.language else ""
    said = claim.said_at_printed or (clock(claim.said_at, look.zone, look.today) if claim.said_at else "")
    by = look.w["rec_claimed_by"].format(who=who)
    return claim.n or 0, f"{by}, {said}" if said else by, claim.wording, lang, claim.entry


def _strip(
    look: Look, days: DayBook, day: date, begins: Sequence[date], missing: set[date]
) -> tuple[tuple[date, str, str], ...]:
    """The last days one by one, as far back as a claim reaches."""
    first = min([day - timedelta(days=STRIP - 1), *begins])
    first = max(first, day - timedelta(days=MOST_STRIP - 1))
    found = []
    for n in range((day - first).days + 1):
        one = first + timedelta(days=n)
        code = days.code(one)
        mark = "marked" if code == MARKED else "unknown" if code == GREY else "quiet"
        if one in missing:
            mark = "claimed"
        found.append((one, mark, look.w[f"rec_strip_{mark}"]))
    return tuple(found)
