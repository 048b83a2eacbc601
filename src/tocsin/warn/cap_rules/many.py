"""Rules 7, 8, 14, 15 and 24: what only several messages decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tocsin.core.time import parse_cap_time
from tocsin.warn.alert import Alert, Reference

Identity = tuple[str, str, datetime | str]
"""``(sender, identifier, sent)``, the last as an instant, or as text when it is no CAP time."""

WITHOUT_EXPIRES = timedelta(hours=24)
"""How long a message that states no end is taken to last."""


def _instant(text: str) -> datetime | str:
    try:
        return parse_cap_time(text)
    except ValueError:
        return text


def identity(message: Alert | Reference) -> Identity:
    """What makes two messages the same one (rule 7): ``sent`` counts as an instant, in whatever offset."""
    return message.sender, message.identifier, _instant(message.sent)


def deduplicated(messages: Iterable[Alert]) -> list[Alert]:
    """Each message once, the first copy of each, in the order in which they came."""
    found: dict[Identity, Alert] = {}
    for message in messages:
        found.setdefault(identity(message), message)
    return list(found.values())


def withdrawn(messages: Iterable[Alert]) -> frozenset[Identity]:
    """The messages that an Update or a Cancel of the same sender took out of force (rule 15), in any order of arrival.

    A reference to something sent later than the referencing message ends nothing: an end is newer than what it ends.
    """
    ended: set[Identity] = set()
    for message in messages:
        if message.msg_type not in ("Update", "Cancel") or message.status != "Actual":
            continue
        sent = _instant(message.sent)
        for reference in message.references:
            at = _instant(reference.sent)
            newer = isinstance(at, datetime) and isinstance(sent, datetime) and at > sent
            if reference.sender == message.sender and not newer and identity(reference) != identity(message):
                ended.add(identity(reference))
    return frozenset(ended)


def expires_at(message: Alert, *, without: timedelta = WITHOUT_EXPIRES) -> datetime | None:
    """The instant after which no info of the message is active (rule 24); None when ``sent`` cannot be read."""
    sent = _instant(message.sent)
    if not isinstance(sent, datetime):
        return None
    ends = [_instant(info.expires) if info.expires else sent + without for info in message.infos]
    instants = [end if isinstance(end, datetime) else sent + without for end in ends]
    return max(instants, default=sent + without)


def active(messages: Iterable[Alert], now: datetime, *, without: timedelta = WITHOUT_EXPIRES) -> list[Alert]:
    """The warnings in force, whatever the order in which the messages arrived (rules 7, 14, 15 and 24).

    Only Actual messages of type Alert or Update are ever in force; a Cancel is none, and wins also when it came first.

    Args:
        messages: everything received, duplicates allowed.
        now: the present instant, aware.
        without: how long a message without ``expires`` is taken to last.
    """
    everything = deduplicated(messages)
    ended = withdrawn(everything)
    return [
        message
        for message in everything
        if message.status == "Actual"
        and message.msg_type in ("Alert", "Update")
        and identity(message) not in ended
        and (end := expires_at(message, without=without)) is not None
        and end > now
    ]


def missing_references(message: Alert, earlier: Sequence[Alert], now: datetime) -> list[Reference]:
    """The unexpired messages of the chain that an Update or Cancel ought to list and does not (rule 14)."""
    if message.msg_type not in ("Update", "Cancel"):
        return []
    known = {identity(one): one for one in deduplicated(earlier)}
    listed = {identity(reference) for reference in message.references}
    chain, queue = set(listed), list(listed)
    while queue:
        one = known.get(queue.pop())
        for reference in one.references if one is not None else ():
            if identity(reference) not in chain:
                chain.add(identity(reference))
                queue.append(identity(reference))
    return [
        known[one].reference()
        for one in known
        if one in chain and one not in listed and (end := expires_at(known[one])) is not None and end > now
    ]
