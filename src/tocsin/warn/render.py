"""From what a warning says to a CAP 1.2 message in every language, and from that to bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

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


def filled(
    texts: Mapping[str, str],
    tree: AreaTree,
    areas: Sequence[str],
    times: Times,
    *,
    zone_name: str,
    remaining: Sequence[str] = (),
) -> dict[str, str]:
    """The texts with ``{areas}``, ``{remaining}`` and ``{until}`` in place. Nothing else in braces has a meaning,
    so that an officer may write any character.
    """
    named = [tree[a].names for a in areas]
    still = [tree[a].names for a in remaining]
    when = words.until_text(times.expires, times.sent, zone(zone_name))
    out = {}
    for language, text in texts.items():
        room = max(words.HEADLINE_LIMIT - len(text), _LEAST_ROOM)
        done = text.replace("{areas}", words.name_list(named, language, room)).replace("{until}", when)
        out[language] = done.replace("{remaining}", words.name_list(still, language, room))
    return out


def agreed_texts(threat: str, act: Act, level: Level, languages: Sequence[str]) -> dict[str, dict[str, str]]:
    """The agreed words, placeholders open: headline, description and instruction per language."""
    templates = words.templates(threats.threat(threat), act, level)
    return {part: {lang: templates[part].get(lang, "") for lang in languages} for part in PARTS}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a message says: the content, what it does, and, after a partial clear, what is still warned."""

    content: Content
    act: Act
    remaining: tuple[str, ...] = ()


def _info(part: Part, language: str, tree: AreaTree, times: Times, sender: Sender) -> Info:
    content = part.content
    threat = threats.threat(content.threat)
    zone_name = zone_of(tree, content.areas, sender.zone)
    rating = threat.rating(part.act, content.level)
    ends = part.act in ("all_clear", "cancel")

    def said(texts: Mapping[str, str]) -> str:
        done = filled(
            {language: texts[language]},
            tree,
            content.areas,
            times,
            zone_name=zone_name,
            remaining=part.remaining,
        )
        return done[language]

    return Info(
        language=language,
        categories=threat.categories,
        event=pick(words.title(threat, content.level), language),
        response_types=threat.response(part.act, content.level),
        urgency=rating.urgency if ends else content.urgency,
        severity=rating.severity if ends else content.severity,
        certainty=rating.certainty if ends else content.certainty,
        event_codes=(Value(name="TOCSIN-THREAT", value=threat.event_code),),
        effective=cap_time(times.sent),
        expires=cap_time(times.expires),
        sender_name=pick(sender.names, language),
        headline=said(content.headline),
        description=said(content.description),
        instruction=said(content.instruction),
        areas=tuple(area_block(Outline(tree[a]), pick(tree[a].names, language)) for a in content.areas),
    )


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
) -> Alert:
    """The CAP message that says ``parts`` in each language of the sender; one ``info`` per part and language."""
    sender = context.sender
    return Alert(
        identifier=f"tocsin-{context.new_id()}",
        sender=sender.id,
        sent=cap_time(times.sent),
        status=status,
        msg_type=msg_type,
        note=note,
        references=tuple(references),
        infos=tuple(_info(part, language, tree, times, sender) for language in sender.languages for part in parts),
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


def at_time(prepared: Message, sent: datetime, expires: datetime) -> Message:
    """A prepared message with its real times; words and identity of what it references stay as approved."""
    message = parse(prepared.unsigned.encode())
    infos = tuple(
        msgspec.structs.replace(info, effective=cap_time(sent), expires=cap_time(expires)) for info in message.infos
    )
    return frozen(msgspec.structs.replace(message, sent=cap_time(sent), infos=infos))
