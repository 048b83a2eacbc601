"""SMS: how long texts are cut and joined, what the centre's answers mean, and when a message counts as delivered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import consts

from channels.rigs import SmsRig, To, gsm_decoded, trial, warning
from tocsin.channels import sms
from tocsin.channels._gsm import MOST_PARTS, split
from tocsin.core.errors import Invalid, Unavailable
from tocsin.core.notice import Late, Said

GSM, UCS2 = consts.SMPP_ENCODING_DEFAULT, consts.SMPP_ENCODING_ISO10646


@pytest.fixture
async def rig() -> AsyncIterator[SmsRig]:
    made = SmsRig()
    await made.start()
    yield made
    await made.stop()


def joined(coding: int, bodies: list[bytes]) -> str:
    parts = bodies if len(bodies) == 1 else [body[6:] for body in bodies]
    return "".join(part.decode("utf-16-be") if coding == UCS2 else gsm_decoded(part) for part in parts)


@pytest.mark.parametrize(
    ("text", "coding", "parts"),
    [
        ("a" * 160, GSM, 1),
        ("a" * 161, GSM, 2),
        ("[" * 80, GSM, 1),
        ("[" * 81, GSM, 2),
        ("я" * 70, UCS2, 1),
        ("я" * 71, UCS2, 2),
        ("я" * 134, UCS2, 2),
        ("я" * 135, UCS2, 3),
        ("🚀" * 35, UCS2, 1),
        ("`", UCS2, 1),
    ],
)
def test_how_many_parts(text: str, coding: int, parts: int) -> None:
    found, bodies = split(text)
    assert (found, len(bodies)) == (coding, parts)
    assert joined(found, bodies) == text
    assert all(len(body) <= (160 if coding == GSM else 140) for body in bodies)


def test_no_part_ends_inside_a_character() -> None:
    for text in ("a" * 152 + "[" * 10, "я" * 66 + "🚀" * 40):
        coding, bodies = split(text)
        for body in bodies:
            joined(coding, [body[6:]])  # each can be read by itself
        assert joined(coding, bodies) == text


def test_parts_name_one_another() -> None:
    _, bodies = split("a" * 400)
    assert [body[:3] for body in bodies] == [b"\x05\x00\x03"] * 3
    assert len({body[3] for body in bodies}) == 1
    assert [(body[4], body[5]) for body in bodies] == [(3, 1), (3, 2), (3, 3)]


@given(st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=2000), st.booleans())
def test_any_text_fits(text: str, ucs2: bool) -> None:
    coding, bodies = split(text, ucs2=ucs2)
    assert 1 <= len(bodies) <= MOST_PARTS
    assert all(len(body) <= (160 if coding == GSM else 140) for body in bodies)
    joined(coding, bodies)
    assert coding == UCS2 or not ucs2


async def test_fields_of_a_message(rig: SmsRig) -> None:
    channel = rig.channel()
    [one async for one in channel.send(warning(), [To(id=1, address=rig.address("take"))])]
    [one async for one in channel.send(trial(), [To(id=1, address=rig.address("take"))])]
    await channel.close()
    alarm, test = rig.submitted
    assert rig.binds == ["almen:secret"]  # one session for both
    assert (alarm.source_addr, alarm.source_addr_ton) == (b"ALMEN", consts.SMPP_TON_ALNUM)
    assert (alarm.destination_addr, alarm.dest_addr_ton) == (b"491510000000", consts.SMPP_TON_INTL)
    assert alarm.validity_period == b"240105070100000+"  # the centre forgets it with the notice
    assert (alarm.priority_flag, test.priority_flag) == (3, 0)
    assert alarm.registered_delivery == consts.SMPP_SMSC_DELIVERY_RECEIPT_BOTH


async def test_it_is_delivered_when_the_phone_has_it_and_not_before(rig: SmsRig) -> None:
    heard: asyncio.Queue[Late] = asyncio.Queue()
    channel = rig.channel(heard.put_nowait)
    notice = warning(said={"en": (Said(headline="x" * 200),)})
    outcome = await anext(channel.send(notice, [To(id=1, address=rig.address("take"))]))
    assert (outcome.stage, outcome.receipts) == ("accepted", ("m1", "m2"))
    rig.report("m1", "ENROUTE")
    rig.report("m1", "DELIVRD")
    rig.report("m2", "UNDELIV")
    async with asyncio.timeout(30):
        late = [await heard.get(), await heard.get()]
    assert [(one.receipt, one.stage) for one in late] == [("m1", "delivered"), ("m2", "failed")]
    await channel.close()


async def test_a_lost_session_is_opened_again(rig: SmsRig) -> None:
    channel = rig.channel()
    session = await channel.open()
    for writer in rig._writers:
        writer.close()
    async with asyncio.timeout(30):
        await session.lost.wait()
    outcome = await anext(channel.send(warning(), [To(id=1, address=rig.address("take"))]))
    assert outcome.stage == "accepted"
    assert len(rig.binds) == 2
    await channel.close()


async def test_a_centre_that_refuses_us_is_said_without_the_password(rig: SmsRig) -> None:
    channel = rig.channel(smpp_url=f"smpp://almen:wrong@127.0.0.1:{rig.port}?from=ALMEN")
    with pytest.raises(Unavailable) as fault:
        [one async for one in channel.send(warning(), [To(id=1, address=rig.address("take"))])]
    assert "wrong" not in str(fault.value)
    await channel.close()


@pytest.mark.parametrize(
    "text", ["", "0151 123", "+0151234567", "+49", "+49 151 12 34 56 78 90 12 34 56", "+49abc1234567"]
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        sms.read_address(text)
    assert refused.value.code == "TOC-13001"


@pytest.mark.parametrize(
    "url", ["http://a", "smpp://host?from=A", "smpp://s:secret@host", "smpp://s:secret@h?from=A!&alphabet=x"]
)
def test_a_setting_that_cannot_be_used_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        sms.read_centre(url)
    assert refused.value.field == "TOCSIN_SMPP_URL"
    assert "secret" not in str(refused.value)
