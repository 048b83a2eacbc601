"""What the doors say of the service: the public page, the lamp of the control room, numbers for Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from control_kit import enter
from doors import Officer, SetClock
from tocsin.app.desk import Desk
from tocsin.app.paths import Proof
from tocsin.warn import commands as cmd
from tocsin.warn.events import LiveDelivered


def keep(path: str, *, ago_s: float | None) -> None:
    from tocsin.store.proofs import DjangoProofs

    now = datetime.now(UTC)
    at = None if ago_s is None else now - timedelta(seconds=ago_s)
    DjangoProofs().keep(Proof(path=path, tried_at=now, proven_at=at, took_ms=3.0, said="s01 at the school roof"))


def numbers(text: str) -> dict[tuple[str, ...], float]:
    """``(name, label values…)`` → value."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_with_no_proof_yet_the_page_does_not_call_it_well(desk: Desk) -> None:
    assert Client().get("/status.json").json()["standing"] == "unknown"
    assert "This does not mean that they work." in Client().get("/status").content.decode()


def test_the_page_says_which_way_is_not_proven_and_nothing_of_devices(desk: Desk) -> None:
    keep("live", ago_s=10)
    keep("sirens", ago_s=600)
    page = Client().get("/status").content.decode()
    assert "A way has not proven itself of late." in page
    assert "Open pages and phones" in page
    assert "school roof" not in page
    told = Client().get("/status.json")
    assert [(p["path"], p["standing"]) for p in told.json()["paths"]] == [("live", "proven"), ("sirens", "late")]
    assert "school roof" not in told.content.decode()


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
def test_the_page_in_every_language(desk: Desk, language: str) -> None:
    keep("webhook", ago_s=None)
    assert Client().get(f"/status?lang={language}").status_code == 200


def test_the_time_to_the_first_phone_is_on_the_page(desk: Desk, duty: Any, clock: SetClock, sensor: Any) -> None:
    from tocsin.app import receipts
    from tocsin.app.actor import Actor, Grant

    officer = Actor(id="officer:x", grants=(Grant(role="duty"), Grant(role="approver")))
    desk.do(cmd.Draft(threat="drone", level="pre_alert", areas=("north",), reason="seen from the tower"), officer)
    (thread,) = desk.state().threads.values()
    desk.do(cmd.Issue(warning_id=thread.id, sha256=thread.message.sha256, confirm="North District"), officer)
    issued = next(e for e in desk.ledger.read() if e.event.kind == "warning.issued")
    at = issued.event.at + timedelta(seconds=0.25)
    receipts.note(desk, [LiveDelivered(edge="e", seq=issued.seq, clients=1, first_at=at, last_at=at)])
    (row,) = [t for t in Client().get("/status.json").json()["times"] if t["measure"] == "time_to_live"]
    assert row == {"measure": "time_to_live", "count": 1, "median_s": 0.25, "p95_s": 0.25}
    assert "0.25 s" in Client().get("/status").content.decode()


def test_the_lamp_of_the_control_room_turns_red_and_names_the_way(officer: Callable[..., Officer], desk: Desk) -> None:
    screen = enter(officer, desk, "duty1", "duty")
    strip = lambda: screen.client.get("/control/board").json()["parts"]["strip"]  # noqa: E731
    assert "never tried" in strip()
    keep("live", ago_s=1)
    keep("email", ago_s=1)
    assert "all proven" in strip()
    keep("email", ago_s=600)
    assert 'data-lamp="lost">Not proven: email' in strip()


def test_metrics_are_for_insiders(officer: Callable[..., Officer], desk: Desk) -> None:
    assert Client().get("/metrics").status_code == 401
    assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    stranger = officer("crew", "crew").api
    assert Client().get("/metrics", headers={"Authorization": f"Bearer {stranger.secret}"}).status_code == 401
    observer = officer("watch", "observer").api
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {observer.secret}"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_numbers_are_those_of_the_ledger_and_the_proofs(officer: Callable[..., Officer], desk: Desk) -> None:
    keep("live", ago_s=5)
    keep("sms", ago_s=900)
    observer = officer("watch", "observer").api
    text = Client().get("/metrics", headers={"Authorization": f"Bearer {observer.secret}"}).content.decode()
    told = numbers(text)
    assert told["tocsin_ledger_entries",] == desk.ledger.head()[0]
    assert told["tocsin_sirens", "unknown"] == 2
    assert told["tocsin_path_proven", "live"] == 1
    assert told["tocsin_path_proven", "sms"] == 0
    assert told["tocsin_time_to_siren_seconds_count",] == 0
    assert told["tocsin_follower_lag_entries", "projections"] == desk.ledger.head()[0]


def test_ready_only_with_a_ledger_and_tables_of_this_version(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from tocsin.store import django
    from tocsin.web.desk import set_desk
    from tocsin.web.pages import health

    monkeypatch.setattr(health, "_migrated", False)
    assert Client().get("/readyz").content == b"ready\n"
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr(django, "unmigrated", lambda: True)
    behind = Client().get("/readyz")
    assert (behind.status_code, behind.headers["Retry-After"]) == (503, "2")
    set_desk(None)
    assert Client().get("/readyz").status_code == 503
