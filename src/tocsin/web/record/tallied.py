"""Public claims and tallies as the page of a night shows them: with what they stand on, as known at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import immutables
import msgspec

from tocsin.app.public_report import PublicClaim, PublicReport
from tocsin.core.text import pick
from tocsin.report.state import KnownClaim, ReportState
from tocsin.report.tally import Tally, grouped
from tocsin.web.record import scene as sc
from tocsin.web.record.charts import Growth, Known, growth
from tocsin.web.record.clock import clock
from tocsin.web.words import words

Key = tuple[str, str, str]
"""Incident, subject, category."""

_AFTER = timedelta(minutes=30)
_BEFORE = timedelta(minutes=15)
_CLOCKS = 6
_STEPS_S = (900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800)
"""Steps of the clock below a chart; whole ones, so that they can be read."""


class Ledgered(msgspec.Struct, frozen=True, kw_only=True):
    """The public view, and the room's own form of the same for its rules; nothing that is held back is in either."""

    public: PublicReport
    state: ReportState

    @property
    def known(self) -> immutables.Map[str, KnownClaim]:
        """The public claims by id."""
        return self.state.claims


def only_public(public: PublicReport, report: ReportState) -> Ledgered:
    """The room's claims that the policy lets out, and what it lets out of their fate."""
    known: dict[str, KnownClaim] = {}
    of_incident: dict[str, dict[str, None]] = {}
    for key, told in public.claims.items():
        one = report.claims[key]
        if one.superseded_by and not told.superseded_by:  # its successor is held back: it stands as it did
            one = msgspec.structs.replace(one, superseded_by="", superseded_at=None)
        known[key] = one
        of_incident.setdefault(told.incident, {})[key] = None
    state = ReportState(
        seq=report.seq,
        at=report.at,
        sources=report.sources,
        incidents=immutables.Map({key: report.incidents[key] for key in public.incidents}),
        claims=immutables.Map(known),
        of_incident=immutables.Map({key: immutables.Map(ids) for key, ids in of_incident.items()}),
    )
    return Ledgered(public=public, state=state)


class Teller:
    """Says claims and tallies in one language, as known at one instant."""

    def __init__(self, told: Ledgered, language: str, zone: ZoneInfo, day: date, as_of: datetime) -> None:
        self.told, self.language, self.zone, self.day, self.as_of = told, language, zone, day, as_of
        self.w = words(language)

    def claims(self) -> list[PublicClaim]:
        """The public claims that had been learned by then, oldest first."""
        found = [one for one in self.told.public.claims.values() if one.learned_at <= self.as_of]
        return sorted(found, key=lambda one: (one.said_at or one.learned_at, one.entry))

    def who(self, claim: PublicClaim) -> str:
        """Who said it, and to whom if it came by somebody else."""
        name = pick(claim.source.names, self.language) or self.w[f"rec_source_{claim.source.kind}"]
        return self.w["rec_who_by"].format(who=claim.attribution, by=name) if claim.attribution else name

    def struck(self, claim: PublicClaim) -> str:
        """Why a claim did not count at that instant, or ""."""
        if claim.retracted and (claim.retracted_at is None or claim.retracted_at <= self.as_of):
            return self.w["rec_struck"].format(reason=claim.retracted)
        later = self.told.public.claims.get(claim.superseded_by)
        if later is not None and later.learned_at <= self.as_of:
            return (
                self.w["rec_struck_later"].format(reason=later.reason) if later.reason else self.w["rec_struck_newer"]
            )
        if claim.echo_of:
            return self.w["rec_struck_echo"]
        return self.w["rec_struck_graded"] if claim.grade == 5 else ""

    def said(self, claim: PublicClaim) -> sc.Said:
        """A claim as a quotation, or its figure where the policy does not quote."""
        said = claim.said_at_printed or (clock(claim.said_at, self.zone, self.day) if claim.said_at else "")
        w = self.w
        return sc.Said(
            id=claim.id,
            who=self.who(claim),
            wording=claim.wording or self.figure(claim),
            lang=claim.language if claim.wording and claim.language != self.language else "",
            said_at=w["rec_said_at"].format(time=said) if said else "",
            learned_at=w["rec_learned_at"].format(time=clock(claim.learned_at, self.zone, self.day)),
            grade=claim.grade,
            mark=" · ".join((w["rec_grade"].format(grade=claim.grade), w[f"rec_mark_{claim.mark}"])),
            reading=w["rec_read_as"].format(figure=self.figure(claim)) if claim.wording and claim.op != "said" else "",
            struck=self.struck(claim),
            entry=claim.entry,
        )

    def figure(self, claim: PublicClaim) -> str:
        """``at least 31`` – the number that the words were read as."""
        if claim.op == "said" or claim.n is None:
            return ""
        return self.w[f"rec_op_{claim.op}"].format(n=claim.n, n2=claim.n2)

    def subject(self, claim: PublicClaim) -> str:
        """What it counts."""
        return subject_word(claim.subject, claim.category, self.w)

    # Tallies

    def tallies(self, claims: Sequence[PublicClaim]) -> tuple[sc.TallyLine, ...]:
        """The tallies of these claims: of one incident, or of one scope of the day."""
        ids = [one.id for one in claims]
        found = self._grouped(ids, self.as_of)
        return tuple(self._line(key, tally, ids) for key, tally in sorted(found.items()))

    def _grouped(self, ids: Iterable[str], as_of: datetime) -> dict[Key, Tally]:
        return grouped((self.told.known[one] for one in ids), as_of)

    def _line(self, key: Key, tally: Tally, ids: Sequence[str]) -> sc.TallyLine:
        mine = [
            self.told.public.claims[one]
            for one in ids
            if (self.told.public.claims[one].subject, self.told.public.claims[one].category) == key[1:]
        ]
        numbered = [one for one in mine if one.op != "said" and one.learned_at <= self.as_of]
        origins = {self.told.public.claims[one].source.id or one for one in tally.claim_ids}
        steps = self._steps(key, [one.id for one in numbered])
        return sc.TallyLine(
            subject="-".join(part for part in key[1:] if part),
            word=subject_word(key[1], key[2], self.w),
            says=self.says(tally),
            low=tally.low,
            best=tally.best,
            high=tally.high,
            reported_max=tally.reported_max,
            range=self.range(tally),
            status=tally.status,
            status_word=self.w[f"rec_status_{tally.status}"],
            sources=len(origins),
            rule=self.w["rec_rule"].format(rule=tally.rule),
            claims=tuple(self.said(one) for one in numbered),
            growth=self._growth(steps) if len(steps) > 1 else None,
            steps=tuple(
                (clock(at, self.zone, self.day), self._best(step), self.range(step)) for at, step in reversed(steps)
            ),
        )

    def says(self, tally: Tally) -> str:
        """The figure in words, with the range when sources differ."""
        w = self.w
        if tally.best is None:
            return w["rec_number_unknown"]
        if tally.status == "contested":
            return w["rec_differ"].format(n=tally.best, low=tally.low, high=tally.high)
        if tally.form == "gt" and tally.low is not None:
            return w["rec_op_gt"].format(n=tally.low - 1)
        if tally.high is None:
            return w["rec_op_ge"].format(n=tally.low)
        if tally.low != tally.high:
            return w["rec_range_span"].format(low=tally.low, high=tally.high)
        return str(tally.best)

    def range(self, tally: Tally) -> str:
        """Low to high; open where nobody gave an upper end."""
        if tally.low is None:
            return self.w["rec_range_none"]
        if tally.high is None:
            return self.w["rec_range_open"].format(low=tally.low)
        if tally.low == tally.high:
            return str(tally.low)
        return self.w["rec_range_span"].format(low=tally.low, high=tally.high)

    def _best(self, tally: Tally) -> str:
        return self.w["rec_number_unknown"] if tally.best is None else str(tally.best)

    def _steps(self, key: Key, ids: Sequence[str]) -> list[tuple[datetime, Tally]]:
        """What the tally was each time that something about it became known, oldest first, changes only."""
        times = {self.told.known[one].claim.learned_at for one in ids}
        times |= {at for one in ids if (at := self.told.known[one].retracted_at) is not None and at <= self.as_of}
        steps: list[tuple[datetime, Tally]] = []
        for at in sorted(times):
            tally = self._grouped(ids, at).get(key)
            if tally is not None and (not steps or _figures(steps[-1][1]) != _figures(tally)):
                steps.append((at, tally))
        return steps

    def _growth(self, steps: Sequence[tuple[datetime, Tally]]) -> Growth | None:
        known = [
            Known(at=at, low=one.low, best=one.best, high=one.high)
            for at, one in steps
            if one.low is not None and one.best is not None
        ]
        if len(known) < 2:
            return None
        start, end = known[0].at - _BEFORE, known[-1].at + max(_AFTER, (known[-1].at - known[0].at) / 6)
        return growth(known, start, end, [(at, clock(at, self.zone)) for at in _ticks(start, end)])


def _ticks(start: datetime, end: datetime) -> list[datetime]:
    """At most ``_CLOCKS`` whole steps of the clock between two instants."""
    span = (end - start).total_seconds()
    step = next((one for one in _STEPS_S if span / one <= _CLOCKS), _STEPS_S[-1])
    first = -(-int(start.timestamp()) // step) * step
    return [datetime.fromtimestamp(at, UTC) for at in range(first, int(end.timestamp()), step)][: 2 * _CLOCKS]


def _figures(tally: Tally) -> tuple[int | None, int | None, int | None, str]:
    return tally.low, tally.best, tally.high, tally.status


def subject_word(subject: str, category: str, w: dict[str, str]) -> str:
    """What is counted, in the reader's language; a subject that we have no word for as it was entered."""
    word = w.get(f"rec_subject_{subject}", subject.replace("_", " "))
    kind = w.get(f"rec_category_{category}", category.replace("_", " ")) if category else ""
    return f"{word} ({kind})" if kind else word
