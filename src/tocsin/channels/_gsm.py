"""A text as the short messages that carry it (3GPP TS 23.038 and 23.040). Pure.

In the GSM alphabet a message holds 160 septets, in parts 153; in UCS-2, for everything else, 70 and 67 units of
16 bits. No part ends inside a character: neither between an escape and its letter, nor inside a surrogate pair.
"""

from __future__ import annotations

import secrets

from smpplib.consts import SMPP_ENCODING_DEFAULT, SMPP_ENCODING_ISO10646
from smpplib.gsm import gsm_encode

MOST_PARTS = 6
"""Parts that one notice may take; a longer text is cut at a word, and says so with three dots."""

_OCTETS = {SMPP_ENCODING_DEFAULT: (160, 153), SMPP_ENCODING_ISO10646: (140, 134)}
"""Octets of the body in a message alone and in a part; a septet travels as one octet."""

_TYPED = str.maketrans(
    {"–": "-", "—": "-", "“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "…": "...", "\u00a0": " "}
)
"""What an editor put in the place of plain characters, and what would make a text three times as long."""


def split(text: str, *, ucs2: bool = False) -> tuple[int, list[bytes]]:
    """``(data_coding, bodies)``; the bodies of more than one begin with the header that joins them.

    Args:
        text: what is to be said.
        ucs2: whether to leave the GSM alphabet out, for a centre whose default alphabet is another.
    """
    plain = text.translate(_TYPED)
    coding, letters = SMPP_ENCODING_DEFAULT, None if ucs2 else _gsm(plain)
    if letters is None:
        coding, letters = SMPP_ENCODING_ISO10646, [letter.encode("utf-16-be") for letter in text]
    alone, part = _OCTETS[coding]
    if sum(map(len, letters)) <= alone:
        return coding, [b"".join(letters)]
    bodies = _fill(letters, part)
    if len(bodies) > MOST_PARTS:
        return split(_shorter(plain if coding == SMPP_ENCODING_DEFAULT else text, letters, part), ucs2=ucs2)
    reference = secrets.randbelow(256)
    return coding, [bytes((5, 0, 3, reference, len(bodies), n)) + body for n, body in enumerate(bodies, 1)]


def _gsm(text: str) -> list[bytes] | None:
    """Each character in the GSM alphabet, or None when one is not in it."""
    if "`" in text:  # the library's table has it for an empty place
        return None
    try:
        return [gsm_encode(letter) for letter in text]
    except UnicodeError:
        return None


def _fill(letters: list[bytes], size: int) -> list[bytes]:
    bodies, open_body = [], b""
    for letter in letters:
        if len(open_body) + len(letter) > size:
            bodies.append(open_body)
            open_body = b""
        open_body += letter
    return [*bodies, open_body]


def _shorter(text: str, letters: list[bytes], part: int) -> str:
    """The text cut so that it fits in the parts allowed, with room for the dots and for what letters leave unused."""
    room, fits = MOST_PARTS * (part - 4) - 8, 0
    for letter in letters:
        room -= len(letter)
        if room < 0:
            break
        fits += 1
    return text[:fits].rpartition(" ")[0].rstrip(" .,;:") + "..."
