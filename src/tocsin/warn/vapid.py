"""Who sends: Voluntary Application Server Identification (RFC 8292), an ES256 token for each push service. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tocsin.core.errors import Unavailable
from tocsin.warn.push_crypto import base64url

LASTS = timedelta(hours=12)
"""How long a token is valid; a push service refuses more than 24 h (RFC 8292, 2)."""

_HEAD = base64url(b'{"typ":"JWT","alg":"ES256"}')


def new_key() -> bytes:
    """A fresh P-256 key as PEM. Every subscription is bound to it: who loses it loses them all."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Vapid:
    """Signs tokens, and signs one again only when half of its time is over.

    Args:
        pem: the private key, see :func:`new_key`.
        contact: ``https:`` or ``mailto:`` address at which a push service reaches the operator.

    Raises:
        Unavailable: the key is no P-256 key (TOC-8002).
    """

    def __init__(self, pem: bytes, contact: str) -> None:
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise Unavailable(
                "TOC-8002", "The push key is no P-256 key.", field="keys", remedy="Restore it from its backup."
            )
        self._key = key
        self._contact = contact
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = base64url(point)
        """What the page gives to the browser as ``applicationServerKey``."""
        self._made: dict[str, tuple[datetime, str]] = {}

    def authorization(self, origin: str, now: datetime) -> str:
        """The value of the ``Authorization`` header for the push service at ``origin``, such as ``https://a.example``."""
        until, value = self._made.get(origin, (now, ""))
        if until - now <= LASTS / 2 or until - now > LASTS:
            until = now + LASTS
            value = f"vapid t={self._token(origin, until)}, k={self.public}"
            self._made[origin] = (until, value)
        return value

    def _token(self, origin: str, until: datetime) -> str:
        claims = {"aud": origin, "exp": int(until.timestamp()), "sub": self._contact}
        said = f"{_HEAD}.{base64url(msgspec.json.encode(claims))}"
        r, s = decode_dss_signature(self._key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{said}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def origin_of(endpoint: str) -> str:
    """Scheme, host and port of an endpoint, without a port that goes without saying."""
    parts = urlsplit(endpoint)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, 443) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
