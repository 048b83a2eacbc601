"""What the profiles share."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.warn.cap_rules.base import Finding, every, value
from tocsin.warn.cap_xml import Element


def pairs(element: Element, name: str) -> Iterator[tuple[str, str]]:
    """The ``valueName``/``value`` pairs of that kind."""
    return ((value(child, "valueName"), value(child, "value")) for child in every(element, name))


def values(element: Element, name: str, wanted: str) -> list[str]:
    """The values under one ``valueName``."""
    return [text for found, text in pairs(element, name) if found == wanted]


def feed_error(path: str, message: str) -> Finding:
    """A finding about a feed that forbids use under the profile."""
    return Finding(rule=44, path=path, message=message, severity="error")


def feed_warning(path: str, message: str) -> Finding:
    """A finding about a feed that a person should see."""
    return Finding(rule=44, path=path, message=message, severity="warning")
