"""Structural mutations of a full message: every element removed, repeated, moved, emptied or given a wrong value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

NS = "{urn:oasis:names:tc:emergency:cap:1.2}"
GOLDEN = Path(__file__).parents[1] / "golden" / "cap"
TIMES = ("sent", "effective", "onset", "expires")
WRONG = {
    "time": [
        "2024-01-04T20:58:00Z",
        "2024-01-04T20:58:00.0-00:00",
        "2024-02-30T20:58:00-00:00",
        "2024-01-04T24:00:00-00:00",
        "2024-01-04T24:00:01-00:00",
        "2024-01-04T20:58:00-14:01",
        "2024-01-04T20:58:00+14:00",
        "2024-01-04T20:58:00,00:00",
        "2024-01-04T20:58:60-00:00",
        "12024-01-04T20:58:00-00:00",
        " 2024-01-04T20:58:00-00:00 ",
        "2024-01-04",
        "now",
    ],
    "any": ["Actual", "Alert", "Public", "Likely", "Very Likely", " Likely", "likely", "None", "Unknown", "x", ""],
    "language": ["en", "en-US-x-private", "english language", "123456789", "i-klingon"],
    "number": ["-5", "+5", "1.5", "1e3", "NaN", " 7 ", "0x1", "."],
    "uri": ["https://x.example/ä ö", "%%%", "::", "http://[::1", "\\\\server"],
}


def mutations() -> Iterator[tuple[str, bytes]]:
    """``(name, bytes)``, the same every time."""
    source = (GOLDEN / "everything.xml").read_bytes()
    count = len(list(etree.fromstring(source).iter()))
    yield "untouched", source
    for index in range(1, count):
        yield from _moves(source, index)
        yield from _values(source, index)
    yield from _roots(source)


def _fresh(source: bytes, index: int) -> tuple[etree._Element, etree._Element, str]:
    root = etree.fromstring(source)
    element = list(root.iter())[index]
    return root, element, f"{index}:{element.tag.removeprefix(NS)}"


def _moves(source: bytes, index: int) -> Iterator[tuple[str, bytes]]:
    root, element, name = _fresh(source, index)
    parent = element.getparent()
    parent.remove(element)
    yield f"{name} removed", etree.tostring(root)
    for step in (1, 2, 4):
        root, element, name = _fresh(source, index)
        parent = element.getparent()
        parent.insert(min(parent.index(element) + step, len(parent) - 1), element)
        yield f"{name} moved down {step}", etree.tostring(root)
    root, element, name = _fresh(source, index)
    element.addnext(etree.fromstring(etree.tostring(element, with_tail=False)))
    yield f"{name} repeated", etree.tostring(root)
    root, element, name = _fresh(source, index)
    element.tag = f"{NS}unknown"
    yield f"{name} renamed", etree.tostring(root)
    root, element, name = _fresh(source, index)
    element.tag = element.tag.replace("1.2", "1.1")
    yield f"{name} of another version", etree.tostring(root)
    root, element, name = _fresh(source, index)
    element.set("nil", "true")
    yield f"{name} with an attribute", etree.tostring(root)
    root, element, name = _fresh(source, index)
    etree.SubElement(element, f"{NS}note").text = "x"
    yield f"{name} with a child", etree.tostring(root)


def _values(source: bytes, index: int) -> Iterator[tuple[str, bytes]]:
    _, element, name = _fresh(source, index)
    if len(element):
        return
    local = element.tag.removeprefix(NS)
    kinds = ["any"]
    kinds += ["time"] if local in TIMES else []
    kinds += ["language"] if local == "language" else []
    kinds += ["number"] if local in ("size", "altitude", "ceiling") else []
    kinds += ["uri"] if local in ("web", "uri") else []
    for kind in kinds:
        for value in WRONG[kind]:
            root, element, name = _fresh(source, index)
            element.text = value
            yield f"{name} = {value!r}", etree.tostring(root)


def _roots(source: bytes) -> Iterator[tuple[str, bytes]]:
    signature = b'<d:Signature xmlns:d="http://www.w3.org/2000/09/xmldsig#"><d:x/></d:Signature>'
    yield "signature last", source.replace(b"</alert>", signature + b"</alert>")
    yield "two signatures last", source.replace(b"</alert>", signature + signature + b"</alert>")
    yield "signature first", source.replace(b"<identifier>", signature + b"<identifier>")
    yield "foreign element last", source.replace(b"</alert>", b'<x xmlns="urn:x"/></alert>')
    yield "text between", source.replace(b"<info>", b"text<info>")
    yield "other root", source.replace(b"<alert ", b"<warning ").replace(b"</alert>", b"</warning>")
    yield "bare value as root", b'<value xmlns="urn:oasis:names:tc:emergency:cap:1.2">x</value>'
    yield "no namespace", source.replace(b' xmlns="urn:oasis:names:tc:emergency:cap:1.2"', b"")
    yield "no info", source[: source.index(b"<info>")] + b"</alert>"
    yield "not well-formed", source[:-5]
