"""Web Push against a push service that speaks real HTTP/2, read by a browser's keys through another implementation."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from channels.push_service import KEYS, PushService, opened
from channels.rigs import NOW, To, place, trial, warning
from tocsin.channels import webpush
from tocsin.channels._outside import Allowed
from tocsin.channels._port import Push
from tocsin.channels.webpush import WebPushChannel, address_of, message, read_address, topic
from tocsin.core.errors import Invalid
from tocsin.core.notice import AnyNotice, Outcome, Said
from tocsin.warn import push_crypto as crypto
from tocsin.warn.vapid import Vapid, new_key

PLACE = place()
LOCAL = Allowed("localhost,127.0.0.0/8")
VAPID = Vapid(new_key(), "https://city.example")


class Pool:
    """Contexts in memory, and a note of who took them."""

    def __init__(self) -> None:
        self.ready: dict[int, list[bytes]] = {}
        self.taken: list[int] = []

    def take(self, subscriptions: Sequence[int]) -> dict[int, bytes]:
        found = {one: self.ready[one].pop() for one in subscriptions if self.ready.get(one)}
        self.taken += found
        return found

    def lacking(self, subscriptions: Iterable[int], wanted: int) -> dict[int, int]:
        return {one: wanted - len(self.ready.get(one, [])) for one in subscriptions}

    def put(self, contexts: Mapping[int, Sequence[bytes]]) -> None:
        self.ready |= {one: list(some) for one, some in contexts.items()}

    def forget(self, subscriptions: Iterable[int]) -> None:
        for one in subscriptions:
            self.ready.pop(one, None)


@pytest.fixture
async def service(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[PushService]:
    made = PushService(tmp_path, **getattr(request, "param", {}))
    await made.start()
    yield made
    await made.stop()


def a_channel(service: PushService, pool: Pool | None = None, allowed: Allowed = LOCAL, **how: int) -> WebPushChannel:
    return WebPushChannel(PLACE, VAPID, allowed, service.trust(), pool, **how)


@pytest.fixture
async def channel(service: PushService) -> AsyncIterator[WebPushChannel]:
    made = a_channel(service, connections=2)
    yield made
    await made.close()


async def outcomes(channel: WebPushChannel, notice: AnyNotice, to: list[To]) -> dict[int, Outcome]:
    async with asyncio.timeout(60):
        found = [one async for one in channel.send(notice, to)]
    assert sorted(one.recipient for one in found) == sorted(one.id for one in to), "one outcome for each"
    return {one.recipient: one for one in found}


def them(service: PushService, *kinds: str, language: str = "en") -> list[To]:
    return [To(id=n, address=service.address(kind, n), language=language) for n, kind in enumerate(kinds, 1)]


async def test_the_browser_reads_what_the_city_says_in_its_language(
    service: PushService, channel: WebPushChannel
) -> None:
    found = await outcomes(channel, warning(), them(service, *["take"] * 3, language="ru"))
    assert {one.stage for one in found.values()} == {"accepted"}
    first = service.heard()[0]
    assert service.heard() == [first] * 3
    assert first["lang"] == "ru"
    assert "укрытие" in first["title"] + first["body"]
    assert (first["kind"], first["act"], first["url"][0]) == ("warning", "alert", "/")


async def test_the_request_is_what_the_standards_ask_for(service: PushService, channel: WebPushChannel) -> None:
    notice = warning()
    await outcomes(channel, notice, them(service, "take"))
    ((path, headers, body),) = service.arrived
    assert headers[":method"] == "POST"
    assert headers[":authority"] == f"localhost:{service.port}"
    assert path == service.endpoint("take", 1).removeprefix(f"https://localhost:{service.port}")
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["urgency"] == "high"
    assert 0 < int(headers["ttl"]) <= (notice.expires - NOW).total_seconds() + 1
    assert headers["topic"] == topic(notice)
    assert len(headers["topic"]) == 32
    assert headers["authorization"] == VAPID.authorization(f"https://localhost:{service.port}", NOW)
    assert len(body) <= 4096


async def test_every_message_is_of_one_length(service: PushService, channel: WebPushChannel) -> None:
    await outcomes(channel, warning(), them(service, "take"))
    await outcomes(channel, trial(), them(service, "take", language="ru"))
    assert len({len(body) for _, _, body in service.arrived}) == 1


async def test_contexts_prepared_ahead_are_used_once_and_then_encryption_is_fresh(service: PushService) -> None:
    pool = Pool()
    to = them(service, "take", "take")
    pool.put({1: [crypto.prepare(crypto.receiver(**KEYS)) for _ in range(2)]})
    channel = a_channel(service, pool)
    for _ in range(3):
        await outcomes(channel, warning(), to)
    await channel.close()
    assert pool.taken == [1, 1]
    assert len(service.heard()) == 6
    assert len({body[:16] for _, _, body in service.arrived}) == 6, "one salt, one message"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("gone", ("gone", False, None)),
        ("missing", ("gone", False, None)),
        ("later", ("failed", False, 7.0)),
        ("dated", ("failed", False, None)),
        ("broken", ("failed", False, None)),
        ("moved", ("failed", True, None)),
        ("large", ("failed", True, None)),
        ("stranger", ("failed", True, None)),
        ("reset", ("failed", False, None)),
        ("early", ("accepted", False, None)),
        ("refuse", ("accepted", False, None)),
    ],
)
async def test_what_the_service_answers_is_what_is_told(
    service: PushService, channel: WebPushChannel, kind: str, told: tuple[str, bool, float | None]
) -> None:
    found = await outcomes(channel, warning(), them(service, "take", kind, "take"))
    assert [found[n].stage for n in (1, 3)] == ["accepted", "accepted"]
    assert (found[2].stage, found[2].final, found[2].retry_after) == told


async def test_another_try_sends_the_same_bytes_and_takes_no_other_context(service: PushService) -> None:
    pool, notice = Pool(), warning()
    channel = a_channel(service, pool)
    pool.put({1: [crypto.prepare(crypto.receiver(**KEYS)) for _ in range(3)]})
    for _ in range(3):
        await outcomes(channel, notice, them(service, "later"))
    assert len({body for _, _, body in service.arrived}) == 1
    assert pool.taken == [1]
    await outcomes(channel, warning(id="01ANOTHER"), them(service, "later"))
    assert pool.taken == [1, 1]
    await channel.close()


async def test_a_service_that_is_busy_is_left_alone_for_as_long_as_it_asks(
    service: PushService, channel: WebPushChannel
) -> None:
    first = await outcomes(channel, warning(), them(service, "busy"))
    assert first[1].retry_after == 120
    again = await outcomes(channel, warning(), them(service, "take"))
    assert again[1].stage == "failed"
    assert 100 < (again[1].retry_after or 0) <= 120
    assert len(service.arrived) == 1


async def test_a_link_that_breaks_fails_those_on_it_and_the_next_try_reaches_them(
    service: PushService, channel: WebPushChannel
) -> None:
    notice = warning()
    found = await outcomes(channel, notice, them(service, "drop", "slow"))
    assert {one.stage for one in found.values()} == {"failed"}
    assert not any(one.final for one in found.values())
    later = await outcomes(channel, notice, them(service, "take", "take"))
    assert {one.stage for one in later.values()} == {"accepted"}


@pytest.mark.parametrize(
    "service",
    [{"streams": 3}, {"window": 100}, {"table": 0}, {"table": 100}, {"streams": 7, "window": 900, "table": 300}],
    indirect=True,
    ids=str,
)
async def test_whatever_the_service_allows_is_kept_to(service: PushService, channel: WebPushChannel) -> None:
    found = await outcomes(channel, warning(), them(service, *["take", "broken"] * 120))
    assert [found[n].stage for n in range(1, 241)] == ["accepted", "failed"] * 120
    assert len(service.heard()) == 120
    assert service.most_at_once <= service.settings[3]
    assert service.least_room > 0, "what was read of answers makes room for more"
    assert len(service.connections) <= 2


async def test_many_leave_on_one_connection_with_headers_sent_once(service: PushService) -> None:
    channel = a_channel(service, connections=1)
    found = await outcomes(channel, warning(), them(service, *["take"] * 700))
    assert {one.stage for one in found.values()} == {"accepted"}
    assert len(service.connections) == 1
    assert {headers["topic"] for _, headers, _ in service.arrived} == {topic(warning())}
    await channel.close()


async def test_a_connection_that_is_told_to_go_is_left_for_another(
    service: PushService, channel: WebPushChannel
) -> None:
    await outcomes(channel, warning(), them(service, "take"))
    session = service.connections[0]
    session.h2.close_connection()
    session.flush()
    found = await outcomes(channel, warning(), them(service, *["take"] * 5))
    assert {one.stage for one in found.values()} == {"accepted"}
    assert len(service.connections) == 2


async def test_an_answer_that_does_not_come_is_a_failure(service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webpush, "QUALITY", msgspec.structs.replace(webpush.QUALITY, timeout=1.0))
    channel = a_channel(service)
    found = await outcomes(channel, warning(), them(service, "slow", "take"))
    assert (found[1].stage, found[1].detail, found[2].stage) == ("failed", "timeout", "accepted")
    await channel.close()


@pytest.mark.parametrize("service", [{"protocols": ("http/1.1",)}], indirect=True)
async def test_a_service_without_http_2_is_said(service: PushService, channel: WebPushChannel) -> None:
    found = await outcomes(channel, warning(), them(service, "take"))
    assert found[1].stage == "failed"
    assert not found[1].final


async def test_a_service_that_is_not_there_fails_everybody_at_once(
    service: PushService, channel: WebPushChannel
) -> None:
    await service.stop()
    found = await outcomes(channel, warning(), them(service, *["take"] * 600))
    assert {one.stage for one in found.values()} == {"failed"}


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(service: PushService, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    channel = WebPushChannel(PLACE, VAPID, LOCAL, PushService(other).trust())
    found = await outcomes(channel, warning(), them(service, "take"))
    assert found[1].stage == "failed"
    assert service.arrived == []
    await channel.close()


async def test_nothing_is_sent_into_this_machine_unless_it_is_allowed(service: PushService) -> None:
    channel = a_channel(service, allowed=Allowed())
    found = await outcomes(channel, warning(), them(service, "take"))
    assert (found[1].stage, found[1].detail) == ("failed", "private address")
    assert service.connections == []
    await channel.close()


async def test_a_notice_that_has_expired_is_not_sent(service: PushService, channel: WebPushChannel) -> None:
    old = warning(expires=NOW - timedelta(seconds=1))
    found = await outcomes(channel, old, them(service, "take"))
    assert (found[1].stage, found[1].final, found[1].detail) == ("failed", True, "expired")
    assert service.arrived == []


async def test_addresses_that_are_none_hold_up_nobody(service: PushService, channel: WebPushChannel) -> None:
    good, bad = service.address("take"), {"endpoint": "http://x/y", **KEYS}
    odd = {"endpoint": service.endpoint("take"), "p256dh": "AAAA", "auth": 7}
    to = [To(id=1, address=good), To(id=2, address=bad), To(id=3, address=odd), To(id=4, address={})]
    found = await outcomes(channel, warning(), to)
    assert [found[n].stage for n in (1, 2, 3, 4)] == ["accepted", "failed", "failed", "failed"]
    assert all(found[n].final for n in (2, 3, 4))


async def test_no_address_stands_in_outcomes_or_logs(
    service: PushService, channel: WebPushChannel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    to = them(service, "take", "later", "gone", "drop")
    said = repr(await outcomes(channel, warning(), to)) + caplog.text
    assert not any(str(value) in said for one in to for value in one.address.values())


@pytest.mark.parametrize(
    "endpoint",
    [
        None,
        "",
        "http://push.example/x",
        "https://10.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://push.example:8443/x",
        "https://user:secret@push.example/x",
        "https://push.example/x#y",
        "https://push.example/a b",
        "https://push.example/x\r\ny",
        "https://push.example/" + "x" * 1100,
        "https://push.example:99999/x",
        "ftp://push.example/x",
    ],
)
def test_an_endpoint_that_is_none_is_refused_and_not_repeated(endpoint: object) -> None:
    with pytest.raises(Invalid) as refusal:
        address_of({"endpoint": endpoint, "keys": KEYS})
    assert refusal.value.code in ("TOC-13001", "TOC-13002")
    assert "push.example" not in str(refusal.value)


def test_what_a_browser_gives_is_read() -> None:
    given = (
        '{"endpoint":"https://push.example/x","expirationTime":null,"keys":{"p256dh":"%(p256dh)s","auth":"%(auth)s"}}'
    )
    assert read_address(given % KEYS) == {"endpoint": "https://push.example/x", **KEYS}
    for bad in ("", "[]", '{"endpoint":"https://push.example/x"}', '{"endpoint":1,"keys":[]}'):
        with pytest.raises(Invalid):
            read_address(bad)
    private = {"endpoint": "https://push.city.example:8443/x", "keys": KEYS}
    assert address_of(private, Allowed("push.city.example"))["endpoint"] == private["endpoint"]


def test_a_long_text_is_cut_at_a_word_and_fits() -> None:
    long = warning(said={"ru": (Said(headline="слово " * 200, instruction="шаг " * 500),)})
    said = message(long, "ru")
    assert len(said) <= webpush.FILLED
    assert "слово…" in said.decode()


def test_a_test_is_told_apart_from_a_warning() -> None:
    assert json.loads(message(trial(), "en"))["kind"] == "test"
    assert "act" not in json.loads(message(trial(), "en"))
    assert opened(crypto.seal(crypto.prepare(crypto.receiver(**KEYS)), crypto.padded(os.urandom(9), 99)))


def test_settings_that_are_unusable_are_said() -> None:
    assert webpush.make(PLACE) is None
    push = Push(vapid=VAPID)
    for options in ({"push_allow": "a b"}, {"push_connections": "0"}, {"push_connections": "many"}):
        with pytest.raises(Invalid) as refusal:
            webpush.make(msgspec.structs.replace(place(**options), push=push))
        assert refusal.value.code == "TOC-8001"
    assert webpush.make(msgspec.structs.replace(PLACE, push=push)) is not None
