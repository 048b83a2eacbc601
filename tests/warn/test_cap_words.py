"""The short way to a message's words says what the long way says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.errors import Invalid
from tocsin.warn import cap_words
from tocsin.warn.cap_read import parse_own
from tocsin.warn.cap_words import AlertWords, words_of
from tocsin.warn.cap_write import render
from warn.cap_kit import ALERT, spoiled, with_info
from warn.rig import Rig


def test_it_says_what_the_whole_reading_says() -> None:
    rig = Rig()
    warning = rig.live("north", "south")
    data = rig.state.threads[warning].messages[-1].xml.encode()
    short, whole = words_of(data), parse_own(data)
    assert (short.identifier, short.sent, short.status, short.msg_type) == (
        whole.identifier,
        whole.sent,
        whole.status,
        whole.msg_type,
    )
    assert [(i.language, i.headline, i.description, i.instruction) for i in short.infos] == [
        (i.language, i.headline, i.description, i.instruction) for i in whole.infos
    ]
    assert len(short.infos) > 1


def test_what_is_absent_is_empty_and_the_language_is_the_standards_own() -> None:
    (info,) = words_of(render(with_info(language="", headline=None))).infos
    assert (info.language, info.headline) == ("en-US", "")


def test_escaped_words_are_read_back() -> None:
    (info,) = words_of(render(with_info(headline="a < b & c"))).infos
    assert info.headline == "a < b & c"


@pytest.mark.parametrize(
    "data",
    [
        b"no xml",
        render(ALERT).replace(b"cap:1.2", b"cap:1.1"),
        spoiled(("  <sent>2024-01-04T20:58:00-00:00</sent>\n", "")),
    ],
    ids=["no xml", "another version", "no time"],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        words_of(data)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40),
    st.text(st.sampled_from("a<>&;#13\r\n\t ]amp lt"), max_size=40),
)
def test_the_text_and_the_parser_say_the_same(headline: str, instruction: str) -> None:
    data = render(with_info(headline=headline, instruction=instruction or None))
    assert cap_words._as_written(data) == cap_words._parsed(data)


@pytest.mark.parametrize(
    ("old", "new", "headline"),
    [
        ("<headline>", "<headline><!-- a remark -->", None),
        ("<headline>", "<headline>&#65;", "A"),
        ("<headline>", "<headline><![CDATA[a <headline>]]>", "a <headline>"),
        ("</alert>", '<x:e xmlns:x="u:x" xmlns="u:y"><headline>another</headline></x:e></alert>', None),
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "", None),
        ("</headline>", "</headline><?x <headline>evil</headline>?>", None),
        ("</headline>", "</headline><headline>another</headline>", None),
        ("<headline>", '<headline a="1">', None),
        ("<headline>", "<headline >", None),
    ],
    ids=[
        *("comment", "escape", "section", "another name space", "no declaration"),
        *("instruction", "two headlines", "attribute", "blank"),
    ],
)
def test_what_only_a_parser_can_tell_is_left_to_it(old: str, new: str, headline: str | None) -> None:
    said = words_of(render(ALERT)).infos[0].headline
    data = render(ALERT).decode().replace(old, new, 1).encode()
    assert words_of(data).infos[0].headline == (said if headline is None else headline + said)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<language>", "<language> "),
        ("</language>", "\n</language>"),
        ("<sent>", "<sent> "),
        ("<status>", "<status>\t"),
        ("<language>en</language>", "<language>\n en</language>"),
    ],
)
def test_blanks_around_what_is_one_word_go(old: str, new: str) -> None:
    plain = render(ALERT)
    assert words_of(plain.replace(old.encode(), new.encode())) == words_of(plain)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</language>", "&#13;</language>"),
        ("<headline>", "<status>Test</status><headline>"),
        ("</alert>", "<ds:Signature xmlns:ds='u'><headline>&#65;</headline></ds:Signature></alert>"),
        ("</alert>", "<ds:Signature xmlns:ds='u'></ds:Signature><info><headline>one</headline></info></alert>"),
    ],
    ids=["a return behind one word", "a part of the head in an info", "in a signature", "behind a signature"],
)
def test_what_the_writer_never_writes_is_read_as_a_parser_reads_it(old: str, new: str) -> None:
    data = render(ALERT).decode().replace(old, new, 1).encode()
    assert words_of(data) == cap_words._parsed(data)


@pytest.mark.parametrize("end", [b"", b"</alert", b"<b>]]></b></alert>\n"])
def test_half_a_message_is_none(end: bytes) -> None:
    with pytest.raises(Invalid):
        words_of(render(ALERT).removesuffix(b"</alert>\n") + end)


def test_our_own_messages_need_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    warning = rig.live("north")
    data = rig.state.threads[warning].messages[-1].xml.encode()
    monkeypatch.setattr(cap_words, "load", None)
    assert isinstance(words_of(data), AlertWords)
