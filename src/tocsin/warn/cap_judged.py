"""What the rules of CAP can see of a message of ours, so that the same is not judged anew for other words.

Judging takes longer than writing and signing together, and what a city sends differs from what it sent before in
its identifier, its times and its texts. No rule forbids a message for which identifier it has, at what time it is sent
or which plain words it holds, and each of its areas is judged by itself. So a message whose :func:`shapes` have all
stood in messages that broke no rule breaks none either. ``tests/warn/test_cap_judged.py`` holds this against the rules
themselves.
"""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from tocsin.core.time import parse_cap_time
from tocsin.warn.alert import Alert, AreaBlock, Info, Reference
from tocsin.warn.cap_rules.info import CONTROL

_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,200}")
_MOST_TEXT = 20_000
"""Characters of one text; with what is longer the size of the message begins to count."""
_MOST_AREAS = 1_000
"""Areas of one info; with more it may be too wide to be read (rule 39), however sound each of them is."""


class _Telling(Exception):
    """Something about this message may decide by itself."""


_SOMEWHERE = (AreaBlock(desc=""),)


def shapes(alert: Alert) -> list[Alert | AreaBlock] | None:
    """The message with its identifier, its times and its texts made the same as any other's and without its areas, and
    each of these; None for one that must be judged by itself, because something of it is out of the ordinary.
    """
    if alert.status != "Actual" or alert.unknown:  # an exercise is also judged by its words (rule 9)
        return None
    try:
        sent = _instant(alert.sent)
        frame = msgspec.structs.replace(
            alert,
            identifier=_plain_identifier(alert.identifier),
            sent="",
            references=_references(alert, sent),
            infos=tuple([_info(info, sent) for info in alert.infos]),
        )
    except _Telling:
        return None
    return [frame, *dict.fromkeys(area for info in alert.infos for area in info.areas)]


def _info(info: Info, sent: datetime) -> Info:
    if len(info.areas) > _MOST_AREAS:
        raise _Telling
    times = {name: _after(getattr(info, name), sent) for name in ("effective", "onset", "expires")}
    return msgspec.structs.replace(
        info,
        headline=_plain(info.headline),
        description=_plain(info.description),
        instruction=_plain(info.instruction),
        areas=_SOMEWHERE if info.areas else (),
        **times,
    )


def _plain_identifier(identifier: str) -> str:
    if _IDENTIFIER.fullmatch(identifier) is None:
        raise _Telling
    return ""


def _references(alert: Alert, sent: datetime) -> tuple[Reference, ...]:
    """How many messages are referenced, all of them older and none of them twice (rule 13)."""
    seen = {(alert.sender, alert.identifier)}
    for reference in alert.references:
        _plain_identifier(reference.identifier)
        seen.add((reference.sender, reference.identifier))
        if _instant(reference.sent) > sent:
            raise _Telling
    if len(seen) != len(alert.references) + 1:
        raise _Telling
    return tuple([msgspec.structs.replace(one, identifier="", sent="") for one in alert.references])


def _plain(text: str | None) -> str | None:
    """That there is a text, of which no rule could say anything (18, 25, 26)."""
    if text is None:
        return None
    if not text.strip() or len(text) > _MOST_TEXT or "<" in text or "&" in text:
        raise _Telling
    if not text.isprintable() and CONTROL.search(text):
        raise _Telling
    return ""


def _after(text: str | None, sent: datetime) -> str | None:
    """How long after it was sent."""
    return None if text is None else str((_instant(text) - sent).total_seconds())


def _instant(text: str) -> datetime:
    if not text.endswith("-00:00"):
        raise _Telling
    try:
        return parse_cap_time(text)
    except ValueError as fault:
        raise _Telling from fault
