"""A key of the ledger follows another: who knows one can check the whole, and an old one that leaked proves nothing."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tocsin.core.event import Event, Fact, record
from tocsin.record.audit import Finding
from tocsin.record.chain import raw_public, sign_checkpoint
from tocsin.record.events import KeyChanged
from tocsin.record.export import export, seal_head, verify_export
from tocsin.record.key_change import change, holds, statement
from tocsin.record.memory import MemoryLedger
from tocsin.warn.siren_command import read

AT = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
OLD, NEW, THIRD, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(1, 5))
ORIGIN = "port-almen"


def pair(key: Ed25519PrivateKey) -> tuple[Ed25519PrivateKey, bytes]:
    return key, raw_public(key)


def handed(old: Ed25519PrivateKey, new: Ed25519PrivateKey, origin: str = ORIGIN) -> KeyChanged:
    return change("ledger", origin, pair(old), pair(new))


class Book:
    """A ledger that is written, sealed and handed over step by step."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger()

    def note(self, what: Fact | str) -> None:
        number = self.ledger.head()[0] + 1
        if isinstance(what, str):
            fields = {"kind": "a.noted", "version": 1, "subject": "a/1", "body": {"note": what}, "actor": "system:x"}
            self.ledger.append([Event(id=f"id-{number}", at=AT, **fields)])  # type: ignore[arg-type]  # as named
        else:
            self.ledger.append([record(what, id=f"id-{number}", actor="system:operator", at=AT)])

    def seal(self, key: Ed25519PrivateKey) -> None:
        seal_head(self.ledger, origin=ORIGIN, at=AT, private_key=key)

    def lines(self, key: Ed25519PrivateKey) -> list[str]:
        return list(export(self.ledger, origin=ORIGIN, public_key=raw_public(key)))

    def judged(self, by: Ed25519PrivateKey, *, claimed: Ed25519PrivateKey = NEW) -> list[Finding]:
        return verify_export(self.lines(claimed), raw_public(by))[1]


def changed() -> Book:
    """Two entries under the old key, the change, two under the new one."""
    book = Book()
    book.note("one")
    book.seal(OLD)
    book.note("two")
    book.note(handed(OLD, NEW))
    book.seal(OLD)
    book.note("three")
    book.note("four")
    book.seal(NEW)
    return book


@pytest.mark.parametrize("key", [OLD, NEW])
def test_either_key_checks_the_whole(key: Ed25519PrivateKey) -> None:
    assert changed().judged(key) == []


def test_a_strangers_key_checks_nothing() -> None:
    assert {f.kind for f in changed().judged(STRANGER)} == {"malformed", "checkpoint_signature", "unsealed"}


@pytest.mark.parametrize("key", [OLD, NEW, THIRD])
def test_a_chain_of_changes_is_followed_in_both_directions(key: Ed25519PrivateKey) -> None:
    book = changed()
    book.note(handed(NEW, THIRD))
    book.seal(NEW)
    book.note("five")
    book.seal(THIRD)
    assert book.judged(key, claimed=THIRD) == []


def test_an_old_key_that_leaked_seals_nothing_for_who_knows_the_new_one() -> None:
    forged = Book()
    forged.note("never happened")
    forged.note(handed(OLD, NEW))  # the true words of both keys, taken from the true ledger
    forged.seal(OLD)
    assert [(f.seq, f.kind) for f in forged.judged(NEW)] == [(1, "unsealed")]


def test_an_old_key_that_leaked_cannot_cut_or_rewrite_either() -> None:
    book = changed()
    good = book.ledger.checkpoints()
    for seq, kind in ((4, "checkpoint_mismatch"), (9, "truncated")):
        book = changed()
        book.ledger.add_checkpoint(sign_checkpoint(ORIGIN, seq, "f" * 64, AT, OLD))
        assert [f.kind for f in book.judged(NEW)] == [kind]
    assert good == changed().ledger.checkpoints()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda f: msgspec.structs.replace(f, accepted=f.signature),
        lambda f: msgspec.structs.replace(f, signature=f.accepted),
        lambda f: msgspec.structs.replace(f, purpose="command"),
        lambda f: msgspec.structs.replace(f, origin="port-bergen"),
        lambda f: msgspec.structs.replace(f, old=f.new),
        lambda f: msgspec.structs.replace(f, new_public="x"),
        lambda f: msgspec.structs.replace(f, new_public=base64.b64encode(raw_public(STRANGER)).decode()),
        lambda _: handed(STRANGER, NEW),
        lambda _: handed(OLD, STRANGER),
        lambda _: handed(OLD, NEW, "port-bergen"),
    ],
)
def test_a_change_that_both_keys_did_not_sign_for_this_ledger_leads_nowhere(spoil) -> None:  # type: ignore[no-untyped-def]
    book = Book()
    book.note("one")
    book.note(spoil(handed(OLD, NEW)))
    book.seal(NEW)
    assert {f.kind for f in book.judged(OLD)} == {"malformed", "checkpoint_signature", "unsealed"}


def test_a_body_that_is_no_change_is_no_reason_to_stop() -> None:
    book = Book()
    event = Event(
        id="id-1", kind=KeyChanged.KIND, version=1, subject="key/ledger", body={"purpose": 1}, actor="x", at=AT
    )
    book.ledger.append([event])
    book.seal(NEW)
    assert book.judged(NEW) == []


def test_what_the_keys_signed_is_no_command_to_a_siren() -> None:
    fact = change("command", ORIGIN, pair(OLD), pair(NEW))
    assert holds(fact)
    for forged in (json.loads(statement(fact)), {"id": "x", "siren": "s01"} | json.loads(statement(fact))):
        for sig in (fact.signature, fact.accepted):
            payload = json.dumps(forged | {"sig": sig}).encode()
            judged = read(payload, siren_id="s01", public_keys=[OLD.public_key(), NEW.public_key()], now=AT, seen=())
            assert judged.word in ("malformed", "bad_signature")
