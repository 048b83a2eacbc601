"""What Home Assistant is told of a siren, so that it takes it unmodified.

Two forms exist: the device form (Home Assistant 2024.11 and later) with every part of a siren in one message, and
the older single-component form with the siren alone. Only one may be retained for one siren, or it appears twice:
:func:`messages` therefore always also empties the topic of the other form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from tocsin.core.errors import Invalid

Form = Literal["device", "component"]

PHASES = ("ok", "pre_alert", "alert", "partial_clear", "ended", "unknown")

MAX_ATTRIBUTES = 16_384
"""Home Assistant warns above this many bytes of attributes."""

_ID = re.compile(r"[a-zA-Z0-9_-]+")

_ALERT = (
    # Unknown must not read as safe: "None" makes the entity unknown, and a partly cleared area is not clear.
    "{{ 'ON' if value_json.phase in ('alert', 'pre_alert', 'partial_clear') "
    "else 'None' if value_json.phase == 'unknown' else 'OFF' }}"
)


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What discovery says of one siren. ``area``: area id; ``place``: what Home Assistant suggests as its area."""

    id: str
    name: str
    area: str
    place: str = ""
    tones: tuple[str, ...] = ("wail", "steady", "all_clear", "test_chime")
    model: str = "reference agent"
    version: str = ""
    serial: str = ""
    url: str = ""
    has_battery: bool = True


def topic(siren_id: str, form: Form = "device", prefix: str = "homeassistant") -> str:
    """The discovery topic of a siren."""
    _check(siren_id, "siren.id")
    kind = "device" if form == "device" else "siren"
    return f"{prefix}/{kind}/tocsin_{siren_id}/config"


def messages(profile: Profile, form: Form = "device", prefix: str = "homeassistant") -> list[tuple[str, bytes]]:
    """``(topic, payload)`` to publish retained at QoS 1, in order: the other form is emptied, then this one set."""
    other: Form = "component" if form == "device" else "device"
    body = device(profile) if form == "device" else component(profile)
    return [
        (topic(profile.id, other, prefix), b""),
        (topic(profile.id, form, prefix), msgspec.json.encode(body)),
    ]


def device(profile: Profile) -> dict[str, Any]:
    """The device form: the siren, its area's alert and phase, battery, link and quiet test.

    Raises:
        Invalid: an id that is not ``[a-zA-Z0-9_-]+`` (TOC-4004).
    """
    return {
        "dev": _device(profile),
        "o": _origin(profile),
        **_shared(profile),
        "cmps": {
            "siren": {"p": "siren", **_siren(profile), "name": None},
            **_area_parts(profile),
            **_own_parts(profile),
        },
    }


def component(profile: Profile) -> dict[str, Any]:
    """The single-component form, for Home Assistant before 2024.11: the siren alone."""
    return {**_siren(profile), "name": profile.name, "dev": _device(profile), "o": _origin(profile), **_shared(profile)}


def _check(value: str, field: str) -> None:
    if not _ID.fullmatch(value):
        raise Invalid(
            "TOC-4004",
            f"{value!r} cannot be part of a topic.",
            field=field,
            remedy="Use letters, digits, underscore and hyphen only.",
        )


def _device(profile: Profile) -> dict[str, Any]:
    _check(profile.id, "siren.id")
    _check(profile.area, "siren.area")
    optional = {"sw": profile.version, "sn": profile.serial, "sa": profile.place, "cu": profile.url}
    return {
        "ids": [f"tocsin_{profile.id}"],
        "name": profile.name,
        "mf": "Tocsin",
        "mdl": profile.model,
        **{key: value for key, value in optional.items() if value},
    }


def _origin(profile: Profile) -> dict[str, str]:
    return {"name": "tocsin"} | ({"sw": profile.version} if profile.version else {})


def _shared(profile: Profile) -> dict[str, Any]:
    own = f"tocsin/siren/{profile.id}/availability"
    # "all": the siren is there only when both the gateway and the device are. The default, "latest", is wrong for two.
    return {"avty": [{"t": "tocsin/bridge/availability"}, {"t": own}], "avty_mode": "all", "qos": 1}


def _siren(profile: Profile) -> dict[str, Any]:
    base = f"tocsin/siren/{profile.id}"
    return {
        "uniq_id": f"tocsin_{profile.id}_siren",
        "default_entity_id": f"siren.tocsin_{profile.id}",
        "cmd_t": f"{base}/set",
        "stat_t": f"{base}/state",
        "av_tones": list(profile.tones),
        "sup_dur": True,
        "sup_vol": True,
        "optimistic": False,
        "ret": False,
    }


def _area_parts(profile: Profile) -> dict[str, Any]:
    uid, area = f"tocsin_{profile.id}", f"tocsin/area/{profile.area}/state"
    return {
        "alert": {
            "p": "binary_sensor",
            "uniq_id": f"{uid}_alert",
            "name": "Area alert",
            "dev_cla": "safety",
            "stat_t": area,
            "val_tpl": _ALERT,
            "json_attr_t": area,
        },
        "phase": {
            "p": "sensor",
            "uniq_id": f"{uid}_phase",
            "name": "Phase",
            "dev_cla": "enum",
            "ops": list(PHASES),
            "stat_t": area,
            "val_tpl": "{{ value_json.phase }}",
        },
    }


def _own_parts(profile: Profile) -> dict[str, Any]:
    uid, base = f"tocsin_{profile.id}", f"tocsin/siren/{profile.id}"
    diagnostic = {"ent_cat": "diagnostic"}
    health = {"stat_t": f"{base}/health", **diagnostic}
    battery = {
        "p": "sensor",
        "uniq_id": f"{uid}_batt",
        "name": "Battery",
        "dev_cla": "voltage",
        "unit_of_meas": "V",
        # A voltage that was not measured is unknown, never a number.
        "val_tpl": "{{ value_json.vdc }}",
        **health,
    }
    link = {
        "p": "binary_sensor",
        "uniq_id": f"{uid}_link",
        "name": "Link",
        "dev_cla": "connectivity",
        "val_tpl": "{{ 'ON' if value_json.link == 'up' else 'OFF' }}",
        **health,
    }
    test = {
        "p": "button",
        "uniq_id": f"{uid}_test",
        "name": "Quiet test",
        "cmd_t": f"{base}/quiet_test",
        "pl_prs": "PRESS",
        **diagnostic,
    }
    return ({"batt": battery} if profile.has_battery else {}) | {"link": link, "test": test}


def area_state(state: Mapping[str, Any]) -> bytes:
    """The payload of ``tocsin/area/<area>/state``: an AreaState as JSON.

    Raises:
        Invalid: no known phase, an attribute that Home Assistant blocks, or too many bytes (TOC-4004).
    """
    payload = msgspec.json.encode(state)
    fault = _area_fault(state, payload)
    if fault:
        raise Invalid("TOC-4004", fault, field="area.state", remedy="Send the state of one area and nothing else.")
    return payload


def _area_fault(state: Mapping[str, Any], payload: bytes) -> str:
    blocked = {"tone", "duration", "volume_level", "available_tones"} & set(state)
    if state.get("phase") not in PHASES:
        return f"{state.get('phase')!r} is no phase."
    if blocked:
        return f"Home Assistant blocks the attributes {', '.join(sorted(blocked))}."
    if len(payload) > MAX_ATTRIBUTES:
        return f"{len(payload)} bytes are above {MAX_ATTRIBUTES}."
    return ""


def siren_state(
    sounding: bool | None, *, tone: str = "", duration: int = 0, volume: float | None = None, tones: Sequence[str] = ()
) -> bytes:
    """The payload of ``tocsin/siren/<id>/state``, in Home Assistant's form only: it drops a state with other keys.

    ``None`` (unknown) is the bare word. An attribute that Home Assistant would refuse is left out, because one bad
    attribute makes it drop the whole state, the ON included.
    """
    if sounding is None:
        return b"None"
    body: dict[str, Any] = {"state": "ON" if sounding else "OFF"}
    if sounding and tone in tones:
        body["tone"] = tone
    if sounding and duration > 0:
        body["duration"] = duration
    if sounding and volume is not None and 0 <= volume <= 1:
        body["volume_level"] = volume
    return msgspec.json.encode(body)
