"""What a city's ``city.json`` says: who speaks, in which languages, where and by which clock."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tocsin.core.area import Box
from tocsin.core.errors import Invalid
from tocsin.core.time import zone as zone_of
from tocsin.warn._strict import decode
from tocsin.warn.words import languages

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Names = Annotated[dict[str, str], msgspec.Meta(min_length=1)]


class City(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One city.

    Attributes:
        id: equal to the name of its folder.
        names: language → name.
        root: id of the area on top of its tree.
        zone: IANA time zone.
        sender: CAP ``sender``; no spaces, commas, ``<`` or ``&``.
        sender_name: language → who speaks; of a demonstration it says so.
        languages: every message is written in these, the first one first.
        within: west, south, east, north in degrees; every area lies inside.
        demo: a demonstration. Its sender is under ``.invalid`` and it never reaches a real person.
        note: for people who read the file.
    """

    id: Id
    names: Names
    root: Id
    zone: str
    sender: Annotated[str, msgspec.Meta(pattern=r"^[^\s,<&]+$")]
    sender_name: Names
    languages: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    within: Box
    demo: bool = False
    note: str = ""


def read_city(data: bytes) -> City:
    """The city.

    Raises:
        Invalid: malformed or contradicting itself (TOC-8001), with the field at fault.
    """
    city = decode(data, City, code="TOC-8001", what="The city file")
    zone_of(city.zone)
    missing = [tag for tag in city.languages if tag not in city.sender_name or tag not in city.names]
    if missing:
        raise _bad("sender_name", f"{', '.join(missing)} is a language of the city without a name or sender name.")
    if city.demo and not city.sender.endswith(".invalid"):
        raise _bad("sender", "A demonstration must not use an address that can exist.", "End it with .invalid.")
    west, south, east, north = city.within
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90):
        raise _bad("within", "The box is not west, south, east, north in degrees.")
    return city


def check_languages(city: City) -> None:
    """Whether warnings can be written in every language of the city.

    Apart from :func:`read_city`, so that a home folder with such a fault can still be read and mended.

    Raises:
        Invalid: a language without agreed texts, in which nothing could be warned of (TOC-8001).
    """
    silent = [tag for tag in city.languages if tag not in languages()]
    if silent:
        raise _bad(
            "languages",
            f"There are no agreed texts in {', '.join(silent)}: no warning could go out.",
            f"Use those that there are ({', '.join(sorted(languages()))}), or add the language first: "
            "docs/how-to/add-a-language.md.",
        )


def _bad(field: str, message: str, remedy: str = "Correct the file.") -> Invalid:
    return Invalid("TOC-8001", message, field=field, remedy=remedy)
