"""The hash chain of the ledger and its signed heads. Pure.

The hash of an entry is SHA-256 over the RFC 8785 canonical JSON of ``{"event": …, "prev": …, "seq": …}``. Because the
canonical form sorts its keys, the canonical text of the event stands in it unchanged: what is stored is what was
hashed, byte for byte, and checking needs no second serialisation.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tocsin.core.errors import Broken, Invalid
from tocsin.core.event import Entry, Event, canonical
from tocsin.core.ids import key_id
from tocsin.core.ports import Checkpoint

ID_BYTES = 200
SUBJECT_BYTES = 1000
"""Longest event id (and kind) and subject in UTF-8: what every database can hold in an index."""

_EXACT = 2**53 - 1
_EVENT = msgspec.json.Decoder(Event)


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it lies in a table or a file. ``text`` is the canonical JSON of the event."""

    seq: int
    prev: str
    hash: str
    text: str

    def entry(self) -> Entry:
        """The entry with its event read.

        Raises:
            Broken: the text is not an event (TOC-7001).
        """
        return Entry(seq=self.seq, prev=self.prev, hash=self.hash, event=event_of(self.text, self.seq))


def event_text(event: Event) -> str:
    """The canonical JSON of an event that is fit to be recorded.

    Raises:
        Invalid: a value has no canonical JSON, the time no offset, or id, kind or subject is unusable (TOC-7005).
    """
    if event.at.tzinfo is None:
        raise _unfit(event, "at", "its time has no offset")
    names = (("id", event.id, ID_BYTES), ("kind", event.kind, ID_BYTES), ("subject", event.subject, SUBJECT_BYTES))
    for field, text, most in names:
        if not text or "\0" in text or len(text.encode("utf-8", "replace")) > most:
            raise _unfit(event, field, f"its {field} is not 1 to {most} bytes of text")
    try:
        return canonical(event).decode()
    except (rfc8785.CanonicalizationError, UnicodeError, TypeError, RecursionError) as fault:
        raise _unfit(event, "body", f"it has no canonical JSON: {fault}") from fault


def _unfit(event: Event, field: str, why: str) -> Invalid:
    return Invalid(
        "TOC-7005",
        f"An event of kind {event.kind[:80]!r} cannot be recorded: {why}.",
        field=field,
        remedy="Send plain JSON: texts, numbers below 2^53, no NaN, an instant with its offset.",
    )


def event_of(text: str | bytes, seq: int = 0) -> Event:
    """Read an event back from its canonical text.

    Raises:
        Broken: the text is not an event (TOC-7001).
    """
    try:
        event = _EVENT.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise Broken(
            "TOC-7001",
            f"Entry {seq} cannot be read: {fault}.",
            field=str(seq),
            remedy="Run `tocsin ledger verify` and restore the ledger from a backup.",
        ) from fault
    if _holds_long(event.body):
        # Canonical JSON writes the float 1e20 like an integer; integers themselves end at 2^53.
        event = msgspec.structs.replace(event, body=_floats(event.body))
    return event


def _holds_long(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_long, value.values()))
    if isinstance(value, list):
        return any(map(_holds_long, value))
    return type(value) is int and abs(value) > _EXACT


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return float(value) if type(value) is int and abs(value) > _EXACT else value


def seal(seq: int, prev: str, text: str) -> str:
    """The hash of an entry, in hex, from its number, the previous hash and the canonical text of its event."""
    whole = f'{{"event":{text},"prev":"{prev}","seq":{seq}}}'
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def write(prev_seq: int, prev_hash: str, events: Sequence[Event]) -> list[Stored]:
    """Put events behind a head, ready to be stored.

    Raises:
        Invalid: an event is not fit to be recorded (TOC-7005).
    """
    rows = []
    for seq, event in enumerate(events, prev_seq + 1):
        text = event_text(event)
        rows.append(Stored(seq=seq, prev=prev_hash, hash=seal(seq, prev_hash, text), text=text))
        prev_hash = rows[-1].hash
    return rows


def link(prev_seq: int, prev_hash: str, events: Sequence[Event]) -> list[Entry]:
    """Put events behind a head. The entries hold exactly what a later reading gives: plain JSON, lists for tuples.

    Raises:
        Invalid: an event is not fit to be recorded (TOC-7005).
    """
    return [row.entry() for row in write(prev_seq, prev_hash, events)]


def stored_of(entry: Entry) -> Stored:
    """The stored form of an entry, its text made anew from the event."""
    return Stored(seq=entry.seq, prev=entry.prev, hash=entry.hash, text=event_text(entry.event))


def raw_public(key: Ed25519PrivateKey | Ed25519PublicKey) -> bytes:
    """The 32 raw bytes of the public key."""
    return (key.public_key() if isinstance(key, Ed25519PrivateKey) else key).public_bytes_raw()


def _signed_bytes(checkpoint: Checkpoint) -> bytes:
    fields = msgspec.to_builtins(checkpoint)
    del fields["signature"]
    return canonical(fields)


def sign_checkpoint(
    origin: str,
    seq: int,
    hash: str,  # noqa: A002 - the checkpoint's own field name
    at: datetime,
    private_key: Ed25519PrivateKey,
) -> Checkpoint:
    """A signed statement that the ledger ``origin`` had that hash at entry ``seq`` at the aware time ``at``."""
    bare = Checkpoint(origin=origin, seq=seq, hash=hash, at=at, key=key_id(raw_public(private_key)))
    signature = base64.b64encode(private_key.sign(_signed_bytes(bare))).decode()
    return msgspec.structs.replace(bare, signature=signature)


def verify_checkpoint(checkpoint: Checkpoint, public_key: bytes) -> bool:
    """Whether the checkpoint was signed by that raw Ed25519 key and not changed since."""
    try:
        signature = base64.b64decode(checkpoint.signature, validate=True)
        # Base64 has spare bits: only the one usual spelling counts, so that no character can change unnoticed.
        if base64.b64encode(signature).decode() != checkpoint.signature or checkpoint.key != key_id(public_key):
            return False
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _signed_bytes(checkpoint))
    except (InvalidSignature, binascii.Error, ValueError, rfc8785.CanonicalizationError):
        return False
    return True


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The canonical JSON of a checkpoint with its signature."""
    return canonical(checkpoint).decode()


def checkpoint_of(text: str | bytes) -> Checkpoint:
    """Read a checkpoint back; only the canonical spelling is taken.

    Raises:
        Broken: not a checkpoint in canonical JSON (TOC-7004).
    """
    try:
        checkpoint = msgspec.json.decode(text, type=Checkpoint)
        wanted = text.encode() if isinstance(text, str) else text
        if canonical(checkpoint) != wanted:
            raise ValueError("it is not in canonical form")
    except (msgspec.MsgspecError, ValueError, RecursionError) as fault:
        raise Broken(
            "TOC-7004",
            f"A checkpoint cannot be read: {fault}.",
            field="checkpoint",
            remedy="Compare with the published checkpoints and restore the ledger from a backup.",
        ) from fault
    return checkpoint
