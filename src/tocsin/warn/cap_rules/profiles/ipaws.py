"""CAP v1.2 USA Integrated Public Alert and Warning System profile 1.0 (OASIS, 2009)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.warn.cap_rules.base import Finding, Subject, every, value
from tocsin.warn.cap_rules.profiles._parts import values
from tocsin.warn.cap_xml import path_of, text_of

TITLE = "IPAWS: code, one SAME event code, expires and a SAME geocode"


def check(m: Subject) -> Iterator[Finding]:
    """The profile's additions, as far as one message shows them."""
    if "IPAWSv1.0" not in [text_of(element).strip() for element in every(m.root, "code")]:
        yield m.error(44, "/alert/code", "IPAWS asks for code IPAWSv1.0.")
    for info in m.infos:
        where = path_of(info)
        codes = values(info, "eventCode", "SAME")
        if len(codes) != 1 or not re.fullmatch(r"[A-Z0-9]{3}", codes[0]):
            yield m.error(44, f"{where}/eventCode", "IPAWS asks for exactly one SAME eventCode of three characters.")
        if not value(info, "expires"):
            yield m.error(44, f"{where}/expires", "IPAWS asks for expires.")
        areas = list(every(info, "area"))
        if not areas:
            yield m.error(44, f"{where}/area", "IPAWS asks for an area.")
        for area in areas:
            found = values(area, "geocode", "SAME")
            if not found or not all(re.fullmatch(r"\d{6}", code) for code in found):
                yield m.error(44, f"{path_of(area)}/geocode", "IPAWS asks for SAME geocodes of six digits.")
