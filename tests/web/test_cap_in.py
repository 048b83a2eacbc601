"""Partners' CAP messages at the door: only signed, fresh Alerts of the key's own sender count as a source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from doors import START, Api, SetClock
from tocsin.app.actor import Grant
from tocsin.app.desk import Desk
from tocsin.core.time import cap_time
from tocsin.warn.outline import GEOCODE
from tocsin.warn.sign import CapSigner, make_self_signed

KEY, CERT = make_self_signed("partner.example", START - timedelta(days=1), bytes(range(100, 164)))
REFS = "<references>a,b,2024-01-04T20:58:00-00:00</references>"
OTHER = make_self_signed("partner.example", START - timedelta(days=1), bytes(range(10, 74)))
SENDER = "alerts@partner.example"


def message(sent: datetime = START, **changes: str) -> bytes:
    said = {
        "identifier": "p-1",
        "sender": SENDER,
        "status": "Actual",
        "type": "Alert",
        "refs": "",
        "area": "north",
        "threat": "drone",
    } | changes
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>{said["identifier"]}</identifier>
  <sender>{said["sender"]}</sender>
  <sent>{cap_time(sent)}</sent>
  <status>{said["status"]}</status>
  <msgType>{said["type"]}</msgType>
  <scope>Public</scope>
  {said["refs"]}
  <info>
    <language>en</language>
    <category>Security</category>
    <event>Drone</event>
    <urgency>Immediate</urgency>
    <severity>Extreme</severity>
    <certainty>Observed</certainty>
    <eventCode><valueName>TOCSIN-THREAT</valueName><value>{said["threat"]}</value></eventCode>
    <expires>{cap_time(sent + timedelta(hours=1))}</expires>
    <headline>Drones from the west</headline>
    <description>Seen by the partner.</description>
    <instruction>Go indoors.</instruction>
    <area>
      <areaDesc>Somewhere</areaDesc>
      <geocode><valueName>{GEOCODE}</valueName><value>{said["area"]}</value></geocode>
    </area>
  </info>
</alert>
""".encode()


def signed(data: bytes, key: tuple[bytes, bytes] = (KEY, CERT)) -> bytes:
    return CapSigner(*key).sign_cap(data)


@pytest.fixture
def partner(desk: Desk) -> Iterator[Api]:
    from django.test import override_settings

    from tocsin.store import accounts

    secret = accounts.new_api_key(SENDER, "partner", [Grant(role="partner")]).secret
    with override_settings(TOCSIN_PARTNERS={SENDER: (CERT,)}):
        yield Api(secret)


def bring(api: Api, data: bytes) -> Any:
    return api.post("/cap", raw=data, type_="application/cap+xml")


def test_a_signed_fresh_alert_counts_as_a_source(partner: Api, desk: Desk) -> None:
    answer = bring(partner, signed(message()))
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert (said["verdict"], said["areas"], said["outcome"]) == ("valid", ["north"], "drafted")
    assert desk.state().threads[said["warning"]].sources[0].trusted
    again = bring(partner, signed(message())).json()
    assert (again["outcome"], again["entries"]) == ("repeated", [])


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (message(), "missing_signature"),
        (signed(message(), OTHER), "wrong_key"),
        (signed(message()).replace(b"from the west", b"from the east"), "tampered"),
        (signed(message(START - timedelta(minutes=10))), "stale"),
        (signed(message(START + timedelta(minutes=10))), "from_the_future"),
    ],
)
def test_anything_else_can_only_propose(partner: Api, desk: Desk, data: bytes, verdict: str) -> None:
    answer = bring(partner, data)
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert said["verdict"] == verdict
    thread = desk.state().threads[said["warning"]]
    assert thread.status == "draft"
    assert not thread.sources[0].trusted


def test_updates_and_cancels_are_kept_and_move_nothing(partner: Api, desk: Desk) -> None:
    ours = bring(partner, signed(message())).json()["warning"]
    for kind in ("Update", "Cancel"):
        refs = f"<references>{SENDER},p-1,{cap_time(START)}</references>"
        answer = bring(partner, signed(message(type=kind, refs=refs, identifier=f"p-{kind}")))
        assert answer.status_code == 201, answer.content
        assert (answer.json()["outcome"], answer.json()["warning"]) == ("recorded", None)
    assert desk.state().threads[ours].status == "draft"
    assert len(desk.state().threads) == 1


@pytest.mark.parametrize(
    "case",
    [
        ({"type": "Ack", "refs": REFS}, 422, "TOC-3003", "msgType"),
        (
            {"type": "Error", "refs": REFS},
            422,
            "TOC-3003",
            "msgType",
        ),
        ({"type": "Shout"}, 422, "TOC-3002", "msgType"),
        ({"status": "Exercise"}, 409, "TOC-1011", "status"),
        ({"status": "Draft"}, 422, "TOC-3003", "status"),
        ({"sender": "other@example.org"}, 403, "TOC-6002", "sender"),
    ],
)
def test_what_is_refused(partner: Api, desk: Desk, case: tuple[dict[str, str], int, str, str]) -> None:
    changes, status, code, field = case
    before = desk.ledger.head()
    answer = bring(partner, signed(message(**changes)))
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["field"].endswith(field)
    assert desk.ledger.head() == before


def test_bodies_that_are_no_cap(partner: Api, duty: Api, desk: Desk) -> None:
    before = desk.ledger.head()
    assert bring(partner, b"<alert").json()["error"]["code"] == "TOC-3001"
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&b;</alert>'
    assert bring(partner, bomb).json()["error"]["code"] == "TOC-3001"
    assert partner.post("/cap", {"a": 1}).status_code == 415
    assert bring(partner, b" " * (1024 * 1024 + 1)).status_code == 413
    assert bring(partner, message() + b" " * 100_000).status_code == 201  # larger than a JSON body may be
    assert bring(duty, signed(message(identifier="p-9"))).status_code == 403
    assert desk.ledger.head()[0] > before[0]


def test_a_partner_limited_to_an_area(desk: Desk, clock: SetClock) -> None:
    from tocsin.store import accounts

    secret = accounts.new_api_key(SENDER, "partner", [Grant(role="partner", area="south")]).secret
    answer = bring(Api(secret), message())
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "TOC-6002")
