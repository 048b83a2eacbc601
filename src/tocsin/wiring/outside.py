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

    from tocsin.channels._mqtt_access import Access
    from tocsin.channels.siren import SirenSettings

SENSORS_FILE = "sensors.json"
BROKER_FILE = "mqtt.json"
BRIDGE_SECRET = "mqtt.bridge"  # noqa: S105 - the name of a file, not its content


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


def broker_access(home: Path) -> Access | None:
    """Who may say and hear what on the broker; None when no account was ever made.

    Raises:
        Invalid: the file is damaged (TOC-8001).
    """
    from tocsin.channels._mqtt_access import Access

    path = home / BROKER_FILE
    return Access.read(path.read_bytes()) if path.exists() else None


def broker_settings(url: str, *, home: Path | None = None, identifier: str = "tocsin-bridge") -> SirenSettings:
    """Where the broker is, from an ``mqtt:`` or ``mqtts:`` address.

    Args:
        url: the address; one without a user takes the account that ``tocsin mqtt credentials`` made.
        home: where that account is kept.
        identifier: MQTT client id.
    """
    from tocsin.channels.siren import SirenSettings

    where = urlsplit(url)
    username, password = unquote(where.username or ""), unquote(where.password or "")
    kept = home / "keys" / BRIDGE_SECRET if home is not None else None
    if not username and kept is not None and kept.exists():
        username, password = "bridge", kept.read_text().strip()
    return SirenSettings(
        host=where.hostname or "127.0.0.1",
        port=where.port or (8883 if where.scheme == "mqtts" else 1883),
        username=username,
        password=password,
        cafile="/etc/ssl/certs/ca-certificates.crt" if where.scheme == "mqtts" else "",
        identifier=identifier,
    )
