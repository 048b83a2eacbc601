"""What a night left in the record: tallies, streaks, distances, the bulletin, the order of the repair queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from tocsin.app import night as nt
from tocsin.core.event import Entry
from tocsin.core.text import fold
from tocsin.record.days import Claimed
from tocsin.report.state import KnownClaim, ReportState
from tocsin.report.tally import Tally, tally_of, wording


class Found(NamedTuple):
    """What one want led to: the entries behind it, and why it does not hold, or ""."""

    entries: tuple[int, ...]
    missing: str = ""


class Recorded(NamedTuple):
    """What the record says, as far as rows ask for it.

    Attributes:
        report: incidents and claims.
        entries: the ledger.
        beside: a claim of a streak, up to a local day → what the record counts of the same days.
        distance_km: area → to the border, or None where no border line is known.
    """

    report: ReportState
    entries: Sequence[Entry]
    beside: Callable[[KnownClaim, str, date], Claimed]
    distance_km: Callable[[str], float | None]


def recorded(row: nt.Row, begin: datetime, end: datetime, known: Recorded) -> Iterator[Found]:
    """Look for everything that a row wants of the record."""
    for tally in row.tallies:
        yield _tally(tally, end, known)
    for streak in row.streaks:
        yield _streak(streak, known)
    for distance in row.distances:
        yield _distance(distance, known)
    for said in row.bulletin:
        yield from _bulletin(said, known.entries)
    for queue in row.queue:
        yield _queue(queue, [e for e in known.entries if begin <= e.event.at <= end])


def _tally(want: nt.TallyWant, end: datetime, known: Recorded) -> Found:
    tally = tally_of(known.report, want.incident, want.subject, want.category, end)
    entries = tuple(known.report.claims[claim].entry for claim in tally.claim_ids)
    wanted = (want.low, want.best, want.high, want.status)
    if (tally.low, tally.best, tally.high, tally.status) != wanted:
        return Found(entries, f"{want.subject} {wanted}: found {_short(tally)}")
    if want.claims and sorted(want.claims) != sorted(tally.claim_ids):
        return Found(entries, f"{want.subject} by {want.claims}: found {tally.claim_ids}")
    for language, text in want.wording.items():
        if fold(text) != fold(wording(tally, language)):
            return Found(entries, f"{want.subject} said as {text!r}: found {wording(tally, language)!r}")
    return Found(entries)


def _short(tally: Tally) -> tuple[Any, ...]:
    return tally.low, tally.best, tally.high, tally.status


def _claim(known: Recorded, claim_id: str) -> KnownClaim | None:
    return known.report.claims.get(claim_id)


def _streak(want: nt.StreakWant, known: Recorded) -> Found:
    """The claim and the count, side by side; the days that the claim needs and the record does not have."""
    claim = _claim(known, want.claim)
    if claim is None:
        return Found((), f"the claim {want.claim}")
    counted = known.beside(claim, want.area, date.fromisoformat(want.day))
    missing = sorted(one.isoformat() for one in (*counted.missing, *counted.unknown))
    found = (counted.claimed, counted.recorded, missing)
    wanted = (want.claimed, want.recorded, sorted(want.missing))
    return Found((claim.entry,), "" if found == wanted else f"a streak {wanted}: found {found}")


def _distance(want: nt.DistanceWant, known: Recorded) -> Found:
    claim, km = _claim(known, want.claim), known.distance_km(want.area)
    if claim is None:
        return Found((), f"the claim {want.claim}")
    held = km is not None and want.km_from <= km <= want.km_to
    return Found((claim.entry,), "" if held else f"{want.km_from:g} to {want.km_to:g} km to the border: found {km}")


def published(entries: Iterable[Entry], day: str) -> dict[str, list[dict[str, Any]]]:
    """Language → the sentences of the newest bulletin of a day, as they stand in the ledger."""
    newest: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        if entry.event.kind == "record.bulletin_published" and entry.event.body["page"] == day:
            newest = entry.event.body["sentences"]
    return newest


def _bulletin(want: nt.BulletinWant, entries: Sequence[Entry]) -> Iterator[Found]:
    said = published(entries, want.day)
    for language, pieces in want.texts.items():
        folded = [fold(piece) for piece in pieces]
        holding = [one for one in said.get(language, ()) if all(piece in fold(one["text"]) for piece in folded)]
        behind = tuple(entry for one in holding for entry in one["entries"])
        yield Found(behind, "" if behind else f"a sentence in {language} with {', '.join(pieces)}")
    for language, pieces in want.without.items():
        text = fold(" ".join(one["text"] for one in said.get(language, ())))
        found = [piece for piece in pieces if fold(piece) in text]
        if found or not text:
            yield Found((), f"a bulletin in {language} without {', '.join(found or pieces)}")


def _queue(want: nt.QueueWant, entries: Sequence[Entry]) -> Found:
    plans = [entry for entry in entries if entry.event.kind == "repair.plan_made"]
    behind = tuple(entry.seq for entry in plans)
    lacking = set(want.triggers) - {entry.event.body["trigger"] for entry in plans}
    if lacking:
        return Found(behind, f"plans for {', '.join(sorted(lacking))}: there are {len(plans)}")
    orders = [order(entry.event.body["routes"]) for entry in plans]
    if want.reordered and not any(reordered(before, after) for before, after in pairwise(orders)):
        return Found(behind, "an order that changed between two plans")
    return Found(behind)


def order(routes: Iterable[dict[str, Any]]) -> list[str]:
    """The needs of a plan in the order in which a crew comes to them, whichever crew that is."""
    stops = [stop for route in routes for stop in route["stops"]]
    return [stop["need"] for stop in sorted(stops, key=lambda stop: (stop["arrive"], stop["need"]))]


def reordered(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether what stands in both changed places, or something new came to stand before what had waited."""
    both = set(before) & set(after)
    waited = [need for need in after if need in both]
    if [need for need in before if need in both] != waited:
        return True
    return bool(waited) and any(need not in both for need in after[: after.index(waited[-1])])
