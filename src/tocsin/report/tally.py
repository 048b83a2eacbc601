"""Totals from claims, always derived, never typed: rule version 1 (``docs/reference/claims.md``).

``low`` to ``high`` is the *reported range*: what the sources said, not how likely anything is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from tocsin.report.events import Op
from tocsin.report.phrases import bound, language
from tocsin.report.quantity import reading
from tocsin.report.state import KnownClaim, ReportState

RULE = 1
"""The version of the rule. Another rule is another number; an old record is always read by its own."""

GROWS = timedelta(hours=6)
"""In a total that only grows, a claim said so much before the newest is the least that it can be by then."""

Status = Literal["unknown", "discounted", "unverified", "single-source", "corroborated", "contested"]

STOCKS = frozenset({"missing", "in_hospital", "in_shelters", "streak_days"})
"""Subjects that go down as well as up, besides everything that is ``without`` something."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What the claims about one subject say together.

    Attributes:
        as_of: nothing that was learned later is in it.
        low, best: None when nothing usable is known.
        high: None when it is open; see ``open``.
        firm_high: ``high`` before unverified claims raised it.
        reported_max: the greatest figure that anybody named.
        credible: it rests on grades 1 to 3.
        form: how the bound is put in words.
        claim_ids: the claims behind it, the oldest first.
    """

    subject: str
    category: str = ""
    as_of: datetime
    low: int | None = None
    best: int | None = None
    high: int | None = None
    firm_high: int | None = None
    reported_max: int | None = None
    status: Status = "unknown"
    credible: bool = False
    form: Op = "said"
    claim_ids: tuple[str, ...] = ()
    rule: int = RULE

    @property
    def open(self) -> bool:
        """Whether something is known and nothing bounds it from above."""
        return self.low is not None and self.high is None


class _Voice(NamedTuple):
    """The newest live claim of one origin; the first fields decide which is the newest."""

    said: datetime
    learned: datetime
    entry: int
    id: str
    grade: int
    op: Op
    low: int
    high: int | None
    least: int
    most: int


def cumulative(subject: str) -> bool:
    """Whether a total of it only grows, as a toll does; a stock such as flats without heat also shrinks."""
    return subject not in STOCKS and "_without_" not in subject


def combine(
    claims: Iterable[KnownClaim], as_of: datetime, *, cumulative: bool, subject: str = "", category: str = ""
) -> Tally:
    """The tally of claims about one subject as known at a moment. The order of the claims makes no difference.

    Args:
        claims: about one subject of one category in one scope. Those learned after ``as_of``, superseded, retracted,
            repeated after others, about another place or without a number are left out here.
        as_of: the moment.
        cumulative: the total only grows.
        subject, category: what is counted, for the tally of no claims at all.
    """
    kept = [one for one in claims if one.claim.learned_at <= as_of]
    gone = {one.claim.supersedes for one in kept if one.claim.supersedes}
    newest: dict[str, _Voice] = {}
    for one in kept:
        claim = one.claim
        subject, category = claim.subject, claim.category
        if claim.id in gone or not _counts(one, as_of):
            continue
        read = reading(claim.op, claim.n, claim.n2)
        if read is None:
            continue
        said = claim.said_at or claim.learned_at
        grade = one.grade_at(as_of) if one.grades else one.grade
        voice = _Voice(said, claim.learned_at, one.entry, claim.id, grade, claim.op, *read)
        before = newest.get(claim.source)
        if before is None or voice > before:
            newest[claim.source] = voice
    return _of_voices(sorted(newest.values()), cumulative, subject, category, as_of)


def _counts(one: KnownClaim, as_of: datetime) -> bool:
    """Whether a claim stood at that moment, in its source's own voice and about this place."""
    if one.claim.echo_of or one.claim.out_of_area:
        return False
    if one.superseded_at is not None and one.superseded_at <= as_of:
        return False
    return one.retracted_at is None or one.retracted_at > as_of


def _of_voices(voices: list[_Voice], cumulative: bool, subject: str, category: str, as_of: datetime) -> Tally:
    status: Status
    usable = [voice for voice in voices if voice.grade < 5]
    if not usable:
        status = "discounted" if voices else "unknown"
        ids = tuple([voice.id for voice in voices])
        return Tally(subject=subject, category=category, as_of=as_of, status=status, claim_ids=ids)
    trusted = [voice for voice in usable if voice.grade <= 3]
    heard = trusted or usable
    low, firm = _overlap(heard, cumulative)
    top = min([voice.grade for voice in heard])
    best_graded = [voice.least for voice in heard if voice.grade == top]
    form: Op
    if firm is not None and low > firm:  # the sources contradict each other
        low, firm = min([voice.low for voice in heard]), max([voice.most for voice in heard])
        best, form, status = min(best_graded), "range", "contested"
    else:
        best = max(low, best_graded[-1]) if firm is None else min(max(low, best_graded[-1]), firm)
        form = _form(heard, low, firm)
        status = "unverified" if not trusted else "corroborated" if len(heard) > 1 else "single-source"
    high = firm
    if trusted and high is not None:
        high = max([high, *[voice.most for voice in usable if voice.grade == 4]])
    return Tally(
        subject=subject,
        category=category,
        as_of=as_of,
        low=low,
        best=best,
        high=high,
        firm_high=firm,
        reported_max=max([voice.most for voice in usable]),
        status=status,
        credible=bool(trusted),
        form=form,
        claim_ids=tuple([voice.id for voice in usable]),
    )


def _overlap(heard: list[_Voice], cumulative: bool) -> tuple[int, int | None]:
    """Where the intervals meet; what was said long before the newest is only a floor when the total grows."""
    since = heard[-1].said - GROWS
    low = max(voice.low for voice in heard)
    ends = [voice.high for voice in heard if voice.high is not None and not (cumulative and voice.said < since)]
    return low, min(ends, default=None)


def _form(heard: list[_Voice], low: int, high: int | None) -> Op:
    """The words for a bound: those of the claim that sets it, the plainer ones when several do."""
    if low == high:
        return "eq"
    if high is None:
        return "gt" if all(voice.op == "gt" for voice in heard if voice.low == low) else "ge"
    if low == 0:
        return "lt" if all(voice.op == "lt" for voice in heard if voice.high == high) else "le"
    return "approx" if all((voice.op, voice.low, voice.high) == ("approx", low, high) for voice in heard) else "range"


def tally_of(state: ReportState, incident: str, subject: str, category: str, as_of: datetime) -> Tally:
    """The tally of one subject of one incident; claims of a building, flat, day or running total are not in it."""
    claims = [
        one for one in _of(state, incident, as_of) if (one.claim.subject, one.claim.category) == (subject, category)
    ]
    return combine(claims, as_of, cumulative=cumulative(subject), subject=subject, category=category)


def tallies(state: ReportState, incident: str, as_of: datetime) -> tuple[Tally, ...]:
    """Every tally of an incident of which something was said by then, in the order of subject and category."""
    return tuple(tally for _, tally in sorted(grouped(_of(state, incident, as_of), as_of).items()))


def _of(state: ReportState, incident: str, as_of: datetime) -> list[KnownClaim]:
    """The claims that may enter an incident's tallies; none when it had been withdrawn by then."""
    about = state.incidents.get(incident)
    if about is None or (about.withdrawn_at is not None and about.withdrawn_at <= as_of):
        return []
    return [one for one in state.claims_of(incident) if one.claim.scope == "incident"]


Key = tuple[str, str, str]
"""Incident, subject, category."""


def grouped(claims: Iterable[KnownClaim], as_of: datetime) -> dict[Key, Tally]:
    """The tallies of many claims of one scope, by incident, subject and category, of those with a number."""
    groups: dict[Key, list[KnownClaim]] = {}
    for one in claims:
        claim = one.claim
        if claim.op != "said" and not claim.out_of_area and claim.learned_at <= as_of:
            groups.setdefault((claim.incident, claim.subject, claim.category), []).append(one)
    return {key: combine(group, as_of, cumulative=cumulative(key[1])) for key, group in groups.items()}


def wording(tally: Tally, tag: str) -> str:
    """The tally in a few words of a language, as it may be published; without what is counted."""
    spoken = language(tag)
    if tally.best is None or tally.low is None:
        return spoken.tally["unknown"]
    if tally.status == "contested" and tally.firm_high is not None:
        text = spoken.tally["differ"].format(best=tally.best, low=tally.low, high=tally.firm_high)
    else:
        text = _bound_in_words(tally, tag)
    if not tally.credible:
        return spoken.tally["unverified"].format(text=text)
    return text if tally.high == tally.firm_high else spoken.tally["up_to"].format(text=text, high=tally.high)


def _bound_in_words(tally: Tally, tag: str) -> str:
    low, high = tally.low or 0, tally.firm_high
    numbers: dict[Op, tuple[int | None, int | None]] = {
        "gt": (low - 1, None),
        "le": (high, None),
        "lt": (high if high is None else high + 1, None),
        "approx": (tally.best, None),
        "range": (low, high),
    }
    return bound(tally.form, *numbers.get(tally.form, (low, None)), tag)


def status_words(tally: Tally, tag: str) -> str:
    """Its status in a few words of a language."""
    return language(tag).status[tally.status]
