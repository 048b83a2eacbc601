"""Signing keys are changed while everything goes on: each step by itself, cut short, and rehearsed on real sirens."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connections

from doors import START, SetClock, a_desk
from siren.brokers import Broker, until
from tocsin.app.actor import OPERATOR
from tocsin.channels.siren import SirenChannel, SirenSettings
from tocsin.cli import root
from tocsin.cli.city import CITIES
from tocsin.cli.keys import _seal
from tocsin.core.errors import Refused, Unavailable
from tocsin.record.chain import raw_public
from tocsin.record.events import KeyChanged, Purpose
from tocsin.record.export import verify_export
from tocsin.record.key_change import holds
from tocsin.siren.agent import SirenAgent
from tocsin.siren.clock import SirenClock
from tocsin.siren.config import load
from tocsin.store.ledger import DjangoLedger
from tocsin.warn.cap_write import to_xml
from tocsin.warn.sign import verify
from tocsin.warn.siren_command import Command, sign
from tocsin.wiring import keeping, key_change, key_ring, keys, sealed_keys
from tocsin.wiring.parts import Parts
from tocsin.wiring.settings import Settings
from warn.cap_kit import ALERT

UNSIGNED = to_xml(ALERT)


class House:
    """An installation with two sirens, and its command line."""

    def __init__(self, home: Path, django_home: Path, clock: SetClock) -> None:
        self.home, self.keys = home, home / "keys"
        home.mkdir()
        shutil.copy(CITIES / "port-almen" / "city.json", home)
        keys.make_keys(self.keys, city="Port Almen", now=clock.at)
        self.made = Parts(Settings(home=home, database_url=f"sqlite:///{django_home}/db.sqlite3"))
        self.ledger = DjangoLedger()
        a_desk(clock, ledger=self.ledger)

    def next(self, purpose: Purpose) -> str:
        return key_change.make_next(self.made, purpose)

    def use(self, purpose: Purpose, key: str = "") -> key_change.Known:
        return key_change.use(self.made, purpose, OPERATOR, key, seal=lambda old: _seal(self.made, old))

    def retire(self, purpose: Purpose, key: str = "") -> key_change.Known:
        return key_change.retire(self.made, purpose, OPERATOR, key)

    def look(self, purpose: Purpose) -> key_change.Known:
        return key_change.look(self.keys, purpose)

    def kinds(self) -> list[str]:
        return [entry.event.kind for entry in self.ledger.read() if entry.event.kind.startswith("record.key")]

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(root, list(arguments))


@pytest.fixture
def house(db: str, tmp_path: Path, django_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr("tocsin.wiring.parts.Wake", lambda _path: lambda _seq: None)
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path / "home"))
    yield House(tmp_path / "home", django_home, SetClock())
    connections["default"].close()


PURPOSES = pytest.mark.parametrize("purpose", key_change.PURPOSES)


@PURPOSES
def test_a_key_follows_another_and_the_old_one_is_retired(house: House, purpose: Purpose) -> None:
    first = house.look(purpose)
    waiting = house.next(purpose)
    assert house.look(purpose) == key_change.Known(purpose, first.now, waiting, "")
    assert house.use(purpose) == key_change.Known(purpose, waiting, "", first.now)
    done = house.retire(purpose)
    assert done == key_change.Known(purpose, waiting, "", "", (first.now,))
    assert house.kinds() == ["record.key_changed", "record.key_retired"]
    assert not (house.keys / key_ring.FIRST[purpose]).exists()
    fact = next(KeyChanged(**e.event.body) for e in house.ledger.read() if e.event.kind == KeyChanged.KIND)
    assert (fact.old, fact.new, holds(fact)) == (first.now, waiting, True)
    for path in house.keys.iterdir():
        assert path.stat().st_mode & 0o077 == 0 or path.name.endswith(".cert.pem"), path.name
    assert keys.make_keys(house.keys, city="x", now=house.made.clock.now()) == []  # the first one does not come back


@PURPOSES
def test_back_to_the_one_before_and_forward_again(house: House, purpose: Purpose) -> None:
    first, waiting = house.look(purpose).now, house.next(purpose)
    house.use(purpose)
    assert house.use(purpose, first) == key_change.Known(purpose, first, waiting, "")
    assert house.use(purpose, waiting) == key_change.Known(purpose, waiting, "", first)
    changed = [entry.event.body["new"] for entry in house.ledger.read() if entry.event.kind == KeyChanged.KIND]
    assert changed == [waiting, first, waiting]


def test_what_cannot_be_done_is_refused_and_changes_nothing(house: House) -> None:
    def refused(act: Callable[[], object]) -> None:
        before = {path.name: path.read_bytes() for path in house.keys.iterdir()}, house.ledger.head()
        with pytest.raises(Refused) as said:
            act()
        assert (said.value.code, said.value.field) == ("TOC-8006", "command")
        assert ({path.name: path.read_bytes() for path in house.keys.iterdir()}, house.ledger.head()) == before

    first = house.look("command").now
    refused(lambda: house.use("command"))
    refused(lambda: house.use("command", first))
    refused(lambda: house.retire("command"))
    refused(lambda: house.retire("command", first))
    waiting = house.next("command")
    refused(lambda: house.next("command"))
    refused(lambda: house.use("command", "0" * 16))
    refused(lambda: house.use("command", first))  # it is in use, and nothing was cut short
    refused(lambda: house.retire("command"))  # one that waits must be named
    house.use("command")
    refused(lambda: house.use("command"))
    refused(lambda: house.next("command"))
    refused(lambda: house.retire("command", waiting))
    house.retire("command")
    refused(lambda: house.use("command", first))


def test_one_that_waits_is_given_up_by_its_id(house: House) -> None:
    first, waiting = house.look("cap").now, house.next("cap")
    assert house.retire("cap", waiting) == key_change.Known("cap", first, "", "", (waiting,))
    assert sorted(path.name for path in house.keys.glob("cap*")) == ["cap.cert.pem", "cap.key.pem"]
    assert house.kinds() == ["record.key_retired"]


def test_two_commands_do_not_change_keys_at_once(house: House) -> None:
    with key_ring.held(house.keys), pytest.raises(Refused, match="Another command"):
        house.next("ledger")


@pytest.mark.parametrize("back", [False, True])
def test_a_change_that_a_crash_cut_short_is_completed(
    house: House, back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, waiting = house.look("ledger").now, house.next("ledger")
    if back:
        house.use("ledger")
    turned, told = (first, 2) if back else (waiting, 1)
    with monkeypatch.context() as patched:
        patched.setattr(key_change, "_record", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.use("ledger", turned)
    assert house.look("ledger").now == turned
    assert len(house.kinds()) == told - 1
    house.use("ledger", turned)
    assert len(house.kinds()) == told
    with pytest.raises(Refused):
        house.use("ledger", turned)


def test_a_retirement_that_a_crash_cut_short_is_completed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.next("command")
    house.use("command")
    with monkeypatch.context() as patched:
        patched.setattr(key_change, "_sweep", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            house.retire("command")
    assert (house.keys / "command.ed25519").exists()
    (house.keys / "command-of-mine.ed25519").write_text("a copy that somebody laid there")
    house.retire("command")
    assert not (house.keys / "command.ed25519").exists()
    assert (house.keys / "command-of-mine.ed25519").exists()
    assert house.kinds()[-1] == "record.key_retired"


def test_a_ring_that_cannot_be_written_leaves_what_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first, waiting = house.look("command").now, house.next("command")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(key_ring.os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        house.use("command")
    assert house.look("command") == key_change.Known("command", first, waiting, "")


@pytest.mark.parametrize("text", ["", "{}x", '{"command": {"now": "../x"}}', '{"command": {"now": ".x"}}', '{"x": 1}'])
def test_a_damaged_ring_is_said_and_a_running_signer_goes_on(house: House, text: str) -> None:
    signer = keys.LiveCommand(house.keys)
    before = signer.sign(b"x")
    (house.keys / key_ring.RING).write_text(text)
    with pytest.raises(Unavailable) as said:
        keys.signing_key(house.keys, keys.COMMAND)
    assert (said.value.code, said.value.field) == ("TOC-8002", key_ring.RING)
    assert signer.sign(b"x") == before
    assert house.run("doctor").exit_code == 1


def test_what_runs_follows_at_its_next_signature(house: House) -> None:
    command, ledger, cap = keys.LiveCommand(house.keys), keys.live_ledger(house.keys), keys.LiveCap(house.keys)
    old = command.sign(b"x"), raw_public(ledger()), cap.sign_cap(UNSIGNED)
    certificates = keys.cap_certificates(house.keys)
    for purpose in key_change.PURPOSES:
        house.next(purpose)
        house.use(purpose)
        house.retire(purpose)
    keys.public_key(house.keys, keys.COMMAND).verify(command.sign(b"x"), b"x")
    assert command.sign(b"x") != old[0]
    assert raw_public(ledger()) == keys.ledger_keys(house.keys)[0] != old[1]
    assert old[1] in keys.ledger_keys(house.keys)
    new = cap.sign_cap(UNSIGNED)
    pinned = keys.cap_certificates(house.keys)
    made = ((old[2], START + timedelta(days=1)), (new, house.made.clock.now() + timedelta(days=1)))

    def taken(*certificates: bytes) -> list[bool]:
        return [verify(data, {ALERT.sender: certificates}, at=at).ok for data, at in made]

    assert taken(*pinned) == [True, True]
    assert taken(*certificates) == [True, False]
    assert taken(pinned[0]) == [False, True]


def test_a_backup_brings_a_change_along_that_is_under_way(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed_keys, "_COST", 10)
    for purpose in ("ledger", "cap"):
        house.next(purpose)
        house.use(purpose)
    house.retire("ledger")
    house.next("command")
    (house.keys / f".{key_ring.RING}").write_text("{")  # a crash left it there
    manifest = keeping.make(house.made, tmp_path / "city.tar", [], "six words that nobody else knows")
    elsewhere = Settings(home=tmp_path / "elsewhere")
    keeping.unpack(tmp_path / "city.tar", elsewhere, passphrase="six words that nobody else knows")
    for purpose in key_change.PURPOSES:
        assert key_change.look(elsewhere.keys, purpose) == house.look(purpose)
    known = keys.ledger_keys(house.keys)
    assert [base64.b64decode(one) for one in manifest.ledger_keys] == known == keys.ledger_keys(elsewhere.keys)
    assert len(known) == 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in elsewhere.keys.iterdir())


class Sirens:
    """Two real sirens on a real broker, commanded by the city's own channel, which signs as a worker does."""

    def __init__(self, house: House, broker: Broker, folder: Path) -> None:
        self.house, self.broker, self.folder = house, broker, folder
        self.clock = SirenClock(20.0)
        self.channel = SirenChannel(
            SirenSettings(port=broker.port), keys.LiveCommand(house.keys), self, heard=self._hear
        )
        self.reports: list[dict[str, Any]] = []
        self.running: dict[str, tuple[asyncio.Event, asyncio.Task[None]]] = {}

    def now(self) -> Any:
        return self.clock.read().wall

    async def _hear(self, kind: str, _who: str, payload: bytes) -> None:
        if kind == "report":
            self.reports.append(json.loads(payload))

    async def cli(self, *arguments: str) -> Result:
        def go() -> Result:
            try:
                return self.house.run(*arguments)
            finally:
                connections["default"].close()

        return await asyncio.to_thread(go)

    async def hand_over(self, siren: str) -> None:
        """What the operator does at each siren: the file anew, and the agent started again."""
        where = ("--host", "127.0.0.1", "--port", str(self.broker.port), "--folder", str(self.folder / siren))
        printed = await self.cli("sirens", "config", siren, *where, "--sink", "meter")
        (config,) = load(printed.stdout_bytes)
        await self.halt(siren)
        agent, stop = SirenAgent(config, clock=self.clock), asyncio.Event()
        self.running[siren] = stop, asyncio.create_task(agent.run(stop))
        await until(lambda: agent.link.connected)

    async def halt(self, siren: str) -> None:
        if siren in self.running:
            stop, task = self.running.pop(siren)
            stop.set()
            await task

    def order(self, siren: str, name: str) -> Command:
        now, later = self.now(), self.now() + timedelta(minutes=10)
        return Command(id=f"{name}.{siren}", siren=siren, state="OFF", issued=now, expires=later, warning="w")

    async def verdict(self, command: Command, raw: bytes | None = None) -> str:
        before = len(self.reports)
        if raw is None:
            await self.channel.send(command)
        else:
            await self.channel._publish(f"tocsin/siren/{command.siren}/set", raw)

        def mine() -> list[str]:
            return [r["verdict"] for r in self.reports[before:] if r["siren"] == command.siren and r["verdict"]]

        await until(mine)
        return mine()[0]

    async def verdicts(self, name: str) -> list[str]:
        return [await self.verdict(self.order(siren, name)) for siren in ("s01", "s02")]


@pytest.mark.processes
async def test_key_rotation_rehearsed(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/how-to/change-keys.md, step by step: no siren refuses a command at any time, but for the one that was
    missed on purpose; afterwards the retired key sounds nothing, and one public key checks the whole ledger.
    """
    broker = Broker("embedded", tmp_path)
    await broker.start()
    monkeypatch.setenv("TOCSIN_MQTT_URL", f"mqtt://127.0.0.1:{broker.port}")
    city = Sirens(house, broker, tmp_path)
    stop = asyncio.Event()
    channel = asyncio.create_task(city.channel.run(stop))
    try:
        await city.channel.connected.wait()
        await _rehearse(city)
    finally:
        for siren in list(city.running):
            await city.halt(siren)
        stop.set()
        await channel
        await broker.stop()


async def _rehearse(city: Sirens) -> None:
    leaked, old_ledger = keys.signing_key(city.house.keys, "command"), keys.ledger_keys(city.house.keys)[0]
    for siren in ("s01", "s02"):
        await city.hand_over(siren)
    assert await city.verdicts("before") == ["accepted", "accepted"]

    assert (await city.cli("keys", "new", "command")).exit_code == 0
    await city.hand_over("s01")
    refused = await city.cli("keys", "use", "command")
    assert (refused.exit_code, "1 siren would refuse" in str(refused.exception), "s02" in str(refused.exception)) == (
        1,
        True,
        True,
    )
    assert await city.verdicts("one of two") == ["accepted", "accepted"]
    await city.hand_over("s02")
    assert (await city.cli("keys", "use", "command")).exit_code == 0
    assert await city.verdicts("turned") == ["accepted", "accepted"]
    forged = city.order("s01", "old key")
    assert await city.verdict(forged, sign(forged, leaked)) == "accepted"  # both are good while keys change

    assert (await city.cli("keys", "retire", "command")).exit_code == 0
    still = await city.cli("keys", "sirens")
    assert (still.exit_code, still.output.count("(retired)")) == (0, 2)
    for siren in ("s01", "s02"):
        await city.hand_over(siren)
    asked = await city.cli("keys", "sirens")
    assert (asked.exit_code, asked.output.count("(in use)"), asked.output.count("retired")) == (0, 2, 0)
    assert await city.verdicts("after") == ["accepted", "accepted"]
    forged = city.order("s02", "retired key")
    assert await city.verdict(forged, sign(forged, leaked)) == "bad_signature"
    await _ledger_and_cap(city, old_ledger)


async def _ledger_and_cap(city: Sirens, old: bytes) -> None:
    for purpose in ("ledger", "cap"):
        for step in ("new", "use", "retire"):
            done = await city.cli("keys", step, purpose)
            assert done.exit_code == 0, (done.output, done.exception)
    assert (await city.cli("ledger", "verify")).output.endswith("0 findings\n")
    printed = (await city.cli("ledger", "key", "--all")).output.split()
    new, former = (base64.b64decode(line) for line in printed)
    assert former == old != new
    out = city.folder / "ledger.jsonl"
    assert (await city.cli("ledger", "export", "--out", str(out))).exit_code == 0
    for key in (old, new):
        with out.open("rb") as lines:
            assert verify_export(lines, key)[1] == []
    listed = json.loads((await city.cli("keys", "list", "--json")).stdout)
    assert [(row["purpose"], len(row["retired"]), row["next"], row["before"]) for row in listed] == [
        (purpose, 1, "", "") for purpose in ("command", "ledger", "cap")
    ]
