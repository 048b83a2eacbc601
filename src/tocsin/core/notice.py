"""What is sent to people by a channel, to whom, and what came of it: the words that every channel shares. Pure.

What is Actual, what tells of the record, and what is only a test are three types, from end to end: a channel that is
handed a test cannot take it for an alarm, and a test has no field that could make it one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from tocsin.core.text import pick


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a notice says, in one language."""

    headline: str
    description: str = ""
    instruction: str = ""


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every notice has.

    Attributes:
        id: of the ledger entry behind it; the same notice sent again has the same.
        seq: of that entry; 0 where there is none.
        sent: when it was said.
        expires: after it nobody is told any more.
        said: language tag → what it says, in order. A partial clear says two things.
        sender: name of the city that speaks, by language.
        page: path on the site where more of it stands.
    """

    id: str
    seq: int
    sent: datetime
    expires: datetime
    said: dict[str, tuple[Said, ...]]
    sender: dict[str, str]
    page: str = "/"

    status: ClassVar[str] = ""

    @property
    def lane(self) -> int:
        """The lower, the sooner. A test never stands before anything."""
        return 9

    def told(self, language: str) -> tuple[str, tuple[Said, ...]]:
        """The language that is nearest to the one asked for, and what is said in it."""
        base = language.partition("-")[0]
        tags = (language, base, *(tag for tag in self.said if tag.partition("-")[0] == base), "en", *self.said)
        tag = next(tag for tag in tags if tag in self.said)
        return tag, self.said[tag]

    def name(self, language: str) -> str:
        """The city's name in that language."""
        return pick(self.sender, language)

    @property
    def order(self) -> tuple[int, int]:
        """Sorts what is more urgent first, then what is older."""
        return (self.lane, self.seq)


class WarningNotice(Notice, frozen=True, kw_only=True, tag="warning"):
    """A warning, or what became of it. Actual.

    Attributes:
        act: what it does. ``update`` also stands for a partial clear; ``end`` for an end that nobody observed.
        warning: the thread to which it belongs.
        level: of the warning.
        urgency: as CAP has it.
        cells: compacted H3 cells, resolution 7 and coarser, of all areas that it concerns.
        cap: path of the signed CAP message on the site; "" where there is none.
        demo: whether a demonstration speaks.
    """

    act: Literal["alert", "update", "all_clear", "cancel", "end"]
    warning: str
    threat: str
    level: Literal["pre_alert", "alert"]
    urgency: str
    cells: tuple[str, ...]
    areas: tuple[dict[str, str], ...] = ()
    cap: str = ""
    demo: bool = False

    status: ClassVar[str] = "Actual"

    @property
    def lane(self) -> int:
        """0: act now; 1: other alarms, changes of one that is immediate, a false one taken back; 2: the rest.

        A change may be what makes a pre-alert an alert, so it must not wait for the ends of others.
        """
        if self.act == "alert":
            return 0 if self.urgency == "Immediate" else 1
        return 1 if self.act == "cancel" or (self.act == "update" and self.urgency == "Immediate") else 2


class RecordNotice(Notice, frozen=True, kw_only=True, tag="record"):
    """A page of the record was published, corrected or withdrawn."""

    act: Literal["bulletin", "correction", "revision", "withdrawal"]

    status: ClassVar[str] = "Actual"

    @property
    def lane(self) -> int:
        """After every warning."""
        return 3


class TestNotice(Notice, frozen=True, kw_only=True, tag="test"):
    """A test of a channel. It warns of nothing and can sound nothing: no channel lets it look like a warning."""

    __test__: ClassVar[bool] = False  # for pytest, that takes every such name for a test of ours

    status: ClassVar[str] = "Test"


AnyNotice = WarningNotice | RecordNotice | TestNotice


class Recipient(Protocol):
    """Whom a channel is to reach; what is kept of them stands in :class:`tocsin.core.subscription.Subscription`."""

    @property
    def id(self) -> int:
        """Number of the subscription: all that outcomes and logs may name."""
        ...

    @property
    def address(self) -> Mapping[str, Any]:
        """What the channel needs to reach the person."""
        ...

    @property
    def language(self) -> str:
        """Tag of the language that is wanted."""
        ...

    @property
    def token(self) -> str:
        """Proves to the site that a link was sent to this person: to confirm, to change, to leave."""
        ...


Stage = Literal["sent", "accepted", "delivered", "failed", "gone"]
"""How far one notice came to one recipient.

``sent``: handed on, and nothing was answered. ``accepted``: a server on the way has taken charge of it. ``delivered``:
the person's own device or system has said that it has it; what a socket or a server of the way took is never called
that. ``failed``: not this time. ``gone``: the address is no longer one.
"""

STAGES: tuple[Stage, ...] = ("sent", "accepted", "delivered", "failed", "gone")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one attempt for one recipient.

    Attributes:
        recipient: number of the subscription.
        stage: see :data:`Stage`.
        retry_after: with ``failed``: seconds to wait that the other side asked for.
        final: with ``failed``: trying again cannot help, as the other side refused this notice for good.
        receipts: what the other side will call this, or each part of it, when it reports on it later.
        detail: a word of the protocol, such as ``550``; never an address.
    """

    recipient: int
    stage: Stage
    retry_after: float | None = None
    final: bool = False
    receipts: tuple[str, ...] = ()
    detail: str = ""


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side reported later of what it had accepted."""

    channel: str
    receipt: str
    stage: Literal["delivered", "failed"]
    detail: str = ""


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel promises; the registry, the reference and the control room read the same.

    Attributes:
        timeout: seconds after which one attempt has failed.
        retries: what happens then.
        receipts: what is known of the delivery, and who says so.
        furthest: the furthest stage that this channel can ever report.
        languages: which languages it carries.
        opt_out: how a person leaves it.
        rate: notices a second at most, unless the settings say otherwise; 0 is no limit.
        batch: recipients that are handed over at once: after a crash no more than these may get a notice twice.
    """

    timeout: float
    retries: str
    receipts: str
    furthest: str
    languages: str
    opt_out: str
    rate: float = 0.0
    batch: int = 1
