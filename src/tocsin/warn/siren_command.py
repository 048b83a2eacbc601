"""Siren commands: signed, expiring, once-only JSON, and the verdict on whatever arrives.

In Dallas in 2017 somebody replayed radio tones and all 156 sirens of the city sounded. So a command here carries an id
that counts once, a time after which it is void, the siren that it is for, and an Ed25519 signature (RFC 8032) over the
RFC 8785 canonical JSON of everything else. Drill commands are another type that this door refuses.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Container, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tocsin.core.errors import Invalid
from tocsin.core.event import canonical
from tocsin.core.time import parse_instant, rfc3339

MAX_BYTES = 4096
"""Longer payloads are refused unread; a real command is about 400 bytes."""

MAX_DURATION_S = 3600
"""No command asks for more sound than this; the device's own hard limit is far below."""

MAX_AHEAD = timedelta(seconds=30)
"""How far a command may be issued in the future, to allow for clocks that differ."""

CHIME = "test_chime"
"""The only tone that an exercise asks a siren for."""

Word = Literal[
    "accepted",
    "repeated",
    "expired",
    "bad_signature",
    "malformed",
    "wrong_siren",
    "future",
    "manual",
    "disarmed",
    "limit",
]


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One order to one siren.

    Attributes:
        id: the same for every repetition of the same order; a siren obeys it once.
        siren: id of the siren that it is for.
        state: ``ON`` or ``OFF``.
        tone: a name of :data:`tocsin.warn.tones.TONES`.
        duration: seconds of sound, 1 to 3600; ignored for ``OFF``.
        issued: when the city signed it.
        expires: from then on it is void.
        warning: id of the warning thread that it belongs to.
        volume_level: 0 to 1, or None for the siren's own setting.
    """

    id: str
    siren: str
    state: Literal["ON", "OFF"]
    tone: str = "wail"
    duration: int = 60
    issued: datetime
    expires: datetime
    warning: str
    volume_level: float | None = None


class DrillCommand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order to play the quiet exercise chime. It names a drill instead of a warning, so it fits no live door."""

    id: str
    siren: str
    drill: str
    issued: datetime
    expires: datetime


class Manual(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command without id or signature, as Home Assistant sends it from a switch on a dashboard."""

    state: Literal["ON", "OFF"]
    tone: str = "wail"
    duration: int | None = None
    volume_level: float | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a payload is worth. ``command`` is set when it could be read and its signature holds."""

    word: Word
    detail: str = ""
    command: Command | None = None
    manual: Manual | None = None


def public_key(text: str) -> Ed25519PublicKey:
    """Read a public key of 32 bytes in base64.

    Raises:
        Invalid: not base64, or not 32 bytes (TOC-8001).
    """
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as fault:
        raise Invalid(
            "TOC-8001",
            f"{text!r} is no Ed25519 public key.",
            field="public_keys",
            remedy="Give 32 bytes in base64, as `tocsin doctor` prints them.",
        ) from fault


class Signs(Protocol):
    """An Ed25519 private key, or something that signs like one."""

    def sign(self, data: bytes, /) -> bytes:
        """The signature over the bytes."""
        ...


def seal(body: Mapping[str, Any], key: Signs) -> dict[str, Any]:
    """The object with ``sig``: base64 of Ed25519 over its RFC 8785 canonical JSON."""
    plain = {name: value for name, value in body.items() if name != "sig"}
    return plain | {"sig": base64.b64encode(key.sign(canonical(plain))).decode()}


def holds(body: Mapping[str, Any], keys: Iterable[Ed25519PublicKey]) -> bool:
    """Whether ``sig`` was made over exactly the other members by one of the keys. Several keys allow for rotation."""
    sig = body.get("sig")
    if not isinstance(sig, str):
        return False
    try:
        raw = base64.b64decode(sig, validate=True)
        signed = canonical({name: value for name, value in body.items() if name != "sig"})
    except (binascii.Error, ValueError, RecursionError, rfc8785.CanonicalizationError):
        return False
    return any(_verifies(key, raw, signed) for key in keys)


def _verifies(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def sign(command: Command | DrillCommand, private_key: Signs) -> bytes:
    """The JSON payload of a command, signed. Times are RFC 3339 in UTC with milliseconds.

    Raises:
        Invalid: an empty id, a duration outside 1..3600 s, a volume outside 0..1, or an end before its beginning
            (TOC-4001).
    """
    fault = _fault(command)
    if fault:
        raise Invalid(
            "TOC-4001", fault, field=f"siren.{command.siren}", remedy="Give the command an id and sane numbers."
        )
    body = {k: v for k, v in msgspec.structs.asdict(command).items() if v is not None}
    body |= {"issued": rfc3339(command.issued), "expires": rfc3339(command.expires)}
    return msgspec.json.encode(seal(body, private_key))


def _fault(command: Command | DrillCommand) -> str:
    if not 1 <= len(command.id) <= 200 or not command.siren:
        return "The command has no usable id or siren."
    if command.expires <= command.issued:
        return "The command is void before it is issued."
    if isinstance(command, Command):
        return _sound_fault(command.state, command.duration, command.volume_level)
    return ""


def _sound_fault(state: str, duration: int | None, volume: float | None) -> str:
    if state == "ON" and duration is not None and not 1 <= duration <= MAX_DURATION_S:
        return f"A duration of {duration} s is outside 1 to {MAX_DURATION_S} s."
    if volume is not None and not 0 <= volume <= 1:
        return f"A volume of {volume} is outside 0 to 1."
    return ""


def read(
    payload: bytes, *, siren_id: str, public_keys: Iterable[Ed25519PublicKey], now: datetime, seen: Container[str]
) -> Verdict:
    """Judge what came in on a siren's command topic.

    Args:
        payload: the bytes as received. The caller has already dropped retained messages.
        siren_id: the siren that reads.
        public_keys: every key that the city signs with now, or did until lately.
        now: the siren's clock, aware.
        seen: ids that were obeyed before.

    Returns:
        ``accepted`` with the command, ``manual`` for an unsigned Home Assistant command, or the reason for refusal.
    """
    body = _json(payload)
    if isinstance(body, Verdict):
        return body
    if "id" not in body:
        return _manual(body)
    if not holds(body, public_keys):
        return Verdict(word="bad_signature", detail="no key known here made this signature")
    try:
        command = _command(body)
    except (msgspec.ValidationError, Invalid) as fault:
        return Verdict(word="malformed", detail=str(fault))
    return _timely(command, siren_id, now, seen)


def _timely(command: Command, siren_id: str, now: datetime, seen: Container[str]) -> Verdict:
    if command.siren != siren_id:
        return Verdict(word="wrong_siren", detail=f"for {command.siren}", command=command)
    if command.id in seen:
        return Verdict(word="repeated", command=command)
    if command.expires <= now:
        return Verdict(word="expired", detail=f"void since {rfc3339(command.expires)}", command=command)
    if command.issued > now + MAX_AHEAD:
        return Verdict(word="future", detail=f"issued at {rfc3339(command.issued)}, by a clock ahead", command=command)
    return Verdict(word="accepted", command=command)


def read_drill(
    payload: bytes, *, siren_id: str, public_keys: Iterable[Ed25519PublicKey], now: datetime, seen: Container[str]
) -> tuple[Word, DrillCommand | None]:
    """Judge what came in on a siren's drill topic: signed, for this siren, unexpired, once."""
    body = _json(payload)
    if isinstance(body, Verdict):
        return "malformed", None
    if not holds(body, public_keys):
        return "bad_signature", None
    try:
        plain = {name: value for name, value in body.items() if name != "sig"}
        drill = msgspec.convert(plain | _instants(plain), DrillCommand)
    except (msgspec.ValidationError, Invalid):
        return "malformed", None
    return _drill_word(drill, siren_id, now, seen), drill


def _drill_word(drill: DrillCommand, siren_id: str, now: datetime, seen: Container[str]) -> Word:
    if drill.siren != siren_id:
        return "wrong_siren"
    if drill.id in seen:
        return "repeated"
    if drill.issued > now + MAX_AHEAD:
        return "future"
    return "expired" if drill.expires <= now else "accepted"


def _json(payload: bytes) -> dict[str, Any] | Verdict:
    if len(payload) > MAX_BYTES:
        return Verdict(word="malformed", detail=f"longer than {MAX_BYTES} bytes")
    text = payload.strip()
    if text in (b"ON", b"OFF"):
        return {"state": text.decode()}
    try:
        body = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        return Verdict(word="malformed", detail=f"no JSON: {fault}")
    return body if isinstance(body, dict) else Verdict(word="malformed", detail="no JSON object")


def _manual(body: dict[str, Any]) -> Verdict:
    try:
        manual = msgspec.convert(body, Manual)
    except msgspec.ValidationError as fault:
        return Verdict(word="malformed", detail=str(fault))
    fault_text = _sound_fault(manual.state, manual.duration, manual.volume_level)
    if fault_text:
        return Verdict(word="malformed", detail=fault_text)
    return Verdict(word="manual", manual=manual)


def _command(body: dict[str, Any]) -> Command:
    plain = {name: value for name, value in body.items() if name != "sig"}
    command = msgspec.convert(plain | _instants(plain), Command)
    fault = _fault(command)
    if fault:
        raise Invalid("TOC-4001", fault, field="command", remedy="Send what the reference of sirens describes.")
    return command


def _instants(body: Mapping[str, Any]) -> dict[str, datetime]:
    return {
        name: parse_instant(body[name], field=name, code="TOC-4001") for name in ("issued", "expires") if name in body
    }
