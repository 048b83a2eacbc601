"""Message encryption for Web Push: RFC 8291 (keys) over RFC 8188 (``aes128gcm``). Pure.

The dear part, a key agreement for each message, needs nothing of the message. So it is done ahead: :func:`prepare`
gives a *context*, and :func:`seal` turns it and a plaintext into the body of the request. One context seals one
plaintext, ever: a second one under the same key and nonce would lay both open and let anybody forge more.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tocsin.core.errors import Invalid

KEY, NONCE = 16, 12
HEADER = 16 + 4 + 1 + 65
"""Bytes before the ciphertext: salt, record size, length of the key's name, the sender's public key (RFC 8188, 2.1)."""
CONTEXT = KEY + NONCE + HEADER
"""Bytes of a context: content key, nonce, header."""
RECORD = 4096
"""Record size. Push services must take a body of 4,096 bytes (RFC 8030, 7.2), so a message is one record."""
LARGEST = RECORD - HEADER - 1 - 16
"""Bytes that a message may have."""

_CURVE = ec.SECP256R1()
_SIZES = RECORD.to_bytes(4, "big") + b"\x41"
_LAST = b"\x02"
_START = KEY + NONCE


class Receiver(NamedTuple):
    """A browser's keys. ``public``: P-256 point, 65 bytes uncompressed; ``secret``: 16 bytes of authentication."""

    public: bytes
    secret: bytes


def receiver(p256dh: object, auth: object) -> Receiver:
    """Read the keys of a subscription, as browsers give them.

    Args:
        p256dh: the public key, base64url.
        auth: the authentication secret, base64url.

    Raises:
        Invalid: one of them is malformed, or the point is not on the curve (TOC-13001). Neither is repeated.
    """
    public, secret = unbase64url(p256dh), unbase64url(auth)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public)
    except ValueError:
        public = b""
    if len(public) != 65 or len(secret) != 16:
        raise Invalid(
            "TOC-13001",
            "The keys of the push subscription are unusable.",
            field="keys",
            remedy="Send the subscription as the browser gives it, with its keys p256dh and auth.",
        )
    return Receiver(public, secret)


def prepare(to: Receiver) -> bytes:
    """A fresh context for one message to that browser, :data:`CONTEXT` bytes. Its ephemeral private key is gone."""
    return derive(to, ec.generate_private_key(_CURVE), os.urandom(16))


def derive(to: Receiver, ephemeral: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """The context that follows from a given ephemeral key and salt (RFC 8291, 3.4): for known answers only."""
    mine = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = ephemeral.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, to.public))
    agreed = _mac(_mac(to.secret, shared), b"WebPush: info\x00" + to.public + mine + b"\x01")
    pseudorandom = _mac(salt, agreed)
    key = _mac(pseudorandom, b"Content-Encoding: aes128gcm\x00\x01")[:KEY]
    nonce = _mac(pseudorandom, b"Content-Encoding: nonce\x00\x01")[:NONCE]
    return key + nonce + salt + _SIZES + mine


def _mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, hashlib.sha256)


def padded(message: bytes, size: int = 0) -> bytes:
    """The one record that holds a message (RFC 8188, 2): what :func:`seal` takes.

    Args:
        message: at most :data:`LARGEST` bytes.
        size: the message is filled up to so many bytes, so that its length says nothing of what it says.

    Raises:
        ValueError: the message does not fit.
    """
    if len(message) > LARGEST or size > LARGEST:
        raise ValueError(f"{max(len(message), size)} bytes, {LARGEST} fit")
    return message + _LAST + bytes(max(size - len(message), 0))


def seal(context: bytes, record: bytes) -> bytes:
    """The body of the push request. Never call it twice with one context.

    Args:
        context: as :func:`prepare` gave it.
        record: as :func:`padded` gave it.
    """
    return context[_START:] + AESGCM(context[:KEY]).encrypt(context[KEY:_START], record, None)


def unbase64url(text: object) -> bytes:
    """Bytes of base64url with or without padding; none when the text is not that."""
    if not isinstance(text, str) or not text.isascii() or len(text) > 256:
        return b""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return b""


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515, appendix C)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
