"""The agent without a broker, its memory, its sinks and its buttons."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siren.brokers import Broker, Ear, free_port, until
from tocsin.core import points
from tocsin.core.errors import Invalid, Unavailable
from tocsin.siren import fleet as fleet_module
from tocsin.siren import link as link_module
from tocsin.siren.agent import SirenAgent
from tocsin.siren.button import Presses
from tocsin.siren.clock import SirenClock
from tocsin.siren.config import SirenConfig, load
from tocsin.siren.fleet import run_fleet
from tocsin.siren.health import volts
from tocsin.siren.memory import Memory
from tocsin.siren.sound import GpioSink, MeterSink, ProcessSink, WavSink, make
from tocsin.siren.words import Kept, ManualOn
from tocsin.warn.siren_command import Command, holds, sign

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
SPEED = 20.0


def config(tmp_path, **changes) -> SirenConfig:
    fields = {"id": "s01", "folder": str(tmp_path / "s01"), "port": free_port(), "public_keys": (PUBLIC,)}
    return SirenConfig(**(fields | changes))


def order(clock: SirenClock, name="c1", duration=60) -> bytes:
    now = clock.read().wall
    later = now + timedelta(minutes=10)
    return sign(
        Command(id=name, siren="s01", state="ON", duration=duration, issued=now, expires=later, warning="w"), KEY
    )


class Running:
    def __init__(self, agent: SirenAgent) -> None:
        self.agent = agent

    async def __aenter__(self) -> SirenAgent:
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(self.agent.run(self.stop))
        return self.agent

    async def __aexit__(self, *exc) -> None:
        self.stop.set()
        await self.task


# By hand, with no network at all


async def test_it_works_by_hand_with_no_broker_in_reach(tmp_path):
    async with Running(SirenAgent(config(tmp_path), clock=SirenClock(SPEED))) as agent:
        await agent.manual_alert()
        await until(lambda: agent.state.measured)
        assert agent.state.sound.tone == "wail"
        await agent.manual_all_clear()
        await until(lambda: agent.state.sound and agent.state.sound.tone == "all_clear")
        await until(lambda: agent.state.sound is None and not agent.state.measured)
        assert not agent.link.connected


async def test_each_of_a_fleet_works_by_hand_while_nobody_answers_for_names(tmp_path, monkeypatch):
    answered, asked, agents = threading.Event(), [], []

    def silent(host, *_args, **_more):
        asked.append(host)
        answered.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "nobody answers")

    class Noted(SirenAgent):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            agents.append(self)

    monkeypatch.setattr(fleet_module, "SirenAgent", Noted)
    monkeypatch.setattr(socket, "getaddrinfo", silent)
    count = (os.cpu_count() or 1) + 8  # more than the loop's own threads would be
    fleet = [
        config(tmp_path, id=f"s{n:02}", folder=str(tmp_path / f"s{n:02}"), host="broker.test") for n in range(count)
    ]
    stop = asyncio.Event()
    task = asyncio.create_task(run_fleet(fleet, stop=stop, clock=SirenClock(SPEED)))
    try:
        await until(lambda: len(asked) == count)
        await agents[0].manual_alert()
        await until(lambda: agents[0].state.measured)
    finally:
        answered.set()
        stop.set()
        await task


@pytest.mark.processes
async def test_signals_reach_a_siren_without_a_network(tmp_path):
    where = config(tmp_path, sink="wav")
    path = tmp_path / "siren.json"
    path.write_bytes(msgspec.json.encode(where))
    process = subprocess.Popen([sys.executable, "-W", "error", "-m", "tocsin.siren", str(path)])
    sound = Path(where.folder) / "sound"
    try:
        # The memory file appears only with a sound; the handlers are there as soon as the loop is.
        await until(lambda: "SigCgt" in Path(f"/proc/{process.pid}/status").read_text() and _catches(process.pid))
        os.kill(process.pid, signal.SIGUSR1)
        await until((sound / "wail.wav").exists)
        os.kill(process.pid, signal.SIGUSR2)
        await until((sound / "all_clear.wav").exists)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


def _catches(pid: int) -> bool:
    lines = dict(line.split(":\t") for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    caught = int(lines["SigCgt"], 16)
    return all(caught & 1 << (n - 1) for n in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM))


@pytest.mark.parametrize(
    ("name", "held", "counts"),
    [
        ("alert", 2.9, False),
        ("alert", 3.0, True),
        ("all_clear", 5.0, True),
        ("alert", 60.0, False),
        ("door", 5.0, False),
    ],
)
def test_only_a_long_press_counts(name, held, counts):
    presses = Presses()
    assert presses.feed(f"{name} down\n", 10.0) is None
    assert presses.feed(f"{name} up\n", 10.0 + held) == (name if counts else None)
    assert presses.feed(f"{name} up\n", 99.0) is None


# The memory


KEPT = Kept(
    seen=("a", "b"),
    armed=True,
    sound=None,
    sounded_s=0,
    held=None,
    urgent_at=None,
    warnings=(),
    spent=0,
    saved_at=datetime(2024, 1, 4, tzinfo=UTC),
)


def test_memory_comes_back(tmp_path):
    memory = Memory(tmp_path / "deep" / "er")
    assert memory.load() == (None, "")
    memory.save(KEPT)
    assert memory.load() == (KEPT, "")


@pytest.mark.parametrize("damage", [b"", b"{", b'{"seen":1}', b"\x00" * 100])
def test_a_damaged_memory_is_put_aside_and_said(tmp_path, damage):
    (tmp_path / "memory.json").write_bytes(damage)
    kept, fault = Memory(tmp_path).load()
    assert kept is None
    assert "damaged" in fault
    assert (tmp_path / "memory.bad").read_bytes() == damage


async def test_the_id_is_on_the_disk_before_there_is_sound(tmp_path, monkeypatch):
    clock = SirenClock(SPEED)
    agent = SirenAgent(config(tmp_path), clock=clock)
    seen: dict[str, tuple] = {}

    def look(point: str) -> None:
        kept, _ = agent.memory.load()
        seen[point] = (kept is not None and "c1" in kept.seen, agent.sink._until > clock.read().mono)

    monkeypatch.setattr(points, "on_reach", look)
    async with Running(agent):
        await agent._arrived("set", order(clock))
        await until(lambda: agent.state.measured)
    assert seen == {"siren.before_seen": (False, False), "siren.after_seen": (True, False)}


async def test_a_full_disk_does_not_silence_it(tmp_path, monkeypatch):
    clock = SirenClock(SPEED)
    agent = SirenAgent(config(tmp_path), clock=clock)

    def full(_kept) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(agent.memory, "save", full)
    async with Running(agent):
        await agent._arrived("set", order(clock))
        await until(lambda: agent.state.measured)
        assert "No space left" in agent.memory_fault
        await agent._arrived("set", order(clock))
        await until(lambda: agent.state.seen == ("c1",))


async def test_a_clean_restart_in_the_middle_resumes(tmp_path):
    clock = SirenClock(SPEED)
    where = config(tmp_path)
    async with Running(SirenAgent(where, clock=clock)) as agent:
        await agent._arrived("set", order(clock, duration=60))
        await until(lambda: agent.state.measured)
    async with Running(SirenAgent(where, clock=clock)) as again:
        await until(lambda: again.state.measured)
        assert again.state.sound.command_id == "c1"
        assert again.state.seen == ("c1",)
        await until(lambda: again.state.sound is None)


# The sinks


async def test_the_meter_says_silent_for_what_is_only_commanded(tmp_path):
    clock = SirenClock(SPEED)
    sink = MeterSink(clock)
    assert not (await sink.measure()).sounding
    await sink.start("wail", 10, 0.0)
    assert not (await sink.measure()).sounding
    await sink.start("wail", 10, 1.0)
    assert (await sink.measure()).sounding
    await sink.stop()
    assert not (await sink.measure()).sounding
    assert (await sink.quiet_test()).sounding


async def test_a_rest_in_the_rhythm_is_not_silence():
    clock = SirenClock(SPEED)
    sink = MeterSink(clock)
    await sink.start("all_clear", 14, None)
    began = clock.read().mono
    found = []
    while clock.read().mono < began + 13:
        found.append((await sink.measure()).sounding)
        await clock.sleep(0.25)
    assert all(found)


async def test_the_wav_sink_measures_what_is_in_the_file(tmp_path):
    sink = WavSink(SirenClock(SPEED), tmp_path)
    await sink.start("steady", 60, None)
    assert (await sink.measure()).level == pytest.approx(0.707, abs=0.01)
    (tmp_path / "steady.wav").write_bytes(b"")
    await sink.start("steady", 60, 0.5)
    (tmp_path / "steady.wav").write_bytes(b"")
    assert not (await sink.measure()).sounding


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


async def test_a_sound_program_that_dies_is_silence(tmp_path):
    program = script(tmp_path / "play", f"head -c 20000 > {tmp_path}/taken")
    sink = ProcessSink("alsa", (program,), SirenClock())
    await sink.start("wail", 60, None)
    async with asyncio.timeout(20):
        while "not running" not in (found := await sink.measure()).detail:
            await asyncio.sleep(0.02)
    assert not found.sounding
    await sink.stop()


async def test_a_sound_program_takes_what_we_synthesise_and_ends_at_once(tmp_path):
    program = script(tmp_path / "play", f"exec cat > {tmp_path}/taken")
    sink = ProcessSink("alsa", (program,), SirenClock())
    await sink.start("wail", 60, None)
    async with asyncio.timeout(20):
        while not (await sink.measure()).sounding:
            await asyncio.sleep(0.02)
    await sink.stop()
    assert not (await sink.measure()).sounding
    assert (tmp_path / "taken").stat().st_size >= 8000
    assert (await ProcessSink("alsa", (program,), SirenClock()).quiet_test()).sounding


async def test_a_relay_with_a_sense_line_is_believed_over_the_command(tmp_path):
    relay = script(tmp_path / "relay", "case $1 in on) exit 0;; sense) exit 1;; esac")
    sink = GpioSink(relay, SirenClock())
    await sink.start("wail", 60, None)
    assert not (await sink.measure()).sounding


async def test_a_relay_without_one_says_that_it_is_not_sensed(tmp_path):
    relay = script(tmp_path / "relay", "case $1 in on|off) exit 0;; *) exit 64;; esac")
    sink = GpioSink(relay, SirenClock())
    await sink.start("wail", 60, None)
    found = await sink.measure()
    assert found.sounding
    assert "not sensed" in found.detail
    await sink.stop()
    assert not (await sink.measure()).sounding
    gone = GpioSink(str(tmp_path / "none"), SirenClock())
    await gone.start("wail", 60, None)
    assert not (await gone.measure()).sounding


def test_a_missing_sound_program_is_said_at_the_start(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="TOC-8002"):
        make(config(tmp_path, sink="alsa"), SirenClock())


# Settings and health


def test_settings_are_read_and_refused(tmp_path):
    body = {"id": "a", "folder": "f"}
    assert load(json.dumps(body).encode())[0].id == "a"
    for bad in (
        b"{",
        b'{"id":"a"}',
        json.dumps([body, body]).encode(),
        json.dumps(body | {"public_keys": ["x"]}).encode(),
    ):
        with pytest.raises(Invalid, match="TOC-8001"):
            load(bad)


def test_volts_are_measured_or_null(tmp_path):
    assert volts(config(tmp_path)) is None
    assert volts(config(tmp_path, vdc_path=str(tmp_path / "none"))) is None
    (tmp_path / "v").write_text("12650000\n")
    assert volts(config(tmp_path, vdc_path=str(tmp_path / "v"), vdc_scale=1e-6)) == 12.65


# With a broker


@pytest.fixture
async def broker(tmp_path):
    broker = Broker("embedded", tmp_path)
    await broker.start()
    yield broker
    await broker.stop()


async def test_when_home_assistant_comes_up_everything_is_said_again(tmp_path, broker, monkeypatch):
    class Dice:
        def __init__(self):
            self.asked = []

        def uniform(self, low, high):
            self.asked.append((low, high))
            return 0.01

    dice = Dice()
    monkeypatch.setattr(link_module, "_dice", dice)
    async with Ear(broker.port).open() as ear, Running(SirenAgent(config(tmp_path, port=broker.port))) as agent:
        await until(lambda: agent.link.connected)
        await until(lambda: ear.on("tocsin/siren/s01/health"))
        ear.heard.clear()
        await ear.say("homeassistant/status", b"online")
        await until(lambda: ear.on("tocsin/siren/s01/health"))
        said = [t for t, p, _ in ear.heard if p and t != "homeassistant/status"]
        assert said[:3] == [
            "homeassistant/device/tocsin_s01/config",
            "tocsin/siren/s01/availability",
            "tocsin/siren/s01/state",
        ]
        assert (1, 10) in dice.asked


async def test_reports_are_signed_where_the_siren_has_a_key(tmp_path, broker):
    from cryptography.hazmat.primitives import serialization as form

    own = Ed25519PrivateKey.generate()
    pem = own.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    (tmp_path / "own.pem").write_bytes(pem)
    where = config(tmp_path, port=broker.port, report_key=str(tmp_path / "own.pem"))
    clock = SirenClock(SPEED)
    async with Ear(broker.port).open() as ear, Running(SirenAgent(where, clock=clock)) as agent:
        await until(lambda: agent.link.connected)
        await ear.say("tocsin/siren/s01/set", order(clock))
        await until(lambda: ear.on("tocsin/siren/s01/report"))
        report = json.loads(ear.on("tocsin/siren/s01/report")[0])
        assert holds(report, [own.public_key()])
        assert not holds(report | {"state": "silent"}, [own.public_key()])


async def test_a_fleet_sounds_together_and_each_keeps_its_own_memory(tmp_path, broker):
    clock, stop = SirenClock(SPEED), asyncio.Event()
    fleet = [
        SirenConfig(id=f"s{n:02}", folder=str(tmp_path / f"s{n:02}"), port=broker.port, public_keys=(PUBLIC,))
        for n in range(12)
    ]
    task = asyncio.create_task(run_fleet(fleet, stop=stop, clock=clock))
    async with Ear(broker.port).open() as ear:
        await until(lambda: all(b"online" in ear.on(f"tocsin/siren/{c.id}/availability") for c in fleet))
        now = clock.read().wall
        for c in fleet:
            one = Command(
                id=f"w.{c.id}", siren=c.id, state="ON", issued=now, expires=now + timedelta(minutes=5), warning="w"
            )
            await ear.say(f"tocsin/siren/{c.id}/set", sign(one, KEY))
        await until(lambda: all(any(b'"sounding"' in p for p in ear.on(f"tocsin/siren/{c.id}/report")) for c in fleet))
        assert all(Memory(c.folder).load()[0].seen == (f"w.{c.id}",) for c in fleet)
        stop.set()
        await task
        await until(lambda: all(ear.on(f"tocsin/siren/{c.id}/availability")[-1] == b"offline" for c in fleet))


async def test_rubbish_is_counted_and_not_answered_one_by_one(tmp_path, broker):
    async with Ear(broker.port).open() as ear, Running(SirenAgent(config(tmp_path, port=broker.port))) as agent:
        await until(lambda: agent.link.connected)
        async with aiomqtt.Client("127.0.0.1", broker.port) as rude:
            for _ in range(50):
                await rude.publish("tocsin/siren/s01/set", b"{", qos=1)
        await until(lambda: agent.refused["malformed"] == 50)
        await until(lambda: ear.on("tocsin/siren/s01/report"))
        assert len(ear.on("tocsin/siren/s01/report")) < 25


# The end of a sound


class Leaping(SirenClock):
    """A clock that a test moves on."""

    ahead = 0.0

    def read(self):
        now = super().read()
        return msgspec.structs.replace(now, wall=now.wall + timedelta(seconds=self.ahead), mono=now.mono + self.ahead)


class AskedLate(MeterSink):
    """A sink that is asked before the end of its sound and answers after it."""

    leap = 0.0

    async def measure(self):
        self._clock.ahead += self.leap
        return await super().measure()


async def test_a_sound_that_ends_while_it_is_measured_is_no_fault(tmp_path):
    clock = Leaping()
    sink = AskedLate(clock)
    agent = SirenAgent(config(tmp_path), clock=clock, sink=sink)
    await agent._happen(ManualOn(source="button"))
    assert agent.state.measured
    sink.leap = 2.0 * agent.limits.hard_limit_s
    await agent._measure()
    assert agent.state.sound is None
    assert not agent.state.measured
    assert agent.state.fault == ""
