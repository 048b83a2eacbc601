"""Rules 1 to 18: the message itself. Rules 7, 8, 14 and 15 take several messages: see ``many.py``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

from tocsin.core.errors import Invalid
from tocsin.warn.alert import MsgType, Scope, Status
from tocsin.warn.cap_rules.base import Finding, Subject, every, first, instant, rule
from tocsin.warn.cap_values import split_references
from tocsin.warn.cap_xml import NS, cap_name, children, text_of

_FORBIDDEN = re.compile(r"[\s,<&]")
_TIMES = ("effective", "onset", "expires")
_NOT_A_DRILL = re.compile(r"\bnot a (drill|test|exercise)\b|\bне учени|\bне учебн|\bне навчан", re.IGNORECASE)


@rule(2)
def rule_02(m: Subject) -> Iterator[Finding]:
    """UTF-8 is written; other declared encodings are read."""
    encoding = (m.root.getroottree().docinfo.encoding or "UTF-8").upper()
    if encoding not in ("UTF-8", "US-ASCII", "ASCII"):
        yield m.strictly(2, m.root, f"The message is in {encoding}; UTF-8 is what every reader takes.")


@rule(3)
def rule_03(m: Subject) -> Iterator[Finding]:
    """The required elements are there, once each, and not empty. Order and the rest: the schema."""
    for name in ("identifier", "sender", "sent", "status", "msgType", "scope"):
        found = list(every(m.root, name))
        if len(found) != 1 or not text_of(found[0]).strip():
            yield m.error(3, f"/alert/{name}", f"{name} must stand exactly once, with a value.")
    for child in children(m.root):
        if cap_name(child) and child.get("nil") is not None:
            yield m.error(3, child, "CAP has no attributes; leave an absent element out.")


@rule(4)
def rule_04(m: Subject) -> Iterator[Finding]:
    """identifier holds no space, comma, < or &."""
    element = first(m.root, "identifier")
    if element is not None and _FORBIDDEN.search(text_of(element)):
        yield m.error(4, element, "identifier must hold no space, comma, < or &: references could not name it.")


@rule(5)
def rule_05(m: Subject) -> Iterator[Finding]:
    """Sender holds no space, comma, < or &."""
    element = first(m.root, "sender")
    if element is not None and _FORBIDDEN.search(text_of(element)):
        yield m.error(5, element, "sender must hold no space, comma, < or &: references could not name it.")


@rule(6)
def rule_06(m: Subject) -> Iterator[Finding]:
    """Times are YYYY-MM-DDThh:mm:ss±hh:mm; UTC is written -00:00."""
    times = list(every(m.root, "sent")) + [e for info in m.infos for name in _TIMES for e in every(info, name)]
    for element in times:
        text = text_of(element)
        if not text.strip():
            continue
        if instant(text) is None:
            hint = " Write the offset as -00:00 instead of Z." if text.strip().endswith(("Z", "z")) else ""
            yield m.error(6, element, f"{text[:40]!r} is not YYYY-MM-DDThh:mm:ss±hh:mm.{hint}")
        elif m.strict and text.endswith("+00:00"):
            yield m.error(6, element, "UTC is written -00:00.")


@rule(9)
def rule_09(m: Subject) -> Iterator[Finding]:
    """Status is a known one; Draft never leaves; an exercise names itself and never says that it is real."""
    status = m.text("status")
    where = "/alert/status"
    if status and status not in get_args(Status):
        yield m.error(9, where, f"status {status[:40]!r} is not one of {', '.join(get_args(Status))}.")
    if status == "Draft":
        yield m.strictly(9, where, "A draft never leaves the house.")
    if status == "Exercise" and not m.text("note"):
        yield m.strictly(9, "/alert/note", "An exercise names itself in note.")
    if status in ("Exercise", "Test"):
        for element in m.root.iter(f"{{{NS}}}headline", f"{{{NS}}}description", f"{{{NS}}}instruction"):
            if _NOT_A_DRILL.search(text_of(element)):
                yield m.error(9, element, f"The text says that this is no drill, but status is {status}.")


@rule(10)
def rule_10(m: Subject) -> Iterator[Finding]:
    """MsgType is a known one; nothing unknown is taken for an Alert."""
    msg_type = m.text("msgType")
    if msg_type and msg_type not in get_args(MsgType):
        yield m.error(10, "/alert/msgType", f"msgType {msg_type[:40]!r} is not one of {', '.join(get_args(MsgType))}.")
    if msg_type == "Error" and not m.text("note"):
        yield m.strictly(10, "/alert/note", "An Error message says in note what was wrong.")


@rule(11)
def rule_11(m: Subject) -> Iterator[Finding]:
    """Restricted needs restriction, Private needs addresses, and restriction belongs to Restricted alone."""
    scope = m.text("scope")
    if scope and scope not in get_args(Scope):
        yield m.error(11, "/alert/scope", f"scope {scope[:40]!r} is not one of {', '.join(get_args(Scope))}.")
    if scope == "Restricted" and not m.text("restriction"):
        yield m.error(11, "/alert/restriction", "A Restricted message says to whom in restriction.")
    if scope == "Private" and not m.text("addresses"):
        yield m.error(11, "/alert/addresses", "A Private message says to whom in addresses.")
    if scope in ("Public", "Private") and m.text("restriction"):
        yield m.strictly(11, "/alert/restriction", f"restriction has no meaning in a {scope} message.")


@rule(12)
def rule_12(m: Subject) -> Iterator[Finding]:
    """Addresses and incidents are separated by white space; items with spaces stand in double quotes."""
    for name in ("addresses", "incidents"):
        text = m.text(name)
        if text.count('"') % 2:
            yield m.error(12, f"/alert/{name}", "A double quote is opened and never closed.")
        elif re.search(r'[^\s"]"[^"]*"|"[^"]*"[^\s]', text):
            yield m.strictly(12, f"/alert/{name}", "White space separates items; a quoted item touches another.")
        elif '""' in text:
            yield m.strictly(12, f"/alert/{name}", "An item is empty.")


@rule(13)
def rule_13(m: Subject) -> Iterator[Finding]:
    """References are whole triples, older than the message and not the message; what changes something has one."""
    where = "/alert/references"
    element = first(m.root, "references")
    text = m.text("references")
    if not text:
        if m.text("msgType") in ("Update", "Cancel", "Ack", "Error"):
            yield m.error(13, where, f"{m.text('msgType')} must reference at least one message.")
        elif element is not None:
            yield m.strictly(13, where, "An empty references element; leave it out.")
        return
    try:
        found = split_references(text, field=where)
    except Invalid as fault:
        yield m.error(13, where, fault.message)
        return
    sent = instant(m.text("sent"))
    own = (m.text("sender"), m.text("identifier"))
    if len(set(found)) != len(found):
        yield m.strictly(13, where, "A message is referenced twice.")
    for reference in found:
        at = instant(reference.sent)
        if at is None:
            yield m.error(13, where, f"{reference.sent[:40]!r} is not a CAP time.")
        elif (reference.sender, reference.identifier) == own and at == sent:
            yield m.error(13, where, "The message references itself.")
        elif sent is not None and at > sent:
            yield m.error(13, where, f"It references {reference.identifier[:60]}, which was sent after it.")


@rule(16)
def rule_16(m: Subject) -> Iterator[Finding]:
    """A Cancel may be bare; ours says why."""
    if m.strict and m.text("msgType") == "Cancel" and not m.infos:
        yield m.warning(16, m.root, "A Cancel without info tells people nothing; say why.")


@rule(17)
def rule_17(m: Subject) -> Iterator[Finding]:
    """Any number of codes; none of them empty in what we write."""
    for element in every(m.root, "code"):
        if not text_of(element).strip():
            yield m.strictly(17, element, "An empty code says nothing.")


@rule(18)
def rule_18(m: Subject) -> Iterator[Finding]:
    """Empty optional elements are left out."""
    required = {"identifier", "sender", "sent", "status", "msgType", "scope", "references", "code", "value"}
    required |= {"valueName", "areaDesc", "resourceDesc", "mimeType", "event", "category", "polygon", "circle"}
    required |= {"urgency", "severity", "certainty"}
    for element in m.root.iter(f"{{{NS}}}*"):
        if len(element) == 0 and not (element.text or "").strip() and cap_name(element) not in required:
            yield m.strictly(18, element, f"{cap_name(element)} is empty; leave it out.")
