"""Webhooks: the signature as the specification has it, and no way into a private network."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import json
import socket
from collections.abc import AsyncIterator

import httpcore
import pytest

from channels.rigs import NOW, To, WebhookRig, trial, warning
from tocsin.channels import webhook
from tocsin.channels._outside import Allowed, public
from tocsin.core.errors import Invalid


@pytest.fixture
async def rig() -> AsyncIterator[WebhookRig]:
    made = WebhookRig()
    await made.start()
    yield made
    await made.stop()


async def post(rig: WebhookRig, url: str, notice=None, **options: str):
    channel = rig.channel(**options)
    try:
        to = [To(id=1, address={"url": url}, token="t" * 32)]
        return await anext(channel.send(notice or warning(), to))
    finally:
        await channel.close()


async def test_the_signature_holds_for_whoever_follows_the_specification(rig: WebhookRig) -> None:
    await post(rig, f"http://127.0.0.1:{rig.port}/take")
    _, headers, body = rig.requests[0]
    key = base64.b64decode(webhook.secret("t" * 32).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["content-type"] == "application/json"


async def test_the_body_names_its_type_and_where_the_signed_message_stands(rig: WebhookRig) -> None:
    await post(rig, f"http://127.0.0.1:{rig.port}/take")
    await post(rig, f"http://127.0.0.1:{rig.port}/take", trial())
    alarm, test = (json.loads(body) for _, _, body in rig.requests)
    assert (alarm["type"], alarm["timestamp"]) == ("warning.alert", "2024-01-05T06:01:00.000Z")
    assert alarm["data"]["cap"] == "https://warn.example/cap/tocsin-1.xml"
    assert alarm["data"]["said"]["ru"][0]["instruction"] == "Идите в укрытие."
    assert (test["type"], test["data"]["status"]) == ("test", "Test")
    assert not {"level", "urgency", "cap", "cells"} & set(test["data"])


async def test_sent_again_it_has_the_same_id(rig: WebhookRig) -> None:
    for _ in range(2):
        await post(rig, f"http://127.0.0.1:{rig.port}/take")
    assert len({headers["webhook-id"] for _, headers, _ in rig.requests}) == 1


@pytest.mark.parametrize(
    ("path", "stage", "wait"),
    [("take", "delivered", None), ("accepted", "accepted", None), ("later", "failed", 7.0), ("gone", "gone", None)],
)
async def test_what_the_answer_means(rig: WebhookRig, path: str, stage: str, wait: float | None) -> None:
    found = await post(rig, f"http://127.0.0.1:{rig.port}/{path}")
    assert (found.stage, found.retry_after, found.final) == (stage, wait, False)


async def test_a_redirect_is_not_followed(rig: WebhookRig) -> None:
    found = await post(rig, f"http://127.0.0.1:{rig.port}/away")
    assert found.stage == "failed"
    assert [path for path, _, _ in rig.requests] == ["/away"]


async def test_a_private_address_is_not_connected_to(rig: WebhookRig) -> None:
    for url in (f"https://127.0.0.1:{rig.port}/take", f"https://localhost:{rig.port}/take"):
        found = await post(rig, url, webhook_allow="")
        assert (found.stage, found.final, found.detail) == ("failed", True, "private address")
    found = await post(rig, f"http://127.0.0.1:{rig.port}/take", webhook_allow="")
    assert (found.final, found.detail) == (True, "not https")
    assert rig.requests == []


async def test_a_name_is_resolved_once_so_that_it_cannot_change_in_between(
    rig: WebhookRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name server says a public address first and a private one ever after (DNS rebinding)."""
    answers, connected = iter(["93.184.216.34", "127.0.0.1"]), []

    async def rebinding(host, port, **_given):
        assert host == "rebind.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    async def connect(_self, host, port, *_given):
        connected.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    found = await post(rig, f"https://rebind.example:{rig.port}/take", webhook_allow="")
    assert (found.stage, found.final) == ("failed", False)
    assert connected == ["93.184.216.34"]
    assert next(answers) == "127.0.0.1"  # asked once: the second answer is still there


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"),  # noqa: S104
        *("192.168.0.1", "::", "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    ],
)
def test_what_is_not_public(address: str) -> None:
    assert not public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_what_is_public(address: str) -> None:
    assert public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://a.example/",
        "https://",
        "https://user:pw@a.example/",
        "https://a.example/#x",
        "javascript:alert(1)",
        "https://a.example/\r\nX: y",
        "https://a.example/a b",
        "https://[::1",
        "https://a.example:0/",
        "https://ä.example/",
        "https://a.example/" + "x" * 2000,
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        webhook.read_address(text)
    assert refused.value.code == "TOC-13001"
    assert refused.value.field == "address"
    assert len(text) < 12 or text not in str(refused.value)


def test_a_setting_that_names_nothing_is_refused() -> None:
    from channels.rigs import place

    with pytest.raises(Invalid, match="TOCSIN_WEBHOOK_ALLOW"):
        webhook.make(place(webhook_allow="10.0.0.0/8,http://a/b"))
    assert Allowed("hooks.city.example, 10.0.0.0/8").host("HOOKS.city.example")
    assert not Allowed("hooks.city.example").host("city.example")
