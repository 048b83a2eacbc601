"""What officers do: two persons, break-glass, and the whole act from a terminal."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from journeys.rig import Stack, until

pytestmark = pytest.mark.processes


def test_a_missile_warning_needs_a_second_officer_who_agrees_to_these_bytes(stack: Stack) -> None:
    area, before = "belgorod-stary-gorod", stack.head()
    drafted = stack.draft(area, threat="missile")
    path = f"/warnings/{drafted['warning']}"
    assert drafted["needs"] == "two"
    alone = {"sha256": drafted["sha256"], "confirm": drafted["confirm"]}
    assert stack.duty.refused(f"{path}/issue", **alone) == "TOC-1006"
    assert stack.duty.refused(f"{path}/approve", sha256=drafted["sha256"]) == "TOC-1006"

    stack.second.post(f"{path}/approve", sha256=drafted["sha256"])
    edited = stack.duty.post(f"{path}/edit", reason="three now", headline={"en": "Missiles: take shelter now"})
    assert edited["sha256"] != drafted["sha256"]
    assert stack.duty.refused(f"{path}/issue", **alone) == "TOC-1007"
    renewed = {"sha256": edited["sha256"], "confirm": edited["confirm"]}
    assert stack.duty.refused(f"{path}/issue", **renewed) == "TOC-1006", "the edit has voided the approval"
    assert stack.second.refused(f"{path}/approve", sha256=drafted["sha256"]) == "TOC-1007"
    assert stack.facts("warning.issued", before) == []

    stack.second.post(f"{path}/approve", sha256=edited["sha256"])
    assert stack.duty.refused(f"{path}/issue", **{**renewed, "confirm": "Salyut"}) == "TOC-1009"
    issued = stack.issue(edited)
    assert issued["status"] == "live"
    (fact,) = stack.facts("warning.issued", before)
    assert fact["body"]["rule"] == "two_persons"
    until(lambda: stack.mqtt.starts(stack.sirens[area]), "measured sound")
    stack.second.post(f"{path}/all-clear", reason="over")


def test_break_glass_lets_one_officer_issue_alone_visibly_and_for_a_short_time(stack: Stack) -> None:
    area, before = "belgorod-sputnik", stack.head()
    drafted = stack.draft(area, threat="missile")
    opened = stack.duty.post("/warnings/break-glass", reason="rockets in the air, second officer not reachable")
    assert opened["until"]
    (glass,) = stack.facts("breakglass.opened", before)
    assert glass["actor"].startswith("officer:")
    other = {"sha256": drafted["sha256"], "confirm": drafted["confirm"]}
    assert stack.second.refused(f"/warnings/{drafted['warning']}/issue", **other) == "TOC-1006", "for that officer only"
    stack.issue(drafted)
    (fact,) = stack.facts("warning.issued", before)
    assert fact["body"]["rule"] == "break_glass"
    until(lambda: stack.mqtt.starts(stack.sirens[area]), "measured sound")
    stack.duty.post(f"/warnings/{drafted['warning']}/cancel", reason="a test bird")

    stack.clock.set(stack.clock.now() + timedelta(seconds=301))
    late = stack.draft("belgorod-kreyda", threat="missile")
    refused = {"sha256": late["sha256"], "confirm": late["confirm"]}
    assert stack.duty.refused(f"/warnings/{late['warning']}/issue", **refused) == "TOC-1006", "it has closed"
    stack.duty.post(f"/warnings/{late['warning']}/discard", reason="not needed")


def test_the_whole_act_from_a_terminal(stack: Stack) -> None:
    area, before = "belgorod-yugo-zapadny", stack.head()

    def warn(*arguments: str, key: str = stack.demo.duty) -> Any:
        done = stack.cli("warn", *arguments, "--json", key=key)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    drafted = warn("draft", "--threat", "missile", "--area", area, "--reason", "seen from the tower")
    warning = drafted["warning"]
    refused = stack.cli(
        "warn", "issue", warning, "--sha256", drafted["sha256"], "--confirm", drafted["confirm"], key=stack.demo.duty
    )
    assert refused.returncode == 1
    assert "TOC-1006" in refused.stderr
    assert refused.stdout == ""
    edited = warn("edit", warning, "--instruction", "en=Go to the cellar now.")
    warn("approve", warning, "--sha256", edited["sha256"], key=stack.demo.second)
    issued = warn("issue", warning, "--sha256", edited["sha256"], "--confirm", edited["confirm"])
    assert issued["status"] == "live"
    page = stack.live(area)
    assert page.phase(area) == "alert"
    until(lambda: stack.mqtt.starts(stack.sirens[area]), "measured sound")
    updated = warn("update", warning, "--reason", "a second wave", "--duration", "7200")
    until(lambda: page.updates(max(updated["entries"])), "the update")
    assert [row["id"] for row in warn("list")["warnings"] if row["status"] == "live"].count(warning) == 1
    cleared = warn("all-clear", warning, "--reason", "nothing left in the air")
    until(lambda: page.updates(max(cleared["entries"])), "the all-clear")
    shown = stack.cli("warn", "show", warning, key=stack.demo.duty)
    assert json.loads(shown.stdout)["warning"]["end"] == "all_clear"
    detected = stack.cli(
        *("detect", "--source", "radar-south/unit-9", "--threat", "drone", "--area", area),
        *("--observed-at", stack.detection("x", area, ident="x")["observed_at"], "--json"),
        key=stack.demo.sources["radar-south"],
    )
    assert json.loads(detected.stdout)["outcome"] == "drafted", detected.stderr
    kinds = [e["kind"] for e in stack.ledger(before) if e["kind"].startswith("warning.")]
    assert kinds[:6] == [
        "warning.drafted",
        "warning.edited",
        "warning.approved",
        "warning.issued",
        "warning.updated",
        "warning.ended",
    ]
