"""The quick way from a CAP tree to an alert: one walk, each element touched once.

It reads messages in which nothing is odd, as nearly all are. As soon as it meets anything else (an element that it does
not know, one that stands twice, elements inside a text, a value that is no value) it gives up, and the careful way of
:mod:`tocsin.warn.cap_read` reads the message from the start, tolerates or complains. Whatever the quick way reads, the
careful one reads the same: tested over the corpus, the golden messages and messages spoiled at random.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, get_args

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Alert, AreaBlock, Info, MsgType, Resource, Scope, Status, Value
from tocsin.warn.cap_values import split_circle, split_items, split_places, split_references
from tocsin.warn.cap_xml import NS, SIGNATURE, Element, as_text


class _Odd(Exception):
    """Something that only the careful way can judge."""


def _tags(**names: str) -> dict[str, str]:
    """Tag as lxml says it → field of the alert."""
    return {f"{{{NS}}}{name}": field for name, field in names.items()}


_STATUS, _MSGTYPE, _SCOPE = (frozenset(get_args(kind)) for kind in (Status, MsgType, Scope))
_ALERT = _tags(identifier="identifier", sender="sender", sent="sent", status="status", msgType="msg_type")
_ALERT |= _tags(source="source", scope="scope", restriction="restriction", addresses="addresses", note="note")
_ALERT |= _tags(references="references", incidents="incidents")
_INFO = _tags(language="language", event="event", urgency="urgency", severity="severity", certainty="certainty")
_INFO |= _tags(audience="audience", effective="effective", onset="onset", expires="expires", senderName="sender_name")
_INFO |= _tags(headline="headline", description="description", instruction="instruction", web="web", contact="contact")
_INFO_TOKENS = ("language", "urgency", "severity", "certainty", "effective", "onset", "expires", "web")
_INFO_BLANK = {"language": "en-US", "event": "", "urgency": "", "severity": "", "certainty": ""}
_RESOURCE = _tags(resourceDesc="desc", mimeType="mime_type", size="size", uri="uri", derefUri="deref_uri")
_RESOURCE |= _tags(digest="digest")
_AREA = _tags(areaDesc="areaDesc", altitude="altitude", ceiling="ceiling")
_TAGS = ("alert", "code", "info", "geocode", "polygon", "circle", "valueName", "value")
_ROOT, _CODE, _INFO_TAG, _GEOCODE, _POLYGON, _CIRCLE, _VALUE_NAME, _VALUE = (f"{{{NS}}}{name}" for name in _TAGS)


def quick_alert(root: Element) -> Alert | None:
    """The alert of a parsed tree whose root is a CAP 1.2 ``alert``; None when the careful way must read it."""
    found: dict[str, Any] = {}
    codes, infos, unknown = [], [], []
    try:
        for child in root[:]:
            tag = child.tag
            field = _ALERT.get(tag)
            if field is not None:
                if field in found:
                    return None
                found[field] = _text(child)
            elif tag == _INFO_TAG:
                infos.append(_info(child))
            elif tag == _CODE:
                codes.append(_token(child))
            elif tag == SIGNATURE and next(child.iterdescendants(SIGNATURE, _ROOT), None) is None:
                unknown.append(as_text(child))
            else:
                return None
        return _alert(found, tuple(codes), tuple(infos), tuple(unknown))
    except (_Odd, Invalid, KeyError, ValueError):
        return None


def _alert(
    found: dict[str, Any], codes: tuple[str, ...], infos: tuple[Info, ...], unknown: tuple[str, ...]
) -> Alert | None:
    for field in ("identifier", "sender", "sent"):
        found[field] = " ".join((found.get(field) or "").split())
        if not found[field]:
            return None
    if found.get("status") not in _STATUS or found.get("msg_type") not in _MSGTYPE or found.get("scope") not in _SCOPE:
        return None
    for field in ("addresses", "incidents"):
        if field in found:
            found[field] = split_items(found[field])
    if "references" in found:
        found["references"] = split_references(found["references"] or "", field="/alert/references")
    return Alert(codes=codes, infos=infos, unknown=unknown, **found)


def _text(element: Element) -> str | None:
    """Verbatim; None when blank."""
    if len(element):
        raise _Odd
    text: str | None = element.text
    return text if text and not text.isspace() else None


def _token(element: Element) -> str:
    text = " ".join((element.text or "").split())
    if not text or len(element):
        raise _Odd
    return text


def _pair(element: Element) -> Value:
    name, value = element[:]
    if name.tag != _VALUE_NAME or value.tag != _VALUE:
        raise _Odd
    return Value(name=" ".join((_text(name) or "").split()), value=_text(value) or "")


def _info(element: Element) -> Info:
    found: dict[str, Any] = {}
    many: dict[str, list[Any]] = {field: [] for field, _ in _INFO_MANY.values()}
    for child in element[:]:
        tag = child.tag
        field = _INFO.get(tag)
        if field is not None:
            if field in found:
                raise _Odd
            found[field] = _text(child)
        else:
            field, read = _INFO_MANY[tag]
            many[field].append(read(child))
    for field in _INFO_TOKENS:
        if text := found.get(field):
            found[field] = " ".join(text.split())
    for field, instead in _INFO_BLANK.items():
        found[field] = found.get(field) or instead
    for field, values in many.items():
        found[field] = tuple(values)
    return Info(**found)


def _resource(element: Element) -> Resource:
    found = _texts(element, _RESOURCE)
    for field in ("mime_type", "uri", "digest"):
        if text := found.get(field):
            found[field] = " ".join(text.split())
    for field in ("desc", "mime_type"):
        found[field] = found.get(field) or ""
    if size := found.get("size"):
        found["size"] = int(_number(size))
    return Resource(**found)


def _texts(element: Element, fields: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element[:]:
        field = fields.get(child.tag)
        if field is None or field in found:
            raise _Odd
        found[field] = _text(child)
    return found


def _area(element: Element) -> AreaBlock:
    found: dict[str, str | None] = {}
    polygons, circles, geocodes = [], [], []
    for child in element[:]:
        tag = child.tag
        if tag == _GEOCODE:
            geocodes.append(_pair(child))
        elif tag == _POLYGON:
            if ring := split_places(_text(child) or "", field=""):
                polygons.append(ring)
        elif tag == _CIRCLE:
            circles.append(split_circle(_text(child) or "", field=""))
        elif (name := _AREA[tag]) in found:
            raise _Odd
        else:
            found[name] = _text(child)
    altitude, ceiling = found.get("altitude"), found.get("ceiling")
    return AreaBlock(
        desc=found.get("areaDesc") or "",
        polygons=tuple(polygons),
        circles=tuple(circles),
        geocodes=tuple(geocodes),
        altitude_ft=None if altitude is None else _number(altitude),
        ceiling_ft=None if ceiling is None else _number(ceiling),
    )


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Odd
    return value


_INFO_MANY: dict[str, tuple[str, Callable[[Element], Any]]] = {
    f"{{{NS}}}{name}": (field, read)
    for name, field, read in (
        ("category", "categories", _token),
        ("responseType", "response_types", _token),
        ("eventCode", "event_codes", _pair),
        ("parameter", "parameters", _pair),
        ("resource", "resources", _resource),
        ("area", "areas", _area),
    )
}
