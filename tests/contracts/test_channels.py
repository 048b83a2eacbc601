"""One suite for every channel to people, each against a real server of its protocol on this machine."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from channels.rigs import RIGS, To, trial, warning
from tocsin.channels._port import Channel
from tocsin.channels._registry import channels, subscribed
from tocsin.core.errors import Unavailable
from tocsin.core.notice import Outcome, Quality

FURTHER = ("failed", "gone", "sent", "accepted", "delivered")


@pytest.fixture(params=sorted(RIGS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    made = RIGS[request.param]()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def channel(rig: Any) -> AsyncIterator[Channel]:
    made = rig.channel()
    yield made
    await made.close()


async def outcomes(channel: Channel, notice: Any, to: list[To]) -> dict[int, Outcome]:
    found = [one async for one in channel.send(notice, to)]
    assert sorted(one.recipient for one in found) == sorted(one.id for one in to), "one outcome for each"
    return {one.recipient: one for one in found}


def test_every_channel_has_a_rig_and_states_its_qualities() -> None:
    assert set(subscribed()) - {"webpush"} == set(RIGS)  # web push has a suite of its own beside its cryptography
    for name, module in channels().items():
        quality = module.QUALITY
        assert isinstance(quality, Quality), name
        assert 0 < quality.timeout <= 60, name
        assert quality.furthest in {"none", "sent", "accepted", "delivered"}, name
        assert quality.batch >= 1, name
        assert all((quality.retries, quality.receipts, quality.languages, quality.opt_out)), name


async def test_what_is_taken_is_claimed_no_further_than_the_channel_can_know(rig: Any, channel: Channel) -> None:
    to = [To(id=n, address=rig.address("take")) for n in range(1, 6)]
    found = await outcomes(channel, warning(), to)
    furthest = FURTHER.index(channels()[rig.name].QUALITY.furthest)
    assert all(FURTHER.index("sent") <= FURTHER.index(one.stage) <= furthest for one in found.values()), found
    assert len(rig.arrived) >= 1
    assert all("Go to shelter now." in text for text in rig.arrived)


async def test_each_gets_their_own_language(rig: Any, channel: Channel) -> None:
    await outcomes(channel, warning(), [To(id=1, address=rig.address("take"), language="ru")])
    assert all("Идите в укрытие." in text for text in rig.arrived)


async def test_a_test_says_so_before_anything_else(rig: Any, channel: Channel) -> None:
    await outcomes(channel, trial(), [To(id=1, address=rig.address("take"))])
    assert len(rig.arrived) == 1
    if rig.says_test_in_words:
        assert "TEST" in rig.arrived[0][: rig.arrived[0].index("Test of this channel")]
    else:
        assert '"type": "test"' in rig.arrived[0]


async def test_one_that_is_refused_or_gone_holds_up_nobody_else(rig: Any, channel: Channel) -> None:
    kinds = ["take", "later", "gone", "take", "later", "gone", "take"]
    to = [To(id=n, address=rig.address(kind)) for n, kind in enumerate(kinds, 1)]
    found = await outcomes(channel, warning(), to)
    for one in to:
        outcome, kind = found[one.id], kinds[one.id - 1]
        if kind == "take":
            assert FURTHER.index(outcome.stage) >= FURTHER.index("sent")
        elif kind == "gone":
            assert outcome.stage == "gone" or outcome.final
        else:
            assert outcome.stage == "failed"
            assert not outcome.final


async def test_a_far_end_that_is_not_there_delivers_nothing(rig: Any) -> None:
    to = [To(id=n, address=rig.address("take")) for n in (1, 2)]
    await rig.stop()
    channel = rig.channel()
    try:
        found = await outcomes(channel, warning(), to)
        assert {one.stage for one in found.values()} == {"failed"}
        assert not any(one.final for one in found.values())
    except Unavailable:  # the other way to say so
        pass
    finally:
        await channel.close()


async def test_no_address_stands_in_outcomes_or_logs(
    rig: Any, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="tocsin")
    to = [To(id=n, address=rig.address(kind)) for n, kind in enumerate(("take", "later", "gone"), 1)]
    found = await outcomes(channel, warning(), to)
    personal = [value for one in to for value in one.address.values() if isinstance(value, str)]
    said = caplog.text + repr(found)
    assert not [value for value in personal if value in said]


async def test_nobody_to_reach_is_no_fault(channel: Channel) -> None:
    assert await outcomes(channel, warning(), []) == {}
