"""What the World Meteorological Organization's alerting authorities agreed on, and the feed that its hub polls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tocsin.warn.cap_rules.base import Finding, Subject, every, value
from tocsin.warn.cap_rules.profiles._parts import feed_error, feed_warning
from tocsin.warn.cap_xml import path_of

TITLE = "WMO: identifier below the register's OID, expires, texts, web, a drawn area; feed entries with times"
_OID = re.compile(r"urn:oid:2\.49\.0\.1(\.\d+)+")
"""The arc of published alerts (WMO/TD 1556); 2.49.0.0 is that of the authorities themselves."""


def check(m: Subject) -> Iterator[Finding]:
    """The profile's additions, as far as one message shows them."""
    if not _OID.fullmatch(m.text("identifier")):
        text = "WMO recommends an identifier below urn:oid:2.49.0.1, with the arc of the registered authority."
        yield m.warning(44, "/alert/identifier", text)
    if m.text("msgType") in ("Alert", "Update") and not m.infos:
        yield m.error(44, "/alert/info", "WMO asks for an info.")
    for info in m.infos:
        where = path_of(info)
        if not value(info, "expires"):
            yield m.error(44, f"{where}/expires", "WMO asks for expires.")
        for name in ("senderName", "headline", "description", "instruction", "web"):
            if not value(info, name):
                yield m.warning(44, f"{where}/{name}", f"WMO recommends {name}.")
        for area in every(info, "area"):
            if not any(next(every(area, name), None) is not None for name in ("polygon", "circle")):
                yield m.warning(44, area, "WMO recommends a polygon or circle: a code alone cannot be drawn abroad.")


def check_feed(_data: bytes, entries: Sequence[Any]) -> Iterator[Finding]:
    """Each entry says when it changed and what it is, so that a hub need not fetch the message to know."""
    for number, entry in enumerate(entries, 1):
        if not entry.updated:
            yield feed_error(f"/feed/entry[{number}]/updated", "WMO's hub needs the time of each entry.")
        if not entry.title:
            yield feed_warning(f"/feed/entry[{number}]/title", "WMO recommends a title.")
