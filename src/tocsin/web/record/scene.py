"""What the pages of the record show, ready to be drawn: texts in the reader's language, times by the city's clocks.

The templates know nothing else. All of it went through the publication policy before it came here (``gather.py``).
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from tocsin.web.record.charts import Columns, Growth
from tocsin.web.record.share import Link

WARNING, INTERCEPTION, DAMAGE, CASUALTIES, ALERTS = "warning", "interception", "damage", "casualties", "alerts"
HAPPENED = (WARNING, INTERCEPTION, DAMAGE, CASUALTIES, ALERTS)
"""What a reader can look for; ``alerts`` are those that were taken over from another system."""

QUIET, UNKNOWN, COMING = "quiet", "unknown", "coming"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The base of everything here: values, never changed."""


class Tag(Shown, frozen=True, kw_only=True):
    """A word to look for, and how many nights carry it."""

    name: str
    count: int = 0


class Row(Shown, frozen=True, kw_only=True):
    """A night in the archive.

    Attributes:
        title: its own, or the day once more when nobody gave it one.
        areas: id → name.
        happened: of ``HAPPENED``.
        alert_s: seconds under alert, of our own warnings and those that were taken over.
        alerts: how many there were.
        withdrawn: why the page is not shown, or "".
        find: everything that a search looks through, folded.
    """

    day: date
    title: str
    areas: dict[str, str] = {}
    happened: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    alert_s: int = 0
    alerts: int = 0
    incidents: int = 0
    withdrawn: str = ""
    find: str = ""


class Sentence(Shown, frozen=True, kw_only=True):
    """A sentence of the bulletin; ``number`` leads to its entries at the foot of the page."""

    number: int
    text: str
    entries: tuple[int, ...]
    sources: str = ""


class Bulletin(Shown, frozen=True, kw_only=True):
    """The bulletin. ``held``: sentences that wait until everything behind them is public."""

    sentences: tuple[Sentence, ...]
    language: str
    revision: int = 0
    as_of: int = 0
    rule: str = ""
    reason: str = ""
    held: int = 0


class Moment(Shown, frozen=True, kw_only=True):
    """One line of the timeline."""

    at: datetime | None
    clock: str
    kind: str
    text: str
    lang: str = ""
    who: str = ""
    entries: tuple[int, ...] = ()


class Said(Shown, frozen=True, kw_only=True):
    """What one source said, in its own words. ``struck``: why it does not count, or ""."""

    id: str
    who: str
    wording: str
    lang: str
    said_at: str = ""
    learned_at: str = ""
    grade: int = 4
    mark: str = ""
    reading: str = ""
    struck: str = ""
    entry: int = 0


class TallyLine(Shown, frozen=True, kw_only=True):
    """A derived figure. ``high`` None is open; ``says``: the figure in words; ``claims``: what it stands on."""

    subject: str
    word: str
    says: str
    low: int | None
    best: int | None
    high: int | None
    reported_max: int | None
    range: str
    status: str
    status_word: str
    sources: int
    rule: str
    claims: tuple[Said, ...] = ()
    growth: Growth | None = None
    steps: tuple[tuple[str, str, str], ...] = ()


class Media(Shown, frozen=True, kw_only=True):
    """A public copy that was released. ``alt``: what it shows, in words; never empty."""

    id: str
    kind: str
    url: str
    mime: str
    alt: str
    alt_lang: str = ""
    sensitive: bool = False


class Conflict(Shown, frozen=True, kw_only=True):
    """Two incidents that may be one. Both stay."""

    other: str
    name: str
    word: str
    reason: str
    lang: str = ""
    day: date | None = None
    permalink: str = ""


class IncidentCard(Shown, frozen=True, kw_only=True):
    """Something that happened, as coarse as the policy has it."""

    id: str
    name: str
    kind: str
    kind_word: str
    where: str = ""
    when: str = ""
    tags: tuple[str, ...] = ()
    entry: int = 0
    tallies: tuple[TallyLine, ...] = ()
    statements: tuple[Said, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    media: tuple[Media, ...] = ()


class Counter(Shown, frozen=True, kw_only=True):
    """A streak: what the record counts beside what somebody claims.

    Attributes:
        days: recorded ones in a row, ending on the last counted day.
        grey: why it cannot be counted on, or "".
        claimed: ``(days, who, wording, language, entry)``.
        missing: days that the claim counts and the record does not have.
        strip: day → ``marked``, ``quiet``, ``unknown`` or ``claimed``, oldest first.
    """

    name: str
    word: str
    days: int
    since: str = ""
    so_far: bool = False
    grey: str = ""
    claimed: tuple[tuple[int, str, str, str, int], ...] = ()
    missing: tuple[str, ...] = ()
    strip: tuple[tuple[date, str, str], ...] = ()


class Figure(Shown, frozen=True, kw_only=True):
    """A number of the night: weather, flats being closed. ``note``: what it rests on."""

    word: str
    value: str
    note: str = ""
    entries: tuple[int, ...] = ()


class Change(Shown, frozen=True, kw_only=True):
    """A correction: something that was public was wrong."""

    id: str
    page: str
    day: str
    at: str
    iso: str
    before: str
    after: str
    why: str
    lang: str = ""
    entries: tuple[int, ...] = ()
    entry: int = 0


class Chart(Shown, frozen=True, kw_only=True):
    """A chart of columns with its numbers: ``table`` has a row for each column."""

    id: str
    title: str
    say: str
    figure: Columns
    head: tuple[str, str]
    table: tuple[tuple[str, str], ...]


class Download(Shown, frozen=True, kw_only=True):
    """A file that a reader may take along."""

    href: str
    word: str
    form: str


class Night(Shown, frozen=True, kw_only=True):
    """The page of one day.

    Attributes:
        as_known: the instant as which the story is told; None is now.
        note: the editor's words, in ``note_lang``.
        withdrawn: why the page is not shown; everything else is then empty.
        undated: what is said of this day without an incident of its own.
    """

    day: date
    permalink: str
    title: str
    headline: str = ""
    note: str = ""
    note_lang: str = ""
    tags: tuple[str, ...] = ()
    revision: int = 0
    happened: tuple[str, ...] = ()
    as_known: datetime | None = None
    seq: int = 0
    bulletin: Bulletin | None = None
    timeline: tuple[Moment, ...] = ()
    incidents: tuple[IncidentCard, ...] = ()
    statements: tuple[Said, ...] = ()
    day_tallies: tuple[TallyLine, ...] = ()
    counters: tuple[Counter, ...] = ()
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    corrections: tuple[Change, ...] = ()
    downloads: tuple[Download, ...] = ()
    share: tuple[Link, ...] = ()
    alerts: tuple[tuple[str, str, str], ...] = ()
    before: date | None = None
    after: date | None = None
    withdrawn: str = ""


class Square(Shown, frozen=True, kw_only=True):
    """One day of the calendar. ``word``: what it was, as is read out; ``href`` "" when there is no page."""

    number: int
    mark: str
    word: str
    href: str = ""
    iso: str = ""


class Month(Shown, frozen=True, kw_only=True):
    """A month: weeks of seven, None where a day belongs to another month."""

    name: str
    weeks: tuple[tuple[Square | None, ...], ...]


class Rank(Shown, frozen=True, kw_only=True):
    """An area in the ranking."""

    place: int
    area: str
    name: str
    nights: int
    alerts: int
    hours: str
    share: float
