"""A message that is said to be its own canonical form is exactly that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.warn import sign
from tocsin.warn.cap_plain import plain
from tocsin.warn.cap_write import render, to_xml
from tocsin.warn.cap_xml import MAX_CHILDREN, load
from tocsin.warn.sign_check import canonical
from warn.cap_kit import ALERT, with_info
from warn.rig import Rig
from warn.test_cap_sign import CERT, KEY


def whole(data: bytes) -> bytes:
    return canonical(load(data).getroottree())


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40),
    st.text(st.sampled_from("a<>&;#13\r\n\t ]\"'"), min_size=1, max_size=40),
)
def test_it_is_what_canonicalisation_would_write(headline: str, instruction: str) -> None:
    data = render(with_info(headline=headline, instruction=instruction))
    found = plain(data)
    assert found in (None, whole(data))
    assert (found is None) == ("\r" in instruction)  # which has another escape there


def test_what_tocsin_sends_is_signed_without_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    warning = rig.live("north", "south")
    unsigned = sign.unsigned_of(rig.state.threads[warning].messages[-1].xml.encode())
    assert plain(unsigned) == whole(unsigned)
    monkeypatch.setattr(sign, "load", None)
    signed = sign.CapSigner(KEY, CERT).sign_cap(unsigned)
    monkeypatch.undo()
    assert sign.verify(signed, {"warnings@city.example": [CERT]}).result is not sign.Result.TAMPERED
    assert sign.unsigned_of(signed) == unsigned


@pytest.mark.parametrize("after", ["", "\n", " \n", "\n \n", "\t"])
def test_blanks_behind_the_message_are_not_signed(after: str) -> None:
    data = to_xml(ALERT).rstrip() + after.encode()
    assert plain(data) in (None, whole(data))
    assert sign.verify(sign.CapSigner(KEY, CERT).sign_cap(data), {ALERT.sender: [CERT]}).ok


def test_a_message_that_is_too_wide_is_left_to_the_parser() -> None:
    wide = to_xml(ALERT).replace(b"</alert>", b"<note>a</note>" * MAX_CHILDREN + b"</alert>")
    assert plain(wide) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<headline>", "<headline><!-- a remark -->"),
        ("<headline>", "<headline>&#65;"),
        ("<headline>", "<headline><![CDATA[a]]>"),
        ("<headline>", '<headline lang="en">'),
        ("<headline>", "<web/><headline>"),
        ("<headline>", "<headline>\r\n"),
        ("<headline>", "<headline>>"),
        ("</headline>", "</headlines>"),
        ("</alert>", "</alert><?style sheet?>"),
        ("</alert>", "</alert></alert>"),
        ("</alert>", ""),
        ("UTF-8", "ISO-8859-1"),
        ("cap:1.2", "cap:1.1"),
    ],
)
def test_everything_else_is_left_to_the_parser(old: str, new: str) -> None:
    data = to_xml(ALERT).decode()
    assert old in data
    assert plain(data.replace(old, new, 1).encode()) is None
    assert plain(data.encode()) is not None
