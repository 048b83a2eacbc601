"""From what a warning says to a CAP 1.2 message in every language, and from that to bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from tocsin.core.area import AreaTree
from tocsin.core.text import pick
from tocsin.core.time import cap_time, parse_cap_time, zone
from tocsin.warn import threats, words
from tocsin.warn.alert import Alert, Info, MsgType, Reference, Status, Value
from tocsin.warn.cap_read import parse_own as parse
from tocsin.warn.cap_write import to_xml
from tocsin.warn.context import Context, Sender
from tocsin.warn.events import Content, Level, Message
from tocsin.warn.outline import Outline, area_block
from tocsin.warn.threats import Act

PARTS = ("headline", "description", "instruction")
_LEAST_ROOM = 40


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """When a message is sent and when it runs out."""

    sent: datetime
    expires: datetime


class _Slots:
    """What stands for ``{areas}``, ``{remaining}`` and ``{until}`` in one part of a message. Nothing else in braces has
    a meaning, so that an officer may write any character.
    """

    def __init__(self, part: Part, tree: AreaTree, times: Times, city_zone: str) -> None:
        self._named = [tree[a].names for a in part.content.areas]
        self._still = [tree[a].names for a in part.remaining]
        self._until = words.until_text(times.expires, times.sent, zone(zone_of(tree, part.content.areas, city_zone)))

    def fill(self, text: str, language: str) -> str:
        """The text with its places and its time."""
        if "{" not in text:
            return text
        room = max(words.HEADLINE_LIMIT - len(text), _LEAST_ROOM)
        done = text.replace("{areas}", words.name_list(self._named, language, room)).replace("{until}", self._until)
        if "{remaining}" in done:
            done = done.replace("{remaining}", words.name_list(self._still, language, room))
        return done


def agreed_texts(threat: str, act: Act, level: Level, languages: Sequence[str]) -> dict[str, dict[str, str]]:
    """The agreed words, placeholders open: headline, description and instruction per language."""
    agreed = _agreed(threat, act, level)
    return {part: {lang: agreed[part].get(lang, "") for lang in languages} for part in PARTS}


@lru_cache(maxsize=256)
def _agreed(threat: str, act: Act, level: Level) -> dict[str, dict[str, str]]:
    """Worked out once: the words of every language are looked through for it."""
    return words.templates(threats.threat(threat), act, level)


@lru_cache(maxsize=64)
def _title(threat: str, level: Level) -> dict[str, str]:
    return words.title(threats.threat(threat), level)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a message says: the content, what it does, and, after a partial clear, what is still warned."""

    content: Content
    act: Act
    remaining: tuple[str, ...] = ()


def _infos(part: Part, languages: Sequence[str], tree: AreaTree, times: Times, sender: Sender) -> list[Info]:
    """The part in each language."""
    content = part.content
    threat = threats.threat(content.threat)
    rating = threat.rating(part.act, content.level)
    graded = rating if part.act in ("all_clear", "cancel") else content
    title, slots = _title(content.threat, content.level), _Slots(part, tree, times, sender.zone)
    outlines = [(Outline(tree[a]), tree[a].names) for a in content.areas]
    shared: dict[str, Any] = {
        "categories": threat.categories,
        "response_types": threat.response(part.act, content.level),
        "urgency": graded.urgency,
        "severity": graded.severity,
        "certainty": graded.certainty,
        "event_codes": (Value(name="TOCSIN-THREAT", value=threat.event_code),),
        "effective": cap_time(times.sent),
        "expires": cap_time(times.expires),
    }
    return [
        Info(
            language=language,
            event=pick(title, language),
            sender_name=pick(sender.names, language),
            headline=slots.fill(content.headline[language], language),
            description=slots.fill(content.description[language], language),
            instruction=slots.fill(content.instruction[language], language),
            areas=tuple([area_block(outline, pick(names, language)) for outline, names in outlines]),
            **shared,
        )
        for language in languages
    ]


def zone_of(tree: AreaTree, areas: Sequence[str], fallback: str) -> str:
    """The areas' zone: the one that all of them share, else the city's own."""
    zones = {tree[a].zone for a in areas}
    return zones.pop() if len(zones) == 1 else fallback


def alert(
    context: Context,
    tree: AreaTree,
    parts: Sequence[Part],
    times: Times,
    *,
    msg_type: MsgType,
    references: Sequence[Reference] = (),
    status: Status = "Actual",
    note: str | None = None,
    identifier: str = "",
) -> Alert:
    """The CAP message that says ``parts`` in each language of the sender; one ``info`` per part and language. Without
    an identifier it gets one of its own.
    """
    sender = context.sender
    said = [_infos(part, sender.languages, tree, times, sender) for part in parts]
    return Alert(
        identifier=identifier or f"tocsin-{context.new_id()}",
        sender=sender.id,
        sent=cap_time(times.sent),
        status=status,
        msg_type=msg_type,
        note=note,
        references=tuple(references),
        infos=tuple(info for in_one in zip(*said, strict=True) for info in in_one),
    )


def frozen(message: Alert) -> Message:
    """The message as unsigned bytes with their SHA-256: what an approval is bound to."""
    unsigned = to_xml(message)
    return Message(
        identifier=message.identifier,
        sender=message.sender,
        sent=message.sent,
        msg_type=message.msg_type,
        sha256=hashlib.sha256(unsigned).hexdigest(),
        unsigned=unsigned.decode(),
    )


def sealed(context: Context, message: Message) -> Message:
    """The message signed; from now on its bytes are served as they are."""
    xml = context.sign(message.unsigned.encode()).decode()
    return msgspec.structs.replace(message, xml=xml, unsigned="")


def reference(message: Message) -> Reference:
    """How a later message names this one."""
    return Reference(sender=message.sender, identifier=message.identifier, sent=message.sent)


def takes_back(prepared: Message, earlier: Sequence[Message]) -> bool:
    """Whether a prepared correction refers to all of these messages."""
    wanted = {message.identifier for message in earlier}
    return not wanted or wanted <= {one.identifier for one in parse(prepared.unsigned.encode()).references}


def next_sent(now: datetime, earlier: Sequence[Message]) -> datetime:
    """``now`` in whole seconds, but always after every message that will be referenced (CAP has no fractions)."""
    latest = max((parse_cap_time(m.sent) for m in earlier), default=None)
    sent = now.replace(microsecond=0)
    if latest is not None and sent <= latest:
        return latest + timedelta(seconds=1)
    return sent


def correction(context: Context, tree: AreaTree, content: Content, messages: Sequence[Message]) -> Message:
    """The cancel of a warning, prepared together with it: final words, its own identifier, provisional times."""
    texts = agreed_texts(content.threat, "cancel", content.level, context.sender.languages)
    withdrawn = Part(content=msgspec.structs.replace(content, **texts), act="cancel")
    sent = next_sent(context.now, messages)
    times = Times(sent=sent, expires=sent + timedelta(seconds=context.policy.cancel_expiry_s))
    references = [reference(m) for m in messages]
    return frozen(alert(context, tree, [withdrawn], times, msg_type="Cancel", references=references))


def at_time(prepared: Message, sent: datetime, expires: datetime, earlier: Sequence[Message]) -> Message:
    """A prepared correction with its real times and what it takes back; its words and its identity stay."""
    message = parse(prepared.unsigned.encode())
    infos = tuple(
        msgspec.structs.replace(info, effective=cap_time(sent), expires=cap_time(expires)) for info in message.infos
    )
    references = tuple(reference(m) for m in earlier)
    return frozen(msgspec.structs.replace(message, sent=cap_time(sent), references=references, infos=infos))
