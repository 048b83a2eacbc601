"""The bulletin of a day, written from the record alone. Every sentence rests on entries and names who said so.

What a source claims is never said in the record's own voice: its sentence begins with the source. Ranges are worded as
they were reported. Two entries that may be one event stand beside each other; nothing is joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import ModuleType
from typing import Any

import msgspec

from tocsin.core.text import pick
from tocsin.core.time import zone as zone_of
from tocsin.record.days import Claimed, Streak
from tocsin.record.distance import Distance
from tocsin.record.events import Sentence
from tocsin.record.timeline import Happening
from tocsin.record.words import words

RULE = "bulletin 1"

Texts = dict[str, str]


class TallyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A tally as it is said: language → words; ``count`` claims stand behind it."""

    subject: str
    category: str
    incident: Texts
    wording: Texts
    status: Texts
    rule: int
    count: int
    entries: tuple[int, ...]
    sources: tuple[str, ...]


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Two incidents that may be one. ``one_at``, ``other_at``: None where nobody said when."""

    one: Texts
    other: Texts
    one_at: datetime | None
    other_at: datetime | None
    entries: tuple[int, ...]


class ClaimedStreak(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed streak beside the recorded one. ``claim``: its id."""

    claim: str
    area: str
    source: Texts
    compared: Claimed
    entries: tuple[int, ...]
    sources: tuple[str, ...]


class ClaimedDistance(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed distance beside the computed one."""

    claim: str
    area: str
    area_names: Texts
    source: Texts
    said: Texts
    km: float
    computed: Distance
    entries: tuple[int, ...]
    sources: tuple[str, ...]


class NightRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the public page of a day shows. ``as_of``: the last entry that it rests on."""

    day: date
    zone: str
    city: Texts
    as_of: int
    timeline: tuple[Happening, ...]
    tallies: tuple[TallyLine, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    claimed_streaks: tuple[ClaimedStreak, ...] = ()
    claimed_distances: tuple[ClaimedDistance, ...] = ()
    streaks: dict[str, Streak] = msgspec.field(default_factory=dict)
    incidents: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    streak_entries: tuple[int, ...] = ()


def write(night: NightRecord, language: str) -> tuple[Sentence, ...]:
    """The bulletin in a language; English where it has no words of its own."""
    return tuple(Writer(night, language).sentences())


class Writer:
    """Puts one night into the words of one language."""

    def __init__(self, night: NightRecord, language: str) -> None:
        self.night = night
        self.language = language
        self.words: ModuleType = words(language)
        self.tz = zone_of(night.zone)

    def sentences(self) -> Iterator[Sentence]:
        """All of it: what happened in its order, then tallies, conflicts, streaks, distances."""
        night = self.night
        for one in night.timeline:
            text = self.happening(one)
            if text:
                yield Sentence(text=text, entries=one.entries, sources=one.sources)
        for tally in night.tallies:
            yield Sentence(text=self.tally(tally), entries=tally.entries, sources=tally.sources)
        for conflict in night.conflicts:
            yield Sentence(text=self.conflict(conflict), entries=conflict.entries)
        for claimed in night.claimed_streaks:
            yield Sentence(text=self.claimed(claimed), entries=claimed.entries, sources=claimed.sources)
        if night.streaks and night.streak_entries:
            yield Sentence(text=self.streaks(), entries=night.streak_entries)
        for distance in night.claimed_distances:
            yield Sentence(text=self.distance(distance), entries=distance.entries, sources=distance.sources)

    def day(self, day: date) -> str:
        """A day without its year."""
        return str(self.words.DATE.format(day=day.day, month=self.words.MONTHS[day.month - 1]))

    def when(self, at: datetime | None, precision: int = 1) -> str:
        """A time as exactly as it is known."""
        if at is None:
            return "?"
        local = at.astimezone(self.tz)
        day = self.day(local.date())
        if precision == 1:
            return str(self.words.WHEN.format(date=day, clock=f"{local:%H:%M}"))
        return str((self.words.ON_DAY if precision == 2 else self.words.AROUND).format(date=day))

    def text(self, given: object) -> str:
        """A text in this language; anything else as it is."""
        return pick(given, self.language) if isinstance(given, Mapping) else str(given)

    def listed(self, names: Iterable[object]) -> str:
        """Names in a row, each once."""
        found = list(dict.fromkeys(self.text(one) for one in names))
        return self._joined(found)

    def days(self, days: Sequence[date]) -> str:
        """Days in a row."""
        return self._joined([self.day(day) for day in days])

    def _joined(self, found: list[str]) -> str:
        if len(found) < 2:
            return "".join(found)
        return f"{', '.join(found[:-1])} {self.words.AND} {found[-1]}"

    def happening(self, one: Happening) -> str:
        """One happening as a sentence, or "" for one that the bulletin leaves to the timeline."""
        data: dict[str, Any] = {key: self.text(value) for key, value in one.data.items() if isinstance(value, Mapping)}
        data |= {"when": self.when(one.at, one.precision), "areas": self.listed(one.data.get("areas", ()))}
        if one.what == "claim":
            return self.claim(one, data)
        for key in ("headline", "instruction"):  # agreed texts hold a place for the areas
            data[key] = data.get(key, "").replace("{areas}", data["areas"])
        if one.what == "warning_ended":
            data["end"] = self.words.ENDS.get(one.data["end"], one.data["end"])
        elif one.what == "weather":
            data["temperature"] = self.words.TEMPERATURE[one.data["op"]].format(n=_degrees(one.data["n"]))
        elif one.what == "evidence":
            data["kind"] = self.words.EVIDENCE.get(one.data["kind"], one.data["kind"])
        elif one.what == "incident":
            data["area"] = self.words.IN_AREA.format(area=data["area"]) if data.get("area") else ""
        data |= {key: value for key, value in one.data.items() if isinstance(value, int)}
        text = self.words.SAY[one.what].format_map(data)
        extra = [self.words.SAY["instruction"].format_map(data)] if data.get("instruction") else []
        return _full(text, *extra)

    def claim(self, one: Happening, data: dict[str, Any]) -> str:
        """A claim, in its source's name, with its words and what is to be said of it."""
        own, given = self.words, one.data
        data["cites"] = own.CITES.format(attribution=given["attribution"]) if given.get("attribution") else ""
        data["about"] = own.ABOUT.format(incident=data["incident"]) if data.get("incident") else ""
        if given.get("printed"):
            data["when"] = own.PRINTED.format(printed=given["printed"])
        said = [data["said"]] if data.get("said") else []
        if given.get("wording"):
            tongue = own.TONGUES.get(given["language"], given["language"])
            foreign = own.TONGUE.format(language=tongue) if given["language"] != own.__name__.rpartition(".")[2] else ""
            said.append(own.SAY["quote"].format(tongue=foreign, wording=given["wording"]))
        data["said"] = "; ".join(said) or own.NOT_QUOTED
        return _full(own.SAY["claim"].format_map(data), *self._remarks(given))

    def _remarks(self, given: Mapping[str, Any]) -> Iterator[str]:
        if given.get("retracted"):
            yield self.words.RETRACTED.format(reason=given["retracted"])
        elif given.get("mark") == "unverifiable":
            yield self.words.UNVERIFIABLE
        elif given.get("unverified"):
            yield self.words.UNVERIFIED
        if given.get("outside"):
            yield self.words.OUTSIDE
        if given.get("statement"):
            yield self.words.ATTRIBUTED

    def tally(self, one: TallyLine) -> str:
        """A tally with how many claims and which rule stand behind it."""
        own = self.words
        subject = own.SUBJECTS.get(one.subject, one.subject.replace("_", " ").capitalize())
        if one.category:
            subject += f" ({own.CATEGORIES.get(one.category, one.category)})"
        about = self.text(one.incident)
        return _full(
            own.SAY["tally"].format(
                subject=subject,
                about=own.ABOUT.format(incident=about) if about else "",
                wording=self.text(one.wording),
                count=one.count,
                rule=one.rule,
                status=self.text(one.status),
            )
        )

    def conflict(self, one: Conflict) -> str:
        """Two entries that may be one event."""
        return _full(
            self.words.SAY["conflict"].format(
                one=self.text(one.one),
                other=self.text(one.other),
                one_when=self.when(one.one_at, 2),
                other_when=self.when(one.other_at, 2),
            )
        )

    def claimed(self, one: ClaimedStreak) -> str:
        """A claimed streak beside the recorded one."""
        said, own = one.compared, self.words.SAY
        text = own["streak"].format(
            source=self.text(one.source), claimed=said.claimed, day=self.day(said.as_of), recorded=said.recorded
        )
        if said.missing:
            text += "; " + own["missing"].format(days=self.days(said.missing))
        if said.unknown:
            text += "; " + own["unclear"].format(days=self.days(said.unknown))
        return _full(text + ("; " + own["agrees"] if said.agrees else ""))

    def streaks(self) -> str:
        """The three counters."""
        counts = {key: self._length(one) for key, one in self.night.streaks.items()}
        return _full(self.words.SAY["streaks"].format(day=self.day(self.night.day), **counts))

    def _length(self, one: Streak) -> str:
        if one.grey and "before_record" not in one.grey_why:
            return str(self.words.GREY.format(n=one.length))
        return str(self.words.SO_FAR.format(n=one.length)) if one.so_far else str(one.length)

    def distance(self, one: ClaimedDistance) -> str:
        """A claimed distance beside the computed one."""
        return _full(
            self.words.SAY["distance"].format(
                source=self.text(one.source),
                said=self.text(one.said),
                area=self.text(one.area_names),
                nearest=self._km(one.computed.nearest_m),
                centre=self._km(one.computed.centre_m),
            )
        )

    def _km(self, metres: float) -> str:
        return f"{metres / 1000:.1f}".replace(".", self.words.DECIMAL)


def _degrees(value: float) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def _full(*parts: str) -> str:
    """Sentences with one full stop each."""
    return " ".join(part if part.rstrip("”“»").endswith((".", "!", "?", "…")) else f"{part}." for part in parts)
