"""Australian profile of CAP (CAP-AU-STD)."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.warn.cap_rules.base import Finding, Subject, every, value
from tocsin.warn.cap_rules.profiles._parts import pairs
from tocsin.warn.cap_xml import path_of, text_of

TITLE = "CAP-AU: profile code, event code of the Australian list, sender's name"


def check(m: Subject) -> Iterator[Finding]:
    """The profile's additions, as far as one message shows them."""
    codes = [text_of(element).strip() for element in every(m.root, "code")]
    if not any("CAP-AU-STD" in code for code in codes):
        yield m.error(44, "/alert/code", "CAP-AU asks for a code that names urn:oasis:…:profile:CAP-AU:….")
    for info in m.infos:
        where = path_of(info)
        if not any("AU" in name for name, _ in pairs(info, "eventCode")):
            yield m.error(44, f"{where}/eventCode", "CAP-AU asks for an event code of the Australian list.")
        if not value(info, "senderName"):
            yield m.warning(44, f"{where}/senderName", "CAP-AU recommends senderName.")
