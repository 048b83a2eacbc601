"""What stands inside one element of a CAP message: lists, references, outlines and circles, text → values."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from tocsin.core.errors import Invalid
from tocsin.warn.alert import Circle, Reference

_SHORT = 8192
"""Longest text of an outline that is kept."""
_PLACES = msgspec.json.Decoder(tuple[tuple[float, float], ...])
_ITEMS = re.compile(r'"([^"]*)"|(\S+)')
_PLAIN = b"0123456789+-., \t\n\r\f\v"
# Written so that no digit can be matched in two ways: a megabyte of digits must not take a day to refuse.
_NUMBER = r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))"
_PLACE = re.compile(rf"{_NUMBER}\s*,\s*{_NUMBER}", re.ASCII)
_CIRCLE = re.compile(rf"\s*{_NUMBER}\s*,\s*{_NUMBER}\s+{_NUMBER}\s*", re.ASCII)


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
            raise not_cap(
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
    if not text.encode("utf-8", "replace").translate(None, _PLAIN):
        # No letter can hide here, so float() is safe, and several times faster than the rest.
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
            raise not_cap(f"{text[at : at + 40]!r} is not lat,lon (rule 31).", field, "Write pairs such as 50.1,36.2.")
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
        raise not_cap("A coordinate has hundreds of digits (rule 31).", field, "Write pairs such as 50.1,36.2.")
    return tuple(places)


def split_circle(text: str, *, field: str) -> Circle:
    """``lat,lon radius``: degrees, degrees, kilometres (rule 33).

    Raises:
        Invalid: it is not of that form (TOC-3002).
    """
    found = _CIRCLE.fullmatch(text)
    if found is None:
        raise not_cap(f"{text[:60]!r} is not lat,lon radius (rule 33).", field, "Write e.g. 50.1,36.2 15.")
    lat, lon, radius = (float(number) for number in found.groups())
    _finite([(lat, lon), (radius, 0.0)], field)
    return Circle(lat=lat, lon=lon, radius_km=radius)


def not_cap(message: str, field: str, remedy: str) -> Invalid:
    """The complaint of the reader: what is wrong, where, and what to do (TOC-3002)."""
    return Invalid("TOC-3002", message, field=field, remedy=remedy)
