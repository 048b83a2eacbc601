"""Who has no key cannot fill the ledger."""

from __future__ import annotations

import json
from datetime import timedelta

from doors import SetClock, a_desk
from hostile.test_one_message import KEY
from tocsin.warn import events as ev
from tocsin.warn.siren_command import seal
from tocsin.workers.inbox import Inbox, Share
from workers.kit import DatabaseThread, bodies


def test_a_share_is_given_back_with_time() -> None:
    at = [0.0]
    share = Share(2.0, clock=lambda: at[0])
    assert sum(share.take("a") for _ in range(100)) == 20
    assert share.take("b")
    at[0] += 3
    assert sum(share.take("a") for _ in range(100)) == 6


async def test_a_flood_of_unsigned_detections_is_dropped_and_the_signed_one_is_heard() -> None:
    clock = SetClock()
    desk, db = a_desk(clock), DatabaseThread()
    heard: list[ev.SirenReported] = []
    inbox = Inbox(desk, db, receipt=heard.append, sensors={"radar": (KEY.public_key(), ("*",))})  # type: ignore[arg-type]

    inbox._unsigned, inbox._reports = Share(5.0, clock=lambda: 0.0), Share(5.0, clock=lambda: 0.0)

    def seen(number: int) -> dict[str, object]:
        when = clock.now().isoformat()
        return {"id": f"d{number}", "threat": "drone", "areas": ["north"], "observed_at": when}

    try:
        for number in range(200):
            await inbox.heard("detection", f"name{number}", json.dumps(seen(number)).encode())
        assert len(bodies(desk, "detection.recorded")) == 50
        await inbox.heard("detection", "radar", json.dumps(seal(seen(1), KEY)).encode())
        assert bodies(desk, "detection.recorded")[-1]["detection"]["trusted"] is True
        for number in range(200):
            measured = (clock.now() - timedelta(seconds=200 - number)).isoformat()
            report = {"siren": "s01", "state": "silent", "measured_at": measured}
            await inbox.heard("report", "s01", json.dumps(report).encode())
        assert len(heard) == 50
    finally:
        db.close()
