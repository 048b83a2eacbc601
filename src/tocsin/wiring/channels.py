"""Channels for the settings of one process."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec

from tocsin.channels import email
from tocsin.channels._port import Channel, Place, nothing_heard
from tocsin.channels._registry import make, subscribed
from tocsin.core.errors import Invalid, Refused, TocsinError
from tocsin.core.notice import Late
from tocsin.core.subscription import Subscription
from tocsin.wiring.parts import Parts, is_loopback
from tocsin.wiring.settings import Settings

GREET_S = 8.0
"""A person waits for a page meanwhile."""


def place(parts: Parts, heard: Callable[[Late], None] = nothing_heard) -> Place:
    """What the channels are told of this city.

    Raises:
        Refused: a demonstration would reach further than this machine (TOC-8003).
    """
    own = parts.settings
    if parts.city.demo:
        _stay_inside(own)
    return Place(
        options={name: str(value) for name, value in msgspec.structs.asdict(own).items()},
        site_url=own.site_url.rstrip("/"),
        sender=parts.sender.names,
        clock=parts.clock,
        inside=parts.city.demo,
        heard=heard,
        # A demonstration reaches no browser elsewhere: it is handed to a push service of its own, or to none.
        push=parts.push if own.push_allow or not parts.city.demo else None,
    )


def channels(parts: Parts, heard: Callable[[Late], None] = nothing_heard) -> dict[str, Channel]:
    """The channels that are set up here.

    Raises:
        Invalid: a setting of one of them is unusable (TOC-8001).
        Refused: as :func:`place`.
    """
    return make(place(parts, heard))


def greeter(parts: Parts) -> Callable[[Subscription], bool] | None:
    """Writes to whoever asks to follow by e-mail; None where no mail server is set up.

    Raises:
        Invalid: its setting is unusable (TOC-8001).
        Refused: as :func:`place`.
    """
    where = place(parts)
    if email.make(where) is None:
        return None

    async def write(one: Subscription) -> bool:
        channel = email.make(where)
        if channel is None:
            return False
        try:
            async with asyncio.timeout(GREET_S):
                outcome = await channel.confirm(one, active=one.state == "active")
        except (TocsinError, TimeoutError):
            return False
        finally:
            await channel.close()
        return outcome.stage == "accepted"

    return lambda one: asyncio.run(write(one))


def rates(settings: Settings) -> Mapping[str, float]:
    """Notices a second by channel, from ``TOCSIN_CHANNEL_RATES``.

    Raises:
        Invalid: it is of another form (TOC-8001).
    """
    found: dict[str, float] = {}
    for word in (one.strip() for one in settings.channel_rates.split(",") if one.strip()):
        name, _, rate = word.partition("=")
        number = float(rate) if rate.replace(".", "", 1).isdigit() else math.nan
        if name not in subscribed() or math.isnan(number):
            raise Invalid(
                "TOC-8001",
                "A rate names no channel or no number.",
                field="TOCSIN_CHANNEL_RATES",
                remedy=f"Write them like email=50,sms=30; channels are {', '.join(subscribed())}; 0 is no limit.",
            )
        found[name] = number
    return found


def _stay_inside(own: Settings) -> None:
    for name in ("smtp_url", "smpp_url", "apprise_file"):
        value = getattr(own, name)
        if value and (name == "apprise_file" or not is_loopback(urlsplit(value).hostname or "")):
            raise Refused(
                "TOC-8003",
                "A demonstration may not write to anybody.",
                field=f"TOCSIN_{name.upper()}",
                remedy="Leave it empty, or name a server of this machine, so that nothing can be taken for a warning.",
            )
