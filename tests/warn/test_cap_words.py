"""The short way to a message's words says what the long way says."""

from __future__ import annotations

import pytest

from tocsin.core.errors import Invalid
from tocsin.warn.cap_read import parse_own
from tocsin.warn.cap_words import words_of
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
