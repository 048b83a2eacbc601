"""What comes in over MQTT is believed no further than it can be checked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doors import ADMIN, SetClock, a_desk
from tocsin.app import receipts
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.repair import RepairDesk
from tocsin.core.time import rfc3339
from tocsin.warn import commands as cmd
from tocsin.warn.events import SirenReported
from tocsin.warn.siren_command import seal
from tocsin.workers.database import DatabaseThread
from tocsin.workers.inbox import MAX_BYTES, Inbox
from workers.kit import bodies


class Post:
    """An inbox over a desk; what it takes for a receipt is kept."""

    def __init__(self, db: DatabaseThread) -> None:
        self.clock = SetClock()
        self.desk = a_desk(self.clock)
        self.key = Ed25519PrivateKey.generate()
        self.receipts: list[Any] = []
        sensors = {"mic": (self.key.public_key(), ("north",)), "mast": (self.key.public_key(), ("*",))}
        self.inbox = Inbox(
            self.desk,
            db,
            receipt=self._take,
            sensors=sensors,
            sirens=lambda: self.desk.state().sirens,
            repairs=RepairDesk(self.desk, MemoryVault()),
        )

    def _take(self, receipt: Any) -> None:
        self.receipts.append(receipt)
        receipts.note(self.desk, [receipt])

    def health(self, **changes: Any) -> dict[str, Any]:
        return {"siren": "s01", "at": rfc3339(self.clock.now()), "standing": "silent", "vdc": None} | changes

    async def hear(self, kind: str, who: str, body: Any) -> None:
        await self.inbox.heard(kind, who, body if isinstance(body, bytes) else json.dumps(body).encode())

    def body(self, ident: str = "d-1", **changes: Any) -> dict[str, Any]:
        at = rfc3339(self.clock.now())
        return {"id": ident, "threat": "drone", "areas": ["north"], "observed_at": at, **changes}

    def report(self, **changes: Any) -> dict[str, Any]:
        at = rfc3339(self.clock.now())
        return {"siren": "s01", "state": "sounding", "tone": "wail", "command_id": "c", "measured_at": at, **changes}

    def detections(self) -> list[tuple[str, str, bool]]:
        found = [b["detection"] for b in bodies(self.desk, "detection.recorded")]
        return [(d["source"], d["id"], d["trusted"]) for d in found]


@pytest.fixture
def post() -> Iterator[Post]:
    db = DatabaseThread()
    yield Post(db)
    db.close()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"ON"',
        b"\xff\xfe",
        b"{}",
        b'{"siren":"s01"}',
        b'{"siren":"s01","state":"singing","measured_at":"2024-01-04T20:58:00Z"}',
        b'{"siren":"s01","state":"silent","measured_at":"yesterday"}',
        b'{"siren":"s01","state":"silent","measured_at":"2024-01-04T20:58:00"}',
        b'{"siren":"s01","state":["silent"],"measured_at":7}',
        b"[" * 20_000,
        b'{"siren":"s01","state":"silent","detail":"' + b"x" * MAX_BYTES + b'"}',
    ],
)
async def test_a_malformed_message_is_dropped_and_raises_nothing(post: Post, payload: bytes) -> None:
    head = post.desk.ledger.head()
    await post.hear("report", "s01", payload)
    await post.hear("detection", "mic", payload)
    assert post.receipts == []
    assert post.desk.ledger.head() == head


async def test_a_siren_speaks_for_itself_only(post: Post) -> None:
    await post.hear("report", "s02", post.report())
    assert post.receipts == []
    await post.hear("report", "s01", post.report())
    (receipt,) = post.receipts
    assert isinstance(receipt, SirenReported)
    assert (receipt.siren_id, receipt.state, receipt.tone, receipt.command_id) == ("s01", "sounding", "wail", "c")


async def test_a_siren_registered_with_a_key_is_believed_only_under_its_signature(post: Post) -> None:
    own = Ed25519PrivateKey.generate()
    public = base64.b64encode(own.public_key().public_bytes_raw()).decode()
    siren = msgspec.structs.replace(post.desk.state().sirens["s01"].siren, key=public)
    post.desk.do(cmd.RegisterSirens(sirens=(siren,)), ADMIN)
    await post.hear("report", "s01", post.report())
    await post.hear("report", "s01", seal(post.report(), Ed25519PrivateKey.generate()))
    assert post.receipts == []
    await post.hear("report", "s01", seal(post.report(), own))
    assert [r.state for r in post.receipts] == ["sounding"]


async def test_a_siren_whose_clock_is_ahead_does_not_silence_its_own_later_reports(post: Post) -> None:
    await post.hear("report", "s01", post.report(measured_at="2031-01-01T00:00:00Z"))
    (receipt,) = post.receipts
    assert receipt.measured_at == post.clock.now()


async def test_what_a_siren_says_at_length_is_cut(post: Post) -> None:
    await post.hear("report", "s01", post.report(detail="y" * 4000))
    assert len(post.receipts[0].detail) == 500


async def test_an_unsigned_detection_only_proposes(post: Post) -> None:
    for ident, source in (("1", "gossip"), ("2", "rumour"), ("3", "mic")):
        await post.hear("detection", source, post.body(ident))
    assert [trusted for _, _, trusted in post.detections()] == [False] * 3
    assert bodies(post.desk, "warning.drafted")
    assert bodies(post.desk, "warning.issued") == []


async def test_two_signed_sensors_issue(post: Post) -> None:
    await post.hear("detection", "mic", seal(post.body("1"), post.key))
    await post.hear("detection", "mast", seal(post.body("2"), post.key))
    assert post.detections() == [("mic", "1", True), ("mast", "2", True)]
    assert bodies(post.desk, "warning.issued")


async def test_a_signature_over_something_else_counts_for_nothing(post: Post) -> None:
    changed = {**seal(post.body("1"), post.key), "areas": ["north", "south"]}
    foreign = seal(post.body("2"), Ed25519PrivateKey.generate())
    for body in (changed, foreign, {**post.body("3"), "sig": 7}, {**post.body("4"), "sig": "%%%"}):
        await post.hear("detection", "mast", body)
    assert {trusted for _, _, trusted in post.detections()} <= {False}
    assert bodies(post.desk, "warning.issued") == []


async def test_the_source_is_the_topic_whatever_the_body_says(post: Post) -> None:
    await post.hear("detection", "gossip", post.body("1", source="mic", trusted=True))
    assert post.detections() == [("gossip", "1", False)]


async def test_a_sensor_names_only_its_own_areas(post: Post) -> None:
    await post.hear("detection", "mic", seal(post.body("1", areas=["south"]), post.key))
    assert post.detections() == []


async def test_an_old_signed_detection_is_not_fresh_news(post: Post) -> None:
    old = [seal(post.body(ident), post.key) for ident in ("1", "2")]
    post.clock.move(post.desk.policy.stale_s + 60)
    for source, body in zip(("mic", "mast"), old, strict=True):
        await post.hear("detection", source, body)
    assert bodies(post.desk, "warning.issued") == []


async def test_health_tells_of_a_siren_that_was_never_heard_of_and_mends_what_was_missed(post: Post) -> None:
    await post.hear("health", "s01", post.health())
    assert [r.state for r in post.receipts] == ["silent"]
    post.clock.move(60)
    await post.hear("health", "s01", post.health())
    assert len(post.receipts) == 1, "what is known is not said again"
    post.clock.move(1)
    await post.hear("report", "s01", post.report())
    post.clock.move(60)  # the report that it fell silent was lost with a worker
    await post.hear("health", "s01", post.health())
    assert [r.state for r in post.receipts] == ["silent", "sounding", "silent"]
    assert post.desk.state().sirens["s01"].sounded == "c", "the sound is not forgotten"


async def test_only_its_reports_say_that_a_siren_sounds(post: Post) -> None:
    await post.hear("health", "s01", post.health(standing="sounding"))
    assert post.receipts == []


async def test_a_siren_that_the_broker_has_lost_is_shown_so_until_it_speaks(post: Post) -> None:
    await post.hear("report", "s01", post.report(state="silent"))
    post.clock.move(5)
    for _ in range(2):
        await post.hear("availability", "s01", b"offline")
    await post.hear("availability", "s99", b"offline")
    assert [r.state for r in post.receipts] == ["silent", "link_lost"]
    slow = rfc3339(post.clock.now() - timedelta(seconds=3))  # its clock is behind ours
    await post.hear("report", "s01", post.report(measured_at=slow))
    await post.hear("availability", "s01", b"online")
    report = post.desk.state().sirens["s01"].report
    assert report is not None
    assert report.state == "sounding"


def weather(post: Post, **changes: Any) -> dict[str, Any]:
    return {"at": rfc3339(post.clock.now()), "temperature_c": -12.5, "wind_ms": 4} | changes


async def test_a_sensors_signed_word_on_the_weather_is_recorded_under_its_own_name(post: Post) -> None:
    await post.hear("weather", "mast", seal(weather(post, source="somebody"), post.key))
    (seen,) = bodies(post.desk, "repair.weather_observed")
    assert (seen["source"], seen["temperature_c"], seen["wind_ms"]) == ("mast", -12.5, 4.0)


async def test_weather_that_nobody_signed_is_dropped(post: Post) -> None:
    for who, body in (
        ("mast", weather(post)),
        ("stranger", seal(weather(post), Ed25519PrivateKey.generate())),
        ("mast", seal(weather(post), Ed25519PrivateKey.generate())),
        ("mast", seal(weather(post, temperature_c="cold"), post.key)),
        ("mast", seal({"at": rfc3339(post.clock.now())}, post.key)),
        ("mast", seal(weather(post, temperature_c=400), post.key)),
    ):
        await post.hear("weather", who, body)
    assert bodies(post.desk, "repair.weather_observed") == []
