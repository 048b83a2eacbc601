"""Checking a ledger: walk over its entries once and say which of them is not what it was. Pure.

What a chain can prove by itself ends at its last checkpoint: whoever may write the table can rewrite everything after
it. Publish checkpoints elsewhere and give them to :func:`verify`.

Keys change. A key that is given seals, and so does one to which a trusted key has handed over (``record.key_changed``).
A key that has handed over to a trusted one is known: its checkpoints must fit, but they seal nothing, as it may have
leaked since.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from tocsin.core.errors import Broken, Invalid
from tocsin.core.event import GENESIS, Entry, Event, fact_of
from tocsin.core.ids import key_id
from tocsin.core.ports import Checkpoint
from tocsin.record.chain import Stored, event_of, event_text, seal, stored_of, verify_checkpoint
from tocsin.record.events import KeyChanged
from tocsin.record.key_change import holds

Kind = Literal[
    "changed",  # the entry is not what was hashed
    "deleted",  # its number is missing
    "inserted",  # its number is there twice
    "reordered",  # it stands in another place than its number says
    "duplicated",  # its event id is there twice
    "relinked",  # the next entry was recorded after another entry than this one
    "truncated",  # a checkpoint says that the ledger once reached further
    "checkpoint_signature",  # a checkpoint is not signed by a key that we trust
    "checkpoint_mismatch",  # a checkpoint was signed over another entry of that number, or for another ledger
    "unsealed",  # no checkpoint covers the entry (exports only)
    "malformed",  # the file around the entries is not an export
]
_CODES: dict[Kind, str] = {
    "changed": "TOC-7001",
    "checkpoint_mismatch": "TOC-7001",
    "truncated": "TOC-7003",
    "checkpoint_signature": "TOC-7004",
    "unsealed": "TOC-7003",
    "malformed": "TOC-7006",
}
_HASH = re.compile("[0-9a-f]{64}")

MOST = 1000
"""Findings that are kept; the rest is counted."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong: ``seq`` names the entry, ``through`` the last of a range, ``line`` where in a file."""

    seq: int
    kind: Kind
    code: str
    message: str
    through: int = 0
    line: int = 0


class Audit:
    """One walk. Give checkpoints first, then every entry in the order in which it lies, then ask for the findings."""

    def __init__(self, public_keys: Iterable[bytes], *, origin: str | None = None) -> None:
        self._keys = {key_id(key): key for key in public_keys}
        self._origin = origin
        self._signed: dict[int, set[str]] = {}
        self._unknown: list[tuple[Checkpoint, int]] = []  # whose key an entry may yet make known
        self._hashes: dict[int, str] = {}  # of the entries that those speak of
        self._changes: list[KeyChanged] = []
        self._seq = 0
        self._follows: frozenset[str] | None = frozenset((GENESIS,))  # None: the entry before could not be read
        self._missing: list[tuple[int, int]] = []
        self._ids: dict[str, int] = {}
        self._findings: list[Finding] = []
        self.found = 0

    def say(self, seq: int, kind: Kind, message: str, *, through: int = 0, line: int = 0) -> None:
        """Keep a finding."""
        self.found += 1
        if len(self._findings) < MOST:
            code = _CODES.get(kind, "TOC-7002")
            self._findings.append(
                Finding(seq=seq, kind=kind, code=code, message=message, through=through or seq, line=line)
            )

    @property
    def last(self) -> int:
        """The highest number met so far."""
        return self._seq

    @property
    def sealed(self) -> int:
        """The highest number that a good checkpoint speaks of; of all of them once :meth:`settle` was called."""
        return max(self._signed, default=0)

    def trusts(self, key: str) -> bool:
        """Whether the key of that id was given, or follows one that was; the latter once :meth:`settle` was called."""
        return key in self._keys

    def checkpoint(self, checkpoint: Checkpoint, line: int = 0) -> None:
        """Take a checkpoint, if it holds."""
        key = self._keys.get(checkpoint.key)
        if key is None:
            self._unknown.append((checkpoint, line))
            self._hashes[checkpoint.seq] = ""
        elif self._good(checkpoint, key, line):
            self._signed.setdefault(checkpoint.seq, set()).add(checkpoint.hash)

    def _good(self, checkpoint: Checkpoint, key: bytes | None, line: int) -> bool:
        if key is None or not verify_checkpoint(checkpoint, key):
            why = (
                "its signature does not hold" if key else "its key is not one of those given, and no entry leads to it"
            )
            message = f"The checkpoint at entry {checkpoint.seq} does not count: {why}."
            self.say(checkpoint.seq, "checkpoint_signature", message, line=line)
            return False
        if self._origin is not None and checkpoint.origin != self._origin:
            message = f"The checkpoint at entry {checkpoint.seq} is of the ledger {checkpoint.origin!r}."
            self.say(checkpoint.seq, "checkpoint_mismatch", message, line=line)
            return False
        return True

    def unreadable(self, line: int, why: str) -> None:
        """Something stands in the place of the next entry that is none."""
        self._seq += 1
        self._follows = None
        self.say(self._seq, "changed", f"Entry {self._seq} cannot be read: {why}.", line=line)

    def entry(self, row: Stored, line: int = 0) -> None:
        """Take the next entry as it lies."""
        sealed = seal(row.seq, row.prev, row.text)
        # Only a plain previous hash leaves one way to cut the hashed bytes into event, hash and number.
        changed = sealed != row.hash or not _HASH.fullmatch(row.prev)
        if changed and row.seq != self._seq + 1 and seal(self._seq + 1, row.prev, row.text) == row.hash:
            said, row = row.seq, msgspec.structs.replace(row, seq=self._seq + 1)
            self.say(row.seq, "changed", f"Entry {row.seq} says that it is entry {said}.", line=line)
        elif changed:
            message = f"The hash of entry {row.seq} does not follow from its contents."
            self.say(row.seq, "changed", message, line=line)
        if self._place(row, changed, frozenset((row.hash, sealed)), line):
            if row.seq in self._hashes:
                self._hashes[row.seq] = row.hash
            self._contents(row, changed, line)
            self._compare(row, line)

    def _place(self, row: Stored, changed: bool, hashes: frozenset[str], line: int) -> bool:
        """Find the entry's place in the row; False when the number was there before."""
        if row.seq <= self._seq:
            return self._late(row, line)
        if row.seq > self._seq + 1:
            self._missing.append((self._seq + 1, row.seq - 1))
        elif not changed and self._follows is not None and row.prev not in self._follows:
            if self._seq:
                message = f"Entry {row.seq} was recorded after another entry {self._seq} than this one."
            else:
                message = "The first entry names an entry before it."
            self.say(max(self._seq, 1), "relinked", message, line=line)
        self._seq, self._follows = row.seq, hashes
        return True

    def _late(self, row: Stored, line: int) -> bool:
        for place, (low, high) in enumerate(self._missing):
            if low <= row.seq <= high:
                rest = ((low, row.seq - 1), (row.seq + 1, high))
                self._missing[place : place + 1] = [(a, b) for a, b in rest if a <= b]
                self.say(row.seq, "reordered", f"Entry {row.seq} stands after entry {self._seq}.", line=line)
                return True
        self.say(row.seq, "inserted", f"There is a second entry {row.seq}, after entry {self._seq}.", line=line)
        return False

    def _contents(self, row: Stored, changed: bool, line: int) -> None:
        try:
            event = event_of(row.text, row.seq)
            canonical = changed or event_text(event) == row.text
        except (Broken, Invalid) as fault:
            if not changed:
                self.say(row.seq, "changed", fault.message, line=line)
            return
        if not canonical:
            self.say(row.seq, "changed", f"Entry {row.seq} is not in canonical form.", line=line)
        first = self._ids.setdefault(event.id, row.seq)
        if first != row.seq:
            message = f"Entry {row.seq} has the event id of entry {first}."
            self.say(row.seq, "duplicated", message, line=line)
        if event.kind == KeyChanged.KIND and not changed:
            self._hand_over(event)

    def _hand_over(self, event: Event) -> None:
        """Keep what an entry says of keys of the ledger; what it is worth shows when all of them are known."""
        try:
            fact = fact_of(event)
        except Broken:
            return  # it leads to no key
        if isinstance(fact, KeyChanged) and fact.purpose == "ledger" and self._origin in (None, fact.origin):
            self._changes.append(fact)

    def settle(self) -> None:
        """Follow the keys, and judge the checkpoints that had to wait for that. Call after the last entry."""
        changes = [fact for fact in self._changes if holds(fact)]
        for fact in changes:
            if fact.old in self._keys:
                self._keys.setdefault(fact.new, base64.b64decode(fact.new_public))
        known = dict(self._keys)
        for fact in reversed(changes):
            if fact.new in known:
                known.setdefault(fact.old, base64.b64decode(fact.old_public))
        for checkpoint, line in self._unknown:
            if not self._good(checkpoint, known.get(checkpoint.key), line):
                continue
            if checkpoint.key in self._keys:
                self._signed.setdefault(checkpoint.seq, set()).add(checkpoint.hash)
            met = self._hashes[checkpoint.seq]
            if met not in ("", checkpoint.hash):
                self._rewritten(checkpoint.seq, line)
            elif checkpoint.seq > self._seq and checkpoint.key not in self._keys:
                message = f"The ledger ends at entry {self._seq}; an earlier key signed entry {checkpoint.seq}."
                self.say(self._seq + 1, "truncated", message, through=checkpoint.seq, line=line)
        self._changes, self._unknown = [], []

    def _rewritten(self, seq: int, line: int) -> None:
        message = f"Entry {seq} is not the one that was signed: it, or an entry before it, was rewritten."
        self.say(seq, "checkpoint_mismatch", message, line=line)

    def _compare(self, row: Stored, line: int) -> None:
        if any(signed != row.hash for signed in self._signed.get(row.seq, ())):
            self._rewritten(row.seq, line)

    def finish(self) -> list[Finding]:
        """Every finding, by entry. Call once, after the last entry."""
        self.settle()
        for low, high in self._missing:
            span = f"Entry {low} is" if low == high else f"Entries {low} to {high} are"
            self.say(low, "deleted", f"{span} missing.", through=high)
        if any(hashes != {GENESIS} for seq, hashes in self._signed.items() if seq == 0):
            self.say(0, "checkpoint_mismatch", "A checkpoint of the empty ledger has the hash of something.")
        if self.sealed > self._seq:
            message = f"The ledger ends at entry {self._seq}; a checkpoint was signed at entry {self.sealed}."
            self.say(self._seq + 1, "truncated", message, through=self.sealed)
        return sorted(self._findings, key=lambda finding: (finding.seq, finding.line))


def verify(
    entries: Iterable[Entry | Stored],
    checkpoints: Iterable[Checkpoint],
    public_keys: Iterable[bytes],
    *,
    origin: str | None = None,
) -> list[Finding]:
    """Check a ledger from its first entry to its last, in one pass.

    Args:
        entries: in the order in which they lie. Give the stored form where there is one: it is checked byte for byte.
        checkpoints: signed heads, those published elsewhere included.
        public_keys: raw Ed25519 keys that may sign checkpoints.
        origin: the ledger's name; checkpoints of another name are reported.

    Returns:
        What is wrong, by entry; empty when nothing is. At most ``MOST`` findings.
    """
    audit = Audit(public_keys, origin=origin)
    for checkpoint in checkpoints:
        audit.checkpoint(checkpoint)
    for entry in entries:
        if isinstance(entry, Stored):
            audit.entry(entry)
            continue
        try:
            audit.entry(stored_of(entry))
        except Invalid as fault:
            audit.unreadable(0, fault.message)
    return audit.finish()
