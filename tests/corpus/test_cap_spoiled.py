"""Messages of real agencies, spoiled in one place each: the rule of that place is named, and nothing crashes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.core.errors import Invalid
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import check
from tocsin.warn.cap_write import render

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "cap"
SOUND = sorted(path for path in (CORPUS / "valid").glob("*") if path.is_file()) if CORPUS.is_dir() else []
SPREAD = SOUND[::6]
"""One of six: several of every agency."""

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not SOUND, reason="no CAP corpus beside the checkout (../shared/data/cap)"),
]
Spoil = Callable[[bytes], bytes]
OPEN, SHUT = rb"<(?P<p>(?:\w+:)?)%s(?:\s[^>]*)?>", rb"</(?P=p)%s>"


def _found(name: str) -> re.Pattern[bytes]:
    tag = name.encode()
    return re.compile(b"(?P<all>" + OPEN % tag + b")(?P<text>[^<]*)(?P<end>" + SHUT % tag + b")")


def put(name: str, value: bytes | Callable[[bytes], bytes]) -> Spoil:
    """Another text in the first element of that name."""

    def spoil(data: bytes) -> bytes:
        new = value if callable(value) else lambda _: value
        return _found(name).sub(lambda m: m["all"] + new(m["text"]) + m["end"], data, count=1)

    return spoil


def out(name: str) -> Spoil:
    """Without the first element of that name."""
    return lambda data: re.sub(OPEN % name.encode() + b".*?" + SHUT % name.encode(), b"", data, count=1, flags=re.S)


def twice(name: str) -> Spoil:
    """The first element of that name repeated."""
    return lambda data: _found(name).sub(lambda m: m[0] * 2, data, count=1)


def behind(name: str, more: bytes) -> Spoil:
    """Something after the first element of that name; P stands for the message's own prefix."""
    return lambda data: _found(name).sub(lambda m: m[0] + more.replace(b"P:", m["p"]), data, count=1)


def before_root(more: bytes) -> Spoil:
    return lambda data: re.sub(rb"<(?:\w+:)?alert[\s>]", lambda m: more + m[0], data, count=1)


SPOILED: dict[str, tuple[int, Spoil]] = {
    "CAP 1.1": (1, lambda d: d.replace(b"cap:1.2", b"cap:1.1")),
    "CAP 1.3": (1, lambda d: d.replace(b"cap:1.2", b"cap:1.3")),
    "another root": (1, lambda d: re.sub(rb"(</?(?:\w+:)?)alert\b", rb"\1warning", d)),
    "no XML": (2, lambda _: b'{"identifier": 1}'),
    "nothing": (2, lambda _: b""),
    "cut off": (2, lambda d: d[: len(d) // 2]),
    "two roots": (2, lambda d: d + b"<x/>"),
    "bytes that are no letters": (2, put("event", b"\xff\xfe")),
    "UTF-16": (2, lambda d: d.decode("utf-8", "replace").encode("utf-16")),
    "no scope": (3, out("scope")),
    "no identifier": (3, out("identifier")),
    "identifier twice": (3, twice("identifier")),
    "headline twice": (3, twice("headline")),
    "unknown element": (3, behind("scope", b"<P:level>x</P:level>")),
    "sender twice": (3, twice("sender")),
    "identifier with a space": (4, put("identifier", b"a b")),
    "identifier with a comma": (4, put("identifier", b"a,b")),
    "sender with a space": (5, put("sender", b"a b")),
    "sent with Z": (6, put("sent", lambda text: text.strip()[:19] + b"Z")),
    "sent without offset": (6, put("sent", lambda text: text.strip()[:19])),
    "expires without offset": (6, put("expires", lambda text: text.strip()[:19])),
    "onset in words": (6, put("onset", b"soon")),
    "status": (9, put("status", b"Live")),
    "msgType": (10, put("msgType", b"Warning")),
    "Restricted to nobody": (11, lambda d: put("scope", b"Restricted")(out("restriction")(d))),
    "junk for references": (13, put("references", b"junk")),
    "references to come": (13, put("references", b"a,b,2199-01-01T00:00:00-00:00")),
    "an empty note": (18, lambda d: d if b"note>" in d else behind("scope", b"<P:note/>")(d)),
    "category": (19, put("category", b"Weather")),
    "no event": (19, out("event")),
    "certainty": (20, put("certainty", b"Very Likely")),
    "no urgency": (20, out("urgency")),
    "responseType": (21, put("responseType", b"Run")),
    "language": (22, put("language", b"English language")),
    "over before it was sent": (23, put("expires", b"1999-01-01T00:00:00-00:00")),
    "a long headline": (25, put("headline", b"x" * 161)),
    "HTML": (26, put("description", b"&lt;b&gt;x&lt;/b&gt;")),
    "CDATA": (26, put("description", b"<![CDATA[x]]>")),
    "web": (27, put("web", b"www.city.example")),
    "no mimeType": (29, out("mimeType")),
    "a digest of nothing": (29, put("digest", b"abc")),
    "no areaDesc": (30, out("areaDesc")),
    "an open polygon": (31, put("polygon", lambda text: b" ".join(text.split()[:-1]))),
    "a polygon that crosses": (31, put("polygon", b"10,10 11,11 10,11 11,10 10,10")),
    "latitude 95": (31, put("polygon", b"95,10 95,11 94,11 95,10")),
    "no polygon": (31, put("polygon", b"nan,10 11,11 10,11 nan,10")),
    "a negative radius": (33, put("circle", b"10,10 -5")),
    "no radius": (33, put("circle", b"10,10")),
    "a DTD": (39, before_root(b"<!DOCTYPE alert>")),
    "a DTD behind a comment": (39, before_root(b'<!-- <a> --><!DOCTYPE alert [<!ENTITY x "y">]>')),
    "an entity of a file": (39, before_root(b'<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
    "a DTD on the network": (39, before_root(b'<!DOCTYPE alert SYSTEM "http://127.0.0.1:1/x">')),
    "two hundred deep": (39, behind("scope", b"<a>" * 200 + b"</a>" * 200)),
    "a megabyte of text": (39, put("description", b"x" * 1_100_000)),
}


@pytest.mark.parametrize("name", SPOILED)
def test_each_fault_is_found_under_its_rule_in_every_message(name):
    rule, spoil = SPOILED[name]
    tried = 0
    for path in SPREAD:
        data = path.read_bytes()
        spoiled = spoil(data)
        if spoiled == data:
            continue
        tried += 1
        assert rule in {finding.rule for finding in check(spoiled)}, path.name
        try:
            alert = parse(spoiled)
        except Invalid:
            continue
        assert parse(render(alert)) == alert, path.name
    assert tried or name in (
        "references to come",
        "junk for references",
        "a digest of nothing",
        "a negative radius",
        "no radius",
    )


def test_an_include_of_a_file_is_an_unknown_element_and_reads_nothing():
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    for path in SPREAD:
        spoiled = behind("scope", include)(path.read_bytes())
        alert = parse(spoiled)
        assert "root:" not in render(alert).decode("utf-8")
        assert any("XInclude" in part for part in alert.unknown)
