"""An exported ledger: checked by a stranger with the public key, wrong after any change of any byte."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.event import GENESIS, Event, canonical
from tocsin.core.ports import Checkpoint
from tocsin.record.chain import Stored, checkpoint_of, raw_public, sign_checkpoint, write
from tocsin.record.export import checkpoint_line, entry_line, export, header_line, seal_head, verify_export
from tocsin.record.memory import MemoryLedger

AT = datetime(2024, 1, 4, 20, 58, 0, 123456, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = raw_public(KEY)


def _events(count: int) -> list[Event]:
    body = {"text": 'Тревога \u2028 \x00 \r\n "é" 𐍈', "big": 1e20, "half": 0.5, "list": [1, None, True]}
    return [
        Event(id=f"e{n}", kind="test.said", version=1, subject="test/1", body={**body, "n": n}, actor="source:t", at=AT)
        for n in range(1, count + 1)
    ]


ROWS = write(0, GENESIS, _events(6))
SIGNED = [sign_checkpoint("city", row.seq, row.hash, AT, KEY) for row in (ROWS[2], ROWS[5])]


def lines_of(rows: list[Stored], checkpoints: list[Checkpoint], public_key: bytes = PUBLIC) -> list[str]:
    return [
        header_line("city", public_key),
        *map(checkpoint_line, checkpoints),
        *map(entry_line, rows),
    ]


LINES = lines_of(ROWS, SIGNED)
FILE = "".join(f"{line}\n" for line in LINES).encode()


def check(data: bytes) -> tuple[int, list[tuple[int, str]]]:
    count, findings = verify_export(_lines(data), PUBLIC)
    return count, [(f.seq, f.kind) for f in findings]


def _lines(data: bytes) -> list[bytes]:
    """As a file opened in binary mode gives them."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def test_a_sound_export_verifies_from_text_and_from_bytes() -> None:
    assert verify_export(LINES, PUBLIC) == (6, [])
    assert verify_export(_lines(FILE), PUBLIC) == (6, [])
    assert verify_export([*LINES[:3], *(entry_line(row.entry()) for row in ROWS)], PUBLIC) == (6, [])


def test_a_stranger_can_check_it_with_other_tools() -> None:
    """The format in a few lines that use nothing of ours but RFC 8785 and SHA-256."""
    import base64
    import hashlib

    header, *rest = map(json.loads, LINES)
    assert header["tocsin_ledger"] == 1
    signed = [line["checkpoint"] for line in rest if "checkpoint" in line]
    previous = "0" * 64
    hashes = {}
    for line in (line for line in rest if "event" in line):
        sealed = line.pop("hash")
        line["event"]["body"]["big"] = float(line["event"]["body"]["big"])
        assert sealed == hashlib.sha256(canonical(line)).hexdigest()
        assert line["prev"] == previous
        hashes[line["seq"]] = previous = sealed
    for checkpoint in signed:
        signature = base64.b64decode(checkpoint.pop("signature"))
        Ed25519PublicKey.from_public_bytes(PUBLIC).verify(signature, canonical(checkpoint))
        assert hashes[checkpoint["seq"]] == checkpoint["hash"]


@settings(max_examples=400, deadline=None)
@given(place=st.integers(0, len(FILE) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_is_found_and_its_line_is_named(place: int, byte: int) -> None:
    if FILE[place] == byte:
        byte = (byte + 1) % 256
    changed = FILE[:place] + bytes([byte]) + FILE[place + 1 :]
    line = FILE.count(b"\n", 0, place) + 1
    _count, findings = verify_export(_lines(changed), PUBLIC)
    named = {f.line for f in findings}
    if line == 1:  # another ledger's name is well-formed: it is the checkpoints that do not fit it
        assert findings
    else:
        assert line in named
    if line > 1 + len(SIGNED):
        assert line - 1 - len(SIGNED) in {n for f in findings for n in range(f.seq, f.through + 1)}


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(FILE) - 1), more=st.binary(max_size=3), less=st.integers(0, 3))
def test_any_cut_or_insertion_is_found(place: int, more: bytes, less: int) -> None:
    changed = FILE[:place] + more + FILE[place + less :]
    if changed not in (FILE, FILE[:-1]):  # the last line feed says nothing
        assert verify_export(_lines(changed), PUBLIC)[1]


@given(place=st.integers(1, len(LINES) - 1))
def test_a_deleted_line_is_found(place: int) -> None:
    lines = LINES[:place] + LINES[place + 1 :]
    count, findings = verify_export(lines, PUBLIC)
    if place == 1:  # the first checkpoint says nothing that the second does not
        assert (count, findings) == (6, [])
    elif place == 2:
        assert [(f.seq, f.through, f.kind) for f in findings] == [(4, 6, "unsealed")]
    else:
        seq = place - len(SIGNED)
        assert (seq, "truncated" if seq == 6 else "deleted") in [(f.seq, f.kind) for f in findings]


@given(first=st.integers(0, 5), second=st.integers(0, 5))
def test_swapped_entries_are_found(first: int, second: int) -> None:
    rows = list(ROWS)
    rows[first], rows[second] = rows[second], rows[first]
    _count, findings = verify_export(lines_of(rows, SIGNED), PUBLIC)
    if first == second:
        assert findings == []
    else:
        low, high = sorted((first, second))
        assert low + 1 in [f.seq for f in findings if f.kind == "reordered"]
        assert {f.seq for f in findings} <= set(range(low + 1, high + 2))


@given(end=st.integers(0, len(ROWS) - 1))
def test_a_file_cut_short_says_how_far_it_reached(end: int) -> None:
    count, findings = verify_export(lines_of(ROWS[:end], SIGNED), PUBLIC)
    assert count == end
    assert [(f.seq, f.through, f.kind) for f in findings] == [(end + 1, 6, "truncated")]


def test_a_file_cut_together_with_its_checkpoints_is_found_by_a_published_one() -> None:
    cut = lines_of(ROWS[:3], SIGNED[:1])
    assert verify_export(cut, PUBLIC) == (3, [])
    assert [f.kind for f in verify_export(cut, PUBLIC, SIGNED)[1]] == ["truncated"]


def test_the_key_in_the_header_is_not_trusted() -> None:
    forger = Ed25519PrivateKey.generate()
    events = [msgspec.structs.replace(event, actor="forger") for event in _events(6)]
    rows = write(0, GENESIS, events)
    signed = [sign_checkpoint("city", 6, rows[5].hash, AT, forger)]
    forged = lines_of(rows, signed, raw_public(forger))
    assert verify_export(forged, raw_public(forger)) == (6, [])
    kinds = {f.kind for f in verify_export(forged, PUBLIC)[1]}
    assert kinds == {"malformed", "checkpoint_signature", "unsealed"}


def test_entries_without_a_checkpoint_are_said_to_be_unsealed() -> None:
    (finding,) = verify_export(lines_of(ROWS, SIGNED[:1]), PUBLIC)[1]
    assert (finding.seq, finding.through, finding.kind) == (4, 6, "unsealed")


def test_an_empty_ledger_exports_and_verifies() -> None:
    assert verify_export(lines_of([], []), PUBLIC) == (0, [])


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", b"PK\x03\x04", b"\xff\xfe", b'{"tocsin_ledger":2}\n'])
def test_a_file_that_is_no_export_is_said_to_be_none(data: bytes) -> None:
    assert (0, "malformed") in check(data)[1]


def test_another_format_number_is_refused() -> None:
    lines = [LINES[0].replace('"tocsin_ledger":1', '"tocsin_ledger":2'), *LINES[1:]]
    assert [f.kind for f in verify_export(lines, PUBLIC)[1]] == ["malformed"]


def test_a_ledger_is_sealed_and_exported_through_its_head() -> None:
    ledger = MemoryLedger()
    ledger.append(_events(4))
    sealed = seal_head(ledger, origin="city", at=AT, private_key=KEY)
    assert seal_head(ledger, origin="city", at=AT + timedelta(days=1), private_key=KEY) == sealed
    ledger.append([msgspec.structs.replace(_events(1)[0], id="later")])
    lines = list(export(ledger, origin="city", public_key=PUBLIC, through=sealed.seq))
    assert verify_export(lines, PUBLIC) == (4, [])
    whole = list(export(ledger, origin="city", public_key=PUBLIC))
    assert [(f.seq, f.kind) for f in verify_export(whole, PUBLIC)[1]] == [(5, "unsealed")]


def test_windows_line_ends_are_found() -> None:
    assert verify_export([line + "\r\n" for line in LINES], PUBLIC)[1]


def test_lines_are_plain_functions_of_what_they_carry() -> None:
    assert LINES[0] == header_line("city", PUBLIC)
    assert LINES[1] == checkpoint_line(SIGNED[0])
    assert LINES[3] == entry_line(ROWS[0]) == entry_line(ROWS[0].entry())
    assert checkpoint_of(LINES[1].removeprefix('{"checkpoint":').removesuffix("}")) == SIGNED[0]
    assert isinstance(ROWS[0], Stored)
