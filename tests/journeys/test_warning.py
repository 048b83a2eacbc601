"""From a detection to measured sound and live pages, and back to quiet; drills; who may speak over MQTT."""

from __future__ import annotations

import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from journeys.rig import ACOUSTIC, RADAR, Curl, Stack, until
from tocsin.warn.siren_command import seal

pytestmark = pytest.mark.processes


def test_two_detections_sound_the_sirens_and_reach_every_page_inside_until_the_all_clear(stack: Stack) -> None:
    area, siren = "belgorod-salyut", stack.sirens["belgorod-salyut"]
    inside = stack.live(area)
    boundary = stack.live(area, stack.boundary(area))
    outside = stack.live(area, stack.outside(area))
    before = stack.head()
    with Curl(stack.own.edge_url, f"/live?cells={stack.inside(area)}", Accept="text/event-stream") as curl:
        curl.read_until(b"event: state")
        issued = stack.alarm(area)
        curl.read_until(b"event: update\nid: %d\n" % max(issued["entries"]))

    # Sirens: commanded by the entry, and measured.
    (entry,) = stack.facts("warning.issued", before)
    assert entry["seq"] in issued["entries"]
    start = until(lambda: stack.mqtt.starts(siren), "measured sound")[0]
    assert start["command_id"] == f"{entry['id']}.{siren}"
    assert start["tone"] == "wail"
    until(lambda: _sounding(stack, siren, before), "the measured sound in the ledger")

    # Pages: one update each where the area is touched, none elsewhere.
    for page in (inside, boundary):
        until(lambda page=page: page.updates(entry["seq"]), "the update")  # type: ignore[misc]
        assert page.phase(area) == "alert"
        assert len(page.updates(entry["seq"])) == 1
        (update,) = page.updates(entry["seq"])
        assert update["alert"]["id"] == issued["warning"]
        assert update["alert"]["geometry"]["type"] == "MultiPolygon"  # the page in the boundary cell decides by itself

    # The message: signed by the city, the same bytes for ever, in the feed.
    cap = boundary.updates(entry["seq"])[0]["alert"]["cap"]
    data = _get(stack, cap)
    file = stack.folder / "alert.xml"
    file.write_bytes(data)
    assert stack.cli("cap", "verify", str(file)).returncode == 0
    file.write_bytes(data.replace(b"Salyut", b"Kreyda"))
    assert stack.cli("cap", "verify", str(file)).returncode == 1
    assert cap.encode() in _get(stack, "/feeds/alerts.atom")

    ended = stack.duty.post(f"/warnings/{issued['warning']}/all-clear", reason="nothing left in the air")

    (last,) = ended["entries"]
    tone = until(lambda: [s for s in stack.mqtt.starts(siren) if s["tone"] == "all_clear"], "the all-clear tone")
    assert len(tone) == 1
    for page in (inside, boundary):
        until(lambda page=page: page.updates(last), "the end")  # type: ignore[misc]
        assert page.phase(area) == "ended"
        state = next(a for a in page.updates(last)[0]["areas"] if a["id"] == area)
        assert (state["kind"], page.updates(last)[0]["alert"]["end"]) == ("all_clear", "all_clear")
        assert [u["seq"] for u in page.updates()] == [entry["seq"], last]
    assert outside.updates() == []
    assert outside.phase(area) is None

    feed = _get(stack, "/feeds/alerts.atom")
    assert re.search(rb"/cap/[^\"<]+\.xml", feed)
    assert ended["cap"].encode() in feed
    stack.restart("web")
    assert _get(stack, cap) == data


def test_a_siren_shows_home_assistant_what_it_measured(stack: Stack) -> None:
    area, siren = "belgorod-suprunovka", stack.sirens["belgorod-suprunovka"]
    issued = stack.alarm(area)
    topic = f"tocsin/siren/{siren}/state"
    until(lambda: [h for h in stack.mqtt.heard if h.topic == topic and h.doc["state"] == "ON"], "ON in the state topic")
    signs = f"tocsin/area/{area}/state"
    until(lambda: [h for h in stack.mqtt.heard if h.topic == signs and h.doc["phase"] == "alert"], "the area's phase")
    stack.duty.post(f"/warnings/{issued['warning']}/cancel", reason="a flock of birds")
    until(lambda: _last(stack, topic)["state"] == "OFF", "OFF after the cancel")
    until(lambda: _last(stack, signs)["phase"] == "ended", "the area's end")
    assert "all_clear" not in {s["tone"] for s in stack.mqtt.starts(siren)}, "a cancel sounds nothing by itself"


def test_an_exercise_reaches_those_who_exercise_and_nobody_else(stack: Stack) -> None:
    area = "belgorod-center"
    live, exercise = stack.live(area), stack.exercise(area)
    feed = _get(stack, "/feeds/alerts.atom")
    heard = len(stack.mqtt.heard)

    started = stack.duty.post("/drills", exercise="Autumn", areas=[area], status="Exercise")
    drill = started["drill"]
    until(exercise.drills, "the exercise on the drill stream")
    assert exercise.drills()[0]["exercise"] == "Autumn"
    assert all(text.split()[0] for text in exercise.drills()[0]["headline"].values())
    topic = f"tocsin/drill/{stack.sirens[area]}/report"
    until(lambda: [h for h in stack.mqtt.heard if h.topic == topic and h.doc["state"] == "sounding"], "the chime")
    until(lambda: [h for h in stack.mqtt.heard if h.topic == topic and h.doc["state"] == "silent"], "its end")
    ended = stack.duty.post(f"/drills/{drill['id']}/end", reason="everybody is out")
    until(lambda: exercise.drills()[-1]["ended"], "its end")

    # A real entry afterwards shows that the live path was open all the time.
    real = stack.alarm("belgorod-center")
    until(lambda: live.updates(max(real["entries"])), "the real warning")
    until(lambda: stack.mqtt.starts(stack.sirens[area]), "the real sound")
    assert [u["seq"] for u in live.updates()] == [max(real["entries"])]
    assert set(started["entries"] + ended["entries"]).isdisjoint(d.get("seq") for _, _, d in live.received[1:])
    between = [h for h in stack.mqtt.heard[heard:] if drill["id"].encode() in h.payload or b"Autumn" in h.payload]
    assert {h.topic.split("/")[1] for h in between} == {"drill"}, "a drill stays on the drill's topics"
    assert stack.mqtt.starts(stack.sirens[area])[0]["command_id"].startswith(real_id(stack, real))
    assert drill["cap"].startswith("/drill/cap/")
    assert stack.duty.http.get(stack.own.site_url + drill["cap"].replace("/drill/cap/", "/cap/")).status_code == 404
    assert _get(stack, drill["cap"])
    assert drill["cap"].rsplit("/", 1)[1].encode() not in feed + _get(stack, "/feeds/alerts.atom")
    assert b"Autumn" not in _get(stack, "/feeds/alerts.atom")
    before_real = [c for c in stack.mqtt.commands(stack.sirens[area]) if c["warning"] != real["warning"]]
    assert before_real == []
    stack.duty.post(f"/warnings/{real['warning']}/all-clear", reason="over")


def test_over_mqtt_only_a_signature_makes_a_detection_count(stack: Stack, microphone: Ed25519PrivateKey) -> None:
    import json

    area, before = "severny-settlement", stack.head()

    def say(source: str, ident: str, key: Ed25519PrivateKey | None = None) -> None:
        body = stack.detection(source, area, ident=ident)
        signed = body if key is None else seal(body, key)
        stack.publish(f"tocsin/detections/{source}", json.dumps(signed).encode())

    def recorded(ident: str) -> bool | None:
        found = [f["body"]["detection"] for f in stack.facts("detection.recorded", before)]
        return next((d["trusted"] for d in found if d["id"] == ident), None)

    say("gossip", "g-1")
    say("rumour", "g-2")
    say("microphone", "m-forged", Ed25519PrivateKey.generate())
    for ident in ("g-1", "g-2", "m-forged"):
        until(lambda ident=ident: recorded(ident) is False, f"{ident} recorded, untrusted")  # type: ignore[misc]
    first = stack.detect(RADAR, area, ident="r-1")
    assert first["outcome"] == "confirmed"
    assert stack.facts("warning.issued", before) == []

    say("microphone", "m-1", microphone)
    until(lambda: recorded("m-1"), "the signed detection, trusted")
    (issued,) = until(lambda: stack.facts("warning.issued", before), "the second independent source issues")
    assert issued["body"]["warning_id"] == first["warning"]
    stack.duty.post(f"/warnings/{first['warning']}/all-clear", reason="over")


def test_one_source_and_its_repetition_issue_nothing(stack: Stack) -> None:
    area, before = "dubovoe-settlement", stack.head()
    body = stack.detection(ACOUSTIC, area, ident="one")
    first = stack.sources[ACOUSTIC].post("/detections", **body)
    again = stack.sources[ACOUSTIC].post("/detections", **body)
    other = stack.sources[ACOUSTIC].post("/detections", **{**body, "id": "two", "source": f"{ACOUSTIC}/array-2"})
    assert (first["outcome"], again["outcome"]) == ("drafted", "repeated")
    assert again["entries"] == []
    assert other["outcome"] == "confirmed"
    assert stack.facts("warning.issued", before) == []
    stack.duty.post(f"/warnings/{first['warning']}/discard", reason="one source only")


def real_id(stack: Stack, issued: dict[str, list[int]]) -> str:
    """The event id of the entry that issued."""
    return next(str(e["id"]) for e in stack.ledger() if e["seq"] == max(issued["entries"]))


def _get(stack: Stack, path: str) -> bytes:
    answer = stack.duty.http.get(stack.own.site_url + path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content


def _sounding(stack: Stack, siren: str, after: int) -> bool:
    said = [f["body"] for f in stack.facts("siren.reported", after)]
    return any(b["siren_id"] == siren and b["state"] == "sounding" for b in said)


def _last(stack: Stack, topic: str) -> dict[str, str]:
    return next(h.doc for h in reversed(stack.mqtt.heard) if h.topic == topic)  # type: ignore[no-any-return]
