"""The ledger as a file that a stranger can check with the public key alone. Pure: lines in, lines out.

One JSON document a line, UTF-8, lines ended by a line feed. First the header, then the checkpoints, then the
entries. The checkpoints stand in front so that a file that was cut short still says how far it reached. Every line
has exactly one spelling (RFC 8785), so that no byte can change without a line being wrong.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tocsin.core.errors import Broken
from tocsin.core.event import Entry, canonical
from tocsin.core.ids import key_id
from tocsin.core.ports import Checkpoint, Ledger
from tocsin.record.audit import Audit, Finding
from tocsin.record.chain import (
    Stored,
    checkpoint_of,
    checkpoint_text,
    raw_public,
    sign_checkpoint,
    stored_of,
    verify_checkpoint,
)

FORMAT = 1

_ENTRY = re.compile(r'\{"event":(\{.*\}),"hash":"([0-9a-f]{64})","prev":"([0-9a-f]{64})","seq":([1-9][0-9]{0,17})\}')
_CHECKPOINT = re.compile(r'\{"checkpoint":(\{.*\})\}')


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line. ``public_key`` (base64) says with which key the file claims to be signed; nobody trusts it."""

    tocsin_ledger: int
    origin: str
    key: str
    public_key: str


def header_line(origin: str, public_key: bytes) -> str:
    """The first line of an export."""
    encoded = base64.b64encode(public_key).decode()
    header = Header(tocsin_ledger=FORMAT, origin=origin, key=key_id(public_key), public_key=encoded)
    return canonical(header).decode()


def entry_line(entry: Entry | Stored) -> str:
    """The line of one entry."""
    row = entry if isinstance(entry, Stored) else stored_of(entry)
    return f'{{"event":{row.text},"hash":"{row.hash}","prev":"{row.prev}","seq":{row.seq}}}'


def checkpoint_line(checkpoint: Checkpoint) -> str:
    """The line of one checkpoint."""
    return f'{{"checkpoint":{checkpoint_text(checkpoint)}}}'


@runtime_checkable
class KeepsText(Protocol):
    """A ledger that can give its entries as they lie."""

    def stored(self, after: int = 0, limit: int | None = None) -> Iterator[Stored]:
        """Entries with ``seq > after`` in order."""
        ...


def seal_head(ledger: Ledger, *, origin: str, at: datetime, private_key: Ed25519PrivateKey) -> Checkpoint:
    """The newest checkpoint of the ledger's head, signed and kept now when there is none yet."""
    seq, hash_ = ledger.head()
    for kept in reversed(ledger.checkpoints()):
        if (kept.seq, kept.hash, kept.origin) == (seq, hash_, origin) and verify_checkpoint(
            kept, raw_public(private_key)
        ):
            return kept
    made = sign_checkpoint(origin, seq, hash_, at, private_key)
    ledger.add_checkpoint(made)
    return made


def export(ledger: Ledger, *, origin: str, public_key: bytes, through: int | None = None) -> Iterator[str]:
    """The lines of an export, without their line feeds.

    Args:
        ledger: what is exported.
        origin: the ledger's name, as its checkpoints say it.
        public_key: the raw Ed25519 key that the checkpoints are signed with.
        through: the last entry to export; all of them without it. What no checkpoint covers, a reader reports as
            unsealed: call :func:`seal_head` first and export through the entry that it names.
    """
    yield header_line(origin, public_key)
    for checkpoint in ledger.checkpoints():
        if through is None or checkpoint.seq <= through:
            yield checkpoint_line(checkpoint)
    rows = ledger.stored(0, through) if isinstance(ledger, KeepsText) else map(stored_of, ledger.read(0, through))
    for row in rows:
        yield entry_line(row)


def verify_export(
    lines: Iterable[bytes | str],
    public_key: bytes,
    checkpoints: Iterable[Checkpoint] = (),
    *,
    further: Iterable[bytes] = (),
) -> tuple[int, list[Finding]]:
    """Check an export with nothing but the public key.

    Where the key was changed, either key will do: entries lead from one to the other (see ``record.audit``).

    Args:
        lines: the file, opened in binary mode so that no line end is translated.
        public_key: the raw Ed25519 key, from a source other than the file.
        checkpoints: published ones, if you have any. They show when a file was cut together with its checkpoints.
        further: more keys that may sign, from the same source.

    Returns:
        How many entry lines there are, and what is wrong; an empty list means that nothing is.
    """
    source = iter(lines)
    origin, claimed, wrong = _header(next(source, b""))
    audit = Audit((public_key, *further), origin=origin)
    for why in wrong:
        audit.say(0, "malformed", why, line=1)
    for checkpoint in checkpoints:
        audit.checkpoint(checkpoint)
    count = 0
    for number, raw in enumerate(source, 2):
        count += _line(audit, _text(raw), number, started=count > 0)
    audit.settle()
    if claimed and not audit.trusts(claimed):
        message = "The header names another key than those given, and no entry leads to it."
        audit.say(0, "malformed", message, line=1)
    if audit.last > audit.sealed:
        message = f"No checkpoint covers the entries {audit.sealed + 1} to {audit.last}."
        audit.say(audit.sealed + 1, "unsealed", message, through=audit.last)
    return count, audit.finish()


def _text(raw: bytes | str) -> str:
    # A byte that is no UTF-8 becomes a lone surrogate: it cannot be right, and the line is named like any other.
    return raw.decode("utf-8", "surrogateescape") if isinstance(raw, bytes) else raw


def _header(raw: bytes | str) -> tuple[str | None, str, list[str]]:
    """The ledger's name, the id of the key that the file claims, and what is wrong."""
    text = _text(raw).removesuffix("\n")
    try:
        header = msgspec.json.decode(text, type=Header)
        claimed = base64.b64decode(header.public_key, validate=True)
    except (msgspec.MsgspecError, UnicodeError, ValueError) as fault:
        return None, "", [f"The first line is not the header of an exported ledger: {fault}."]
    if header.tocsin_ledger != FORMAT:
        return header.origin, "", [f"The export is of format {header.tocsin_ledger}; this reader knows {FORMAT}."]
    if header_line(header.origin, claimed) != text:
        return header.origin, "", ["The header is not in canonical form, or its key has another id."]
    return header.origin, key_id(claimed), []


def _line(audit: Audit, text: str, number: int, *, started: bool) -> int:
    """Check one line; 1 when it stands for an entry."""
    body = text.removesuffix("\n")
    sealed = _CHECKPOINT.fullmatch(body)
    if sealed:
        if started:
            audit.say(audit.last, "malformed", "A checkpoint stands after the first entry.", line=number)
        try:
            audit.checkpoint(checkpoint_of(sealed[1]), number)
        except (Broken, UnicodeError) as fault:
            message = f"The checkpoint on line {number} cannot be read: {fault}"
            audit.say(audit.last + 1, "checkpoint_signature", message, line=number)
        return 0
    found = _ENTRY.fullmatch(body)
    if found is None and not started and '"prev":' not in body and '"signature":' in body:
        audit.say(0, "checkpoint_signature", f"The checkpoint on line {number} cannot be read.", line=number)
        return 0
    if found is None:
        audit.unreadable(number, f"line {number} is neither an entry nor a checkpoint")
        return 1
    text, sealed_as, prev, seq = found.groups()
    audit.entry(Stored(seq=int(seq), prev=prev, hash=sealed_as, text=text), number)
    return 1
