"""A test notice to one address: for an operator who tries a channel, and for the canary that does so for ever."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tocsin.channels._port import Channel
from tocsin.core.notice import Outcome, Said, TestNotice
from tocsin.core.subscription import Subscription

TRIED = {
    "en": "Test of this channel",
    "de": "Probe dieses Kanals",
    "ru": "Проверка этого канала",
    "uk": "Перевірка цього каналу",
}


def addressee(name: str, address: Mapping[str, Any], language: str, now: datetime) -> Subscription:
    """Somebody at that address who is in no address book."""
    return Subscription(
        id=0,
        channel=name,
        address=dict(address),
        cells=(),
        language=language,
        level="alert",
        created=now,
        state="active",
        token=secrets.token_hex(16),
    )


async def try_once(channel: Channel, to: Subscription, sender: dict[str, str], now: datetime) -> Outcome:
    """Send one test, which warns of nothing and can sound nothing, and say what came of it."""
    notice = TestNotice(
        id=f"test-{secrets.token_hex(8)}",
        seq=0,
        sent=now,
        expires=now + timedelta(minutes=10),
        said={language: (Said(headline=text),) for language, text in TRIED.items()},
        sender=sender,
    )
    return await anext(aiter(channel.send(notice, [to])))
