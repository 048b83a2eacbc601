"""E-mail: what a message carries so that it can be left with one click, and what a server's answers mean."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from channels.rigs import EmailRig, To, warning
from tocsin.channels import email
from tocsin.core.errors import Invalid, Unavailable


@pytest.fixture
async def rig() -> AsyncIterator[EmailRig]:
    made = EmailRig()
    await made.start()
    yield made
    await made.stop()


async def send(rig: EmailRig, to: list[To], notice=None):
    channel = rig.channel()
    try:
        return {one.recipient: one async for one in channel.send(notice or warning(), to)}
    finally:
        await channel.close()


async def test_it_can_be_left_with_one_click_and_calls_for_no_holiday_reply(rig: EmailRig) -> None:
    await send(rig, [To(id=7, address=rig.address("ann"), token="f" * 32)])
    (to, message), *rest = rig.messages
    assert not rest
    assert (to, message["To"]) == ("ann@people.example", "ann@people.example")
    assert message["From"] == "Port Almen <warn@port-almen.example>"
    assert message["Subject"] == "Rocket danger: Old Town"
    assert message["List-Unsubscribe"].strip() == f"<https://warn.example/follow/leave/{'f' * 32}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Importance"] == "high"
    text = message.get_content()
    assert "Go to shelter now." in text
    assert "https://warn.example/cap/tocsin-1.xml" in text
    assert f"https://warn.example/follow/leave/{'f' * 32}" in text


async def test_sent_again_it_is_the_same_message(rig: EmailRig) -> None:
    for _ in range(2):
        await send(rig, [To(id=7, address=rig.address("ann"))])
    assert {message["Message-ID"] for _, message in rig.messages} == {
        "<01HKCX0000000000000000TEST.7@port-almen.example>"
    }


async def test_a_long_headline_comes_as_it_was_written(rig: EmailRig) -> None:
    line = "Ракетная опасность: Центр, Старый город, Левобережье, Харьковская гора и Юго-Западный район " * 2
    said = type(warning().said["en"][0])(headline=line)
    await send(rig, [To(id=1, address=rig.address("ann"), language="ru")], warning(said={"ru": (said,)}))
    assert rig.messages[0][1]["Subject"] == line.strip()


async def test_a_text_cannot_add_a_header(rig: EmailRig) -> None:
    said = warning().said["en"][0]
    changed = type(said)(headline="Danger\r\nBcc: all@people.example", instruction="Go\n.\nRCPT TO:<x@y.example>")
    await send(rig, [To(id=1, address=rig.address("ann"))], warning(said={"en": (changed,)}))
    (_, message), *rest = rig.messages
    assert not rest
    assert message["Bcc"] is None
    assert message["Subject"] == "Danger Bcc: all@people.example"
    assert "\n.\nRCPT" in message.get_content().replace("\r\n", "\n")


async def test_answers_of_the_server(rig: EmailRig) -> None:
    kinds = ["ann", "later", "gone", "spam"]
    found = await send(rig, [To(id=n, address=rig.address(kind)) for n, kind in enumerate(kinds)])
    assert [(found[n].stage, found[n].final) for n in range(4)] == [
        ("accepted", False),
        ("failed", False),
        ("gone", False),
        ("failed", True),
    ]


async def test_connections_are_few_and_kept(rig: EmailRig) -> None:
    found = await send(rig, [To(id=n, address=rig.address(f"p{n}")) for n in range(40)])
    assert {one.stage for one in found.values()} == {"accepted"}
    assert rig.connections <= email.CONNECTIONS


async def test_who_is_asked_to_confirm_gets_the_link_and_nothing_else(rig: EmailRig) -> None:
    channel = rig.channel()
    for active in (False, True):
        await channel.confirm(To(id=3, address=rig.address("ann"), language="ru", token="c" * 32), active=active)
    await channel.close()
    asked, already = (message for _, message in rig.messages)
    assert "https://warn.example/follow/confirm/" + "c" * 32 in asked.get_content()
    assert "https://warn.example/follow/leave/" + "c" * 32 in already.get_content()
    assert asked["Subject"].startswith("Подтвердите")


@pytest.mark.parametrize(
    "text", ["Ann@Example.ORG", " ann+rockets@example.org ", "анн@пример.example", "ann@bücher.example"]
)
def test_addresses(text: str) -> None:
    if text.startswith("анн"):  # a name that only servers with SMTPUTF8 would take
        with pytest.raises(Invalid):
            email.read_address(text)
    else:
        name, _, domain = email.read_address(text)["to"].partition("@")
        assert name == text.strip().partition("@")[0]
        assert domain in {"example.org", "xn--bcher-kva.example"}


@pytest.mark.parametrize(
    "text",
    ["", "ann", "ann@", "@example.org", "ann@localhost", "a b@example.org", "ann@example.org\r\nBcc: x@y.example"],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        email.read_address(text)
    assert refused.value.code == "TOC-13001"


@pytest.mark.parametrize(
    "url", ["http://a", "smtp://", "smtp://host:587", "smtp://u:secret@host?from=nobody", "smtp://h:x"]
)
def test_a_setting_that_cannot_be_used_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        email.read_server(url)
    assert refused.value.field == "TOCSIN_SMTP_URL"
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(email.read_server("smtp://u:secret@host?from=a@b.example"))


async def test_a_password_is_never_sent_in_the_clear(rig: EmailRig) -> None:
    channel = rig.channel(smtp_url=f"smtp://u:secret@127.0.0.1:{rig.port}?from=a@b.example")
    with pytest.raises(Unavailable) as fault:
        [one async for one in channel.send(warning(), [To(id=1, address=rig.address("ann"))])]
    assert "secret" not in str(fault.value)
    assert rig.messages == []
