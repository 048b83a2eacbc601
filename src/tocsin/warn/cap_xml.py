"""Bytes from outside become an XML tree here and nowhere else in the warn room.

No DTD, no entity, no network, no XInclude; size and depth are bounded (CAP rule 39). Comments are dropped while
parsing, so that a comment slipped into a signed text cannot split what is read from what was signed.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml import etree

from tocsin.core.errors import Invalid

Element = Any
"""An lxml element; lxml carries no types that mypy could use."""

NS = "urn:oasis:names:tc:emergency:cap:1.2"
DS = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE = f"{{{DS}}}Signature"
MAX_BYTES = 1_000_000
MAX_OWN_BYTES = 10_000_000
"""Longest message of our own that is handled, in bytes: a warning for a whole country in many languages."""
MAX_DEPTH = 32
MAX_CHILDREN = 10_000
"""Most elements in one: to say where the last of a hundred thousand faults stands takes minutes."""

OLD_VERSIONS = {
    "http://www.incident.com/cap/1.0": "CAP 1.0",
    "urn:oasis:names:tc:emergency:cap:1.0": "CAP 1.0",
    "urn:oasis:names:tc:emergency:cap:1.1": "CAP 1.1",
}
_CONTAINERS = {
    "{http://www.w3.org/2005/Atom}feed": "an Atom feed",
    "rss": "an RSS feed",
    f"{{{NS}}}alerts": "a list of several alerts",
    "{urn:oasis:names:tc:emergency:EDXL:DE:1.0}EDXLDistribution": "an EDXL distribution envelope",
}
# Every encoding here is a superset of ASCII, so that the byte search for a DTD below cannot be evaded.
_ENCODINGS = re.compile(r"utf-?8|(us-)?ascii|latin1|iso-8859-\d\d?|windows-125[0-8]|koi8-[ru]")
_DECLARED = re.compile(rb"""^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_FIRST_ELEMENT = re.compile(rb"<[A-Za-z_:\x80-\xff]")
_OWN = threading.local()
_TOO_DEEP = etree.XPath("boolean(" + "*/" * MAX_DEPTH + "*)")
_SHORTEST = len(b"<a/>")
"""Bytes of the shortest element: a document too short to hold so many is not counted through."""
_TOO_WIDE = etree.XPath(f"boolean(descendant-or-self::*[count(*) > {MAX_CHILDREN}])")


def _unreadable(message: str, remedy: str) -> Invalid:
    return Invalid("TOC-3001", message, field="document", remedy=remedy)


def _refuse_by_bytes(data: bytes, max_bytes: int) -> bytes:
    if len(data) > max_bytes:
        raise _unreadable(
            f"The document has {len(data)} bytes, more than the {max_bytes} that are read (rule 39).",
            "Send large media by link (uri), not inside the message (derefUri).",
        )
    body = data.removeprefix(b"\xef\xbb\xbf")
    start = body[:1] if body[:1] == b"<" else body.lstrip()[:1]
    if not start:
        raise _unreadable("The document is empty.", "Send one CAP 1.2 alert as XML.")
    if start != b"<" or b"\x00" in body:
        raise _unreadable(
            "The document is not XML in UTF-8 or ISO-8859-1 (rule 2).", "Save it as XML in UTF-8 and send it again."
        )
    declared = _DECLARED.match(body)
    if declared is not None and not _read_here(declared[1]):
        raise _unreadable(
            f"The encoding {declared[1].decode('ascii')} is not read (rule 2).", "Save the document in UTF-8."
        )
    first = _FIRST_ELEMENT.search(body)
    if body.find(b"<!DOCTYPE", 0, None if first is None else first.start()) >= 0:
        raise _no_dtd()
    return body


@lru_cache(maxsize=16)
def _read_here(encoding: bytes) -> bool:
    return _ENCODINGS.fullmatch(encoding.decode("ascii").lower()) is not None


def _no_dtd() -> Invalid:
    return _unreadable("The document carries a DTD (rule 39).", "Remove the DOCTYPE and every entity; CAP needs none.")


def _parser() -> Any:
    """One parser a thread: to make one takes as long as to read a short message."""
    made = getattr(_OWN, "parser", None)
    if made is None:
        made = _OWN.parser = etree.XMLParser(
            resolve_entities=False,
            load_dtd=False,
            dtd_validation=False,
            attribute_defaults=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            recover=False,
        )
    return made


def load(data: bytes, *, max_bytes: int = MAX_BYTES) -> Element:
    """Parse untrusted bytes into the root element of a tree.

    Args:
        data: the document, UTF-8 or, when it says so, ISO-8859-1 and its relatives.
        max_bytes: longest document that is read, in bytes.

    Raises:
        Invalid: not well-formed, too large, too deep, with a DTD, or in another encoding (TOC-3001).
    """
    body = _refuse_by_bytes(data, max_bytes)
    try:
        root = etree.fromstring(body, _parser())
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise _unreadable(
            f"The document is not well-formed XML: {fault}.", "Correct the XML; the message names line and column."
        ) from fault
    if root.getroottree().docinfo.internalDTD is not None:
        raise _no_dtd()
    if _TOO_DEEP(root):
        raise _unreadable(
            f"The document is nested deeper than {MAX_DEPTH} levels (rule 39).",
            "Send the alert alone; CAP needs 5 levels.",
        )
    if len(body) >= MAX_CHILDREN * _SHORTEST and _TOO_WIDE(root):
        raise _unreadable(
            f"An element holds more than {MAX_CHILDREN} others (rule 39).", "Divide the message, or draw simpler areas."
        )
    return root


def alert_root(root: Element) -> Element:
    """The root, if it is a CAP 1.2 alert.

    Raises:
        Invalid: an older CAP, a feed, an envelope or something else, by name (TOC-3002).
    """
    tag = str(root.tag)
    if tag == f"{{{NS}}}alert":
        return root
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    if namespace in OLD_VERSIONS:
        what = f"This is {OLD_VERSIONS[namespace]}, which is not read as CAP 1.2 (rule 1)."
        remedy = "Ask the sender for CAP 1.2, or convert the message by hand."
    elif tag in _CONTAINERS:
        what = f"This is {_CONTAINERS[tag]}, not one CAP 1.2 alert (rule 1)."
        remedy = "Take the alerts out of it and give them one by one."
    else:
        what = f"The root element is {tag}, not {{{NS}}}alert (rule 1)."
        remedy = f'Begin the message with <alert xmlns="{NS}">.'
    raise Invalid("TOC-3002", what, field="/" + tag.rpartition("}")[2], remedy=remedy)


def local(element: Element) -> str:
    """The element's name without its namespace; "" for a processing instruction."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def cap_name(element: Element) -> str:
    """The local name of an element of the CAP 1.2 namespace, else ""."""
    tag = element.tag
    return tag[len(NS) + 2 :] if isinstance(tag, str) and tag.startswith(f"{{{NS}}}") else ""


def children(element: Element) -> Iterator[Element]:
    """The child elements, without processing instructions."""
    return (child for child in element if isinstance(child.tag, str))


def text_of(element: Element) -> str:
    """All character data below the element, verbatim, without processing instructions."""
    if len(element) == 0:
        return element.text or ""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            parts.append(text_of(child))
        parts.append(child.tail or "")
    return "".join(parts)


def as_text(element: Element) -> str:
    """The element with all below it as XML text, in canonical form where it has one."""
    try:
        return str(etree.tostring(element, method="c14n", exclusive=True, with_comments=False).decode("utf-8"))
    except etree.C14NError:  # a namespace that is no absolute URI has no canonical form
        return str(etree.tostring(element, encoding="unicode", with_tail=False))


@lru_cache(maxsize=256)
def _elder(tag: str) -> Any:
    """Counts the elder siblings of that name without making Python objects of them: floods hold a hundred thousand."""
    namespace, _, name = tag.rpartition("}")
    known = {"p": namespace[1:]} if namespace else None
    return etree.XPath(f"count(preceding-sibling::{'p:' if known else ''}{name})", namespaces=known)


def path_of(element: Element) -> str:
    """Where the element stands, as ``/alert/info[1]/area[2]``; a name that is alone gets no number."""
    steps: list[str] = []
    here = element
    while here is not None:
        parent = here.getparent()
        step = local(here)
        if parent is not None:
            before = int(_elder(here.tag)(here)) if isinstance(here.tag, str) else 0
            alone = before == 0 and next(here.itersiblings(here.tag), None) is None
            if not alone or step in ("info", "area", "polygon", "circle"):
                step = f"{step}[{before + 1}]"
        steps.append(step)
        here = parent
    return "/" + "/".join(reversed(steps))
