"""A desk over a ledger in memory with a clock that stands, and the checks that every step must pass."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest

from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk, Outcome
from tocsin.core.area import Area
from tocsin.core.errors import CATALOGUE, TocsinError
from tocsin.core.event import Entry, fact_of
from tocsin.core.time import parse_cap_time
from tocsin.record.memory import MemoryLedger
from tocsin.warn import cap_rules, live
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.alert import Alert
from tocsin.warn.cap_read import parse
from tocsin.warn.context import Sender
from tocsin.warn.events import Siren
from tocsin.warn.phase import full_state
from tocsin.warn.policy import Policy
from tocsin.warn.sign import CapSigner, make_self_signed, unsigned_of, verify
from tocsin.warn.siren_command import Command
from tocsin.warn.siren_plan import orders
from tocsin.warn.state import Thread, WarnState, fold
from tocsin.warn.target import cover

START = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
LANGUAGES = ("en", "ru", "uk", "de")
SENDER = "warn.example.invalid"


@lru_cache(maxsize=1)
def key() -> tuple[bytes, bytes]:
    return make_self_signed(SENDER, START - timedelta(days=1), bytes(range(64)))


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class CountedIds:
    """Identifiers in order, the same in every run."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self) -> str:
        return f"01TEST{next(self._numbers):020d}"


def officer(name: str, *roles: str, area: str = "*") -> Actor:
    return Actor(id=f"officer:{name}", grants=tuple(Grant(role=r, area=area) for r in roles))  # type: ignore[arg-type]


ANNA = officer("anna", "duty", "approver")
BORIS = officer("boris", "duty", "approver")
CLARA = officer("clara", "approver")
ADMIN = Actor(id="system:setup", grants=(Grant(role="admin"),))
WATCH = Actor(id="system:watch", grants=(Grant(role="admin"),))
SENSOR = Actor(id="key:sensor", grants=(Grant(role="sensor"),))
PARTNER = Actor(id="key:partner", grants=(Grant(role="partner"),))


def square(lat: float, lon: float, size: float = 0.02) -> dict[str, Any]:
    ring = [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


@lru_cache(maxsize=64)
def _drawn(lat: float, lon: float) -> tuple[dict[str, Any], tuple[str, ...]]:
    shape = square(lat, lon)
    return shape, cover(shape)


def area(
    area_id: str,
    parent: str | None,
    name: str,
    *,
    at: tuple[float, float] | None = None,
    people: int | None = 1000,
    **more: Any,
) -> Area:
    shape, cells = _drawn(*at) if at else (None, ())
    return Area(
        id=area_id,
        parent=parent,
        kind="city" if parent is None else "district",
        names=dict.fromkeys(LANGUAGES, name),
        geometry=shape,
        cells=cells,
        population=people,
        lead_time_s=60,
        zone="Europe/Moscow",
        demo=True,
        **more,
    )


AREAS = (
    area("city", None, "Sample City", people=None),
    area("north", "city", "North", people=None),
    area("north-1", "north", "North One", at=(50.60, 36.50), people=2000),
    area("north-2", "north", "North Two", at=(50.60, 36.55), people=3000),
    area("south", "city", "South", at=(50.50, 36.50), people=4000),
    area("east", "city", "East", at=(50.55, 36.70), people=5000),
    area("west", "city", "West", at=(50.55, 36.40), people=5000),
    area("harbour", "city", "Harbour", at=(50.45, 36.60), people=6000),
    area("everywhere", None, "Whole country"),
)
SIRENS = tuple(
    Siren(id=f"s{n:02d}", name={"en": f"Siren {n}"}, area=where, demo=True)
    for n, where in enumerate(("north-1", "north-2", "south", "east", "city"), 1)
)


@dataclass
class Rig:
    """A small city at work."""

    policy: Policy = field(default_factory=Policy)
    clock: SetClock = field(default_factory=SetClock)
    areas: tuple[Area, ...] = AREAS
    _seen: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.desk = Desk(
            ledger=MemoryLedger(),
            clock=self.clock,
            ids=CountedIds(),
            signer=CapSigner(*key()),
            sender=Sender(
                id=SENDER,
                names=dict.fromkeys(LANGUAGES, "Sample City"),
                languages=LANGUAGES,
                zone="Europe/Moscow",
                demo=True,
            ),
            policy=self.policy,
        )
        self.do(cmd.DefineAreas(areas=self.areas), ADMIN)
        known = {a.id for a in self.areas}
        self.do(cmd.RegisterSirens(sirens=tuple(s for s in SIRENS if s.area in known)), ADMIN)

    @property
    def state(self) -> WarnState:
        return self.desk.state()

    def do(self, command: cmd.Command, actor: Actor = ANNA) -> Outcome:
        return self.desk.do(command, actor)

    def refused(self, code: str, command: cmd.Command, actor: Actor = ANNA, *, field: str | None = None) -> TocsinError:
        """The command is refused with that code, and nothing has changed."""
        before, state = self.desk.ledger.head(), self.state
        with pytest.raises(TocsinError) as caught:
            self.do(command, actor)
        fault = caught.value
        assert fault.code == code, str(fault)
        assert field is None or fault.field == field, fault.field
        whole(fault)
        assert self.desk.ledger.head() == before
        assert self.state == state
        return fault

    def facts(self, kind: type[Any]) -> list[Any]:
        return [f for e in self.desk.ledger.read() if isinstance(f := fact_of(e.event), kind)]

    def thread(self, warning: str) -> Thread:
        return self.state.threads[warning]

    def phase(self, area_id: str) -> tuple[str, str | None]:
        found = full_state(self.state, area_id, self.clock.now())
        return found["phase"], found["kind"]

    # acts in short

    def draft(self, *areas: str, by: Actor = ANNA, **given: Any) -> str:
        given = {"threat": "drone", "reason": "seen from the tower"} | given
        out = self.do(cmd.Draft(areas=areas, **given), by)
        return str(out.facts[0].warning_id)  # type: ignore[attr-defined]

    def approve(self, warning: str, by: Actor = BORIS) -> None:
        self.do(cmd.Approve(warning_id=warning, sha256=self.thread(warning).message.sha256), by)

    def issue_of(self, warning: str, confirm: str | None = None) -> cmd.Issue:
        thread = self.thread(warning)
        name = confirm if confirm is not None else self.state.areas[thread.content.areas[0]].names["en"]
        return cmd.Issue(warning_id=warning, sha256=thread.message.sha256, confirm=name)

    def issue(self, warning: str, by: Actor = ANNA) -> Outcome:
        return self.do(self.issue_of(warning), by)

    def live(self, *areas: str, by: Actor = ANNA, **given: Any) -> str:
        """A warning that is out, with a second person where one is needed."""
        warning = self.draft(*areas, by=by, **given)
        self.approve(warning, CLARA)
        self.issue(warning, by)
        return warning

    def seen(self, source: str, *areas: str, by: Actor = SENSOR, **given: Any) -> Outcome:
        given = {"id": f"d{next(self._seen)}", "threat": "drone", "trusted": True} | given
        given.setdefault("observed_at", self.clock.now())
        return self.do(cmd.ReportDetection(detection=ev.Detection(source=source, areas=areas, **given)), by)

    def tick(self, seconds: float = 0) -> Outcome:
        self.clock.move(seconds)
        return self.do(cmd.Tick(), WATCH)

    # what went out

    def messages(self) -> list[ev.Message]:
        """Every CAP message that went out, in order."""
        out = []
        for entry in self.desk.ledger.read():
            message = getattr(fact_of(entry.event), "message", None)
            if isinstance(message, ev.Message) and message.xml:
                out.append(message)
        return out

    def frames(self) -> Iterator[tuple[WarnState, Entry, dict[str, Any]]]:
        """Each frame of the live path with its entry and the state after it."""
        state = WarnState()
        for entry in self.desk.ledger.read():
            state = fold(state, entry)
            frame = live.frame(state, entry, self.desk.sender)
            if frame is not None:
                yield state, entry, frame


def whole(fault: TocsinError) -> None:
    """An error that helps: a code of the catalogue, the field at fault, what to do, and where to read on."""
    said = fault.as_dict()
    assert said["code"] in CATALOGUE
    assert said["field"]
    assert said["remedy"]
    assert said["message"]
    assert said["docs"] == f"docs/reference/errors.md#{fault.code.lower()}"


def sound(message: ev.Message) -> Alert:
    """A message that went out keeps our own rules, verifies, and is what was frozen."""
    data = message.xml.encode()
    assert [f for f in cap_rules.check(data) if f.severity == "error"] == []
    assert verify(data, {SENDER: (key()[1],)}).ok
    assert hashlib.sha256(unsigned_of(data)).hexdigest() == message.sha256
    alert = parse(data)
    assert (alert.identifier, alert.sent, alert.msg_type) == (message.identifier, message.sent, message.msg_type)
    return alert


def chain_is_whole(rig: Rig) -> None:
    """Identifiers are unique; within a warning ``sent`` rises and each message references all before it."""
    messages = rig.messages()
    alerts = {m.identifier: sound(m) for m in messages}
    assert len(alerts) == len(messages)
    for thread in rig.state.threads.values():
        sent = [parse_cap_time(m.sent) for m in thread.messages]
        assert sent == sorted(set(sent))
        for at, message in enumerate(thread.messages):
            referenced = {r.identifier for r in alerts[message.identifier].references}
            assert {m.identifier for m in thread.messages[:at]} <= referenced


def plan(
    state: WarnState, entry: Entry, frame: dict[str, Any], policy: Policy, now: datetime
) -> tuple[list[Command], list[ev.SirenSkipped]]:
    """All that the sirens are told at a frame: the commands to send, and the sirens that get none."""
    told = list(orders(state, entry, frame, policy, now))
    skipped = [one for one in told if isinstance(one, ev.SirenSkipped)]
    return [one for one in told if isinstance(one, Command)], skipped
