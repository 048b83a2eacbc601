"""Whether a signature fits a key: core validation of XML-DSig 1.1, section 3.2, for the one shape that is looked at.

Nothing here chooses: :mod:`tocsin.warn.sign_shape` has refused every other place, reference, transform and algorithm
before, so that no name in a message decides what is run. Canonical form is lxml's, keys and curves are those of
``cryptography``. The verdicts are compared with those of signxml and xmlsec1 in the tests.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from hmac import compare_digest

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from tocsin.warn.cap_xml import MAX_OWN_BYTES, Element, load, text_of
from tocsin.warn.sign_shape import ECDSA_SHA256, EXCLUSIVE, RSA_SHA256

_SHA256 = hashes.SHA256()
_ECDSA = ec.ECDSA(_SHA256)
_PADDING = PKCS1v15()


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature says, read once however many keys are tried.

    ``signature`` is its element, out of the message; ``signed`` are the bytes under the key, ``SignedInfo`` in
    canonical form; ``whole`` tells whether the digest in them is that of the message without its signature.
    """

    signature: Element
    method: str
    signed: bytes
    value: bytes
    whole: bool


def take_claim(root: Element) -> Claim:
    """Take the signature out of an alert whose signature has the right shape, and read it. The tree is changed.

    Raises:
        ValueError: a namespace is no absolute URI, so the message has no canonical form.
    """
    signature = root[-1]
    info, value = signature[:2]
    canonicalisation, method, reference = info[:]
    try:
        signed = canonical(info, exclusive=canonicalisation.get("Algorithm") == EXCLUSIVE)
        _take_out(root, signature)
        return Claim(
            signature=signature,
            method=method.get("Algorithm"),
            signed=signed,
            value=b64decode("".join(text_of(value).split())),
            whole=_is_digest_of(root, reference),
        )
    except etree.C14NError as fault:
        raise ValueError("the message has no canonical form") from fault


def fault_of_key(claim: Claim, key: object) -> str:
    """Why the signature does not fit this public key, in one sentence; "" when it fits. The digest is apart."""
    try:
        if claim.method == ECDSA_SHA256 and isinstance(key, ec.EllipticCurvePublicKey):
            half = (key.key_size + 7) // 8
            if len(claim.value) != 2 * half:
                return f"The signature does not fit the key: it has {len(claim.value)} bytes, not {2 * half}."
            r, s = int.from_bytes(claim.value[:half]), int.from_bytes(claim.value[half:])
            key.verify(encode_dss_signature(r, s), claim.signed, _ECDSA)
        elif claim.method == RSA_SHA256 and isinstance(key, rsa.RSAPublicKey):
            key.verify(claim.value, claim.signed, _PADDING, _SHA256)
        else:  # a signature of one algorithm tried on a key of another
            return "The signature cannot be checked with this key: it is of another kind."
    except InvalidSignature:
        return "The signature does not fit the key."
    return ""


def canonical(what: Element, *, exclusive: bool = True) -> bytes:
    """Canonical XML without comments, of an element or of a whole document.

    Raises:
        lxml.etree.C14NError: a namespace is no absolute URI.
    """
    return bytes(etree.tostring(what, method="c14n", exclusive=exclusive, with_comments=False))


def _take_out(root: Element, signature: Element) -> None:
    """The enveloped-signature transform: the element goes, the text behind it stays."""
    previous, tail = signature.getprevious(), signature.tail
    if tail and previous is not None:
        previous.tail = (previous.tail or "") + tail
    elif tail:
        root.text = (root.text or "") + tail
    root.remove(signature)


def _is_digest_of(root: Element, reference: Element) -> bool:
    """Whether the digest is over the root element alone, or over the whole document (XML-DSig 4.4.3.3).

    The two differ by instructions outside the root element, such as a style sheet's. The standard digests them too,
    some senders do not; both are accepted, because nothing outside the root element is ever read.
    """
    transforms, _, value = reference[:]
    exclusive = transforms[-1].get("Algorithm") == EXCLUSIVE
    wanted = b64decode("".join(text_of(value).split()))
    if _fits(canonical(root.getroottree(), exclusive=exclusive), wanted):
        return True
    if root.getprevious() is None and root.getnext() is None:
        return False
    alone = load(etree.tostring(root), max_bytes=MAX_OWN_BYTES)
    return _fits(canonical(alone, exclusive=exclusive), wanted)


def _fits(data: bytes, digest: bytes) -> bool:
    return compare_digest(hashlib.sha256(data).digest(), digest)
