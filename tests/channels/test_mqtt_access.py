"""One account a siren: its own topics and nobody else's, in the embedded broker and in Mosquitto."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from docs.kit import ROOT, table
from siren.brokers import _answers, free_port, mosquitto, until
from tocsin.channels._mqtt_access import Access, covers, made, seal
from tocsin.channels.mqtt_broker import serve
from tocsin.core.errors import Invalid

WHO_MAY = ROOT / "docs" / "reference" / "who-may.md"
NAMES = ("bridge", "home-assistant", "siren-s01", "siren-s02", "sensor-mast")


@pytest.fixture(scope="module")
def kept() -> tuple[Access, dict[str, str]]:
    return made({}, NAMES)


def test_every_topic_as_every_account(kept: tuple[Access, dict[str, str]]) -> None:
    access = kept[0]
    rows = table(WHO_MAY, "| topic | bridge | siren | sensor | home-assistant |")
    listed = {row[0] for row in table(ROOT / "docs/reference/sirens.md", "| topic | retained |")}
    assert len(rows) >= len(listed) > 8
    columns = {"bridge": 1, "siren-s01": 2, "sensor-mast": 3, "home-assistant": 4}
    for topic, *cells in rows:
        own = topic.format(siren="s01", sensor="mast", area="north")
        other = topic.format(siren="s02", sensor="other", area="south")
        for name, column in columns.items():
            for way in ("read", "write"):
                allowed = way in cells[column - 1]
                assert access.may(name, way, own) is allowed, (name, way, own)
                if other != own and name not in ("bridge", "home-assistant"):
                    assert not access.may(name, way, other), (name, way, other)
        assert not access.may("siren-s09", "read", own)
        assert not access.may(None, "write", own)


def test_no_account_but_the_bridge_hears_everything(kept: tuple[Access, dict[str, str]]) -> None:
    for name in NAMES[1:]:
        for asked in ("#", "tocsin/#", "+/#", "tocsin/siren/#", "tocsin/siren/+/set", "tocsin/siren/s01/+", "$SYS/#"):
            assert not kept[0].may(name, "read", asked), (name, asked)


@pytest.mark.parametrize(
    ("allowed", "asked", "covered"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a", False),
        ("a/b", "a/b/c", False),
        ("a/+", "a/b", True),
        ("a/+", "a/+", True),
        ("a/+", "a/#", False),
        ("a/b", "a/+", False),
        ("a/#", "a/b/c", True),
        ("a/#", "a/#", True),
        ("#", "$SYS/x", False),
        ("a/+/c", "a/b/#", False),
    ],
)
def test_a_filter_covers_what_it_matches_whole(allowed: str, asked: str, covered: bool) -> None:
    assert covers(allowed, asked) is covered


def test_secrets_are_kept_sealed_and_told_once(kept: tuple[Access, dict[str, str]]) -> None:
    access, secrets = kept
    assert set(secrets) == set(NAMES)
    assert all(access.opens(name, secret) for name, secret in secrets.items())
    for name, secret in [("siren-s01", secrets["siren-s02"]), ("siren-s01", ""), ("nobody", "x"), (None, None)]:
        assert not access.opens(name, secret)
    assert not any(secret in access.passwords() for secret in secrets.values())
    again, fresh = made(access.accounts, NAMES, renew=["siren-s01"])
    assert set(fresh) == {"siren-s01"}
    assert again.opens("siren-s01", fresh["siren-s01"])
    assert not again.opens("siren-s01", secrets["siren-s01"])
    assert again.opens("siren-s02", secrets["siren-s02"])
    with pytest.raises(Invalid, match="no account"):
        Access({"siren-a\nuser bridge": seal("x")})


@asynccontextmanager
async def running(kind: str, folder: Path, access: Access) -> AsyncIterator[int]:
    port = free_port()
    if kind == "embedded":
        stop = asyncio.Event()
        task = asyncio.create_task(serve("127.0.0.1", port, stop, access=access))
        await _answers(port)
        yield port
        stop.set()
        await task
        return
    (folder / "passwords").write_text(access.passwords())
    (folder / "acl").write_text(access.acl())
    for file in ("passwords", "acl"):
        (folder / file).chmod(0o644)
    folder.chmod(0o755)
    lines = (
        f"listener {port} 127.0.0.1",
        "allow_anonymous false",
        f"password_file {folder}/passwords",
        f"acl_file {folder}/acl",
        "persistence false",
        "user root",
    )
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([mosquitto(), "-c", str(folder / "mosquitto.conf")], stdout=log, stderr=log)
    await _answers(port)
    yield port
    process.terminate()
    await asyncio.to_thread(process.wait, 20)


@pytest.mark.parametrize("kind", ["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def test_a_siren_says_and_hears_only_its_own(
    kind: str, tmp_path: Path, kept: tuple[Access, dict[str, str]]
) -> None:
    access, secrets = kept

    def client(port: int, name: str, secret: str | None = None, **more: object) -> aiomqtt.Client:
        password = secrets[name] if secret is None else secret
        return aiomqtt.Client("127.0.0.1", port, username=name, password=password, timeout=20, **more)  # type: ignore[arg-type]

    heard: dict[str, list[str]] = {"bridge": [], "siren": []}

    async def listen(who: str, one: aiomqtt.Client) -> None:
        async for message in one.messages:
            heard[who].append(message.topic.value)

    async with running(kind, tmp_path, access) as port:
        for name, secret in (("siren-s01", "wrong"), ("nobody", "x"), ("bridge", secrets["siren-s01"])):
            with pytest.raises(aiomqtt.MqttError):
                async with client(port, name, secret):
                    pass
        async with client(port, "bridge") as bridge, client(port, "siren-s01") as siren:
            tasks = [asyncio.create_task(listen("bridge", bridge)), asyncio.create_task(listen("siren", siren))]
            await bridge.subscribe("tocsin/#", qos=1)
            for asked in ("#", "tocsin/siren/+/set", "tocsin/siren/s02/set", "tocsin/siren/s01/set"):
                await siren.subscribe(asked, qos=1)
            await bridge.publish("tocsin/siren/s02/set", b"{}", qos=1)
            await bridge.publish("tocsin/siren/s01/set", b"{}", qos=1)
            await until(lambda: "tocsin/siren/s01/set" in heard["siren"], "its own command")
            heard["bridge"].clear()
            for topic in (
                "tocsin/siren/s02/report",
                "tocsin/siren/s01/set",
                "tocsin/bridge/beat",
                "tocsin/detections/mast",
            ):
                await siren.publish(topic, b"{}", qos=1)
            await siren.publish("tocsin/siren/s01/report", b"{}", qos=1)
            await until(lambda: "tocsin/siren/s01/report" in heard["bridge"], "its own report")
            assert heard["bridge"] == ["tocsin/siren/s01/report"]
            assert set(heard["siren"]) == {"tocsin/siren/s01/set"}
            if kind == "embedded":  # Mosquitto lets it in, and drops the Will when the time comes
                will = aiomqtt.Will("tocsin/siren/s01/set", b"{}", qos=1)
                with pytest.raises(aiomqtt.MqttError):
                    async with client(port, "siren-s02", will=will):
                        pass
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
