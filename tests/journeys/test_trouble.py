"""The broker is gone, the worker stands still: nothing sounds late, nothing old is shown as true."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from journeys.rig import Stack, until
from journeys.setups import APART
from tocsin.cli.check import clean

pytestmark = pytest.mark.processes

apart = pytest.mark.parametrize("stack", APART, indirect=True, scope="session")
"""One role dies or stands still while the others go on."""


@apart
def test_a_warning_cancelled_before_delivery_never_sounds(stack: Stack) -> None:
    area, siren, before = "belgorod-bolkhovets", stack.sirens["belgorod-bolkhovets"], stack.head()
    stack.kill("broker")
    issued = stack.alarm(area)
    until(lambda: "not through yet" in stack.said(), "the worker has tried")
    cancelled = stack.duty.post(f"/warnings/{issued['warning']}/cancel", reason="a flock of birds")
    stack.start("broker")

    # The cancel's own OFF comes through: after it nothing of this warning can be on its way.
    end = next(e for e in stack.ledger(before) if e["seq"] in cancelled["entries"])
    off = f"{end['id']}.{siren}"
    until(lambda: [r for r in stack.mqtt.reports(siren) if r["command_id"] == off], "the siren obeys the OFF")
    assert {c["state"] for c in stack.mqtt.commands(siren)} == {"OFF"}
    assert stack.mqtt.starts(siren) == []
    (skip,) = until(lambda: stack.facts("siren.skipped", before), "the skip in the ledger")
    assert skip["body"]["siren_id"] == siren
    assert "cancelled" in skip["body"]["reason"]
    until(lambda: stack.facts("siren.commanded", before), "the OFF in the ledger")
    assert {f["body"]["action"] for f in stack.facts("siren.commanded", before)} == {"OFF"}


@apart
def test_a_broker_that_comes_back_lets_a_standing_warning_sound_once(stack: Stack) -> None:
    area, siren, before = "belgorod-levoberezhye", stack.sirens["belgorod-levoberezhye"], stack.head()
    page = stack.live(area)
    stack.kill("broker")
    issued = stack.alarm(area)
    until(lambda: page.updates(max(issued["entries"])), "pages need no broker")
    stack.start("broker")
    until(lambda: stack.mqtt.starts(siren), "measured sound after the broker is back")
    until(lambda: stack.facts("siren.commanded", before), "the command in the ledger")
    stack.duty.post(f"/warnings/{issued['warning']}/all-clear", reason="over")
    until(lambda: [s for s in stack.mqtt.starts(siren) if s["tone"] == "all_clear"], "the all-clear tone")
    assert [s["tone"] for s in stack.mqtt.starts(siren)] == ["wail", "all_clear"]


@apart
def test_when_the_worker_stands_still_pages_say_unknown_and_sirens_say_link_lost(stack: Stack) -> None:
    area, siren, before = "belgorod-kharkovskaya-gora", stack.sirens["belgorod-kharkovskaya-gora"], stack.head()
    page = stack.live(area)
    until(lambda: page.phase(area) in {"ok", "ended"}, "a page that knows")
    until(lambda: _standing(stack, siren) == "silent", "a siren that has data")
    with stack.frozen("worker"):
        stack.clock.set(stack.clock.now() + timedelta(seconds=25))  # what is missing of 30 s passes as it is
        until(lambda: page.phase(area) == "unknown", "unknown on the page", 40)
        until(lambda: _standing(stack, siren) == "link_lost", "link lost at the siren", 40)
        assert stack.duty.http.get(f"{stack.own.edge_url}/api/v1/now/{page.cell}.json").json()["areas"]
        late = stack.live(area)
        assert late.phase(area) == "unknown", "who comes now is not told that all is well"
    until(lambda: page.phase(area) in {"ok", "ended"}, "the page knows again")
    until(lambda: _standing(stack, siren) == "silent", "the siren has data again")
    until(lambda: _said(stack, siren, before, "link_lost"), "the ledger tells that the link was lost")
    issued = stack.alarm(area)
    until(lambda: stack.mqtt.starts(siren), "and a warning goes through")
    until(lambda: page.updates(max(issued["entries"])), "to the page too")


def _shown(stack: Stack, siren: str) -> str:
    """What the control room is shown."""
    return next(str(s["state"]) for s in stack.duty.get("/sirens")["sirens"] if s["id"] == siren)


def _standing(stack: Stack, siren: str) -> str:
    """What the siren says of itself: its newest report, or its health."""
    topics = {f"tocsin/siren/{siren}/report": "state", f"tocsin/siren/{siren}/health": "standing"}
    for heard in reversed(stack.mqtt.heard):
        if heard.topic in topics:
            return str(heard.doc[topics[heard.topic]])
    return ""


def _said(stack: Stack, siren: str, after: int, state: str) -> bool:
    found = [f["body"] for f in stack.facts("siren.reported", after)]
    return any(b["siren_id"] == siren and b["state"] == state for b in found)


@apart
def test_sirens_that_lose_their_power_are_seen_to_be_gone(stack: Stack) -> None:
    siren = stack.sirens["belgorod-yugo-zapadny"]  # where no other journey has just sounded it
    until(lambda: _shown(stack, siren) == "silent", "what the siren measures")
    stack.kill("siren")
    until(lambda: _shown(stack, siren) == "link_lost", "the loss in the list of sirens")
    stack.start("siren")
    until(lambda: _shown(stack, siren) == "silent", "the siren is back")


@apart
def test_after_a_power_cut_everything_that_was_answered_still_happens(stack: Stack) -> None:
    area, siren, before = "belgorod-kreyda", stack.sirens["belgorod-kreyda"], stack.head()
    page = stack.live(area)
    with stack.frozen("worker"):  # so that the cut comes before anything was delivered
        issued = stack.alarm(area)
        for role in ("worker", "web", "edge", "siren", "reach", "broker"):
            for name in stack.kin(role):
                stack.kill(name)
    assert page.updates() == []
    for role in ("broker", "siren", "worker", "edge", "reach", "web"):
        for name in stack.kin(role):
            stack.start(name)
    until(lambda: stack.mqtt.starts(siren), "measured sound")
    until(lambda: page.updates(max(issued["entries"])), "the update")
    stack.duty.post(f"/warnings/{issued['warning']}/all-clear", reason="over")
    until(lambda: [s for s in stack.mqtt.starts(siren) if s["tone"] == "all_clear"], "the all-clear tone")
    assert [s["tone"] for s in stack.mqtt.starts(siren)] == ["wail", "all_clear"]
    assert len(page.updates(max(issued["entries"]))) == 1
    assert stack.facts("siren.skipped", before) == []
    stack.sound_book()


def test_a_parent_that_is_told_to_end_takes_its_children_along(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tj-", dir="/tmp") as folder:
        own = clean(Path(folder) / "demo")
        names = ("home", "mqtt_bind", "web_bind", "edge_bind", "site_url", "edge_url")
        env = {**os.environ, **{f"TOCSIN_{name.upper()}": str(getattr(own, name)) for name in names}}
        command = [sys.executable, "-m", "tocsin", "up", "--demo", "--no-play"]
        with (tmp_path / "out").open("wb") as out:
            parent = subprocess.Popen(command, env=env, stdout=out, stderr=out)
            try:
                until(lambda: "It waits for your own acts" in (tmp_path / "out").read_text(), "the demonstration", 60)
                children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
                assert len(children) == 6
            finally:
                parent.terminate()
                parent.wait(60)
        until(lambda: not [c for c in children if Path(f"/proc/{c}").exists()], "the end of every child")
