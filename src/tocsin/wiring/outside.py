"""Who outside is known: sensors that sign, partners whose certificates are pinned, the broker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import msgspec

from tocsin.core.errors import Invalid
from tocsin.warn.siren_command import public_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from tocsin.channels.siren import SirenSettings

SENSORS_FILE = "sensors.json"


class SensorKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sensor that signs its detections over MQTT: name, Ed25519 public key in base64, areas that it may name."""

    name: str
    key: str
    areas: tuple[str, ...] = ("*",)


def sensor_keys(home: Path) -> tuple[SensorKey, ...]:
    """The sensors as they stand in the file.

    Raises:
        Invalid: the file is damaged (TOC-8001).
    """
    path = home / SENSORS_FILE
    if not path.exists():
        return ()
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[SensorKey, ...])
    except msgspec.MsgspecError as fault:
        raise Invalid(
            "TOC-8001", f"{SENSORS_FILE} is damaged: {fault}.", field=SENSORS_FILE, remedy="Mend or remove it."
        ) from fault


def sensors(home: Path) -> dict[str, tuple[Ed25519PublicKey, tuple[str, ...]]]:
    """The sensors whose signatures are known.

    Raises:
        Invalid: the file is damaged, or holds something that is no key (TOC-8001).
    """
    known = sensor_keys(home)
    return {sensor.name: (public_key(sensor.key), sensor.areas) for sensor in known}


def partners(home: Path) -> dict[str, tuple[bytes, ...]]:
    """CAP sender → pinned certificates (PEM), from ``partners/*.pem``; the sender stands in ``partners/*.sender``.

    Raises:
        Invalid: a certificate has no sender beside it (TOC-8001).
    """
    found: dict[str, list[bytes]] = {}
    for path in sorted((home / "partners").glob("*.pem")):
        named = path.with_suffix(".sender")
        if not named.exists():
            raise Invalid(
                "TOC-8001",
                f"Nothing says whose certificate {path.name} is.",
                field=path.name,
                remedy=f"Write the partner's CAP sender into {named.name}.",
            )
        found.setdefault(named.read_text().strip(), []).append(path.read_bytes())
    return {sender: tuple(certificates) for sender, certificates in found.items()}


def broker_settings(url: str, *, identifier: str = "tocsin-bridge") -> SirenSettings:
    """Where the broker is, from an ``mqtt:`` or ``mqtts:`` address."""
    from tocsin.channels.siren import SirenSettings

    where = urlsplit(url)
    return SirenSettings(
        host=where.hostname or "127.0.0.1",
        port=where.port or (8883 if where.scheme == "mqtts" else 1883),
        username=unquote(where.username or ""),
        password=unquote(where.password or ""),
        cafile="/etc/ssl/certs/ca-certificates.crt" if where.scheme == "mqtts" else "",
        identifier=identifier,
    )
