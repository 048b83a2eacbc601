"""Run by a Python that has Home Assistant: judges payloads by Home Assistant's own code. JSON in, JSON out.

Input: ``{"device": [topic, payload], "component": [topic, payload], "states": [payload, ...]}``, payloads as text.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile

from homeassistant.components.mqtt import binary_sensor, button, sensor, siren
from homeassistant.components.mqtt.discovery import TOPIC_MATCHER, MQTTDiscoveryPayload, _replace_all_abbreviations
from homeassistant.components.mqtt.schemas import DEVICE_DISCOVERY_SCHEMA
from homeassistant.const import __version__
from homeassistant.core import HomeAssistant
from homeassistant.helpers import frame
from jinja2 import Template

PLATFORMS = {"siren": siren, "binary_sensor": binary_sensor, "sensor": sensor, "button": button}
SHARED = ("availability", "availability_mode", "device", "origin", "qos", "encoding")


def long_form(text: str) -> MQTTDiscoveryPayload:
    payload = MQTTDiscoveryPayload(json.loads(text))
    _replace_all_abbreviations(payload)
    return payload


def device(topic: str, text: str) -> dict:
    """As discovery does it: topic, device schema, then each component's own schema with the shared options."""
    prefix, rest = topic.split("/", 1)
    match = TOPIC_MATCHER.match(rest)
    payload = long_form(text)
    checked = DEVICE_DISCOVERY_SCHEMA(dict(payload))
    found = {}
    for name, part in payload["components"].items():
        config = {key: payload[key] for key in SHARED if key in payload} | part
        platform = config.pop("platform")
        found[name] = sorted(map(str, PLATFORMS[platform].DISCOVERY_SCHEMA(config)))
    return {"prefix": prefix, "matched": bool(match), "components": found, "origin": checked["origin"]["name"]}


def component(topic: str, text: str) -> list[str]:
    assert TOPIC_MATCHER.match(topic.split("/", 1)[1])
    return sorted(map(str, siren.DISCOVERY_SCHEMA(dict(long_form(text)))))


def state(text: str) -> str:
    """As mqtt/siren.py reads its state topic: JSON or a bare word, then the attributes by the turn-on schema."""
    if text in ("ON", "OFF", "None"):
        return text
    body = json.loads(text)
    word = body.pop("state")
    siren.vol.All(siren.TURN_ON_SCHEMA)(body)
    return word


def phases(text: str, values: list) -> dict:
    """What the two templates on the area's state make of each phase."""
    parts = long_form(text)["components"]
    return {
        name: {phase: Template(parts[name]["value_template"]).render(value_json={"phase": phase}) for phase in values}
        for name in ("alert", "phase")
    }


async def main() -> None:
    asked = json.loads(sys.stdin.read())
    with tempfile.TemporaryDirectory() as folder:
        # Templates are checked against a running core, however empty.
        core = HomeAssistant(folder)
        frame.async_setup(core)
        said = {
            "version": __version__,
            "device": device(*asked["device"]),
            "component": component(*asked["component"]),
            "phases": phases(asked["device"][1], asked["phases"]),
            "states": [state(text) for text in asked["states"]],
        }
        await core.async_stop(force=True)
    json.dump(said, sys.stdout)


asyncio.run(main())
