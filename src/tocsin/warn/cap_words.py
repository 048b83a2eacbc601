"""The words of a message of our own, without its outlines: what people are shown, read in a third of the time."""

from __future__ import annotations

from typing import Any

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
