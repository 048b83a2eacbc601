"""Canadian profile of CAP (CAP-CP), as its beta 0.4 of 2012 is used by the national distributor."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.warn.cap_rules.base import Finding, Subject, every, value
from tocsin.warn.cap_rules.profiles._parts import pairs
from tocsin.warn.cap_xml import path_of, text_of

TITLE = "CAP-CP: profile code, event code and location geocode of the Canadian lists"


def check(m: Subject) -> Iterator[Finding]:
    """The profile's additions, as far as one message shows them."""
    codes = [text_of(element).strip() for element in every(m.root, "code")]
    if not any(code.startswith("profile:CAP-CP:") for code in codes):
        yield m.error(44, "/alert/code", "CAP-CP asks for a code that begins with profile:CAP-CP:.")
    for info in m.infos:
        where = path_of(info)
        if value(info, "language") not in ("en-CA", "fr-CA"):
            yield m.warning(44, f"{where}/language", "CAP-CP messages are in en-CA or fr-CA.")
        if not any(name.startswith("profile:CAP-CP:Event:") for name, _ in pairs(info, "eventCode")):
            yield m.error(44, f"{where}/eventCode", "CAP-CP asks for an eventCode profile:CAP-CP:Event:….")
        for area in every(info, "area"):
            found = [code for name, code in pairs(area, "geocode") if name.startswith("profile:CAP-CP:Location:")]
            if not found or not all(re.fullmatch(r"[0-9A-Za-z]{1,9}", code) for code in found):
                yield m.error(44, f"{path_of(area)}/geocode", "CAP-CP asks for a geocode profile:CAP-CP:Location:….")
