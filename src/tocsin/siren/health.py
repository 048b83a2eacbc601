"""What a siren says of itself: reports and health. A number that was not measured is null, never a guess."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tocsin.core.errors import Invalid
from tocsin.core.time import rfc3339
from tocsin.siren.config import SirenConfig
from tocsin.siren.machine import standing
from tocsin.siren.sound import Measurement
from tocsin.siren.words import Now, Report
from tocsin.warn.siren_command import seal

if TYPE_CHECKING:
    from tocsin.siren.agent import SirenAgent

_SYNCED = Path("/run/systemd/timesync/synchronized")


class Reporter:
    """Gives reports their form: numbered within this start of the agent, signed where the siren has a key."""

    def __init__(self, config: SirenConfig, boot: str) -> None:
        self._siren = config.id
        self._boot = boot
        self._n = 0
        self._key = _private_key(config.report_key) if config.report_key else None

    def payload(self, report: Report) -> bytes:
        """The JSON of one report."""
        self._n += 1
        body: dict[str, Any] = {
            "siren": self._siren,
            "state": report.state,
            "tone": report.tone,
            "command_id": report.command_id,
            "measured_at": rfc3339(report.at),
            "boot": self._boot,
            "n": self._n,
            "verdict": report.verdict,
            "detail": report.detail,
        }
        return msgspec.json.encode(body if self._key is None else seal(body, self._key))


def _private_key(path: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(Path(path).read_bytes(), password=None)
    except (OSError, ValueError) as fault:
        raise Invalid(
            "TOC-8001", f"{path} is no private key: {fault}.", field="report_key", remedy="Give an Ed25519 PEM file."
        ) from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(
            "TOC-8001", f"{path} is not an Ed25519 key.", field="report_key", remedy="Give an Ed25519 PEM file."
        )
    return key


def payload(agent: SirenAgent) -> bytes:
    """The health message."""
    state, config, now = agent.state, agent.config, agent.clock.read()
    body: dict[str, Any] = {
        "siren": config.id,
        "at": rfc3339(now.wall),
        "standing": standing(state),
        "vdc": volts(config),
        "armed": state.armed,
        "uptime_s": round(now.mono - agent.started.mono),
        "clock_synced": _SYNCED.exists() or None,
        "link": state.link,
        "data_age_s": round(now.mono - state.heard, 1) if state.link != "never" else None,
        "sink": agent.sink.kind,
        "level": agent.level,
        "last_sound": rfc3339(state.last_sound) if state.last_sound is not None else None,
        "quiet_test": agent.quiet_test,
        "fault": state.fault or agent.memory_fault,
        "keys": list(agent.keys),
        "refused": dict(agent.refused),
        "reports_dropped": agent.link.dropped,
        "connections": agent.link.connections,
        "boot": agent.boot,
    }
    return msgspec.json.encode(body)


def volts(config: SirenConfig) -> float | None:
    """Battery volts, or None where they are not measured or cannot be read."""
    if not config.vdc_path:
        return None
    try:
        return round(float(Path(config.vdc_path).read_text()) * config.vdc_scale, 2)
    except (OSError, ValueError):
        return None


def quiet_result(result: Measurement | None, now: Now) -> dict[str, Any]:
    """What a quiet test found; None means that it was not made, because the siren was sounding."""
    if result is None:
        return {"at": rfc3339(now.wall), "ok": None, "detail": "not made: there was sound"}
    return {"at": rfc3339(now.wall), "ok": result.sounding, "level": result.level, "detail": result.detail}


def field(raw: bytes, name: str) -> str:
    """One string of a JSON object, or ""."""
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""
