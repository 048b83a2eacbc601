"""Which languages the pages speak: English, and every language that has a catalogue in ``locale``."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf.locale import LANG_INFO

from tocsin.core.errors import Invalid

LOCALE = Path(__file__).parent / "locale"
SOURCE = "en"
"""The language that the code is written in; it needs no catalogue."""


def catalogues() -> dict[str, Path]:
    """Language tag → its catalogue, sorted by tag."""
    return {path.parts[-3].replace("_", "-").lower(): path for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))}


def languages() -> tuple[tuple[str, str], ...]:
    """``(tag, own name)`` of every language, English first.

    Raises:
        Invalid: a catalogue was not compiled, so its language would silently be English (TOC-8001).
    """
    found = [(SOURCE, own_name(SOURCE, ""))]
    for tag, path in catalogues().items():
        if not path.with_suffix(".mo").exists():
            raise Invalid(
                "TOC-8001", f"The catalogue {tag} is not compiled.", field=str(path), remedy="Run `make setup`."
            )
        if tag != SOURCE:
            found.append((tag, own_name(tag, header(path, "X-Language-Name"))))
    return tuple(found)


def own_name(tag: str, fallback: str) -> str:
    """What a language calls itself: as Django knows it, else as its catalogue says, else its tag."""
    known = LANG_INFO.get(tag, {})
    name = str(known.get("name_local", "")) or fallback or tag
    return name[:1].upper() + name[1:]


def header(path: Path, name: str) -> str:
    """One line of a catalogue's header, or ""."""
    # The header is the first entry; names are followed by a colon, lines end in \n inside the quotes.
    top = path.read_text(encoding="utf-8").split("\n\n", maxsplit=1)[0]
    found = re.search(rf'^"{re.escape(name)}: (.*)\\n"$', top, re.MULTILINE)
    return found[1] if found else ""
