"""Feeds of CAP messages: the Atom feed that we publish (RFC 4287, rules 41 and 42) and a tolerant reader (rule 43)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from tocsin.core.errors import Invalid, Refused
from tocsin.core.time import parse_cap_time, rfc3339
from tocsin.warn.alert import Alert
from tocsin.warn.cap_rules.many import active, deduplicated
from tocsin.warn.cap_xml import Element, children, load, local, text_of

ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"
MAX_FEED_BYTES = 10_000_000
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One message in our feed. ``url``: where its bytes are, absolute or relative to the feed's base."""

    alert: Alert
    url: str = ""


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of someone's feed.

    ``url`` is the CAP link, absolute, or "" with the reason in ``problem``; the text fields are "" when missing.
    """

    id: str = ""
    title: str = ""
    updated: str = ""
    url: str = ""
    problem: str = ""


def current(messages: Iterable[Alert], now: datetime, *, cancels_for: timedelta = timedelta(hours=24)) -> list[Alert]:
    """What belongs in the feed: every active alert, and cancels young enough that a slow poller still needs them.

    There is no limit of number: a live alert is never pushed out by a newer one (rule 41).

    Args:
        messages: everything issued, in any order.
        now: the present instant, aware.
        cancels_for: how long after it was sent a cancel stays.
    """
    everything = [message for message in deduplicated(messages) if message.scope == "Public"]
    cancels = [
        message
        for message in everything
        if message.msg_type == "Cancel" and message.status == "Actual" and now - _sent(message) <= cancels_for
    ]
    return [*active(everything, now), *cancels]


def atom(
    alerts: Sequence[FeedItem], *, feed_id: str, title: str, self_url: str, base_url: str, updated: datetime
) -> bytes:
    """An Atom feed with one entry per message, newest first; the same items give the same bytes.

    Args:
        alerts: the messages, already chosen (see :func:`current`); none is a valid feed.
        feed_id: the feed's IRI, for ever the same.
        title: the feed's name.
        self_url: where the feed is, absolute.
        base_url: the site, absolute: relative message links are resolved against it.
        updated: when the feed last changed, aware.

    Raises:
        Refused: a message is not Actual or not Public (TOC-1011); such a message has no place in a public feed.
        Invalid: a link is not http or https, or ``sent`` is no CAP time (TOC-3003).
    """
    for item in alerts:
        if item.alert.status != "Actual" or item.alert.scope != "Public":
            raise Refused(
                "TOC-1011",
                f"{item.alert.identifier} is {item.alert.status} and {item.alert.scope}; the feed is public and live.",
                field="status",
                remedy="Leave it out of the feed.",
            )
    ordered = sorted(alerts, key=lambda item: (_sent(item.alert), item.alert.identifier), reverse=True)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<feed xmlns="{ATOM}">',
        _tag("id", feed_id),
        _tag("title", title),
        _tag("updated", rfc3339(updated)),
        f'<link rel="self" type="application/atom+xml" href="{_web(self_url).translate(_ESCAPES)}"/>',
        f"<author>{_tag('name', title)}</author>",
    ]
    for item in ordered:
        lines.extend(_entry(item, feed_id, base_url))
    return ("\n".join(lines) + "\n</feed>\n").encode("utf-8")


def entry_id(alert: Alert, feed_id: str) -> str:
    """The entry's IRI, made of the message's identity alone, so that it never changes."""
    return f"{feed_id}#{quote(f'{alert.sender},{alert.identifier},{alert.sent}', safe=',:@')}"


def _entry(item: FeedItem, feed_id: str, base_url: str) -> Iterator[str]:
    alert = item.alert
    info = alert.infos[0] if alert.infos else None
    headline = (info.headline or info.event) if info is not None else f"{alert.msg_type} {alert.identifier}"
    sent = rfc3339(_sent(alert))
    url = _web(urljoin(base_url, item.url or f"/cap/{quote(alert.identifier, safe='')}.xml"))
    yield "<entry>"
    yield _tag("id", entry_id(alert, feed_id))
    yield _tag("title", headline)
    yield _tag("updated", sent)
    yield _tag("published", sent)
    yield f"<author>{_tag('name', (info.sender_name if info is not None else None) or alert.sender)}</author>"
    yield f'<category term="{alert.msg_type}"/>'
    if info is not None and info.description:
        yield _tag("summary", info.description)
    yield f'<link type="{CAP_TYPE}" href="{url.translate(_ESCAPES)}"/>'
    yield "</entry>"


def parse_feed(data: bytes, *, url: str = "", max_bytes: int = MAX_FEED_BYTES) -> list[FeedEntry]:
    """The entries of an Atom or RSS 2.0 feed. One bad entry never stops the others; an empty feed gives [].

    Args:
        data: the feed as it was fetched.
        url: where from, to resolve relative links.
        max_bytes: longest feed that is read, in bytes.

    Raises:
        Invalid: not readable XML (TOC-3001), or no feed (TOC-3002). Either means "the feed is broken", which is not
            the same as "there is no alert".
    """
    root = load(data, max_bytes=max_bytes)
    if root.tag == f"{{{ATOM}}}feed":
        entries = root.findall(f"{{{ATOM}}}entry")
    elif root.tag == "rss":
        entries = root.findall("channel/item")
    else:
        raise Invalid(
            "TOC-3002",
            f"The root element is {root.tag}, which is neither an Atom feed nor RSS 2.0.",
            field="/" + local(root),
            remedy="Give the address of the feed, not of a message or page.",
        )
    return [_read(entry, url) for entry in entries]


def _read(entry: Element, url: str) -> FeedEntry:
    texts = {local(child): text_of(child).strip() for child in reversed(list(children(entry)))}
    link, problem = _link(entry, url)
    return FeedEntry(
        id=texts.get("id") or texts.get("guid") or link,
        title=texts.get("title", ""),
        updated=texts.get("updated") or texts.get("pubDate", ""),
        url=link,
        problem=problem,
    )


def _link(entry: Element, url: str) -> tuple[str, str]:
    """The link whose declared type is CAP; without any such, the one link that declares no type at all."""
    typed: list[str] = []
    untyped: list[str] = []
    problem = f"No link of type {CAP_TYPE}."
    for child in children(entry):
        if local(child) not in ("link", "enclosure", "content"):
            continue
        href = (child.get("href") or child.get("url") or child.get("src") or text_of(child)).strip()
        kind = (child.get("type") or "").partition(";")[0].strip().lower()
        if not href or (local(child) == "content" and child.get("src") is None):
            continue
        if kind == CAP_TYPE:
            typed.append(href)
        elif not kind and child.get("rel", "alternate") == "alternate":
            untyped.append(href)
    for href in typed or untyped:
        try:
            return _web(_joined(_base(entry, url), href)), ""
        except Invalid as fault:
            problem = fault.message
    return "", problem


def _base(entry: Element, url: str) -> str:
    """The address that relative links start from: ``xml:base`` of the entry or feed, else the feed's own."""
    for holder in (*reversed(list(entry.iterancestors())), entry):
        base = holder.get(_XML_BASE)
        if base:
            url = _joined(url, base)
    return url


def _joined(base: str, link: str) -> str:
    """The link resolved against the base; as it stands when it cannot be, so that :func:`_web` refuses it."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _web(url: str) -> str:
    """The link if it is absolute http or https and holds no white space."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in url)
    except ValueError:
        sound = False
    if not sound:
        raise Invalid(
            "TOC-3003",
            f"Rule 41: {url[:80]!r} is not an absolute http or https link.",
            field="link",
            remedy="Give the site's full address, such as https://alerts.example.org.",
        )
    return url


def _sent(alert: Alert) -> datetime:
    try:
        return parse_cap_time(alert.sent).astimezone(UTC)
    except ValueError as fault:
        raise Invalid(
            "TOC-3003", f"Rule 6: {fault}.", field="/alert/sent", remedy="Write sent as a CAP time."
        ) from fault


def _tag(name: str, text: str) -> str:
    """An element with text; what XML cannot hold is replaced, since a feed must not fall over one title."""
    clean = "".join(character if _legal(character) else "\N{REPLACEMENT CHARACTER}" for character in text)
    return f"<{name}>{clean.translate(_ESCAPES)}</{name}>"


def _legal(character: str) -> bool:
    code = ord(character)
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
