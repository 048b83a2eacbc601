"""CAP 1.2 bytes → :class:`~tocsin.warn.alert.Alert`. Liberal: order, empty elements and odd white space are tolerated.

What is tolerated is named by :func:`tocsin.warn.cap_rules.check`; nothing that was understood is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, get_args

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Alert, AreaBlock, Info, MsgType, Resource, Scope, Status, Value
from tocsin.warn.cap_quick import quick_alert
from tocsin.warn.cap_values import not_cap, split_circle, split_items, split_places, split_references
from tocsin.warn.cap_xml import (
    MAX_BYTES,
    MAX_OWN_BYTES,
    NS,
    SIGNATURE,
    Element,
    alert_root,
    as_text,
    children,
    load,
    path_of,
    text_of,
)

_Shape = TypeVar("_Shape")

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
    return quick_alert(root) or careful_alert(root)


def careful_alert(root: Element) -> Alert:
    """The alert of a tree in which something may be odd: what :func:`quick_alert` leaves, and what it is held to."""
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
            raise not_cap(f"{name} stands {len(found)} times (rule 3).", path_of(found[1]), "Keep one of them.")
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
            raise not_cap(f"{name} is missing (rule 3).", f"{path_of(self.element)}/{name}", f"Add {name}.")
        return token

    def legal(self, name: str, values: tuple[Any, ...]) -> Any:
        token = self.required(name)
        if token not in values:
            raise not_cap(
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
            raise not_cap(f"{name} {token[:40]!r} is no number.", f"{path_of(self.element)}/{name}", "Write a decimal.")
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
            raise not_cap("A signature stands inside another element (rule 39).", path_of(signature), "Sign again.")
    for inner in root.iterdescendants(root.tag):
        raise not_cap("An alert stands inside the alert (rule 39).", path_of(inner), "Send each alert by itself.")


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
                    yield as_text(child)
                elif child.tag in nested:
                    below.append(child)
        level = below
