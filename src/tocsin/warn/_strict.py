"""Strict reading of the JSON files that come with a city or a night: an error names the field."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from tocsin.core.errors import Invalid

T = TypeVar("T")
_PATH = re.compile(r" - at `\$?\.?(.*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


def decode(data: bytes, kind: type[T], *, code: str, what: str) -> T:
    """``data`` as ``kind``.

    Raises:
        Invalid: with ``code`` and the path of the field at fault.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        text = str(fault)
        found = _PATH.search(text)
        path = found.group(1) if found else ""
        extra = _UNKNOWN.search(text)
        if extra:
            path = f"{path}.{extra.group(1)}".lstrip(".")
        message = f"{what} cannot be read: {_PATH.sub('', text)}."
        raise Invalid(
            code, message, field=path or "file", remedy="Correct the field; the how-to guide shows the form."
        ) from fault
