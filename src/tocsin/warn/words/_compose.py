"""From texts with placeholders to the words of one message. Pure: whoever calls says what time it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from tocsin.core.errors import Invalid
from tocsin.core.registry import modules_of
from tocsin.core.text import Texts, pick
from tocsin.warn.events import Level
from tocsin.warn.threats._base import Act, Threat, level_of

FIELDS: tuple[str, ...] = ("headline", "description", "instruction", "short", "spoken")
"""The texts of one message: three for CAP, one for SMS and push, one for loudspeakers."""

HEADLINE_LIMIT = 160
"""Characters of a headline (CAP 1.2, section 3.2.2, recommends at most 160)."""

_INNER = ("title", "of", "what", "do", "do_short")


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """One language: RFC 5646 tag, its own name, who reviewed the texts (or that nobody did), and the texts."""

    tag: str
    name: str
    review: str
    texts: dict[str, str]

    @property
    def reviewed(self) -> bool:
        """Whether somebody stands for the texts by name: ``reviewed by <who>, <date>``; anything else is a draft."""
        return self.review.startswith("reviewed by ")


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one message: language tag → text, the same languages in each field."""

    headline: dict[str, str]
    description: dict[str, str]
    instruction: dict[str, str]
    short: dict[str, str]
    spoken: dict[str, str]


@lru_cache(maxsize=1)
def languages() -> dict[str, Language]:
    """Every language that there is a file for, by tag."""
    found = [
        Language(tag=module.TAG, name=module.NAME, review=module.REVIEW, texts=module.TEXTS)
        for module in modules_of("tocsin.warn.words").values()
    ]
    return {language.tag: language for language in found}


def templates(threat: Threat, act: Act, level: Level = "alert") -> dict[str, dict[str, str]]:
    """Field → language → text with the placeholders ``{areas}``, ``{until}`` and ``{remaining}`` still open.

    A language that lacks one of the texts for this danger is left out whole, so that nobody reads half a warning.

    Args:
        threat: the danger.
        act: what the message does.
        level: of the warning that the message belongs to; with ``pre_alert`` or ``alert`` as the act, that one counts.
    """
    at = level_of(act, level)
    out: dict[str, dict[str, str]] = {name: {} for name in FIELDS}
    for tag in sorted({*languages(), *threat.texts}):
        texts = [_resolve(threat, tag, act, at, name) for name in FIELDS]
        if all(texts):
            for name, text in zip(FIELDS, texts, strict=True):
                out[name][tag] = text
    return out


def title(threat: Threat, level: Level = "alert") -> dict[str, str]:
    """Language → what the danger is called at that level."""
    found = {tag: _lookup(threat, tag, level, "title") for tag in sorted({*languages(), *threat.texts})}
    return {tag: text for tag, text in found.items() if text}


def compose(
    threat: Threat,
    act: Act,
    *,
    areas: Sequence[Texts],
    until: datetime,
    sent: datetime,
    zone: ZoneInfo,
    remaining: Sequence[Texts] = (),
    level: Level = "alert",
    only: Iterable[str] | None = None,
) -> Composed:
    """The finished texts of one message.

    Args:
        threat: the danger.
        act: what the message does.
        areas: the names of each area that the message is about, in the order in which they are to be read.
        until: when the warning runs out, aware.
        sent: when the message is sent, aware; a distant ``until`` gets its date.
        zone: of the areas.
        remaining: after a partial clear, the names of each area that is still under warning.
        level: of the warning that the message belongs to.
        only: language tags to write in; None for all.

    Raises:
        Invalid: no area is named, or a partial clear leaves no area (TOC-1004).
    """
    if not areas or (act == "partial_clear" and not remaining):
        raise _nothing("areas" if not areas else "remaining")
    wanted = None if only is None else set(only)
    out: dict[str, dict[str, str]] = {}
    for name, by_tag in templates(threat, act, level).items():
        out[name] = {
            tag: _fill(text, tag, areas, remaining, until_text(until, sent, zone), limit=name == "headline")
            for tag, text in by_tag.items()
            if wanted is None or tag in wanted
        }
    return Composed(**out)


def drill(*, areas: Sequence[Texts], until: datetime, sent: datetime, zone: ZoneInfo, over: bool = False) -> Composed:
    """The words of an exercise, or of its end. They are others than a warning's and begin with the word for exercise.

    Raises:
        Invalid: no area is named (TOC-1004).
    """
    if not areas:
        raise _nothing("areas")
    part = "end" if over else "start"
    when = until_text(until, sent, zone)
    return Composed(
        **{
            name: {
                tag: _fill(language.texts[f"drill.{part}.{name}"], tag, areas, (), when, limit=name == "headline")
                for tag, language in languages().items()
            }
            for name in FIELDS
        }
    )


def lead_time(seconds: int) -> dict[str, str]:
    """Language → how long people have to reach cover (R13); for 0, that there may be no time."""
    key = "word.lead" if seconds > 0 else "word.lead_none"
    return {tag: language.texts[key].format(seconds=seconds) for tag, language in languages().items()}


def name_list(areas: Sequence[Texts], language: str, room: int | None = None) -> str:
    """Area names in one language, joined by commas; with ``room`` (characters), as many as fit and how many more."""
    names = [pick(area, language) for area in areas]
    whole = ", ".join(names)
    if room is None or len(whole) <= room:
        return whole
    more = languages()[language].texts["word.more"] if language in languages() else "+{n}"
    for shown in range(len(names) - 1, 0, -1):
        text = f"{', '.join(names[:shown])} {more.format(n=len(names) - shown)}"
        if len(text) <= room:
            return text
    # One name that does not fit is still better than a headline that says no place.
    return f"{names[0]} {more.format(n=len(names) - 1)}" if len(names) > 1 else whole


def until_text(until: datetime, sent: datetime, zone: ZoneInfo) -> str:
    """``HH:MM`` on the clocks of the zone; with the date when it is 12 hours away or more."""
    local = until.astimezone(zone)
    far = abs((until - sent).total_seconds()) >= 12 * 3600
    return local.strftime("%Y-%m-%d %H:%M") if far else local.strftime("%H:%M")


def _resolve(threat: Threat, tag: str, act: Act, level: Level, name: str) -> str:
    """One text with the danger's own words filled in, or "" when any of them is missing."""
    text = _lookup(threat, tag, act, name)
    for inner in _INNER:
        slot = f"{{{inner}}}"
        if slot in text:
            word = _lookup(threat, tag, level, inner)
            if not word:
                return ""
            text = text.replace(slot, word)
    return text


def _lookup(threat: Threat, tag: str, part: str, name: str) -> str:
    """The danger's text, else the text that all share: first from the danger's own file, then from the language's."""
    key = f"{threat.name}.of" if name == "of" else f"{threat.name}.{part}.{name}"
    own: Mapping[str, str] = threat.texts.get(tag, {})
    language = languages().get(tag)
    shared: Mapping[str, str] = language.texts if language else {}
    for texts, wanted in ((own, key), (shared, key), (own, f"any.{part}.{name}"), (shared, f"any.{part}.{name}")):
        if wanted in texts:
            return texts[wanted]
    return ""


def _fill(text: str, tag: str, areas: Sequence[Texts], remaining: Sequence[Texts], until: str, *, limit: bool) -> str:
    room = HEADLINE_LIMIT - len(text.replace("{areas}", "")) if limit else None
    return text.format(areas=name_list(areas, tag, room), remaining=name_list(remaining, tag), until=until)


def _nothing(field: str) -> Invalid:
    return Invalid("TOC-1004", "A message needs the names of its areas.", field=field, remedy="Name at least one area.")
