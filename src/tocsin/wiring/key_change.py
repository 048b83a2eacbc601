"""The steps by which a signing key of the city gives way to another: make, use, retire.

Between the steps both keys are accepted wherever the city's signatures are checked, so that nothing falls silent. Each
step is one replacement of ``keys/ring.json``; then it is recorded. A step that a crash cut short is completed by giving
the same command again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, get_args

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tocsin.app.actor import Actor
from tocsin.core.errors import Refused, Unavailable
from tocsin.core.event import Fact, fact_of
from tocsin.core.ids import key_id
from tocsin.record.chain import raw_public
from tocsin.record.events import KeyChanged, KeyRetired, Purpose
from tocsin.record.key_change import Private, change
from tocsin.store.durable import sync
from tocsin.wiring import keys
from tocsin.wiring.key_ring import Line, gone, held, ring, save
from tocsin.wiring.parts import Parts

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
_END = {"command": ".ed25519", "ledger": ".ed25519", "cap": ".key.pem"}
_with = msgspec.structs.replace


@dataclass(frozen=True, slots=True)
class Known:
    """The ids of the keys of one purpose; "" where there is none."""

    purpose: Purpose
    now: str
    next: str
    before: str
    retired: tuple[str, ...] = ()


def look(folder: Path, purpose: Purpose) -> Known:
    """Which keys there are.

    Raises:
        Unavailable: one of them cannot be read (TOC-8002).
    """
    line = ring(folder)[purpose]
    now, after, before = (
        key_id(public_of(folder / name, purpose)) if name else "" for name in (line.now, line.next, line.before)
    )
    return Known(purpose, now, after, before, tuple(one.id for one in line.retired))


def public_of(path: Path, purpose: Purpose) -> bytes:
    """The bytes of the public half: raw, or the certificate in DER for CAP.

    Raises:
        Unavailable: the key cannot be read (TOC-8002).
    """
    if purpose != "cap":
        return raw_public(keys.read_key(path))
    try:
        certificate = x509.load_pem_x509_certificate(keys.certificate_of(path).read_bytes())
    except (OSError, ValueError) as fault:
        raise _unusable(keys.certificate_of(path)) from fault
    return certificate.public_bytes(serialization.Encoding.DER)


def private_of(path: Path, purpose: Purpose) -> Private:
    """The private half.

    Raises:
        Unavailable: it cannot be read (TOC-8002).
    """
    if purpose != "cap":
        return keys.read_key(path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as fault:
        raise _unusable(path) from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise _unusable(path)
    return key


def _unusable(path: Path) -> Unavailable:
    return Unavailable("TOC-8002", f"{path.name} cannot be read.", field="keys", remedy="Restore it from its backup.")


def make_next(made: Parts, purpose: Purpose) -> str:
    """Make the key that is to follow; its id. Nothing signs with it yet, and sirens may learn it from now on.

    Raises:
        Refused: a change is under way already (TOC-8006).
        Unavailable: the disk does not do its part (TOC-8002).
    """
    folder, city = made.settings.keys, made.city
    with held(folder):
        known = look(folder, purpose)
        if known.next:
            _no(purpose, f"{known.next} waits already.", f"`tocsin keys use {purpose}`, or retire it.")
        if known.before:
            _no(purpose, f"{known.before} is not retired yet.", f"`tocsin keys retire {purpose}` first.")
        path = folder / f"{purpose}-{made.desk.ids.new()}{_END[purpose]}"
        try:
            keys.make_key(path, purpose, city=city.names.get("en", city.id), now=made.clock.now())
            sync(folder)
        except OSError as fault:
            raise Unavailable(
                "TOC-8002", f"No key can be written: {fault.strerror}.", field="keys", remedy="Make room; try again."
            ) from fault
        save(folder, purpose, _with(ring(folder)[purpose], next=path.name))
        return look(folder, purpose).next


def use(
    made: Parts, purpose: Purpose, actor: Actor, key: str = "", *, seal: Callable[[Ed25519PrivateKey], object]
) -> Known:
    """Sign with the key that waits from now on, or with the one before again; both hands it over in the ledger.

    Args:
        made: the installation.
        purpose: which key.
        actor: who does it.
        key: its id; needed to go back, else the one that waits is meant.
        seal: signs the head of the ledger with the given key: the old one closes its own part.

    Raises:
        Refused: there is no such key to turn to (TOC-8006).
        Unavailable: a key, the disk or the ledger does not do its part (TOC-8002, TOC-7005).
    """
    folder = made.settings.keys
    with held(folder):
        known, line = look(folder, purpose), ring(folder)[purpose]
        if known.next and key in ("", known.next):
            line = _with(line, now=line.next, next="", before=line.now)
            save(folder, purpose, line)
        elif known.before and key == known.before and not known.next:
            # Back again: the one that was tried waits, and can be turned to once more.
            line = _with(line, now=line.before, next=line.now, before="")
            save(folder, purpose, line)
        elif key not in ("", known.now) or not _cut_short(made, known):
            _no(purpose, f"No key {key or 'waits'} to be turned to.", f"`tocsin keys new {purpose}` makes one.")
        _record(made, purpose, line, actor, seal)
        return look(folder, purpose)


def _cut_short(made: Parts, known: Known) -> bool:
    """Whether a key was turned to and the ledger does not say so yet."""
    last = (_told(made, known.purpose) or [""])[-1]
    return last != known.now and bool(known.before or (known.next and last == known.next))


def _told(made: Parts, purpose: Purpose) -> list[str]:
    """The ids of the keys that the ledger says were taken into use, in order."""
    return [fact.new for fact in _facts(made) if isinstance(fact, KeyChanged) and fact.purpose == purpose]


def _facts(made: Parts) -> Iterator[Fact]:
    for entry in made.desk.ledger.read():
        if entry.event.kind in (KeyChanged.KIND, KeyRetired.KIND):
            fact = fact_of(entry.event)
            if fact is not None:
                yield fact


def _record(
    made: Parts, purpose: Purpose, line: Line, actor: Actor, seal: Callable[[Ed25519PrivateKey], object]
) -> None:
    folder = made.settings.keys
    old, new = (folder / name for name in (line.before or line.next, line.now))
    halves = [(private_of(path, purpose), public_of(path, purpose)) for path in (old, new)]
    if _told(made, purpose)[-1:] == [key_id(halves[1][1])]:
        return  # a crash came after the entry
    made.desk.note([change(purpose, made.city.id, *halves)], actor)
    if purpose == "ledger":
        seal(keys.read_key(old))


def retire(made: Parts, purpose: Purpose, actor: Actor, key: str = "") -> Known:
    """Remove the private half of the key before, or of the one that waits; its public half is kept for old signatures.

    Args:
        made: the installation.
        purpose: which key.
        actor: who does it.
        key: its id; needed for one that waits, else the one before is meant.

    Raises:
        Refused: there is no such key, or it is in use (TOC-8006).
        Unavailable: the disk or the ledger does not do its part (TOC-8002, TOC-7005).
    """
    folder = made.settings.keys
    with held(folder):
        known, line = look(folder, purpose), ring(folder)[purpose]
        if key and key == known.now:
            _no(purpose, f"{key} is in use.", f"`tocsin keys new {purpose}` and `tocsin keys use {purpose}` first.")
        if known.before and key in ("", known.before):
            last = gone(public_of(folder / line.before, purpose))
            save(folder, purpose, _with(line, before="", retired=(*line.retired, last)))
        elif known.next and key == known.next:
            last = gone(public_of(folder / line.next, purpose))
            save(folder, purpose, _with(line, next="", retired=(*line.retired, last)))
        swept = _sweep(folder, purpose)
        said = {fact.key for fact in _facts(made) if isinstance(fact, KeyRetired) and fact.purpose == purpose}
        missing = [one for one in look(folder, purpose).retired if one not in said]
        if not swept and not missing:
            _no(purpose, f"No key {key or 'waits'} to be retired.", "`tocsin keys list` names those that there are.")
        made.desk.note([KeyRetired(purpose=purpose, key=one) for one in missing], actor)
        return look(folder, purpose)


def _sweep(folder: Path, purpose: Purpose) -> bool:
    """Remove what the ring no longer names; whether there was something."""
    files = ring(folder)[purpose].files
    kept = {*files, *(keys.certificate_of(folder / name).name for name in files)}
    ours = re.compile(rf"{purpose}(-[0-9A-Z]{{26}})?(\.ed25519|\.(key|cert)\.pem)")
    left = [path for path in folder.iterdir() if ours.fullmatch(path.name) and path.name not in kept]
    for path in left:
        path.unlink()
    if left:
        sync(folder)
    return bool(left)


def _no(purpose: Purpose, message: str, remedy: str) -> NoReturn:
    raise Refused("TOC-8006", message, field=purpose, remedy=remedy)
