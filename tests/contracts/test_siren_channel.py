"""What must hold between city, broker and siren, on the embedded broker and on Mosquitto alike.

The sirens are real agents with the measuring sink: "sounding" means that the samples fed had a level. Their clock runs
twenty times faster, so that a minute of wail takes three seconds; no test asserts how long anything took.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from siren.brokers import Broker, Ear, until
from tocsin.channels.siren import SirenChannel, SirenSettings
from tocsin.siren.agent import SirenAgent
from tocsin.siren.clock import SirenClock
from tocsin.siren.config import SirenConfig
from tocsin.warn.discovery import Profile
from tocsin.warn.siren_command import Command, DrillCommand, sign

SPEED = 20.0
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def broker(request, tmp_path):
    broker = Broker(request.param, tmp_path)
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def ear(broker):
    async with Ear(broker.port).open() as ear:
        yield ear


class Wall:
    """The agents' fast clock, as the channel reads it."""

    def __init__(self, clock: SirenClock) -> None:
        self._clock = clock

    def now(self):
        return self._clock.read().wall


class City:
    """One siren, the channel, and a clock that both share."""

    def __init__(self, broker: Broker, tmp_path, **config) -> None:
        self.clock = SirenClock(SPEED)
        self.broker = broker
        self.config = SirenConfig(
            id="s01", folder=str(tmp_path / "s01"), port=broker.port, public_keys=(PUBLIC,), area="harbour", **config
        )
        self.heard: list[tuple[str, str, bytes]] = []
        self.dropped: list[tuple[str, str]] = []
        self.channel = SirenChannel(
            SirenSettings(port=broker.port), KEY, Wall(self.clock), heard=self._hear, dropped=self._drop
        )
        self.agent = SirenAgent(self.config, clock=self.clock)
        self._stops: list[asyncio.Event] = []
        self._tasks: list[asyncio.Task] = []

    async def _hear(self, kind, who, payload) -> None:
        self.heard.append((kind, who, payload))

    async def _drop(self, command, reason) -> None:
        self.dropped.append((command.id, reason))

    def _go(self, coroutine, stop) -> asyncio.Event:
        self._stops.append(stop)
        self._tasks.append(asyncio.create_task(coroutine))
        return stop

    def start_agent(self) -> asyncio.Event:
        stop = asyncio.Event()
        return self._go(self.agent.run(stop), stop)

    async def start(self) -> None:
        stop = asyncio.Event()
        self._go(self.channel.run(stop), stop)
        await self.channel.connected.wait()
        self.start_agent()
        await until(lambda: self.agent.link.connected)

    async def end(self) -> None:
        for stop in self._stops:
            stop.set()
        await asyncio.gather(*self._tasks)

    def command(self, name="c1", **changes) -> Command:
        now = self.clock.read().wall
        fields = {
            "id": name,
            "siren": "s01",
            "state": "ON",
            "tone": "wail",
            "duration": 60,
            "issued": now,
            "expires": now + timedelta(seconds=600),
            "warning": "w1",
        } | changes
        return Command(**fields)

    def reports(self, state=None) -> list[dict]:
        found = [json.loads(p) for kind, _, p in self.heard if kind == "report"]
        return [r for r in found if state is None or r["state"] == state]

    def starts(self) -> list[dict]:
        """Reports of sound that began; one on a repeated or limited command says "sounding" too when it is."""
        return [r for r in self.reports("sounding") if r["verdict"] == "accepted"]


@pytest.fixture
async def city(broker, tmp_path):
    city = City(broker, tmp_path)
    await city.start()
    yield city
    await city.end()


async def test_a_command_becomes_measured_sound_and_ends_by_the_sirens_own_timer(city, ear):
    receipt = await city.channel.send(city.command())
    assert receipt.outcome == "published"
    await until(lambda: city.reports("sounding"))
    said = city.reports("sounding")[0]
    assert said["command_id"] == "c1"
    assert said["tone"] == "wail"
    assert "rms" in said["detail"]
    assert city.agent.level > 0.5
    await until(lambda: city.reports("silent"))
    assert not city.agent.state.measured
    assert city.channel.open_commands == 0
    await until(lambda: ear.on("tocsin/siren/s01/state")[-1] == b'{"state":"OFF"}')
    shown = [json.loads(p) for p in ear.on("tocsin/siren/s01/state")]
    assert {"state": "ON", "tone": "wail", "duration": 60} in shown


async def test_a_repeated_id_is_ignored_and_said(city):
    command = city.command(duration=5)
    await city.channel.send(command)
    await until(lambda: city.reports("silent"))
    await city.channel.send(command)
    await until(lambda: [r for r in city.reports() if r["verdict"] == "repeated"])
    assert len(city.starts()) == 1
    assert len(city.starts()) == 1
    assert city.agent.state.sound is None


@pytest.mark.parametrize(
    ("forge", "verdict"),
    [
        (
            lambda c: sign(
                c.command(expires=c.clock.read().wall - timedelta(1), issued=c.clock.read().wall - timedelta(2)), KEY
            ),
            "expired",
        ),
        (lambda c: sign(c.command(), STRANGER), "bad_signature"),
        (lambda c: sign(c.command(), KEY).replace(b'"duration":60', b'"duration":61'), "bad_signature"),
        (lambda c: sign(c.command(siren="s02"), KEY), "wrong_siren"),
        (
            lambda c: sign(
                c.command(
                    issued=c.clock.read().wall + timedelta(days=1), expires=c.clock.read().wall + timedelta(days=2)
                ),
                KEY,
            ),
            "future",
        ),
        (lambda _: b"{", "malformed"),
        (lambda _: b"ON", "bad_signature"),
        (lambda _: b'{"state":"ON","duration":60}', "bad_signature"),
    ],
    ids=["expired", "stranger", "changed", "other siren", "future", "rubbish", "bare ON", "no id"],
)
async def test_what_is_not_a_valid_command_makes_no_sound(city, ear, forge, verdict):
    await ear.say("tocsin/siren/s01/set", forge(city))
    await until(lambda: [r for r in city.reports() if r["verdict"] == verdict])
    assert city.agent.state.sound is None
    assert not city.reports("sounding")


async def test_a_retained_command_never_sounds(broker, tmp_path, ear):
    city = City(broker, tmp_path)
    await ear.say("tocsin/siren/s01/set", sign(city.command(), KEY), retain=True)
    try:
        await city.start()
        await until(lambda: city.agent.link.retained_ignored)
        assert city.agent.state.sound is None
        assert city.agent.state.seen == ()
    finally:
        await city.end()


async def test_off_ends_the_sound(city):
    await city.channel.send(city.command(duration=300))
    await until(lambda: city.reports("sounding"))
    await city.channel.send(city.command("c2", state="OFF"))
    await until(lambda: city.reports("silent"))
    assert city.agent.state.sound is None


async def test_the_hard_limit_holds_against_the_city_itself(broker, tmp_path):
    city = City(broker, tmp_path, hard_limit_s=30)
    await city.start()
    try:
        await city.channel.send(city.command(duration=3000))
        await until(lambda: city.reports("sounding"))
        for n in range(5):
            await city.channel.send(city.command(f"more{n}", duration=3000))
        await until(lambda: city.reports("silent"))
        assert [r for r in city.reports() if r["verdict"] == "limit"]
        assert len(city.starts()) == 1
    finally:
        await city.end()


async def test_the_link_is_lost_by_the_age_of_data_while_the_socket_is_fine(city):
    frozen = city.clock.read().wall
    await city.channel.beat(frozen, 1)
    await until(lambda: city.agent.state.link == "up")
    while not city.reports("link_lost"):
        await city.channel.beat(frozen, 1)
        await asyncio.sleep(0.05)
    assert city.agent.link.connected
    assert city.agent.state.link == "lost"
    await city.channel.beat(city.clock.read().wall, 2)
    await until(lambda: city.agent.state.link == "up")


async def test_a_siren_that_vanishes_is_offline_by_its_will(broker, tmp_path, ear):
    process = _spawn(broker, tmp_path)
    try:
        await until(lambda: b"online" in ear.on("tocsin/siren/s01/availability"))
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
    await until(lambda: ear.on("tocsin/siren/s01/availability")[-1] == b"offline")
    assert await ear.retained("tocsin/siren/s01/availability") == b"offline"


async def test_a_clean_stop_says_offline_too(broker, tmp_path, ear):
    city = City(broker, tmp_path)
    stop = city.start_agent()
    await until(lambda: b"online" in ear.on("tocsin/siren/s01/availability"))
    stop.set()
    await city.end()
    await until(lambda: ear.on("tocsin/siren/s01/availability")[-1] == b"offline")


async def test_home_assistants_own_form_is_obeyed_where_that_is_allowed(broker, tmp_path, ear):
    city = City(broker, tmp_path, manual_mqtt=True)
    await city.start()
    try:
        await ear.say("tocsin/siren/s01/set", b'{"state":"ON","tone":"steady","duration":200,"volume_level":0.8}')
        await until(lambda: city.reports("manual"))
        shown = {"state": "ON", "tone": "steady", "duration": 200, "volume_level": 0.8}  # told after the report
        await until(lambda: json.loads(ear.on("tocsin/siren/s01/state")[-1]) == shown)
        await ear.say("tocsin/siren/s01/set", b"OFF")
        await until(lambda: city.reports("silent"))
    finally:
        await city.end()


async def test_a_broker_that_comes_back_makes_no_sound(city, broker):
    await city.channel.send(city.command(duration=5))
    await until(lambda: city.reports("silent"))
    await broker.stop()
    await until(lambda: not city.agent.link.connected)
    await broker.start()
    await until(lambda: city.agent.link.connections >= 2)
    await until(city.channel.connected.is_set)
    assert city.agent.state.sound is None
    assert len(city.starts()) == 1


async def test_a_command_given_while_the_broker_was_away_is_delivered_once_it_is_back(city, broker):
    await broker.stop()
    await until(lambda: not city.channel.connected.is_set())
    receipt = await city.channel.send(city.command(duration=30))
    assert receipt.outcome == "queued"
    await broker.start()
    await until(lambda: city.reports("sounding"))
    await until(lambda: city.reports("silent"))
    assert len(city.starts()) == 1
    assert city.channel.open_commands == 0


async def test_a_command_that_expires_unheard_is_dropped_and_said(city, broker):
    await broker.stop()
    await until(lambda: not city.channel.connected.is_set())
    soon = city.clock.read().wall + timedelta(seconds=1)
    await city.channel.send(city.command(expires=soon))
    await until(lambda: city.clock.read().wall > soon)
    await broker.start()
    await until(lambda: city.dropped)
    assert city.dropped[0][0] == "c1"
    await until(lambda: city.agent.link.connections >= 2)
    assert city.agent.state.seen == ()


async def test_a_siren_that_was_away_gets_the_open_command_when_it_comes(broker, tmp_path):
    city = City(broker, tmp_path)
    stop = asyncio.Event()
    city._go(city.channel.run(stop), stop)
    try:
        await city.channel.connected.wait()
        await city.channel.send(city.command(duration=30))
        assert city.channel.open_commands == 1
        city.start_agent()
        await until(lambda: city.reports("sounding"))
        assert city.channel.counts["repeated"] >= 1
    finally:
        await city.end()


async def test_what_is_over_is_not_repeated_to_a_siren_that_comes_back(broker, tmp_path):
    city = City(broker, tmp_path)
    stop = asyncio.Event()
    city._go(city.channel.run(stop), stop)
    try:
        await city.channel.connected.wait()
        await city.channel.send(city.command("gone"))
        await city.channel.send(city.command("other", warning="w2"))
        assert city.channel.withdraw("w1", {"s02"}) == 0
        assert city.channel.withdraw("w1", {"s01"}) == 1
        city.start_agent()
        await until(lambda: city.reports("sounding"))
        assert {r["command_id"] for r in city.reports("sounding")} == {"other"}
        assert city.dropped == []
    finally:
        await city.end()


async def test_a_quiet_test_is_asked_for_and_shown_in_health(city, ear):
    assert await city.channel.quiet_test("s01")
    await until(lambda: [p for p in ear.on("tocsin/siren/s01/health") if json.loads(p)["quiet_test"]])
    assert city.starts() == []


async def test_a_drill_chimes_on_its_own_topic_and_touches_nothing_live(broker, tmp_path, ear):
    city = City(broker, tmp_path, drills=True)
    await city.start()
    try:
        now = city.clock.read().wall
        drill = DrillCommand(id="d1", siren="s01", drill="x", issued=now, expires=now + timedelta(minutes=5))
        assert await city.channel.send_drill(drill)
        await until(lambda: [1 for kind, _, _ in city.heard if kind == "drill_report"])
        assert not city.reports("sounding")
        assert all(b'"ON"' not in p for p in ear.on("tocsin/siren/s01/state"))
        await ear.say("tocsin/siren/s01/set", sign(drill, KEY))
        await until(lambda: [r for r in city.reports() if r["verdict"] == "malformed"])
        await ear.say("tocsin/drill/s01/set", sign(city.command(), KEY))
        await until(lambda: city.agent.refused["drill_malformed"])
        assert city.agent.state.sound is None or city.agent.state.sound.tone == "test_chime"
    finally:
        await city.end()


async def test_the_quiet_test_is_measured_into_health(city, ear):
    await ear.say("tocsin/siren/s01/quiet_test", b"PRESS")
    await until(lambda: json.loads((ear.on("tocsin/siren/s01/health") or [b"{}"])[-1]).get("quiet_test"))
    health = json.loads(ear.on("tocsin/siren/s01/health")[-1])
    assert health["quiet_test"]["ok"] is True
    assert health["vdc"] is None
    assert not city.reports("sounding")


async def test_what_home_assistant_needs_is_retained(city, ear):
    await city.channel.discover(Profile(id="s02", name="Siren 2", area="harbour"))
    await city.channel.area("harbour", {"id": "harbour", "phase": "ok"})
    for topic in (
        "homeassistant/device/tocsin_s01/config",
        "homeassistant/device/tocsin_s02/config",
        "tocsin/area/harbour/state",
        "tocsin/bridge/availability",
        "tocsin/siren/s01/availability",
        "tocsin/siren/s01/state",
        "tocsin/siren/s01/health",
    ):
        assert await ear.retained(topic), topic
    assert await ear.retained("homeassistant/siren/tocsin_s01/config", timeout=0.3) is None


# A real process, killed


def _spawn(broker, tmp_path, **config) -> subprocess.Popen:
    body = {"id": "s01", "folder": str(tmp_path / "killed"), "port": broker.port, "public_keys": [PUBLIC]} | config
    path = tmp_path / "siren.json"
    path.write_bytes(msgspec.json.encode(body))
    return subprocess.Popen([sys.executable, "-W", "error", "-m", "tocsin.siren", str(path)])


def _real_command(duration) -> bytes:
    now = SirenClock().read().wall
    return sign(
        Command(
            id="k1",
            siren="s01",
            state="ON",
            duration=duration,
            issued=now,
            expires=now + timedelta(minutes=5),
            warning="w",
        ),
        KEY,
    )


@pytest.mark.processes
async def test_killed_in_the_middle_of_a_sound_it_resumes_it_and_never_starts_it_twice(broker, tmp_path, ear):
    def said(state):
        return [r for r in map(json.loads, ear.on("tocsin/siren/s01/report")) if r["state"] == state]

    payload = _real_command(duration=8)
    process = _spawn(broker, tmp_path)
    try:
        await until(lambda: b"online" in ear.on("tocsin/siren/s01/availability"))
        await ear.say("tocsin/siren/s01/set", payload)
        await until(lambda: said("sounding"))
        os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        await until(lambda: ear.on("tocsin/siren/s01/availability")[-1] == b"offline")
        process = _spawn(broker, tmp_path)
        await until(lambda: len(said("sounding")) == 2)
        assert {r["command_id"] for r in said("sounding")} == {"k1"}
        assert len({r["boot"] for r in said("sounding")}) == 2
        await until(lambda: said("silent"))
        await ear.say("tocsin/siren/s01/set", payload)
        await until(
            lambda: [r for r in map(json.loads, ear.on("tocsin/siren/s01/report")) if r["verdict"] == "repeated"]
        )
        assert len(said("sounding")) == 2
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await asyncio.to_thread(process.wait)


async def test_what_the_city_says_to_itself_comes_back(city, broker):
    assert await city.channel.echo()
    await broker.stop()
    await until(lambda: not city.channel.connected.is_set())
    assert not await city.channel.echo()
