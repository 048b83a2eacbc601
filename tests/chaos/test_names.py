"""The name server of the ground answers as one, and is gone in each of its ways."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from chaos.names import Away, Names

A, AAAA = 1, 28


@pytest.fixture
def names() -> Iterator[Names]:
    made = Names("127.0.0.1", {"database.localhost": "127.77.0.1"}, port=0)
    yield made
    made.close()


def asked(name: str, kind: int = A) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 0xBEEF, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def said(reply: bytes) -> tuple[int, int, bytes]:
    """Code, count of records, and the last four bytes."""
    ident, flags, questions, records, _, _ = struct.unpack_from("!HHHHHH", reply)
    assert (ident, flags & 0x8000, questions) == (0xBEEF, 0x8000, 1)
    return flags & 0xF, records, reply[-4:]


def test_a_name_has_its_address_over_the_wire(names: Names) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(asked("Database.localhost"), ("127.0.0.1", names.port))
        assert said(client.recv(512)) == (0, 1, socket.inet_aton("127.77.0.1"))


def test_another_kind_of_address_is_empty_and_another_name_is_none(names: Names) -> None:
    assert said(names.answer(asked("database.localhost", AAAA)))[:2] == (0, 0)
    assert said(names.answer(asked("elsewhere.localhost")))[:2] == (3, 0)


@pytest.mark.parametrize(("way", "code"), [("SERVFAIL", 2), ("NXDOMAIN", 3), ("silent", None)])
def test_names_are_gone_until_they_are_back(names: Names, way: Away, code: int | None) -> None:
    names.go(way)
    reply = names.answer(asked("database.localhost"))
    assert (said(reply)[:2] if reply else None) == (None if code is None else (code, 0))
    assert names.refused == 1
    names.back()
    assert said(names.answer(asked("database.localhost")))[:2] == (0, 1)


@pytest.mark.parametrize("rubbish", [b"", b"\0" * 11, asked("database.localhost")[:-3], b"\xff" * 40])
def test_what_is_no_question_gets_no_answer(names: Names, rubbish: bytes) -> None:
    assert names.answer(rubbish) == b""
