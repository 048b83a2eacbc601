"""What the profiles share."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.warn.cap_rules.base import every, value
from tocsin.warn.cap_xml import Element


def pairs(element: Element, name: str) -> Iterator[tuple[str, str]]:
    """The ``valueName``/``value`` pairs of that kind."""
    return ((value(child, "valueName"), value(child, "value")) for child in every(element, name))


def values(element: Element, name: str, wanted: str) -> list[str]:
    """The values under one ``valueName``."""
    return [text for found, text in pairs(element, name) if found == wanted]
