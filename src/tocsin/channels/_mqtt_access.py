"""Who may say and hear what on the broker: one account a siren, one a sensor, and topics that belong to each.

The same rules hold in the embedded broker and, written as files, in Mosquitto. What no rule names is refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from tocsin.core.errors import Invalid

BRIDGE, HOME_ASSISTANT = "bridge", "home-assistant"
Way = Literal["read", "write", "readwrite"]

_ROUNDS = 1000  # a secret has 256 random bits: there is nothing to guess, and a small board connects fast
_NAME = re.compile(r"(?:siren|sensor)-[A-Za-z0-9_-]{1,64}|bridge|home-assistant")


def rules(name: str, prefix: str = "homeassistant") -> tuple[tuple[Way, str], ...]:
    """What an account may do, as ``(way, topic filter)``.

    Args:
        name: ``bridge``, ``home-assistant``, ``siren-<id>`` or ``sensor-<name>``.
        prefix: Home Assistant's discovery prefix.
    """
    kind, _, own = name.partition("-")
    if name == BRIDGE:
        return (("readwrite", "tocsin/#"), ("readwrite", f"{prefix}/#"))
    if name == HOME_ASSISTANT:
        return (
            *(("read", f"tocsin/siren/+/{what}") for what in ("state", "health", "availability")),
            ("write", "tocsin/siren/+/quiet_test"),
            ("read", "tocsin/area/#"),
            ("read", "tocsin/bridge/availability"),
            ("readwrite", f"{prefix}/#"),
        )
    if kind == "siren" and own:
        return (
            *(("read", f"tocsin/siren/{own}/{what}") for what in ("set", "quiet_test")),
            *(("write", f"tocsin/siren/{own}/{what}") for what in ("state", "report", "health", "availability")),
            ("read", f"tocsin/drill/{own}/set"),
            ("write", f"tocsin/drill/{own}/report"),
            *(("write", f"{prefix}/{form}/tocsin_{own}/config") for form in ("device", "siren")),
            ("read", "tocsin/bridge/beat"),
            ("read", f"{prefix}/status"),
        )
    if kind == "sensor" and own:
        return (("write", f"tocsin/detections/{own}"), ("write", f"tocsin/weather/{own}"))
    return ()


def covers(allowed: str, asked: str) -> bool:
    """Whether everything that a topic or filter matches is matched by an allowed filter (MQTT 3.1.1, section 4.7)."""
    mine, theirs = allowed.split("/"), asked.split("/")
    for at, level in enumerate(mine):
        if level == "#":
            return not asked.startswith("$")
        if at >= len(theirs) or theirs[at] == "#" or (level != theirs[at] and (level != "+" or theirs[at] == "")):
            return False
    return len(mine) == len(theirs)


def seal(secret: str) -> str:
    """A secret as Mosquitto's password file holds it: ``$7$rounds$salt$PBKDF2-HMAC-SHA-512``."""
    salt = os.urandom(12)
    return f"$7${_ROUNDS}${_text(salt)}${_text(_digest(secret, salt, _ROUNDS))}"


def _digest(secret: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, rounds)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class Access:
    """The accounts of one broker.

    Args:
        accounts: name → sealed secret.

    Raises:
        Invalid: a name is not one of ours (TOC-8001).
    """

    def __init__(self, accounts: Mapping[str, str]) -> None:
        for name in accounts:
            if not _NAME.fullmatch(name):
                raise Invalid(
                    "TOC-8001",
                    f"{name!r} is no account of the broker.",
                    field="mqtt.json",
                    remedy="Use siren-ID, sensor-NAME, bridge or home-assistant, made of letters, digits, - and _.",
                )
        self.accounts = dict(accounts)

    @classmethod
    def read(cls, data: bytes) -> Access:
        """The accounts of a file.

        Raises:
            Invalid: it is damaged (TOC-8001).
        """
        try:
            return cls(msgspec.json.decode(data, type=dict[str, str]))
        except msgspec.MsgspecError as fault:
            raise Invalid(
                "TOC-8001", f"mqtt.json is damaged: {fault}.", field="mqtt.json", remedy="Restore or remove it."
            ) from fault

    def opens(self, name: str | None, secret: str | None) -> bool:
        """Whether the secret is that of the account; as long for a name that nobody has."""
        sealed = self.accounts.get(name or "") or seal("")
        _, _, rounds, salt, proof = sealed.split("$")
        made = _digest(secret or "", base64.b64decode(salt), int(rounds))
        return hmac.compare_digest(made, base64.b64decode(proof)) and (name or "") in self.accounts

    def may(self, name: str | None, way: Literal["read", "write"], topic: str) -> bool:
        """Whether an account may publish to a topic, or subscribe to a filter."""
        held = rules(name or "") if (name or "") in self.accounts else ()
        return any(given in (way, "readwrite") and covers(allowed, topic) for given, allowed in held)

    def passwords(self) -> str:
        """Mosquitto's ``password_file``."""
        return "".join(f"{name}:{sealed}\n" for name, sealed in sorted(self.accounts.items()))

    def acl(self) -> str:
        """Mosquitto's ``acl_file``."""
        parts = (
            f"user {name}\n" + "".join(f"topic {way} {topic}\n" for way, topic in rules(name))
            for name in sorted(self.accounts)
        )
        return "\n".join(parts)


def made(known: Mapping[str, str], wanted: Iterable[str], renew: Iterable[str] = ()) -> tuple[Access, dict[str, str]]:
    """The accounts with those that are missing, or to be renewed, made; and the secrets of these, to be told once."""
    again = set(renew)
    fresh = {name: secrets.token_urlsafe(32) for name in {*wanted, *again} if name not in known or name in again}
    return Access({**known, **{name: seal(secret) for name, secret in fresh.items()}}), fresh
