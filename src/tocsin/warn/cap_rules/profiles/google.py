"""What Google's public alerts ask of a publisher."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tocsin.warn.cap_rules.base import Finding, Subject, every, value
from tocsin.warn.cap_rules.profiles._parts import feed_error, feed_warning
from tocsin.warn.cap_xml import path_of

TITLE = "Google: expires, headline, description, web, and an area that can be drawn; feeds small, entries with times"
_IDEAL_BYTES = 100_000


def check(m: Subject) -> Iterator[Finding]:
    """The profile's additions, as far as one message shows them."""
    if m.text("msgType") != "Cancel" and not m.infos:
        yield m.error(44, "/alert/info", "Google asks for an info.")
    for info in m.infos:
        where = path_of(info)
        if not value(info, "expires"):
            yield m.error(44, f"{where}/expires", "Google asks for expires.")
        for name in ("headline", "description", "senderName", "web", "instruction"):
            if not value(info, name):
                yield m.warning(44, f"{where}/{name}", f"Google recommends {name}.")
        areas = list(every(info, "area"))
        if not areas:
            yield m.error(44, f"{where}/area", "Google asks for an area.")
        for area in areas:
            if not any(next(every(area, name), None) is not None for name in ("polygon", "circle", "geocode")):
                yield m.error(44, area, "Google asks for a polygon, circle or geocode.")


def check_feed(data: bytes, entries: Sequence[Any]) -> Iterator[Finding]:
    """A feed that is quick to poll, and whose entries say what they are."""
    if len(data) > _IDEAL_BYTES:
        yield feed_warning("feed", f"{len(data)} bytes; Google asks for less than {_IDEAL_BYTES}.")
    for number, entry in enumerate(entries, 1):
        if not entry.updated:
            yield feed_error(f"/feed/entry[{number}]/updated", "Google asks for the time of each entry.")
        if not entry.title:
            yield feed_error(f"/feed/entry[{number}]/title", "Google asks for a title.")
