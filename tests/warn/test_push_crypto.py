"""Web Push encryption and identification, held against the standard's own example and an independent implementation."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import http_ece
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.errors import Invalid, Unavailable
from tocsin.warn import push_crypto as crypto
from tocsin.warn.vapid import LASTS, Vapid, new_key, origin_of

NOW = datetime(2026, 1, 2, tzinfo=UTC)
BROWSER = ec.generate_private_key(ec.SECP256R1())
PUBLIC = BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
SECRET = bytes(range(16))
RECEIVER = crypto.Receiver(PUBLIC, SECRET)


def opened(body: bytes) -> bytes:
    return http_ece.decrypt(body, private_key=BROWSER, auth_secret=SECRET, version="aes128gcm")


def test_the_example_of_rfc_8291_appendix_a() -> None:
    number = int.from_bytes(crypto.unbase64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    to = crypto.receiver(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    salt = crypto.unbase64url("DGv6ra1nlYgDCS1FRnbzlw")
    context = crypto.derive(to, ec.derive_private_key(number, ec.SECP256R1()), salt)
    assert crypto.base64url(context[:16]) == "oIhVW04MRdy2XN9CiKLxTg"
    assert crypto.base64url(context[16:28]) == "4h_95klXJ5E_qnoN"
    body = crypto.seal(context, crypto.padded(b"When I grow up, I want to be a watermelon"))
    assert crypto.base64url(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@given(st.binary(max_size=crypto.LARGEST), st.integers(0, crypto.LARGEST))
def test_another_implementation_reads_what_was_sealed(message: bytes, size: int) -> None:
    body = crypto.seal(crypto.prepare(RECEIVER), crypto.padded(message, size))
    assert len(body) == crypto.HEADER + max(len(message), size) + 17 <= crypto.RECORD
    assert opened(body) == message


def test_contexts_are_all_different() -> None:
    contexts = [crypto.prepare(RECEIVER) for _ in range(20)]
    assert {len(one) for one in contexts} == {crypto.CONTEXT}
    for start, end in ((0, 16), (16, 28), (28, 44), (49, 114)):  # key, nonce, salt, public key
        assert len({one[start:end] for one in contexts}) == 20


def test_a_message_that_does_not_fit_is_not_cut() -> None:
    for message, size in ((b"x" * (crypto.LARGEST + 1), 0), (b"", crypto.LARGEST + 1)):
        with pytest.raises(ValueError, match="fit"):
            crypto.padded(message, size)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (None, crypto.base64url(SECRET)),
        ("", ""),
        (crypto.base64url(PUBLIC), crypto.base64url(SECRET[:-1])),
        (crypto.base64url(PUBLIC), "!" * 22),
        (crypto.base64url(PUBLIC), "A" * 10_000),
        (crypto.base64url(PUBLIC[:-1] + bytes([PUBLIC[-1] ^ 1])), crypto.base64url(SECRET)),
        (crypto.base64url(PUBLIC[:-1]), crypto.base64url(SECRET)),
        (crypto.base64url(b"\x02" + PUBLIC[1:33]), crypto.base64url(SECRET)),
        (crypto.base64url(bytes(65)), crypto.base64url(SECRET)),
    ],
    ids=["none", "empty", "short auth", "odd auth", "long auth", "off the curve", "short key", "compressed", "zero"],
)
def test_keys_that_are_none_are_refused_without_repeating_them(p256dh: object, auth: object) -> None:
    with pytest.raises(Invalid) as refusal:
        crypto.receiver(p256dh, auth)
    assert refusal.value.code == "TOC-13001"
    assert str(p256dh)[:20] not in str(refusal.value) or not p256dh


def parts(value: str) -> tuple[dict[str, object], bytes, bytes, str]:
    token, key = value.removeprefix("vapid t=").split(", k=")
    head, claims, signature = token.split(".")
    assert json.loads(crypto.unbase64url(head)) == {"typ": "JWT", "alg": "ES256"}
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return said, f"{head}.{claims}".encode(), crypto.unbase64url(signature), key


def test_a_token_names_the_service_the_end_and_the_contact_and_is_signed() -> None:
    vapid = Vapid(new_key(), "mailto:duty@city.example")
    said, signed, signature, key = parts(vapid.authorization("https://push.example", NOW))
    assert said == {
        "aud": "https://push.example",
        "exp": int((NOW + LASTS).timestamp()),
        "sub": "mailto:duty@city.example",
    }
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), crypto.unbase64url(key))
    assert key == vapid.public
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    public.verify(der, signed, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(der, signed + b"x", ec.ECDSA(hashes.SHA256()))


def test_a_token_is_made_once_an_origin_and_again_before_it_ends() -> None:
    vapid = Vapid(new_key(), "https://city.example")
    first = vapid.authorization("https://a.example", NOW)
    assert vapid.authorization("https://a.example", NOW + LASTS / 3) == first
    assert vapid.authorization("https://b.example", NOW) != first
    later = vapid.authorization("https://a.example", NOW + LASTS / 2)
    assert later != first
    assert parts(later)[0]["exp"] == int((NOW + LASTS / 2 + LASTS).timestamp())
    assert vapid.authorization("https://a.example", NOW - timedelta(days=2)) != later, "the clock was set back"
    assert timedelta(hours=24) > LASTS


def test_a_key_of_another_kind_is_refused() -> None:
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    other = ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(Unavailable):
        Vapid(other, "https://city.example")


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/x:y", "https://fcm.googleapis.com"),
        ("https://Push.example:443/a?b", "https://push.example"),
        ("https://push.example:8443/a", "https://push.example:8443"),
        ("https://[::1]:8443/a", "https://[::1]:8443"),
    ],
)
def test_the_origin_of_an_endpoint(endpoint: str, origin: str) -> None:
    assert origin_of(endpoint) == origin
