"""What Home Assistant is told: judged by Home Assistant's own code where a Python has it, and by our rules always.

``TOCSIN_HA_PYTHON`` names that Python (``python -m venv ha && ha/bin/pip install homeassistant paho-mqtt``); it is kept
apart because its versions of shared packages are not ours.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import voluptuous as vol

from tocsin.core.errors import Invalid
from tocsin.warn.discovery import PHASES, Profile, area_state, component, device, messages, siren_state

PROFILE = Profile(
    id="s014",
    name="Siren 14, Harbour school",
    area="harbour",
    place="Harbour",
    version="0.1.0",
    serial="A-0014",
    url="https://tocsin.example/sirens/s014",
)
STATES = [
    siren_state(True, tone="wail", duration=60, volume=0.8, tones=PROFILE.tones),
    siren_state(True),
    siren_state(False),
    siren_state(None),
]

# Our transcription of the rules (payloads in short keys).
IDENT = vol.Match(r"^[a-zA-Z0-9_-]+$")
TOPIC = vol.All(str, vol.Match(r"^[^#+\x00]+$"))
PART = vol.Schema(
    {
        vol.Required("p"): vol.In(["siren", "binary_sensor", "sensor", "button"]),
        vol.Required("uniq_id"): IDENT,
        "default_entity_id": vol.Match(r"^siren\.[a-z0-9_]+$"),
        "name": vol.Any(None, str),
        "cmd_t": TOPIC,
        "stat_t": TOPIC,
        "av_tones": [str],
        "sup_dur": True,
        "sup_vol": True,
        "optimistic": False,
        "ret": False,
        "dev_cla": vol.In(["safety", "enum", "voltage", "connectivity"]),
        "ops": [str],
        "unit_of_meas": str,
        "ent_cat": vol.In(["diagnostic", "config"]),
        "val_tpl": str,
        "json_attr_t": TOPIC,
        "pl_prs": str,
    }
)
DEVICE = vol.Schema(
    {
        vol.Required("dev"): {vol.Required("ids"): [IDENT], vol.In(["name", "mf", "mdl", "sw", "sn", "sa", "cu"]): str},
        vol.Required("o"): {vol.Required("name"): str, "sw": str},
        vol.Required("avty"): vol.All([{vol.Required("t"): TOPIC}], vol.Length(min=2)),
        vol.Required("avty_mode"): "all",
        vol.Required("qos"): 1,
        vol.Required("cmps"): {str: PART},
    }
)
STATE = vol.Schema(
    {
        vol.Required("state"): vol.In(["ON", "OFF"]),
        "tone": vol.In(PROFILE.tones),
        "duration": vol.All(int, vol.Range(min=1)),
        "volume_level": vol.All(float, vol.Range(min=0, max=1)),
    }
)


def test_the_device_form_keeps_our_rules():
    DEVICE(json.loads(json.dumps(device(PROFILE))))


def test_the_siren_is_neither_optimistic_nor_retained_and_has_a_state():
    siren = device(PROFILE)["cmps"]["siren"]
    assert siren["stat_t"] == "tocsin/siren/s014/state"
    assert siren["cmd_t"] == "tocsin/siren/s014/set"
    assert (siren["optimistic"], siren["ret"]) == (False, False)


def test_unique_ids_are_unique():
    ids = [part["uniq_id"] for part in device(PROFILE)["cmps"].values()]
    assert len(ids) == len(set(ids))


def test_publishing_one_form_empties_the_other():
    assert [(t, bool(p)) for t, p in messages(PROFILE, "device")] == [
        ("homeassistant/siren/tocsin_s014/config", False),
        ("homeassistant/device/tocsin_s014/config", True),
    ]
    assert [(t, bool(p)) for t, p in messages(PROFILE, "component", "ha")] == [
        ("ha/device/tocsin_s014/config", False),
        ("ha/siren/tocsin_s014/config", True),
    ]


def test_a_siren_without_a_measured_battery_announces_none():
    assert "batt" not in device(Profile(id="s1", name="x", area="a", has_battery=False))["cmps"]


@pytest.mark.parametrize("payload", STATES[:3])
def test_a_state_has_only_what_home_assistant_takes(payload):
    STATE(json.loads(payload))


def test_a_bad_attribute_is_left_out_so_that_the_on_is_not_lost():
    assert json.loads(siren_state(True, tone="hum", duration=0, volume=80, tones=("wail",))) == {"state": "ON"}
    assert siren_state(None) == b"None"


@pytest.mark.parametrize(
    "state", [{"phase": "fine"}, {}, {"phase": "ok", "tone": "x"}, {"phase": "ok", "names": {"en": "x" * 17_000}}]
)
def test_an_area_state_that_would_be_refused_is_not_sent(state):
    with pytest.raises(Invalid):
        area_state(state)


@pytest.mark.parametrize("bad", ["a/b", "a b", "", "é", "#"])
def test_an_id_that_would_break_a_topic_is_refused(bad):
    with pytest.raises(Invalid):
        device(Profile(id=bad, name="x", area="a"))
    with pytest.raises(Invalid):
        device(Profile(id="s1", name="x", area=bad))


def home_assistant() -> dict:
    python = os.environ.get("TOCSIN_HA_PYTHON")
    if not python:
        pytest.skip("TOCSIN_HA_PYTHON names no Python with Home Assistant")
    asked = {
        "device": messages(PROFILE, "device")[1],
        "component": messages(PROFILE, "component")[1],
        "states": STATES,
        "phases": PHASES,
    }
    text = json.dumps(asked, default=bytes.decode)
    judge = Path(__file__).parent / "ha_judge.py"
    done = subprocess.run([python, str(judge)], input=text, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_home_assistants_own_code_takes_everything():
    said = home_assistant()
    assert said["device"]["matched"]
    assert set(said["device"]["components"]) == {"siren", "alert", "phase", "batt", "link", "test"}
    kept = said["device"]["components"]["siren"]
    assert {"command_topic", "state_topic", "available_tones", "support_duration", "unique_id"} <= set(kept)
    assert {"command_topic", "state_topic", "unique_id"} <= set(said["component"])
    assert said["states"] == ["ON", "ON", "OFF", "None"]


def test_home_assistants_templates_never_show_unknown_as_safe():
    alert = home_assistant()["phases"]["alert"]
    assert alert == {
        "ok": "OFF",
        "pre_alert": "ON",
        "alert": "ON",
        "partial_clear": "ON",
        "ended": "OFF",
        "unknown": "None",
    }


def test_the_component_form_is_complete_by_itself():
    body = component(PROFILE)
    assert {"uniq_id", "cmd_t", "stat_t", "dev", "o", "avty", "avty_mode"} <= set(body)
    assert "cmps" not in body
