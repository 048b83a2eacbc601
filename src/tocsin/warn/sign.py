"""Enveloped XML signatures of CAP messages (CAP 1.2 section 3.3.4, CAP rules 37 to 39).

We sign as the last child of ``alert``, exclusive canonicalisation, SHA-256 with ECDSA P-256 or RSA. The signature is
put into the bytes, never the bytes into a signature: what was approved stays byte for byte. Signing writes the one
shape that we use, checking reads few more (``sign_shape.py``, ``sign_check.py``); signxml and xmlsec1 keep both honest
in the tests. A verifier trusts the certificates that the city has pinned for a sender and no certificate that came
inside a message.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from tocsin.core.errors import Invalid, TocsinError
from tocsin.core.time import parse_cap_time
from tocsin.warn.cap_plain import plain
from tocsin.warn.cap_xml import DS, MAX_BYTES, MAX_OWN_BYTES, NS, SIGNATURE, Element, alert_root, load, text_of
from tocsin.warn.sign_check import Claim, canonical, fault_of_key, take_claim
from tocsin.warn.sign_shape import ECDSA_SHA256, EXCLUSIVE, RSA_SHA256, SHA256, altered_value, fault_of_shape

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_OTHER_USES: tuple[str, ...] = ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign")
_OTHER_USES += ("encipher_only", "decipher_only")
_OURS = re.compile(rb'<ds:Signature xmlns:ds="' + re.escape(DS.encode()) + rb'">')
_END = re.compile(rb"</ds:Signature></alert>\s*\Z")
_CLOSE = re.compile(rb"</alert>\s*\Z")
_XMLNS = f' xmlns:ds="{DS}"'
# Written in exclusive canonical form, so that these characters are the bytes that are signed.
_SIGNED_INFO = (
    f'<ds:SignedInfo{_XMLNS}><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod><ds:Reference URI=""><ds:Transforms>'
    f'<ds:Transform Algorithm="{DS}enveloped-signature"></ds:Transform>'
    f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
    "<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
)
_SIGNATURE = (
    f"<ds:Signature{_XMLNS}>"
    "{info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>"
    "<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
)


class Result(StrEnum):
    """What a signature is worth. Only ``VALID`` may be acted upon without a person."""

    VALID = "valid"
    MISSING = "missing_signature"
    NOT_PINNED = "sender_not_pinned"
    WRONG_KEY = "wrong_key"
    TAMPERED = "tampered"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired_certificate"
    REINDENTED = "reindented"
    REFUSED = "refused"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The result, the reason in one sentence, whose message it is, and the SHA-256 of the certificate that fits."""

    result: Result
    reason: str
    sender: str = ""
    identifier: str = ""
    certificate: str = ""

    @property
    def ok(self) -> bool:
        """Whether the message is what a pinned sender signed."""
        return self.result is Result.VALID


class CapSigner:
    """Signs CAP bytes with one key. Implements :class:`tocsin.core.ports.Signer`.

    Args:
        key_pem: private key, PEM, unencrypted: EC P-256, or RSA of at least 2048 bits.
        cert_pem: the certificate of that key, PEM.

    Raises:
        Invalid: the key or certificate cannot be used, or they do not belong together (TOC-3004).
    """

    def __init__(self, key_pem: bytes, cert_pem: bytes) -> None:
        try:
            key = serialization.load_pem_private_key(key_pem, password=None)
            certificate = x509.load_pem_x509_certificate(cert_pem)
        except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
            raise _unusable(f"The signing key or certificate cannot be read: {fault}.") from fault
        if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
            self._method = ECDSA_SHA256
        elif isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
            self._method = RSA_SHA256
        else:
            raise _unusable("The signing key is neither EC P-256 nor RSA of at least 2048 bits.")
        if key.public_key() != certificate.public_key():
            raise _unusable("The certificate is not of this key.")
        self._key = key
        self._certificate = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()

    def sign_cap(self, unsigned: bytes) -> bytes:
        """The same message with an enveloped XML-DSig as the last child of ``alert``, every other byte as it was.

        Raises:
            Invalid: not a CAP 1.2 alert (TOC-3001, TOC-3002), or already signed (TOC-3004).
        """
        whole = plain(unsigned) or _canonical(unsigned)
        close = _CLOSE.search(unsigned)
        if close is None or whole is None:
            raise Invalid(
                "TOC-3004",
                "The message is already signed, or does not end with </alert>.",
                field="/alert",
                remedy="Sign the unsigned message as Tocsin writes it, once.",
            )
        digest = base64.b64encode(hashlib.sha256(whole).digest()).decode()
        info = _SIGNED_INFO.format(method=self._method, digest=digest)
        value = base64.b64encode(self._sign(info.encode())).decode()
        signature = _SIGNATURE.format(info=info.replace(_XMLNS, "", 1), value=value, certificate=self._certificate)
        return unsigned[: close.start()] + signature.encode() + unsigned[close.start() :]

    def _sign(self, message: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(message, PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)  # XML-DSig writes the two numbers side by side, not in DER


def _canonical(unsigned: bytes) -> bytes | None:
    """The canonical form of an alert; None of one that is signed already."""
    root = alert_root(load(unsigned, max_bytes=MAX_OWN_BYTES))
    return None if root.find(f".//{SIGNATURE}") is not None else canonical(root.getroottree())


def unsigned_of(signed: bytes) -> bytes:
    """The exact bytes that :meth:`CapSigner.sign_cap` was given.

    Raises:
        Invalid: the message does not end in one signature of our form (TOC-3004).
    """
    root = alert_root(load(signed, max_bytes=MAX_OWN_BYTES))
    starts = [found.start() for found in _OURS.finditer(signed)]
    end = _END.search(signed)
    last = root[-1] if len(root) else None
    if starts and end is not None and last is not None and last.tag == SIGNATURE:
        unsigned = signed[: starts[-1]] + signed[end.start() + len(b"</ds:Signature>") :]
        root.remove(last)  # text after the signature would show in the comparison below, and be refused
        if canonical(alert_root(load(unsigned, max_bytes=MAX_OWN_BYTES))) == canonical(root):
            return unsigned
    raise Invalid(
        "TOC-3004",
        "The message does not end in one signature of the form that Tocsin writes.",
        field="/alert/Signature",
        remedy="Use the bytes that Tocsin issued, unchanged.",
    )


def verify(
    data: bytes,
    pinned: Mapping[str, Sequence[bytes | str]],
    *,
    at: datetime | None = None,
    max_bytes: int = MAX_BYTES,
) -> Verdict:
    """Whether the message is exactly what a known sender signed. Never raises for what a message contains.

    Args:
        data: the message as it arrived.
        pinned: ``sender`` → certificates (PEM) that the city has pinned for it.
        at: the instant for which the certificate must be valid; the message's ``sent`` when not given, so that
            archived messages stay verifiable after a certificate expires.
        max_bytes: longest message that is read, in bytes.
    """
    try:
        root = alert_root(load(data, max_bytes=max_bytes))
    except TocsinError as fault:
        return Verdict(result=Result.REFUSED, reason=fault.message)
    sender = _field(root, "sender")
    identifier = _field(root, "identifier")
    result, reason, fingerprint = _judge(root, pinned.get(sender, ()), at)
    return Verdict(result=result, reason=reason, sender=sender, identifier=identifier, certificate=fingerprint)


def judge_alone(data: bytes) -> Verdict:
    """What a signature is worth by the certificate inside it alone: damage is told from soundness, trust is not given.

    ``VALID`` here only says that nothing is damaged, ``REINDENTED`` that the signature holds once white space between
    elements is taken out, as some senders do who print the message prettily after signing.

    Raises:
        Invalid: not a CAP 1.2 alert that can be read (TOC-3001, TOC-3002).
    """
    root = alert_root(load(data, max_bytes=MAX_OWN_BYTES))
    if root.find(f".//{SIGNATURE}") is None:
        return Verdict(result=Result.MISSING, reason="The message carries no signature.")
    fault = fault_of_shape(root)
    if fault:
        return Verdict(result=Result.REFUSED, reason=fault)
    try:
        inside = _inside(root[-1])
    except ValueError:
        return Verdict(result=Result.WRONG_KEY, reason="The certificate inside the signature cannot be read.")
    if inside is None:
        return Verdict(result=Result.VALID, reason="The signature carries no certificate to check it with.")
    early = _by_value(root)
    if early is not None:
        return Verdict(result=early[0], reason=early[1])
    pin = _pin_of(inside)
    try:
        result, reason = _try(take_claim(root), pin)
        if result is not Result.VALID and _try(take_claim(_without_blanks(data)), pin)[0] is Result.VALID:
            result, reason = Result.REINDENTED, "White space was changed after the message was signed."
    except ValueError as unusable:
        result, reason = Result.REFUSED, f"The signature cannot be checked: {unusable}."
    return Verdict(result=result, reason=reason)


def make_self_signed(common_name: str, now: datetime, entropy: bytes, *, days: int = 730) -> tuple[bytes, bytes]:
    """A fresh EC P-256 key and its self-signed certificate, both PEM: ``(key_pem, cert_pem)``.

    Args:
        common_name: whose key it is, 1 to 64 characters.
        now: start of validity, aware.
        entropy: at least 64 bytes from the operating system's random source; the key is made of them alone.
        days: how long the certificate is valid, in days.
    """
    if len(entropy) < 64:
        raise ValueError("a key takes at least 64 random bytes")
    key = ec.derive_private_key(int.from_bytes(entropy[:48]) % (_P256_ORDER - 1) + 1, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    usage = dict.fromkeys(_OTHER_USES, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number((int.from_bytes(entropy[48:64]) >> 1) | 1)
        .not_valid_before(now.astimezone(UTC))
        .not_valid_after(now.astimezone(UTC) + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key_pem, certificate.public_bytes(serialization.Encoding.PEM)


def _judge(root: Element, pems: Sequence[bytes | str], at: datetime | None) -> tuple[Result, str, str]:
    if root.find(f".//{SIGNATURE}") is None:
        return Result.MISSING, "The message carries no signature.", ""
    fault = fault_of_shape(root)
    if fault:
        return Result.REFUSED, fault, ""
    if not pems:
        return Result.NOT_PINNED, "No certificate is pinned for this sender.", ""
    early = _by_value(root)
    if early is not None:
        return *early, ""
    try:
        pins = [_pin(pem) for pem in pems]
        moment = at if at is not None else parse_cap_time(_field(root, "sent"))
        claim = take_claim(root)
    except ValueError as unusable:
        return Result.REFUSED, f"A pinned certificate, the sent time or the message cannot be read: {unusable}.", ""
    return _by_pins(claim, pins, moment)


def _by_pins(claim: Claim, pins: Sequence[_Pin], moment: datetime) -> tuple[Result, str, str]:
    reason = ""
    for pin in pins:
        result, reason = _try(claim, pin)
        if result is Result.VALID and not pin.since <= moment <= pin.until:
            result, reason = Result.EXPIRED, f"The certificate was not valid at {moment.isoformat()}."
        if result is not Result.BAD_SIGNATURE:
            return result, reason, pin.fingerprint
    if not _names_one_of(claim.signature, [pin.certificate for pin in pins]):
        return Result.WRONG_KEY, "The signature was made with a key that is not pinned for this sender.", ""
    return Result.BAD_SIGNATURE, reason, ""


class _Pin(NamedTuple):
    """A certificate with what is asked of it for every message."""

    certificate: x509.Certificate
    key: object
    since: datetime
    until: datetime
    fingerprint: str


@lru_cache(maxsize=512)
def _pin(pem: bytes | str) -> _Pin:
    return _pin_of(x509.load_pem_x509_certificate(pem.encode() if isinstance(pem, str) else pem))


def _pin_of(certificate: x509.Certificate) -> _Pin:
    try:
        key: object = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        key = None  # no signature fits it
    thumb = certificate.fingerprint(hashes.SHA256()).hex()
    return _Pin(certificate, key, certificate.not_valid_before_utc, certificate.not_valid_after_utc, thumb)


def _by_value(root: Element) -> tuple[Result, str] | None:
    name = altered_value(root)
    if not name:
        return None
    result = Result.TAMPERED if name == "DigestValue" else Result.BAD_SIGNATURE
    return result, f"{name} is not as any signer writes it."


def _try(claim: Claim, pin: _Pin) -> tuple[Result, str]:
    """Whether the signature fits this certificate's key, its dates apart. Only a signed digest is worth a word."""
    fault = fault_of_key(claim, pin.key)
    if fault:
        return Result.BAD_SIGNATURE, fault
    if not claim.whole:
        return Result.TAMPERED, "The message was changed after it was signed (digest)."
    return Result.VALID, "The signature holds."


def _names_one_of(signature: Element, certificates: Sequence[x509.Certificate]) -> bool:
    """Whether the message claims one of these certificates, or claims none at all. Chooses words, not trust."""
    try:
        claimed = _inside(signature)
    except ValueError:
        return False
    return claimed is None or claimed in certificates


def _inside(signature: Element) -> x509.Certificate | None:
    """The first certificate that the message carries; ValueError when it is none."""
    element = signature.find(f".//{{{DS}}}X509Certificate")
    if element is None:
        return None
    lines = ("-----BEGIN CERTIFICATE-----", "".join(text_of(element).split()), "-----END CERTIFICATE-----", "")
    return x509.load_pem_x509_certificate("\n".join(lines).encode())


def _without_blanks(data: bytes) -> Element:
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False, no_network=True)
    return etree.fromstring(etree.tostring(load(data, max_bytes=MAX_OWN_BYTES)), parser)


def _field(root: Element, name: str) -> str:
    found = root.find(f"{{{NS}}}{name}")
    return "" if found is None else " ".join(text_of(found).split())


def _unusable(message: str) -> Invalid:
    return Invalid(
        "TOC-3004", message, field="key", remedy="Give an EC P-256 key and its certificate, both PEM, unencrypted."
    )
