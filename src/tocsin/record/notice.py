"""What an entry of the record has to say to those who follow it. Pure.

It names the page and nothing of what stands there: what is public, and from when, is decided where the page is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from tocsin.core.event import Entry, fact_of
from tocsin.core.notice import RecordNotice, Said
from tocsin.record import events as ev
from tocsin.record.words import languages

TOLD_LATE = timedelta(days=2)

_ACTS: dict[type[ev.PageFact], Literal["bulletin", "correction", "revision", "withdrawal"]] = {
    ev.BulletinPublished: "bulletin",
    ev.CorrectionPublished: "correction",
    ev.PageRevised: "revision",
    ev.PageWithdrawn: "withdrawal",
}


def notice(entry: Entry, sender: Mapping[str, str]) -> RecordNotice | None:
    """The notice of an entry; None when it is none of the record's pages.

    Args:
        entry: of the ledger.
        sender: name of the city by language.
    """
    fact = fact_of(entry.event)
    act = _ACTS.get(type(fact)) if isinstance(fact, ev.PageFact) else None
    if act is None or not isinstance(fact, ev.PageFact):
        return None
    day = date.fromisoformat(fact.page)
    said: dict[str, tuple[Said, ...]] = {}
    for language, own in languages().items():
        when = f"{own.DATE.format(day=day.day, month=own.MONTHS[day.month - 1])} {day.year}"
        said[language] = (Said(headline=own.TOLD[act].format(day=when)),)
    return RecordNotice(
        id=entry.event.id,
        seq=entry.seq,
        sent=entry.event.at,
        expires=entry.event.at + TOLD_LATE,
        said=said,
        sender=dict(sender),
        page=f"/record/{fact.page}",
        act=act,
    )
