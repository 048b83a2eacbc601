"""Header compression against an independent implementation."""

from __future__ import annotations

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.channels._hpack import POST_HTTPS, BadBlock, Encoder, answer, literal

NAMES = st.sampled_from([b"authorization", b"ttl", b"topic", b"urgency", b"content-type", b":path", b"x-long" * 30])
FIELDS = st.lists(st.tuples(NAMES, st.binary(max_size=300)), max_size=8)


@given(st.sampled_from([0, 100, 300, 1000, 4096]), st.lists(FIELDS, max_size=12))
def test_another_implementation_reads_every_block(size: int, blocks: list[list[tuple[bytes, bytes]]]) -> None:
    encoder, decoder = Encoder(size), hpack.Decoder(max_header_list_size=1 << 20)
    decoder.header_table_size = size
    for fields in blocks:
        block = POST_HTTPS + encoder.shared(fields) + literal(b":path", b"/x" * 100)
        read = [(bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True)]
        assert read == [(b":method", b"POST"), (b":scheme", b"https"), *fields, (b":path", b"/x" * 100)]


def test_what_is_said_again_costs_a_byte_or_two() -> None:
    encoder = Encoder()
    fields = [(b"authorization", b"vapid t=" + b"x" * 300), (b"ttl", b"600"), (b"topic", b"y" * 32)]
    first, again = encoder.shared(fields), encoder.shared(fields)
    assert len(first) > 340
    assert len(again) == 3


@given(
    st.sampled_from([200, 201, 204, 400, 404, 410, 413, 429, 500, 503]),
    st.one_of(st.none(), st.integers(0, 10**9).map(str), st.just("Fri, 31 Dec 2099 23:59:59 GMT")),
    st.lists(st.tuples(st.sampled_from(["date", "server", "x-odd"]), st.text("abc019 :/", max_size=40)), max_size=5),
    st.booleans(),
)
def test_status_and_retry_after_are_found(
    status: int, after: str | None, others: list[tuple[str, str]], huffman: bool
) -> None:
    encoder = hpack.Encoder()
    encoder.header_table_size = 0
    fields = [(":status", str(status)), *others, *([] if after is None else [("retry-after", after)])]
    wanted = after.encode() if after and after.isdigit() and status in (413, 429, 503) else b""
    assert answer(encoder.encode(fields, huffman=huffman)) == (status, wanted)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\x80",
        b"\xbe",  # entry 62: of a table that does not exist
        b"\x3f\xe1\x1f",  # a table of 4,096 bytes
        b"\x48\x03",
        b"\x48\xff\xff\xff\xff\xff\xff\x7f",
        b"\x7e\x01x",
        b"\x48\x03abc",
        b"\x08\x00",
        b"\x40",
    ],
)
def test_a_block_that_breaks_the_rules_is_refused(block: bytes) -> None:
    with pytest.raises(BadBlock):
        answer(block)


@given(st.binary(max_size=60))
def test_no_bytes_bring_it_down(block: bytes) -> None:
    try:
        status, after = answer(block)
    except BadBlock:
        return
    assert status > 0
    assert after == b"" or after.isdigit()
