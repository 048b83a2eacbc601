"""The port of every channel to people, and what a channel is told of the place in which it works."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from tocsin.core.errors import Invalid, TocsinError, Unavailable
from tocsin.core.notice import AnyNotice, Late, Outcome, Recipient
from tocsin.core.ports import Clock, ContextPool
from tocsin.warn.vapid import Vapid


class Channel(Protocol):
    """One way to reach people. Its file makes it with ``make(place)``, which is None where it is not set up."""

    def send(self, notice: AnyNotice, to: Sequence[Recipient]) -> AsyncIterator[Outcome]:
        """Try once to reach each of them; yields one outcome for each, in any order, as it becomes known.

        Whatever goes wrong with one recipient is that one's outcome. Nothing is raised but what concerns the whole
        channel (``Unavailable``): then nobody of whom nothing was yielded has been reached.
        """
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


def nothing_heard(_late: Late) -> None:
    """For whoever has no use for late reports."""


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """What Web Push needs beside the settings: who signs for the city, and what is prepared ahead."""

    vapid: Vapid
    contexts: ContextPool | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel is told of the place in which it works.

    Attributes:
        options: value of each setting by its name in lower case, without ``tocsin_``.
        site_url: the address of the site, without a slash at its end.
        sender: name of the city by language.
        clock: reads the time.
        inside: a demonstration: nothing may be connected to but this machine.
        heard: takes what the other side reports later; call it on the loop that runs the channel.
        push: for Web Push; None where the city has no key for it.
    """

    options: Mapping[str, str]
    site_url: str
    sender: Mapping[str, str]
    clock: Clock
    inside: bool = False
    heard: Callable[[Late], None] = nothing_heard
    push: Push | None = None

    def link(self, path: str) -> str:
        """The whole address of a page of the site."""
        return self.site_url + path


def text_of(address: Mapping[str, Any], key: str) -> str:
    """A field of an address as text, "" when it is not there."""
    value = address.get(key, "")
    return value if isinstance(value, str) else ""


def bad_address(message: str, remedy: str) -> Invalid:
    """An address that cannot be one of this channel (TOC-13001). What was given is not repeated: it is personal."""
    return Invalid("TOC-13001", message, field="address", remedy=remedy)


def unusable(setting: str, message: str, remedy: str) -> Invalid:
    """A setting of a channel that cannot be used (TOC-8001)."""
    return Invalid("TOC-8001", message, field=setting, remedy=remedy)


def no_answer(setting: str, what: str, fault: BaseException | str) -> TocsinError:
    """The other end of a whole channel does not answer (TOC-8002)."""
    why = fault if isinstance(fault, str) else type(fault).__name__
    remedy = "See that it runs and that the address is right; what waits is tried again."
    return Unavailable("TOC-8002", f"The {what} does not answer: {why}.", field=setting, remedy=remedy)
