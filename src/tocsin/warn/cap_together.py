"""What only several messages, or a feed with its messages, decide: rules 4, 7, 8, 14, 15, 40 and 41 to 43, as findings.

The same questions that :mod:`tocsin.warn.cap_rules.many` answers for a running city are asked here of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec

from tocsin.core.errors import Invalid, TocsinError
from tocsin.core.time import parse_cap_time, parse_instant
from tocsin.warn.alert import Alert
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import MAX_FINDINGS, Finding, answer_of, check, profile_of
from tocsin.warn.cap_rules.many import Identity, deduplicated, identity, missing_references, withdrawn
from tocsin.warn.cap_xml import Element, load, text_of
from tocsin.warn.feed import ATOM, MAX_FEED_BYTES, FeedEntry, current, parse_feed

LARGEST_FEED_BYTES = 900_000
"""The longest feed that Google's public alerts read; what they like better is in its profile."""


class Copy(NamedTuple):
    """A file that holds a message: its place among the files, bytes and meaning."""

    at: int
    data: bytes
    alert: Alert


def check_together(
    files: Sequence[tuple[str, bytes]],
    *,
    feed: tuple[str, bytes] | None = None,
    profile: str | None = None,
    strict_output: bool = False,
) -> list[dict[str, Any]]:
    """``(name, bytes)`` of messages that belong together, and a feed of them → what ``tocsin cap check --json`` prints.

    Args:
        files: messages in the order in which they were published; those that cannot be read are judged alone.
        feed: the Atom or RSS feed that publishes them; its findings come last, under its own name.
        profile: a profile to check besides, of messages and of the feed.
        strict_output: judge them as messages that are about to go out.

    Raises:
        Invalid: no profile of that name (TOC-3003).
    """
    judge = None if profile is None else profile_of(profile)
    found = [check(data, profile=profile, strict_output=strict_output) for _, data in files]
    copies = list(_readable(files))
    for at, finding in (*_copies(copies), *_chains(copies)):
        found[at].append(finding)
    answer = [answer_of(name, findings) for (name, _), findings in zip(files, found, strict=True)]
    if feed is not None:
        answer.append(answer_of(feed[0], check_feed(feed[1], [copy.alert for copy in copies], judge=judge)))
    return answer


def _readable(files: Sequence[tuple[str, bytes]]) -> Iterator[Copy]:
    for at, (_, data) in enumerate(files):
        try:
            yield Copy(at, data, parse(data))
        except Invalid:
            continue  # its own findings say why


def _error(rule: int, path: str, message: str) -> Finding:
    return Finding(rule=rule, path=path, message=message, severity="error")


def _copies(copies: Sequence[Copy]) -> Iterator[tuple[int, Finding]]:
    """Rules 4, 7, 8 and 40: one identifier is one message, and one message is the same bytes for ever."""
    firsts: dict[tuple[str, str], Copy] = {}
    for copy in copies:
        one = copy.alert
        first = firsts.setdefault((one.sender, one.identifier), copy)
        if first is copy or first.data == copy.data:
            continue
        if identity(one) != identity(first.alert):
            text = f"{one.identifier[:60]!r} was used before, for another message of this sender."
            yield copy.at, _error(4, "/alert/identifier", text)
            continue
        if one.sent != first.alert.sent:
            text = f"The same instant was written {first.alert.sent} before; references go by the text."
            yield copy.at, _error(7, "/alert/sent", text)
        yield copy.at, _error(8, "/alert", "The message was published before, in other bytes.")
        lost = _differences(first.alert, one)
        if lost:
            yield copy.at, _error(40, "/alert", f"It does not say what the first copy says: {', '.join(lost)}.")


def _differences(one: Alert, other: Alert) -> list[str]:
    """The fields in which two readings differ; ``sent`` is rule 7's."""
    before, after = msgspec.structs.asdict(one), msgspec.structs.asdict(other)
    return [name for name, value in before.items() if value != after[name] and name != "sent"]


def _chains(copies: Sequence[Copy]) -> Iterator[tuple[int, Finding]]:
    """Rules 14 and 15: what changes or ends something lists all of it, and ends only what is its own."""
    alerts = [copy.alert for copy in copies]
    known = {identity(alert): alert for alert in deduplicated(alerts)}
    for copy in copies:
        one = copy.alert
        for reference in missing_references(one, alerts, _instant(one.sent)):
            text = f"It leaves out {reference.identifier[:60]}, which is of the same chain and in force."
            yield copy.at, _error(14, "/alert/references", text)
        if one.msg_type in ("Update", "Cancel"):
            yield from ((copy.at, finding) for finding in _ends(one, known))


def _ends(one: Alert, known: dict[Identity, Alert]) -> Iterator[Finding]:
    ended = withdrawn([one])
    for reference in one.references:
        target = known.get(identity(reference))
        name = reference.identifier[:60]
        if reference.sender != one.sender:
            yield _error(15, "/alert/references", f"It ends nothing: {name} is of another sender.")
        elif one.status == "Actual" and identity(reference) not in ended:
            yield _error(15, "/alert/references", f"It ends nothing: {name} is not older than it.")
        elif target is not None and target.status == "Actual" and one.status != "Actual":
            yield _error(15, "/alert/references", f"{one.status} messages end nothing, and {name} is Actual.")


def _instant(text: str) -> datetime:
    try:
        return parse_cap_time(text)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)  # nothing is in force then, so nothing is missed


def check_feed(data: bytes, alerts: Sequence[Alert], *, judge: Any = None) -> list[Finding]:
    """Rules 41 to 43 of a feed, and of what it ought to hold.

    Args:
        data: the feed as it was fetched.
        alerts: the messages that it publishes; none asks only about its form.
        judge: a profile's module; its ``check_feed(data, entries)``, if it has one, is asked too.
    """
    try:
        entries = parse_feed(data)
        root = load(data, max_bytes=MAX_FEED_BYTES)
    except TocsinError as fault:
        where = fault.field or "document"
        return [_error(42, where, f"{fault.message} A reader must take this for a broken feed, not for calm.")]
    found = [*_form(root, data), *_entries(entries), *_held(root, entries, alerts)]
    if judge is not None and hasattr(judge, "check_feed"):
        found.extend(judge.check_feed(data, entries))
    return sorted(islice(found, MAX_FINDINGS), key=lambda finding: (finding.severity != "error", finding.rule))


def _form(root: Element, data: bytes) -> Iterator[Finding]:
    if len(data) > LARGEST_FEED_BYTES:
        yield _error(41, "feed", f"{len(data)} bytes; readers stop at {LARGEST_FEED_BYTES}.")
    if root.tag == "rss":
        return
    for name in ("id", "title", "updated"):
        element = root.find(f"{{{ATOM}}}{name}")
        if element is None or not text_of(element).strip():
            yield _error(42, f"/feed/{name}", f"An Atom feed has {name}, also when it is empty (RFC 4287).")


def _entries(entries: Sequence[FeedEntry]) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, entry in enumerate(entries, 1):
        where = f"/feed/entry[{number}]"
        if entry.problem:
            yield Finding(rule=43, path=where, message=f"{entry.problem} The others are read.", severity="error")
        elif not entry.url.startswith("https:"):
            yield Finding(rule=41, path=where, message="The link is not https.", severity="warning")
        if not entry.id:
            yield _error(41, f"{where}/id", "An entry needs an id that never changes.")
        elif entry.id in seen:
            yield _error(41, f"{where}/id", f"{entry.id[:80]!r} is the id of an earlier entry.")
        seen.add(entry.id)


def _held(root: Element, entries: Sequence[FeedEntry], alerts: Sequence[Alert]) -> Iterator[Finding]:
    """Rule 41: everything in force at the instant of the feed is in it."""
    updated = root.find(f"{{{ATOM}}}updated")
    try:
        now = parse_instant("" if updated is None else text_of(updated).strip(), field="/feed/updated")
    except Invalid:
        return
    texts = [f"{unquote(entry.id)} {unquote(entry.url)}" for entry in entries]
    for alert in current([one for one in alerts if _instant(one.sent) <= now], now):
        named = re.compile(rf"(?<![\w-]){re.escape(alert.identifier)}(?![\w-])")
        if not any(named.search(text) for text in texts):
            yield _error(41, "/feed", f"{alert.identifier[:60]} is in force and has no entry.")
