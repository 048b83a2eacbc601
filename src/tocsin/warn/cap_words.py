"""The words of a message of our own, without its outlines: what people are shown, read in a fraction of the time."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import unescape

import msgspec

from tocsin.core.errors import Invalid
from tocsin.warn.cap_xml import MAX_OWN_BYTES, NS, alert_root, load

_CAP = f"{{{NS}}}"
_TEXTS = tuple((name, _CAP + name) for name in ("language", "headline", "description", "instruction"))
_HEAD = (
    ("identifier", _CAP + "identifier"),
    ("sent", _CAP + "sent"),
    ("status", _CAP + "status"),
    ("msg_type", _CAP + "msgType"),
)
_BEGINNING = f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="{NS}">\n  <identifier>'.encode()
_SPOKEN = re.compile(r"<(identifier|sent|status|msgType|info|language|headline|description|instruction)>(?:([^<]*)</)?")
_WRITTEN = re.compile(
    re.escape(_BEGINNING)
    + rb"(?:[^<>&\r]++|</?[A-Za-z]++>|&(?:amp|lt|gt|#13);)*+(?:<ds:Signature (?:[^<\r]++|<(?!!))*+)?\Z"
)
"""No attribute, empty tag, comment, section or instruction, no escapes but the writer's; at its end the signature."""
_OF_HEAD = frozenset(("identifier", "sent", "status", "msgType"))
_LINES = _OF_HEAD | {"language"}
"""Of which a parser would take off the blanks around."""
_NOTHING = {"language": "en-US", "headline": "", "description": "", "instruction": ""}


class InfoWords(msgspec.Struct, frozen=True, kw_only=True):
    """The texts of one ``info``; "" for one that is absent."""

    language: str
    headline: str
    description: str
    instruction: str


class AlertWords(msgspec.Struct, frozen=True, kw_only=True):
    """The identity of a message and the texts of its infos, in order."""

    identifier: str
    sent: str
    status: str
    msg_type: str
    infos: tuple[InfoWords, ...]


def words_of(data: bytes) -> AlertWords:
    """The words of a message that Tocsin wrote; :func:`tocsin.warn.cap_read.parse_own` reads all of it.

    Raises:
        Invalid: not readable XML (TOC-3001), not CAP 1.2, or without identifier, sent, status or msgType (TOC-3002).
    """
    return _as_written(data) or _parsed(data)


def _parsed(data: bytes) -> AlertWords:
    root = alert_root(load(data, max_bytes=MAX_OWN_BYTES))
    head = {name: " ".join((root.findtext(tag) or "").split()) for name, tag in _HEAD}
    for name, tag in _HEAD:
        if not head[name]:
            what = tag.removeprefix(_CAP)
            raise Invalid(
                "TOC-3002", f"{what} is missing (rule 3).", field=f"/alert/{what}", remedy="Use the bytes as issued."
            )
    return AlertWords(infos=tuple([_info(info) for info in root.iterchildren(_CAP + "info")]), **head)


def _info(info: Any) -> InfoWords:
    said = {name: info.findtext(tag) or "" for name, tag in _TEXTS}
    said["language"] = " ".join(said["language"].split()) or "en-US"
    return InfoWords(**said)


def _as_written(data: bytes) -> AlertWords | None:
    """The words of a message that looks like one that ``cap_write`` wrote, taken from its text: no comment, no other
    name space than CAP's and the signature's, no escapes but the writer's. None where only a parser can tell; whether
    all its tags are closed is not looked at.
    """
    if not data.endswith(b"</alert>\n") or _WRITTEN.match(data) is None:
        return None
    try:
        text, _, behind = data.decode().partition("<ds:Signature ")
    except UnicodeDecodeError:
        return None
    return None if "<info" in behind else _spoken(text)


def _spoken(text: str) -> AlertWords | None:
    """The words in a text of plain tags; None where one stands twice or where it does not belong."""
    head: dict[str, str] = {}
    infos: list[dict[str, str]] = []
    for name, said in ((found[1], found[2]) for found in _SPOKEN.finditer(text)):
        here = infos[-1] if infos else head
        if name == "info":
            infos.append({})
        elif said is None or name in here or (infos and name in _OF_HEAD) or (name in _LINES and not _bare(said)):
            return None
        else:
            here[name] = unescape(said, {"&#13;": "\r"}) if "&" in said else said
    named = {name: head.get(tag.removeprefix(_CAP), "") for name, tag in _HEAD}
    if not all(named.values()):
        return None
    return AlertWords(infos=tuple([InfoWords(**_NOTHING | info) for info in infos]), **named)


def _bare(said: str) -> bool:
    """Whether a parser would take nothing off it."""
    return bool(said) and said == " ".join(said.split()) and "&" not in said
