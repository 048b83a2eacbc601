"""MeteoAlarm's profile: awareness level and type, and its region codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.warn.cap_rules.base import Finding, Subject, every, value
from tocsin.warn.cap_rules.profiles._parts import values
from tocsin.warn.cap_xml import path_of

TITLE = "MeteoAlarm: awareness_level, awareness_type, onset, expires and an EMMA_ID"
_LEVEL = re.compile(r"[1-4];\s*(green|yellow|orange|red);\s*(Minor|Moderate|Severe|Extreme)", re.IGNORECASE)
_TYPE = re.compile(r"\d{1,2};\s*\S.*")


def check(m: Subject) -> Iterator[Finding]:
    """The profile's additions, as far as one message shows them."""
    for info in m.infos:
        where = path_of(info)
        for name, form in (("awareness_level", _LEVEL), ("awareness_type", _TYPE)):
            found = values(info, "parameter", name)
            if len(found) != 1 or not form.fullmatch(found[0]):
                yield m.error(44, f"{where}/parameter", f"MeteoAlarm asks for one {name}, such as 2; yellow; Moderate.")
        for name in ("onset", "expires"):
            if not value(info, name):
                yield m.error(44, f"{where}/{name}", f"MeteoAlarm asks for {name}.")
        for area in every(info, "area"):
            drawn = next(every(area, "polygon"), None) is not None
            if not drawn and not values(area, "geocode", "EMMA_ID"):
                yield m.error(44, f"{path_of(area)}/geocode", "MeteoAlarm asks for an EMMA_ID or a polygon.")
