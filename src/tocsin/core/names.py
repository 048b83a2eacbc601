"""Names that a file gives to areas, sirens and shelters, in one form for all of them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from tocsin.core.finding import Findings

NAME_LIMIT = 120
"""Characters of a name."""

_TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def read_names(
    properties: dict[str, Any], path: str, found: Findings, *, code: str = "TOC-2005", what: str = "area"
) -> dict[str, str]:
    """Language → name, from ``names``, ``name_xx``, ``name:xx`` and ``name`` (language unknown: ``und``).

    Args:
        properties: of the thing that is named.
        path: of the properties in the file, for findings.
        found: takes what is wrong, under ``code``.
        what: the thing, in a word.
    """
    given = properties.get("names", {})
    pairs: list[tuple[str, str, Any]] = []
    if isinstance(given, dict):
        pairs += [(f"{path}.names.{tag}", str(tag), name) for tag, name in given.items()]
    for key, name in properties.items():
        if key[:5] in ("name_", "name:"):
            pairs.append((f"{path}.{key}", key[5:], name))
    if "name" in properties:
        pairs.append((f"{path}.name", "und", properties["name"]))
    names: dict[str, str] = {}
    for where, raw_tag, name in pairs:
        tag = raw_tag.replace("_", "-").lower()
        if not _TAG.fullmatch(tag) or not isinstance(name, str) or not printable(name):
            message = f"{name!r} in language {raw_tag!r} is not a usable name."
            remedy = f"Give text of at most {NAME_LIMIT} characters under a tag such as en or pt-br."
            found.add(code, where, "", message, remedy)
        else:
            names.setdefault(tag, name.strip())
    if not names or not isinstance(given, dict):
        found.add(code, f"{path}.names", "", f"The {what} has no name.", 'Add "names": {"en": "…"}.')
    return names


def printable(text: str) -> bool:
    """Neither empty nor long, without control characters and without marks that turn the direction of what follows."""
    return 0 < len(text.strip()) <= NAME_LIMIT and not any(
        unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") or char in _TURNING for char in text
    )
