"""The page of one day, gathered: bulletin, what happened, what was said, figures with what they stand on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from tocsin.app.public_report import PublicClaim, PublicEvidence, PublicIncident, PublicRelation
from tocsin.core.text import pick
from tocsin.core.time import rfc3339
from tocsin.record.events import Sentence
from tocsin.record.state import KnownCorrection
from tocsin.web.desk import record
from tocsin.web.record import scene as sc
from tocsin.web.record import warned
from tocsin.web.record.clock import clock, day_said
from tocsin.web.record.figures import figures
from tocsin.web.record.look import Look
from tocsin.web.record.streaks import counters
from tocsin.web.record.tallied import Teller


class NightLook:
    """A day as one look shows it, as known at ``as_known``; None is now."""

    def __init__(self, look: Look, day: date, as_known: datetime | None = None) -> None:
        self.look, self.day, self.as_known = look, day, as_known
        self.until = as_known or look.now
        self.w, self.language, self.zone = look.w, look.language, look.zone
        self.teller = Teller(look.told, look.language, look.zone, day, self.until)
        self.mine = [one for one in look.warnings.get(day, ()) if one.start <= self.until]

    def night(self) -> sc.Night:
        """Everything for the template. A withdrawn page says only that, and why."""
        look, page = self.look, self.look.page(self.day)
        base: dict[str, Any] = {"day": self.day, "permalink": self.day.isoformat(), **self._beside()}
        if page.withdrawn:
            return sc.Night(**base, title=day_said(self.day, self.language), withdrawn=page.withdrawn)
        row = next((one for one in look.rows if one.day == self.day), None)
        own = page.words
        return sc.Night(
            **base,
            title=look.title(self.day),
            headline=look.headline(row) if row and self.as_known is None else "",
            note=pick(own.note, self.language) if own else "",
            note_lang=_other(own.note, self.language) if own else "",
            tags=row.tags if row else (),
            revision=len(page.revisions),
            happened=row.happened if row and self.as_known is None else (),
            as_known=self.as_known,
            seq=look.seq,
            bulletin=self.bulletin(),
            timeline=self.timeline(),
            incidents=self.incidents(),
            statements=tuple(self.teller.said(one) for one in self._statements()),
            day_tallies=self._day_tallies(),
            counters=counters(look, self.day),
            figures=figures(look, self.day, self.until),
            charts=(),
            corrections=tuple(self.change(one) for one in page.corrections if one.at <= self.until),
            alerts=look.alerts(self.day),
        )

    def _beside(self) -> dict[str, date | None]:
        """The days before and after that have a page."""
        every = self.look.all_days
        older = next((one for one in every if one < self.day), None)
        newer = next((one for one in reversed(every) if one > self.day), None)
        return {"before": older, "after": newer}

    # Bulletin

    def bulletin(self) -> sc.Bulletin | None:
        """The newest published by then, in the reader's language or one that it was written in."""
        told = [one for one in self.look.page(self.day).bulletins if one.at <= self.until]
        if not told:
            return self._draft() if self.as_known is None else None
        fact = told[-1].bulletin
        language = self.language if self.language in fact.sentences else next(iter(fact.sentences), "en")
        return sc.Bulletin(
            sentences=self._sentences(fact.sentences.get(language, ())),
            held=sum(1 for one in fact.sentences.get(language, ()) if not self._public(one)),
            language=language,
            revision=fact.revision,
            as_of=fact.as_of,
            rule=fact.rule,
            reason=fact.reason,
        )

    def _draft(self) -> sc.Bulletin | None:
        """As it would be written now, by the record's desk from what is public."""
        told = record().draft(self.day)
        language = self.language if self.language in told else "en"
        lines = told.get(language, ())
        return sc.Bulletin(sentences=self._sentences(lines), language=language) if lines else None

    def _sentences(self, told: Sequence[Sentence]) -> tuple[sc.Sentence, ...]:
        """Those of which everything behind them is public."""
        return tuple(
            sc.Sentence(
                number=number,
                text=one.text,
                entries=one.entries,
                sources=self.w["rec_sources"].format(names=", ".join(self.source(name) for name in one.sources))
                if one.sources
                else "",
            )
            for number, one in enumerate((one for one in told if self._public(one)), 1)
        )

    def _public(self, one: Sentence) -> bool:
        return not any(entry in self.look.held for entry in one.entries)

    def source(self, name: str) -> str:
        """A source by its name, when it is one that we know."""
        known = self.look.told.state.sources.get(name)
        return pick(known.names, self.language) if known else name

    # What happened

    def timeline(self) -> tuple[sc.Moment, ...]:
        """Warnings, incidents and first words of each claim, in the order of their times."""
        own = warned.moments(
            self.mine,
            self.look.trail,
            self.look.names,
            language=self.language,
            zone=self.zone,
            day=self.day,
            until=self.until,
        )
        said = [self._said(claim) for claim in self._claims_of_day()]
        return tuple(sorted([*own, *said], key=lambda one: (one.at or self.until, one.entries)))

    def _said(self, claim: PublicClaim) -> sc.Moment:
        at = claim.said_at or claim.learned_at
        return sc.Moment(
            at=at,
            clock=clock(at, self.zone, self.day) if claim.precision == 1 else self.w["rec_day_only"],
            kind="said",
            text=claim.wording or f"{self.teller.subject(claim)}: {self.teller.figure(claim)}",
            lang=claim.language if claim.wording and claim.language != self.language else "",
            who=self.teller.who(claim),
            entries=(claim.entry,) if claim.entry else (),
        )

    def _claims_of_day(self) -> list[PublicClaim]:
        ids = {one.id for one in self._of_day()}
        return [one for one in self.teller.claims() if one.incident in ids or one in self._statements()]

    def _of_day(self) -> list[PublicIncident]:
        """Incidents of the day of which something was known by then."""
        found = []
        for one in self.look.incidents.get(self.day, ()):
            claims = self.look.by_incident.get(one.id, ())
            known = any(claim.learned_at <= self.until for claim in claims)
            begun = one.happened_from is None or one.happened_from <= self.until
            if known or (not claims and begun):
                found.append(one)
        return sorted(found, key=lambda one: (one.happened_from or self.until, one.entry))

    def _statements(self) -> list[PublicClaim]:
        return [one for one in self.look.statements.get(self.day, ()) if one.learned_at <= self.until]

    def _day_tallies(self) -> tuple[sc.TallyLine, ...]:
        return self.teller.tallies([one for one in self._statements() if one.subject != "streak_days"])

    def incidents(self) -> tuple[sc.IncidentCard, ...]:
        """Each with its figures, words, conflicts and released pictures."""
        return tuple(self._card(one) for one in self._of_day())

    def _card(self, incident: PublicIncident) -> sc.IncidentCard:
        claims = [one for one in self.teller.claims() if one.incident == incident.id]
        return sc.IncidentCard(
            id=incident.id,
            name=pick(incident.names, self.language) or self.w[f"rec_ikind_{incident.kind}"],
            kind=incident.kind,
            kind_word=self.w[f"rec_ikind_{incident.kind}"],
            where=self.look.area(incident.area) if incident.area else "",
            when=self._when(incident),
            tags=incident.tags,
            entry=incident.entry,
            tallies=self.teller.tallies([one for one in claims if one.scope == "incident"]),
            statements=tuple(self.teller.said(one) for one in claims if one.op == "said" or one.scope != "incident"),
            conflicts=tuple(self._conflict(one) for one in incident.relations if one.relation != "distinct"),
            media=self._media(incident.id),
        )

    def _when(self, incident: PublicIncident) -> str:
        start, end = incident.happened_from, incident.happened_to
        if start is None or incident.precision > 1:
            return ""
        first = clock(start, self.zone, self.day)
        return f"{first}–{clock(end, self.zone, self.day)}" if end and end > start else first

    def _conflict(self, relation: PublicRelation) -> sc.Conflict:
        other = self.look.public.incidents[relation.other]
        days = self.look.days_of_incident(other)
        return sc.Conflict(
            other=other.id,
            name=pick(other.names, self.language) or other.id,
            word=self.w[f"rec_{relation.relation}"],
            reason=relation.reason,
            day=days[0] if days else None,
            permalink=days[0].isoformat() if days else "",
        )

    def _media(self, incident: str) -> tuple[sc.Media, ...]:
        mine = [one for one in self.look.public.evidence.values() if one.incident == incident and one.alt]
        return tuple(self._shown(one) for one in sorted(mine, key=lambda one: one.entry) if one.kind != "document")

    def _shown(self, one: PublicEvidence) -> sc.Media:
        return sc.Media(
            id=one.id,
            kind=one.kind,
            url=f"/record/evidence/{one.id}",
            mime=one.mime,
            alt=pick(one.alt, self.language),
            alt_lang=_other(one.alt, self.language),
            sensitive=one.sensitive,
        )

    def change(self, one: KnownCorrection) -> sc.Change:
        """A correction of this page."""
        return change(self.look, one)


def change(look: Look, one: KnownCorrection) -> sc.Change:
    """A correction in the reader's language."""
    fact = one.correction
    return sc.Change(
        id=fact.correction_id,
        page=fact.page,
        day=day_said(date.fromisoformat(fact.page), look.language),
        at=f"{day_said(one.at.astimezone(look.zone).date(), look.language)}, {clock(one.at, look.zone)}",
        iso=rfc3339(one.at),
        before=pick(fact.before, look.language),
        after=pick(fact.after, look.language),
        why=pick(fact.reason, look.language),
        lang=_other(fact.after, look.language),
        entries=fact.entries,
        entry=one.entry,
    )


def _other(texts: dict[str, str], language: str) -> str:
    """The language of the text that is shown, when it is not the reader's."""
    if language in texts or not texts:
        return ""
    return "en" if "en" in texts else next(iter(texts))
