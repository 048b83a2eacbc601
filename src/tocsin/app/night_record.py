"""One local day as everybody may know it: the public view of every room, mapped into the record's plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime

from tocsin.app.entry_index import EntryIndex, WarningEntry
from tocsin.app.public_report import PublicClaim, PublicIncident, PublicReport, PublicSource, PublicTally
from tocsin.core.area import AreaTree
from tocsin.record.bulletin import ClaimedDistance, ClaimedStreak, Conflict, TallyLine
from tocsin.record.days import Claimed
from tocsin.record.distance import Distance
from tocsin.record.timeline import Happening
from tocsin.record.words import languages, words
from tocsin.report.phrases import bound, say
from tocsin.report.phrases import language as phrases_of
from tocsin.report.quantity import Quantity
from tocsin.report.tally import wording

Texts = dict[str, str]
LANGUAGES = tuple(languages())
MOST_ENTRIES = 200
"""A sentence about many flats names the newest so many of its entries."""


class Mapper:
    """Turns what is public into happenings and lines of the bulletin.

    Args:
        report: the public view.
        index: entries behind warnings, sirens, weather and repairs.
        areas: the city's areas.
        city: the city's names.
        source_names: id → names, for the sources of weather.
    """

    def __init__(
        self,
        report: PublicReport,
        index: EntryIndex,
        areas: AreaTree,
        city: Mapping[str, str],
        source_names: Mapping[str, Texts],
    ) -> None:
        self.report = report
        self.index = index
        self.areas = areas
        self.city = dict(city)
        self.source_names = source_names

    def happenings(self, until: datetime) -> Iterator[Happening]:
        """Everything, in no order. ``until``: up to when repairs are counted."""
        for step in self.index.warnings:
            yield self._warning(step)
        for sounded in self.index.sounded.values():
            areas = next((one.areas for one in self.index.warnings if one.warning == sounded.warning), ())
            yield Happening(
                what="sirens_sounded",
                room="warn",
                at=sounded.at,
                entries=tuple(sorted(sounded.sirens.values())),
                data={"areas": self._names(areas), "count": len(sounded.sirens)},
            )
        for incident in self.report.incidents.values():
            made = self._incident(incident)
            if made is not None:
                yield made
        for claim in self.report.claims.values():
            if not claim.superseded_by and not claim.echo_of:
                yield self._claim(claim)
        yield from self._evidence()
        yield from self._weather()
        yield from self._repair(until)

    def _names(self, areas: tuple[str, ...]) -> list[Texts]:
        found = (self.areas.get(area) for area in areas)
        return [area.names for area in found if area is not None] or [self.city]

    def area_names(self, area: str) -> Texts:
        """An area's names, {} for none."""
        found = self.areas.get(area) if area else None
        return found.names if found is not None else {}

    def _warning(self, step: WarningEntry) -> Happening:
        data: dict[str, object] = {
            "areas": self._names(step.areas),
            "source": self.city,
            "headline": step.headline,
            "instruction": step.instruction,
            "end": step.end,
            "warning": step.warning,
        }
        return Happening(what=step.step, room="warn", at=step.at, entries=(step.entry,), data=data)

    def _incident(self, one: PublicIncident) -> Happening | None:
        if one.happened_from is None or one.withdrawn:
            return None
        return Happening(
            what="incident",
            room="report",
            at=one.happened_from,
            until=one.happened_to,
            precision=one.precision,
            entries=(one.entry,),
            data={"incident": one.names, "area": self.area_names(one.area), "id": one.id},
        )

    def source(self, one: PublicSource) -> Texts:
        """A source's names; where it is not named, what kind it is."""
        return one.names or {tag: str(words(tag).SOURCES[one.kind]) for tag in LANGUAGES}

    def said(self, claim: PublicClaim) -> Texts:
        """The quantity in every language, {} of a statement."""
        if claim.op == "said" or claim.n is None:
            return {}
        return {tag: _quantity(claim, tag) for tag in LANGUAGES}

    def _claim(self, one: PublicClaim) -> Happening:
        incident = self.report.incidents.get(one.incident)
        data: dict[str, object] = {
            "id": one.id,
            "source": self.source(one.source),
            "said": self.said(one),
            "incident": incident.names if incident is not None else {},
            "wording": one.wording,
            "language": one.language,
            "attribution": one.attribution,
            "printed": one.said_at_printed,
            "mark": one.mark,
            "unverified": one.grade >= 4 and one.mark != "verified",
            "statement": one.op == "said",
            "outside": one.out_of_area,
            "retracted": one.retracted,
        }
        at = one.said_at or one.learned_at
        return Happening(
            what="claim",
            room="report",
            at=at,
            until=max(at, one.learned_at),
            entries=(one.entry,),
            sources=(one.source.id or one.source.kind,),
            data=data,
        )

    def _evidence(self) -> Iterator[Happening]:
        for one in self.report.evidence.values():
            incident = self.report.incidents.get(one.incident)
            if incident is None or incident.happened_from is None:
                continue
            yield Happening(
                what="evidence",
                room="report",
                at=incident.happened_from,
                precision=2,
                entries=(one.entry,),
                data={"kind": one.kind, "alt": one.alt, "id": one.id},
            )

    def _weather(self) -> Iterator[Happening]:
        for one in self.index.weather:
            seen = one.observed
            names = self.source_names.get(seen.source) or {"en": seen.source}
            data = {"op": seen.op, "n": float(seen.temperature_c), "source": names, "wording": seen.wording}
            yield Happening(
                what="weather", room="repair", at=seen.at, entries=(one.entry,), sources=(seen.source,), data=data
            )

    def _repair(self, until: datetime) -> Iterator[Happening]:
        """How the flats stood at the end of the day, as one happening."""
        moves = [one for one in self.index.moves if one.at <= until]
        last = {one.need: one.state for one in moves}
        merged = {one.need for one in moves if one.state == "merged"}
        standing = {need: state for need, state in last.items() if need not in merged}
        if not standing:
            return
        done = sum(state in CLOSED for state in standing.values())
        given_up = sum(state in GIVEN_UP for state in standing.values())
        yield Happening(
            what="repair",
            room="repair",
            at=moves[-1].at,
            entries=tuple(one.entry for one in moves[-MOST_ENTRIES:]),
            data={"waiting": len(standing) - done - given_up, "done": done},
        )

    def tallies(self, incidents: frozenset[str]) -> Iterator[TallyLine]:
        """The tallies of these incidents."""
        for one in self.report.tallies:
            if one.incident in incidents and one.tally.claim_ids:
                yield self._tally(one)

    def _tally(self, one: PublicTally) -> TallyLine:
        incident = self.report.incidents.get(one.incident)
        behind = [self.report.claims[claim] for claim in one.tally.claim_ids if claim in self.report.claims]
        return TallyLine(
            subject=one.subject,
            category=one.category,
            incident=incident.names if incident is not None else {},
            wording={tag: wording(one.tally, tag) for tag in LANGUAGES},
            status={tag: phrases_of(tag).status[one.tally.status] for tag in LANGUAGES},
            rule=one.tally.rule,
            count=len(behind),
            entries=tuple(sorted(claim.entry for claim in behind)),
            sources=tuple(dict.fromkeys(claim.source.id or claim.source.kind for claim in behind)),
        )

    def conflicts(self, incidents: frozenset[str]) -> Iterator[Conflict]:
        """Pairs that may be one event, of which one is among these."""
        seen: set[frozenset[str]] = set()
        for one in self.report.incidents.values():
            for relation in one.relations:
                pair = frozenset((one.id, relation.other))
                other = self.report.incidents.get(relation.other)
                if relation.relation != "maybe_same" or other is None or pair in seen or not pair & incidents:
                    continue
                seen.add(pair)
                first, second = sorted((one, other), key=lambda each: (each.happened_from or _LATE, each.id))
                yield Conflict(
                    one=first.names,
                    other=second.names,
                    one_at=first.happened_from,
                    other_at=second.happened_from,
                    entries=tuple(sorted({first.entry, second.entry, relation.entry})),
                )

    def streak_claims(
        self,
        claims: list[PublicClaim],
        compare: Callable[[str, int, date], Claimed],
        day_of: Callable[[datetime], date],
    ) -> Iterator[ClaimedStreak]:
        """Claimed streaks of days beside what ``compare`` finds on record."""
        for one in claims:
            if one.subject != "streak_days" or one.n is None or not 1 <= one.n <= MOST_STREAK:
                continue
            day = day_of(one.happened_to or one.happened_from or one.said_at or one.learned_at)
            compared = compare(one.area, one.n, day)
            yield ClaimedStreak(
                claim=one.id,
                area=one.area,
                source=self.source(one.source),
                compared=compared,
                entries=(one.entry,),
                sources=(one.source.id or one.source.kind,),
            )

    def distance_claims(
        self, claims: list[PublicClaim], compute: Callable[[str], Distance | None]
    ) -> Iterator[ClaimedDistance]:
        """Claimed distances to the border beside the computed ones."""
        for one in claims:
            if one.unit != "km" or one.n is None:
                continue
            found = compute(one.area)
            if found is None:
                continue
            yield ClaimedDistance(
                claim=one.id,
                area=one.area,
                area_names=self.area_names(one.area) or self.city,
                source=self.source(one.source),
                said=self.said(one),
                km=float(one.n),
                computed=found,
                entries=(one.entry,),
                sources=(one.source.id or one.source.kind,),
            )


_LATE = datetime(9999, 1, 1, tzinfo=UTC)
MOST_STREAK = 3660
CLOSED = frozenset(("temporarily_closed", "verified", "glazed"))
GIVEN_UP = frozenset(("no_longer_needed", "refused"))


def _quantity(claim: PublicClaim, tag: str) -> str:
    quantity = Quantity(op=claim.op, n=claim.n, n2=claim.n2, subject=claim.subject, unit=claim.unit, quote="")
    category = words(tag).CATEGORIES.get(claim.category, claim.category)
    if claim.unit in words(tag).UNITS:
        text = f"{bound(claim.op, claim.n, claim.n2, tag)} {words(tag).UNITS.get(claim.unit, claim.unit)}"
    elif claim.subject in phrases_of(tag).forms:
        text = say(quantity, tag)
    else:
        named = words(tag).SUBJECTS.get(claim.subject, claim.subject.replace("_", " "))
        text = f"{named}: {say(quantity, tag)}"
    return f"{text} ({category})" if category else text
