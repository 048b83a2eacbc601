"""The vault in plain Python: for one process that keeps nothing, and the measure of every other adapter."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from typing import cast

import msgspec

from tocsin.core.errors import Invalid

LARGEST = 64 * 1024
"""Bytes that one sealed document may have, as JSON."""


def new_reference() -> str:
    """128 random bits in hex: nobody guesses it, and it says nothing of what lies behind it."""
    return secrets.token_hex(16)


def sealed_text(document: Mapping[str, object]) -> str:
    """The JSON text under which a document is kept.

    Raises:
        Invalid: it has no JSON form, or is larger than :data:`LARGEST` (TOC-6003). Nothing of it is repeated.
    """
    try:
        text = msgspec.json.encode(dict(document)).decode()
    except (TypeError, ValueError, RecursionError) as fault:
        raise _unusable("has no JSON form") from fault
    if len(text.encode()) > LARGEST:
        raise _unusable(f"is larger than {LARGEST // 1024} KiB")
    return text


def _unusable(why: str) -> Invalid:
    return Invalid(
        "TOC-6003",
        f"What is to be sealed {why}.",
        field="sealed",
        remedy="Seal words and numbers only, and files as evidence.",
    )


def document_of(text: str) -> Mapping[str, object]:
    """The document behind a sealed text."""
    return cast("dict[str, object]", msgspec.json.decode(text))


class MemoryVault:
    """A :class:`tocsin.core.ports.Vault` that lives as long as its process. Safe between threads."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def keep(self, kind: str, document: Mapping[str, object]) -> str:
        """Keep a JSON document; its new reference.

        Raises:
            Invalid: it cannot be kept (TOC-6003).
        """
        text = sealed_text(document)
        with self._lock:
            reference = new_reference()
            self._kept[reference] = (kind, text)
        return reference

    def open(self, reference: str) -> Mapping[str, object] | None:
        """The document, or None when it was erased or never kept."""
        found = self._kept.get(reference)
        return document_of(found[1]) if found is not None and found[1] else None

    def open_all(self, kind: str) -> Mapping[str, Mapping[str, object]]:
        """Every document of a kind by its reference."""
        with self._lock:
            mine = [(ref, text) for ref, (other, text) in self._kept.items() if other == kind and text]
        return {reference: document_of(text) for reference, text in mine}

    def erase(self, reference: str) -> None:
        """Forget the document; the reference stays and opens to nothing."""
        with self._lock:
            found = self._kept.get(reference)
            if found is not None:
                self._kept[reference] = (found[0], "")
