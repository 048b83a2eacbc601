""":class:`~tocsin.warn.alert.Alert` → CAP 1.2 bytes. Strict: what breaks a rule is refused, nothing is repaired.

The same alert always gives the same bytes: UTF-8, the element order of the standard, two spaces of indentation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache

import msgspec

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Alert, AreaBlock, Circle, Info, Reference, Resource, Value
from tocsin.warn.cap_judged import shapes
from tocsin.warn.cap_rules import REMEDIES, check_output
from tocsin.warn.cap_rules.info import CONTROL
from tocsin.warn.cap_xml import MAX_BYTES, NS

_SPECIAL = re.compile(r"[&<>\r]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_SOUND: set[Alert | AreaBlock] = set()
"""Shapes of messages in which no rule found an error; see :func:`tocsin.warn.cap_judged.shapes`."""
_MOST_SOUND = 16_384


def to_xml(alert: Alert) -> bytes:
    """The message as bytes, unsigned.

    Raises:
        Invalid: it breaks a rule of ``docs/reference/cap-rules.md`` (TOC-3003); the message names the rule, the
            field says where, the remedy what to do.
    """
    data = render(alert)
    parts = shapes(alert) if len(data) <= MAX_BYTES else None
    if parts is not None and (_SOUND.issuperset(parts) or _sound_elsewhere(alert, parts)):
        return data
    errors = [finding for finding in check_output(data) if finding.severity == "error"]
    if errors:
        # An absent value also breaks the schema; the rule that is about the value says it better.
        worst = min(errors, key=lambda finding: (finding.rule == 3, finding.rule))
        raise _breaks(worst.rule, worst.path, worst.message, REMEDIES[worst.rule])
    if parts is not None:
        _remember(parts)
    return data


def _sound_elsewhere(alert: Alert, parts: list[Alert | AreaBlock]) -> bool:
    """Whether only areas are new, and no rule finds an error in them: looked at in a message of one language, where a
    minute in which every district is warned would judge all its words anew in each of them.
    """
    frame, *areas = parts
    if frame not in _SOUND:
        return False
    new = tuple(area for area in areas if isinstance(area, AreaBlock) and area not in _SOUND)
    alone = msgspec.structs.replace(alert, infos=(msgspec.structs.replace(alert.infos[0], areas=new),))
    if any(finding.severity == "error" for finding in check_output(render(alone))):
        return False  # the whole message says best what is wrong
    _remember(parts)
    return True


def _remember(parts: list[Alert | AreaBlock]) -> None:
    if len(_SOUND) + len(parts) > _MOST_SOUND:
        _SOUND.clear()
    _SOUND.update(parts)


def render(alert: Alert) -> bytes:
    """The message as bytes without judging it, so that whatever was read can be written again.

    Raises:
        Invalid: it holds something that XML or CAP cannot express, such as a control character (TOC-3003).
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<alert xmlns="{NS}">']
    lines += _lines(alert)
    lines += alert.unknown
    text = "\n".join(lines) + "\n</alert>\n"
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as fault:
        raise _breaks(26, "/alert", "The text holds half a character.", "Write the text again.") from fault


def _lines(alert: Alert) -> Iterator[str]:
    yield from _leaf("  ", "identifier", alert.identifier)
    yield from _leaf("  ", "sender", alert.sender)
    yield from _leaf("  ", "sent", alert.sent)
    yield from _leaf("  ", "status", alert.status)
    yield from _leaf("  ", "msgType", alert.msg_type)
    yield from _leaf("  ", "source", alert.source)
    yield from _leaf("  ", "scope", alert.scope)
    yield from _leaf("  ", "restriction", alert.restriction)
    yield from _leaf("  ", "addresses", join_items(alert.addresses, field="/alert/addresses"))
    for code in alert.codes:
        yield from _leaf("  ", "code", code)
    yield from _leaf("  ", "note", alert.note)
    yield from _leaf("  ", "references", " ".join(_reference(r) for r in alert.references))
    yield from _leaf("  ", "incidents", join_items(alert.incidents, field="/alert/incidents"))
    for info in alert.infos:
        yield "  <info>"
        yield from _info(info)
        yield "  </info>"


def _info(info: Info) -> Iterator[str]:
    pad = "    "
    yield from _leaf(pad, "language", info.language)
    for category in info.categories:
        yield from _leaf(pad, "category", category)
    yield from _leaf(pad, "event", info.event)
    for response in info.response_types:
        yield from _leaf(pad, "responseType", response)
    yield from _leaf(pad, "urgency", info.urgency)
    yield from _leaf(pad, "severity", info.severity)
    yield from _leaf(pad, "certainty", info.certainty)
    yield from _leaf(pad, "audience", info.audience)
    yield from _pairs(pad, "eventCode", info.event_codes)
    yield from _leaf(pad, "effective", info.effective)
    yield from _leaf(pad, "onset", info.onset)
    yield from _leaf(pad, "expires", info.expires)
    yield from _leaf(pad, "senderName", info.sender_name)
    yield from _leaf(pad, "headline", info.headline)
    yield from _leaf(pad, "description", info.description)
    yield from _leaf(pad, "instruction", info.instruction)
    yield from _leaf(pad, "web", info.web)
    yield from _leaf(pad, "contact", info.contact)
    yield from _pairs(pad, "parameter", info.parameters)
    for resource in info.resources:
        yield from _resource(resource)
    for area in info.areas:
        yield from _area(area)


def _resource(resource: Resource) -> Iterator[str]:
    pad = "      "
    yield "    <resource>"
    yield _element(pad, "resourceDesc", resource.desc)
    yield _element(pad, "mimeType", resource.mime_type)
    yield from _leaf(pad, "size", None if resource.size is None else str(resource.size))
    yield from _leaf(pad, "uri", resource.uri)
    yield from _leaf(pad, "derefUri", resource.deref_uri)
    yield from _leaf(pad, "digest", resource.digest)
    yield "    </resource>"


def _area(area: AreaBlock) -> Iterator[str]:
    pad = "      "
    yield "    <area>"
    yield _element(pad, "areaDesc", area.desc)
    for polygon in area.polygons:
        yield f"{pad}<polygon>{_places(polygon)}</polygon>"
    for circle in area.circles:
        yield _element(pad, "circle", _circle(circle))
    yield from _pairs(pad, "geocode", area.geocodes)
    yield from _leaf(pad, "altitude", None if area.altitude_ft is None else _decimal(area.altitude_ft))
    yield from _leaf(pad, "ceiling", None if area.ceiling_ft is None else _decimal(area.ceiling_ft))
    yield "    </area>"


@lru_cache(maxsize=512)
def _places(polygon: tuple[tuple[float, float], ...]) -> str:
    """A city's outlines come again in every language and every message."""
    return " ".join(f"{_decimal(lat)},{_decimal(lon)}" for lat, lon in polygon)


def _circle(circle: Circle) -> str:
    return f"{_decimal(circle.lat)},{_decimal(circle.lon)} {_decimal(circle.radius_km)}"


def _pairs(pad: str, name: str, pairs: Iterable[Value]) -> Iterator[str]:
    for pair in pairs:
        yield f"{pad}<{name}>"
        yield _element(pad + "  ", "valueName", pair.name)
        yield _element(pad + "  ", "value", pair.value)
        yield f"{pad}</{name}>"


def _leaf(pad: str, name: str, text: str | None) -> Iterator[str]:
    """An element that is left out when it would be empty (rule 18)."""
    if text:
        yield _element(pad, name, text)


def _element(pad: str, name: str, text: str) -> str:
    if not text.isprintable():
        _refuse_control(name, text)
    if _SPECIAL.search(text):
        text = text.translate(_ESCAPES)
    return f"{pad}<{name}>{text}</{name}>"


def _refuse_control(name: str, text: str) -> None:
    found = CONTROL.search(text)
    if found is not None:
        code = ord(found[0])
        raise _breaks(26, name, f"The text holds the control character U+{code:04X}.", "Delete it from the text.")


def join_items(items: Iterable[str], *, field: str) -> str:
    """Items separated by spaces; one that holds white space stands in double quotes (rule 12).

    Raises:
        Invalid: an item is empty or holds a double quote, for which CAP has no writing (TOC-3003).
    """
    joined = []
    for item in items:
        if not item or '"' in item:
            raise _breaks(12, field, f"The item {item[:60]!r} cannot be written.", "Take the double quotes out of it.")
        joined.append(f'"{item}"' if any(character.isspace() for character in item) else item)
    return " ".join(joined)


def _reference(reference: Reference) -> str:
    parts = (reference.sender, reference.identifier, reference.sent)
    if any(not part or "," in part or any(c.isspace() for c in part) for part in parts):
        raise _breaks(
            13,
            "/alert/references",
            f"{','.join(parts)[:120]!r} is not a triple without spaces and commas.",
            "Reference the message by its sender, identifier and sent as they stand in it.",
        )
    return ",".join(parts)


def _decimal(number: float) -> str:
    """The shortest decimal that reads back as the same number, never with an exponent."""
    if not math.isfinite(number):
        raise _breaks(31, "/alert/info/area", f"{number} is no coordinate.", "Give finite numbers.")
    text = repr(number)
    return text if "e" not in text else format(Decimal(text), "f")


def _breaks(rule: int, path: str, message: str, remedy: str) -> Invalid:
    return Invalid("TOC-3003", f"Rule {rule}: {message}", field=path, remedy=remedy)
