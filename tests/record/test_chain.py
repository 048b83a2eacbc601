"""The chain: hashes, checkpoints, and every way in which an entry may not be what it was."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.errors import Broken
from tocsin.core.event import GENESIS, Entry, Event, canonical
from tocsin.core.ids import key_id
from tocsin.core.ports import Checkpoint
from tocsin.record.audit import MOST, verify
from tocsin.record.chain import (
    Stored,
    checkpoint_of,
    checkpoint_text,
    event_of,
    event_text,
    link,
    raw_public,
    seal,
    sign_checkpoint,
    stored_of,
    verify_checkpoint,
    write,
)

AT = datetime(2024, 1, 4, 20, 58, 0, 123456, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = raw_public(KEY)

_numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_texts = st.text(st.characters(exclude_categories=["Cs"]))
_json = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=8,
)


@given(_json)
def test_canonical_json_is_that_of_an_independent_implementation_whichever_way_it_is_written(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.dictionaries(st.text(st.characters(codec="ascii")), _texts | st.integers(-(2**53) + 1, 2**53 - 1)))
def test_the_short_way_writes_the_same_bytes(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_what_facts_hold_goes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rfc8785, "dumps", lambda _: pytest.fail("the long way"))
    body = {"areas": ("a", "b"), "names": {"ru": "Белгород"}, "n": 3, "flag": True, "none": None, "list": [{"a": ()}]}
    assert canonical(event("e1", **body)).startswith(b'{"actor":"source:t"')


@pytest.mark.parametrize("value", [1.0, 1e21, -0.0, {"é": 1, "z": 2}, {"\U0001f600": 1, "\ufb33": 2}, [2**53 - 1]])
def test_fractions_and_keys_beyond_ascii_go_the_long_way(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [2**53, {"a": "\ud800"}, float("nan")])
def test_what_has_no_canonical_json_is_refused(value: object) -> None:
    with pytest.raises((rfc8785.CanonicalizationError, UnicodeError)):
        canonical(value)


def event(name: str, **body: object) -> Event:
    return Event(id=name, kind="test.said", version=1, subject="test/1", body=body, actor="source:t", at=AT)


def rows(count: int) -> list[Stored]:
    return write(0, GENESIS, [event(f"e{n}", n=n) for n in range(1, count + 1)])


def checkpoint(row: Stored, key: Ed25519PrivateKey = KEY, origin: str = "city") -> Checkpoint:
    return sign_checkpoint(origin, row.seq, row.hash, AT, key)


def said(entries: list[Stored], checkpoints: list[Checkpoint] | None = None) -> list[tuple[int, str]]:
    return [(f.seq, f.kind) for f in verify(entries, checkpoints or [], [PUBLIC], origin="city")]


def resealed(row: Stored, **changes: object) -> Stored:
    """What a forger makes who knows how hashes are made."""
    row = msgspec.structs.replace(row, **changes)
    return msgspec.structs.replace(row, hash=seal(row.seq, row.prev, row.text))


def test_the_hash_is_sha256_of_the_canonical_json_of_event_prev_and_seq() -> None:
    (entry,) = link(6, "ab" * 32, [event("a", text="тревога", n=0.5)])
    whole = canonical({"seq": 7, "prev": "ab" * 32, "event": entry.event})
    assert entry.hash == hashlib.sha256(whole).hexdigest()
    assert whole.startswith(b'{"event":{"actor":"source:t","at":"2024-01-04T20:58:00.123456Z","body":{')


def test_a_known_chain_keeps_its_hashes() -> None:
    """Written down once: a change of the format would make every ledger in the world unreadable."""
    assert [row.hash for row in rows(2)] == [
        "14ab458802db696487217c17aa7ddd8ea2ce827f85697984953bb8fb59d6866d",
        "e8f1799f39e0c7100f4928de3eeb49da8a6966139ba67796415fc8ee3c1f37d7",
    ]


@given(body=st.dictionaries(_texts, _json, max_size=4), at=st.datetimes(timezones=st.just(UTC)))
def test_any_event_reads_back_as_itself(body: dict[str, object], at: datetime) -> None:
    given_event = msgspec.structs.replace(event("a"), body=body, at=at)
    (row,) = write(0, GENESIS, [given_event])
    back = row.entry()
    assert back.event.at == at
    assert back.event.body == body
    assert event_text(back.event) == row.text
    assert stored_of(back) == row
    assert verify([back], [], []) == verify([row], [], []) == []


def test_tuples_become_lists_already_in_the_answer() -> None:
    (entry,) = link(0, GENESIS, [event("a", areas=("x", "y"))])
    assert entry.event.body == {"areas": ["x", "y"]}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"id":"a"}', "\udcff", "[" * 100_000])
def test_a_text_that_is_no_event_is_reported_as_broken(text: str) -> None:
    with pytest.raises(Broken) as broken:
        event_of(text, 7)
    assert broken.value.code == "TOC-7001"
    assert "7" in broken.value.message


def test_a_sound_ledger_has_no_findings() -> None:
    entries = rows(5)
    assert said(entries, [checkpoint(entries[2]), checkpoint(entries[4])]) == []
    assert said([]) == []
    assert said([], [sign_checkpoint("city", 0, GENESIS, AT, KEY)]) == []


@pytest.mark.parametrize("field", ["prev", "hash", "text"])
@pytest.mark.parametrize("place", range(4))
def test_a_changed_entry_is_named_and_no_other(field: str, place: int) -> None:
    entries = rows(4)
    old = getattr(entries[place], field)
    new = old[:20] + ("0" if old[20] != "0" else "1") + old[21:]
    entries[place] = msgspec.structs.replace(entries[place], **{field: new})
    assert said(entries) == [(place + 1, "changed")]


@pytest.mark.parametrize("place", range(4))
def test_an_entry_with_another_number_is_named(place: int) -> None:
    entries = rows(4)
    entries[place] = msgspec.structs.replace(entries[place], seq=77)
    assert said(entries) == [(place + 1, "changed")]


def test_deleted_entries_are_named() -> None:
    entries = rows(6)
    assert said(entries[:2] + entries[3:]) == [(3, "deleted")]
    assert said(entries[1:]) == [(1, "deleted")]
    (finding,) = verify(entries[:1] + entries[4:], [], [])
    assert (finding.seq, finding.through, finding.code) == (2, 4, "TOC-7002")


def test_reordered_entries_are_named() -> None:
    one, two, three, four, five = rows(5)
    assert said([one, two, four, three, five]) == [(3, "reordered")]
    assert said([five, one, two, three, four]) == [(n, "reordered") for n in (1, 2, 3, 4)]


def test_an_inserted_entry_is_named() -> None:
    one, two, three = rows(3)
    assert said([one, two, two, three]) == [(2, "inserted")]
    forged = resealed(two, text=event_text(event("forged")))
    assert said([one, two, forged, three]) == [(2, "inserted")]


def test_a_replaced_entry_with_a_fitting_hash_is_named_by_what_follows() -> None:
    one, two, three = rows(3)
    forged = resealed(two, text=event_text(event("forged")))
    assert said([one, forged, three]) == [(2, "relinked")]
    assert said([resealed(one, prev="ab" * 32), *write(1, rows(1)[0].hash, [event("x")])]) == [
        (1, "relinked"),
        (1, "relinked"),
    ]


def test_a_history_rewritten_to_its_end_is_found_by_a_checkpoint() -> None:
    entries = rows(4)
    signed = checkpoint(entries[2])
    forged = entries[:1] + write(1, entries[0].hash, [event(f"f{n}") for n in range(3)])
    assert said(forged) == []
    assert said(forged, [signed]) == [(3, "checkpoint_mismatch")]


def test_a_repeated_event_id_is_named() -> None:
    entries = write(0, GENESIS, [event("a"), event("b"), event("a")])
    assert said(entries) == [(3, "duplicated")]


def test_a_cut_tail_is_found_by_a_checkpoint() -> None:
    entries = rows(5)
    assert said(entries[:3]) == []
    (finding,) = verify(entries[:3], [checkpoint(entries[4])], [PUBLIC])
    assert (finding.seq, finding.through, finding.kind, finding.code) == (4, 5, "truncated", "TOC-7003")


def test_a_text_in_another_spelling_is_named_even_with_a_fitting_hash() -> None:
    (row,) = rows(1)
    assert said([resealed(row, text=row.text.replace('":', '": ', 1))]) == [(1, "changed")]


def test_no_way_of_cutting_the_hashed_bytes_differently_goes_unnoticed() -> None:
    one, two = rows(2)
    shifted = Stored(seq=two.seq, prev=f'{two.prev}","seq":2}}#', hash="", text=two.text)
    assert said([one, resealed(shifted)]) == [(2, "changed")]


def test_unfit_entries_given_as_objects_are_named() -> None:
    one, two = (row.entry() for row in rows(2))
    bad = Entry(seq=2, prev=two.prev, hash=two.hash, event=event("b", n=float("inf")))
    assert [(f.seq, f.kind) for f in verify([one, bad], [], [])] == [(2, "changed")]


def test_findings_are_bounded() -> None:
    entries = [msgspec.structs.replace(row, hash="0" * 64) for row in rows(MOST + 50)]
    assert len(verify(entries, [], [])) == MOST


def test_a_checkpoint_holds_with_its_key_only() -> None:
    signed = checkpoint(rows(1)[0])
    other = Ed25519PrivateKey.generate()
    assert signed.key == key_id(PUBLIC) == hashlib.sha256(PUBLIC).hexdigest()[:16]
    assert verify_checkpoint(signed, PUBLIC)
    assert not verify_checkpoint(signed, raw_public(other))
    assert not verify_checkpoint(msgspec.structs.replace(signed, key=key_id(raw_public(other))), raw_public(other))


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 2},
        {"hash": "0" * 64},
        {"origin": "town"},
        {"at": AT.replace(microsecond=0)},
        {"signature": ""},
        {"signature": "ж"},
        {"key": "0" * 16},
    ],
)
def test_a_changed_checkpoint_does_not_count_and_is_named(change: dict[str, object]) -> None:
    (row,) = rows(1)
    bad = msgspec.structs.replace(checkpoint(row), **change)
    (finding,) = verify([row], [bad], [PUBLIC], origin="city")
    assert (finding.seq, finding.kind, finding.code) == (bad.seq, "checkpoint_signature", "TOC-7004")


def test_spare_bits_of_the_signature_cannot_be_changed() -> None:
    signed = checkpoint(rows(1)[0])
    last = signed.signature[-3]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(last) ^ 1]
    assert not verify_checkpoint(
        msgspec.structs.replace(signed, signature=signed.signature[:-3] + other + "=="), PUBLIC
    )


def test_a_checkpoint_of_another_ledger_or_an_unknown_key_is_named() -> None:
    (row,) = rows(1)
    assert said([row], [checkpoint(row, origin="town")]) == [(1, "checkpoint_mismatch")]
    assert said([row], [checkpoint(row, Ed25519PrivateKey.generate())]) == [(1, "checkpoint_signature")]


def test_a_checkpoint_text_is_read_in_its_one_spelling_only() -> None:
    signed = checkpoint(rows(1)[0])
    text = checkpoint_text(signed)
    assert checkpoint_of(text) == checkpoint_of(text.encode()) == signed
    for wrong in (text + " ", text.replace("Z", "+00:00"), text[:-1] + ',"more":1}', "{}", "\udcff"):
        with pytest.raises(Broken):
            checkpoint_of(wrong)
