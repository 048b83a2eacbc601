"""CAP 1.2 bytes → :class:`~tocsin.warn.alert.Alert`. Liberal: order, empty elements and odd white space are tolerated.

What is tolerated is named by :func:`tocsin.warn.cap_rules.check`; nothing that was understood is dropped.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, get_args

import msgspec
from lxml import etree

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Alert, AreaBlock, Circle, Info, MsgType, Reference, Resource, Scope, Status, Value
from tocsin.warn.cap_xml import (
    MAX_BYTES,
    MAX_OWN_BYTES,
    NS,
    SIGNATURE,
    Element,
    alert_root,
    children,
    load,
    path_of,
    text_of,
)

_SHORT = 8192
"""Longest text of an outline that is kept."""
_Shape = TypeVar("_Shape")
_PLACES = msgspec.json.Decoder(tuple[tuple[float, float], ...])
_ITEMS = re.compile(r'"([^"]*)"|(\S+)')
_PLAIN = re.compile(r"[0-9+\-.,\s]*", re.ASCII)
# Written so that no digit can be matched in two ways: a megabyte of digits must not take a day to refuse.
_NUMBER = r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))"
_PLACE = re.compile(rf"{_NUMBER}\s*,\s*{_NUMBER}", re.ASCII)
_CIRCLE = re.compile(rf"\s*{_NUMBER}\s*,\s*{_NUMBER}\s+{_NUMBER}\s*", re.ASCII)

ALERT_CHILDREN: tuple[str, ...] = (
    "identifier",
    "sender",
    "sent",
    "status",
    "msgType",
    "source",
    "scope",
    "restriction",
    "addresses",
)
ALERT_CHILDREN += ("code", "note", "references", "incidents", "info")
INFO_CHILDREN: tuple[str, ...] = (
    "language",
    "category",
    "event",
    "responseType",
    "urgency",
    "severity",
    "certainty",
    "audience",
)
INFO_CHILDREN += ("eventCode", "effective", "onset", "expires", "senderName", "headline", "description", "instruction")
INFO_CHILDREN += ("web", "contact", "parameter", "resource", "area")
AREA_CHILDREN = ("areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling")
RESOURCE_CHILDREN = ("resourceDesc", "mimeType", "size", "uri", "derefUri", "digest")

_STATUS, _MSGTYPE, _SCOPE = get_args(Status), get_args(MsgType), get_args(Scope)
_ALERT, _INFO, _AREA, _RESOURCE, _PAIR = (
    {f"{{{NS}}}{name}": name for name in names}
    for names in (ALERT_CHILDREN, INFO_CHILDREN, AREA_CHILDREN, RESOURCE_CHILDREN, ("valueName", "value"))
)
"""Tags as lxml says them → names."""


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> Alert:
    """Read one CAP 1.2 message.

    Args:
        data: the message as it arrived.
        max_bytes: longest message that is read, in bytes.

    Raises:
        Invalid: not readable XML (TOC-3001); not CAP 1.2, a required element missing or a value that cannot be
            understood, such as an unknown ``msgType`` (TOC-3002).
    """
    return alert_of(load(data, max_bytes=max_bytes))


def parse_own(data: bytes) -> Alert:
    """Read a message of our own making, which may be longer than what is taken from others; see :func:`parse`."""
    return parse(data, max_bytes=MAX_OWN_BYTES)


def alert_of(root: Element) -> Alert:
    """The alert that a parsed tree holds; see :func:`parse`."""
    alert_root(root)
    _one_alert(root)
    strange: list[Element] = []
    found = _Fields(root, _ALERT, strange)
    return Alert(
        identifier=found.required("identifier"),
        sender=found.required("sender"),
        sent=found.required("sent"),
        status=found.legal("status", _STATUS),
        msg_type=found.legal("msgType", _MSGTYPE),
        source=found.text("source"),
        scope=found.legal("scope", _SCOPE),
        restriction=found.text("restriction"),
        addresses=split_items(found.text("addresses")),
        codes=found.tokens("code"),
        note=found.text("note"),
        references=split_references(found.text("references") or "", field="/alert/references"),
        incidents=split_items(found.text("incidents")),
        infos=tuple([_info(element, strange) for element in found.all("info")]),
        unknown=tuple(_unknown(root, strange)) if strange else (),
    )


def split_items(text: str | None) -> tuple[str, ...]:
    """Items separated by white space; an item with spaces stands in double quotes (rule 12)."""
    if not text:
        return ()
    return tuple(quoted or plain for quoted, plain in _ITEMS.findall(text) if quoted or plain)


def split_references(text: str, *, field: str) -> tuple[Reference, ...]:
    """White-space separated ``sender,identifier,sent`` triples (rule 13).

    Raises:
        Invalid: an item is not a triple (TOC-3002).
    """
    found = []
    for item in text.split():
        parts = item.split(",")
        if len(parts) != 3 or not all(parts):
            raise _not_cap(
                f"{item[:80]!r} is not sender,identifier,sent (rule 13).", field, "Write whole triples, space between."
            )
        found.append(Reference(sender=parts[0], identifier=parts[1], sent=parts[2]))
    return tuple(found)


def split_places(text: str, *, field: str) -> tuple[tuple[float, float], ...]:
    """``lat,lon`` pairs in degrees, separated by any run of white space (rule 31).

    Raises:
        Invalid: something in it is not a pair of numbers (TOC-3002).
    """
    return _kept_places(text, field) if len(text) <= _SHORT else _places(text, field)


def _places(text: str, field: str) -> tuple[tuple[float, float], ...]:
    if _PLAIN.fullmatch(text):  # no letter can hide here, so float() is safe, and several times faster than the rest
        with contextlib.suppress(msgspec.DecodeError):  # a plus sign or a bare point, which JSON does not know
            return _PLACES.decode(f"[[{'],['.join(text.split())}]]" if text.strip() else "[]")
        try:
            found = [(float(lat), float(lon)) for lat, lon in (item.split(",") for item in text.split())]
            return _finite(found, field)
        except ValueError:
            pass  # spaces around a comma, or nonsense: the careful way decides
    found = []
    at = 0
    text = text.strip()
    while at < len(text):
        pair = _PLACE.match(text, at)
        end = len(text) if pair is None else pair.end()
        if pair is None or (end < len(text) and not text[end].isspace()):
            raise _not_cap(f"{text[at : at + 40]!r} is not lat,lon (rule 31).", field, "Write pairs such as 50.1,36.2.")
        found.append((float(pair[1]), float(pair[2])))
        at = end
        while at < len(text) and text[at].isspace():
            at += 1
    return _finite(found, field)


_kept_places = lru_cache(maxsize=512)(_places)
"""The outlines of a city come again in every language of every message."""


def _finite(places: Iterable[tuple[float, float]], field: str) -> tuple[tuple[float, float], ...]:
    """The places, unless a number has so many digits that it is infinite."""
    if not all(math.isfinite(lat) and math.isfinite(lon) for lat, lon in places):
        raise _not_cap("A coordinate has hundreds of digits (rule 31).", field, "Write pairs such as 50.1,36.2.")
    return tuple(places)


def split_circle(text: str, *, field: str) -> Circle:
    """``lat,lon radius``: degrees, degrees, kilometres (rule 33).

    Raises:
        Invalid: it is not of that form (TOC-3002).
    """
    found = _CIRCLE.fullmatch(text)
    if found is None:
        raise _not_cap(f"{text[:60]!r} is not lat,lon radius (rule 33).", field, "Write e.g. 50.1,36.2 15.")
    lat, lon, radius = (float(number) for number in found.groups())
    _finite([(lat, lon), (radius, 0.0)], field)
    return Circle(lat=lat, lon=lon, radius_km=radius)


class _Fields:
    """The CAP children of one element by name; empty optional ones count as absent (rule 18).

    ``strange`` takes the children that are not known, so that only a message that has one is gone through once more.
    """

    __slots__ = ("element", "found")

    def __init__(self, element: Element, known: Mapping[str, str], strange: list[Element]) -> None:
        self.element = element
        self.found: dict[str, list[Element]] = {}
        found = self.found
        for child in element:
            name = known.get(child.tag)
            if name is None:
                strange.append(child)
            elif name in found:
                found[name].append(child)
            else:
                found[name] = [child]

    def all(self, name: str) -> Sequence[Element]:
        return self.found.get(name, ())

    def text(self, name: str) -> str | None:
        """Free text, verbatim; None when absent or blank."""
        found = self.found.get(name)
        if found is None:
            return None
        if len(found) > 1:
            raise _not_cap(f"{name} stands {len(found)} times (rule 3).", path_of(found[1]), "Keep one of them.")
        text = text_of(found[0])
        return text if text and not text.isspace() else None

    def token(self, name: str) -> str | None:
        text = self.text(name)
        return None if text is None else " ".join(text.split())

    def tokens(self, name: str) -> tuple[str, ...]:
        found = self.found.get(name)
        if found is None:
            return ()
        texts = (" ".join(text_of(element).split()) for element in found)
        return tuple([text for text in texts if text])

    def required(self, name: str) -> str:
        token = self.token(name)
        if token is None:
            raise _not_cap(f"{name} is missing (rule 3).", f"{path_of(self.element)}/{name}", f"Add {name}.")
        return token

    def legal(self, name: str, values: tuple[Any, ...]) -> Any:
        token = self.required(name)
        if token not in values:
            raise _not_cap(
                f"{name} {token[:40]!r} is not known; it is not read as anything else.",
                f"{path_of(self.element)}/{name}",
                f"Use one of {', '.join(values)}.",
            )
        return token

    def number(self, name: str) -> float | None:
        token = self.token(name)
        if token is None:
            return None
        try:
            value = float(token)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise _not_cap(
                f"{name} {token[:40]!r} is no number.", f"{path_of(self.element)}/{name}", "Write a decimal."
            )
        return value

    def pairs(self, name: str) -> tuple[Value, ...]:
        found = []
        for element in self.found.get(name, ()):
            pair = _Fields(element, _PAIR, [])  # what is strange in a pair is not kept
            found.append(Value(name=pair.token("valueName") or "", value=pair.text("value") or ""))
        return tuple(found)


def _info(element: Element, strange: list[Element]) -> Info:
    found = _Fields(element, _INFO, strange)
    return Info(
        language=found.token("language") or "en-US",
        categories=found.tokens("category"),
        event=found.text("event") or "",
        response_types=found.tokens("responseType"),
        urgency=found.token("urgency") or "",
        severity=found.token("severity") or "",
        certainty=found.token("certainty") or "",
        audience=found.text("audience"),
        event_codes=found.pairs("eventCode"),
        effective=found.token("effective"),
        onset=found.token("onset"),
        expires=found.token("expires"),
        sender_name=found.text("senderName"),
        headline=found.text("headline"),
        description=found.text("description"),
        instruction=found.text("instruction"),
        web=found.token("web"),
        contact=found.text("contact"),
        parameters=found.pairs("parameter"),
        resources=tuple([_resource(child, strange) for child in found.all("resource")]),
        areas=tuple([_area(child, strange) for child in found.all("area")]),
    )


def _resource(element: Element, strange: list[Element]) -> Resource:
    found = _Fields(element, _RESOURCE, strange)
    size = found.number("size")
    return Resource(
        desc=found.text("resourceDesc") or "",
        mime_type=found.token("mimeType") or "",
        size=None if size is None else int(size),
        uri=found.token("uri"),
        deref_uri=found.text("derefUri"),
        digest=found.token("digest"),
    )


def _area(element: Element, strange: list[Element]) -> AreaBlock:
    found = _Fields(element, _AREA, strange)
    return AreaBlock(
        desc=found.text("areaDesc") or "",
        polygons=tuple([ring for child in found.all("polygon") if (ring := _drawn(child, split_places, strange))]),
        circles=tuple([circle for child in found.all("circle") if (circle := _drawn(child, split_circle, strange))]),
        geocodes=found.pairs("geocode"),
        altitude_ft=found.number("altitude"),
        ceiling_ft=found.number("ceiling"),
    )


def _drawn(element: Element, read: Callable[..., _Shape], strange: list[Element]) -> _Shape | None:
    """The shape, or None for one that is no shape at all, which is strange: :func:`_unknown` then keeps its text."""
    try:
        return read(text_of(element), field="")  # the complaint is not kept, so its place need not be found
    except Invalid:
        strange.append(element)
        return None


def _one_alert(root: Element) -> None:
    """Refuse what a wrapping attack looks like (rule 39): a signature or an alert that does not stand at the top.

    Several signatures at the end are read, because Canadian messages carry the issuer's and the distributor's.
    They are never trusted: :func:`tocsin.warn.sign.verify` refuses such a message.
    """
    for signature in root.iter(SIGNATURE):
        if signature.getparent() is not root:
            raise _not_cap("A signature stands inside another element (rule 39).", path_of(signature), "Sign again.")
    for inner in root.iterdescendants(root.tag):
        raise _not_cap("An alert stands inside the alert (rule 39).", path_of(inner), "Send each alert by itself.")


def _unknown(root: Element, strange: list[Element]) -> Iterable[str]:
    """Elements that this version does not understand, as XML text, a level at a time in document order."""
    kept = {id(element) for element in strange}  # they are held by the list, so that no id is used again
    nested = {f"{{{NS}}}{name}" for name in ("info", "area", "resource")}
    level = [root]
    while level:
        below = []
        for element in level:
            for child in children(element):
                if id(child) in kept:
                    yield _as_text(child)
                elif child.tag in nested:
                    below.append(child)
        level = below


def _as_text(element: Element) -> str:
    try:
        return str(etree.tostring(element, method="c14n", exclusive=True, with_comments=False).decode("utf-8"))
    except etree.C14NError:  # a namespace that is no absolute URI has no canonical form
        return str(etree.tostring(element, encoding="unicode", with_tail=False))


def _not_cap(message: str, field: str, remedy: str) -> Invalid:
    return Invalid("TOC-3002", message, field=field, remedy=remedy)
