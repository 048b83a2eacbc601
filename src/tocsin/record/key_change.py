"""One key of the city follows another: what both sign, and whether they did. Pure.

The old key vouches for the new one, so that whoever knows the old one can go on by the ledger alone. The new key signs
the same words: nobody can name a key as the city's that they do not hold.
"""

from __future__ import annotations

import base64
import binascii

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from tocsin.core.event import canonical
from tocsin.core.ids import key_id
from tocsin.record.events import KeyChanged, Purpose

Private = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def statement(fact: KeyChanged) -> bytes:
    """The bytes that both keys sign: canonical JSON of purpose, ledger and both public halves.

    No command, checkpoint or detection has this form, so that the signature is good for nothing else.
    """
    return canonical(
        {
            "tocsin_key_change": fact.purpose,
            "origin": fact.origin,
            "old_public": fact.old_public,
            "new_public": fact.new_public,
        }
    )


def change(purpose: Purpose, origin: str, old: tuple[Private, bytes], new: tuple[Private, bytes]) -> KeyChanged:
    """The fact that ``new`` follows ``old``; each is the private key and the bytes of its public half."""
    bare = KeyChanged(
        purpose=purpose,
        origin=origin,
        old=key_id(old[1]),
        new=key_id(new[1]),
        old_public=base64.b64encode(old[1]).decode(),
        new_public=base64.b64encode(new[1]).decode(),
        signature="",
        accepted="",
    )
    said = statement(bare)
    return msgspec.structs.replace(bare, signature=_signed(old[0], said), accepted=_signed(new[0], said))


def _signed(key: Private, said: bytes) -> str:
    if isinstance(key, Ed25519PrivateKey):
        raw = key.sign(said)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        raw = key.sign(said, ec.ECDSA(hashes.SHA256()))
    else:
        raw = key.sign(said, PKCS1v15(), hashes.SHA256())
    return base64.b64encode(raw).decode()


def holds(fact: KeyChanged) -> bool:
    """Whether both keys signed it, and the ids are theirs."""
    said = statement(fact)
    try:
        old, new = (base64.b64decode(text, validate=True) for text in (fact.old_public, fact.new_public))
        if (fact.old, fact.new) != (key_id(old), key_id(new)):
            return False
        _verify(fact.purpose, old, base64.b64decode(fact.signature, validate=True), said)
        _verify(fact.purpose, new, base64.b64decode(fact.accepted, validate=True), said)
    except (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError):
        return False
    return True


def _verify(purpose: Purpose, public: bytes, signature: bytes, said: bytes) -> None:
    if purpose != "cap":
        Ed25519PublicKey.from_public_bytes(public).verify(signature, said)
        return
    key = x509.load_der_x509_certificate(public).public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, said, ec.ECDSA(hashes.SHA256()))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, said, PKCS1v15(), hashes.SHA256())
    else:
        raise InvalidSignature
