"""Our check of a signature beside signxml's: what we call valid it accepts, what it signs in our shapes is valid."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureConfiguration, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import XMLVerifier

from tocsin.warn.cap_xml import load
from tocsin.warn.sign import CapSigner, Result, judge_alone, verify
from warn.cap_kit import TEXT
from warn.test_cap_sign import CERT, KEY, PINNED, RSA_CERT, RSA_KEY, SIGNED, START, changed, rsa_pair, signature

SENDER = "alerts@city.example"
FORMS = {
    "plain": TEXT,
    "prefixed": TEXT.replace("<", "<c:").replace("<c:/", "</c:").replace("<c:?", "<?").replace("xmlns=", "xmlns:c="),
    "more names": TEXT.replace("<alert ", '<alert xmlns:x="urn:x" xmlns:y="urn:y" x:a="1" '),
    "another namespace inside": TEXT.replace("</info>", '</info><x xmlns="urn:z"><y xmlns=""/></x>'),
    "an instruction inside": TEXT.replace("<info>", "<?x y?><info>"),
    "an instruction before the signature": TEXT.replace("</alert>", "<?x y?></alert>"),
    "other letters": TEXT.replace("North", "Північ &amp; &lt;Süd&gt;"),
}
C14N = ("http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")
C14N += ("http://www.w3.org/2006/12/xml-c14n11",)
_CONFIG = SignatureConfiguration(
    location="./",
    signature_methods=frozenset((SignatureMethod.ECDSA_SHA256, SignatureMethod.RSA_SHA256)),
    digest_algorithms=frozenset((DigestAlgorithm.SHA256,)),
    ignore_ambiguous_key_info=True,
    verification_time=START,
)


def accepts(data: bytes, certificate: bytes = CERT) -> bool:
    """Whether signxml accepts the message, as it is read here (comments are dropped)."""
    given_ = x509.load_pem_x509_certificate(certificate)
    try:
        XMLVerifier().verify(load(data), x509_cert=given_, expect_config=_CONFIG, validate_schema=False)
    except (SignXMLException, ValueError, TypeError, AttributeError):
        return False
    return True


def signed_by_signxml(text: str, c14n: str, key: bytes, certificate: bytes, method: SignatureMethod) -> bytes:
    signer = XMLSigner(signature_algorithm=method, c14n_algorithm=CanonicalizationMethod(c14n))
    root = etree.fromstring(text.encode())
    return etree.tostring(signer.sign(root, key=key, cert=certificate.decode()))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("c14n", C14N)
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_what_signxml_signs_is_valid_and_tampering_is_told(form, c14n, kind):
    key, certificate = (KEY, CERT) if kind == "ec" else (RSA_KEY, RSA_CERT)
    method = SignatureMethod.ECDSA_SHA256 if kind == "ec" else SignatureMethod.RSA_SHA256
    data = signed_by_signxml(FORMS[form], c14n, key, certificate, method)
    pinned = {SENDER: [certificate]}
    assert accepts(data, certificate)
    assert verify(data, pinned).result is Result.VALID
    assert judge_alone(data).result is Result.VALID
    other = data.replace(b"Missiles", b"Missile")
    assert not accepts(other, certificate)
    assert verify(other, pinned).result is Result.TAMPERED


def test_a_signature_whose_only_transform_is_enveloped_is_valid():
    text = FORMS["more names"]
    digest = hashlib.sha256(etree.tostring(load(text.encode()), method="c14n")).digest()
    info = etree.fromstring(signature())[0]
    transforms = info.find(".//{*}Transforms")
    transforms.remove(transforms[-1])
    info.find(".//{*}DigestValue").text = b64encode(digest).decode()
    signed = etree.tostring(info, method="c14n", exclusive=True)
    r, s = decode_dss_signature(
        serialization.load_pem_private_key(KEY, password=None).sign(signed, ec.ECDSA(hashes.SHA256()))
    )
    value = b64encode(r.to_bytes(32) + s.to_bytes(32))
    whole = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">%s<SignatureValue>%s</SignatureValue></Signature>'
    data = text.encode().replace(b"</alert>", whole % (signed, value) + b"</alert>")
    assert accepts(data)
    assert verify(data, PINNED).result is Result.VALID
    assert verify(data.replace(b'x:a="1"', b'x:a="2"'), PINNED).result is Result.TAMPERED
    assert verify(data.replace(b' xmlns:y="urn:y"', b""), PINNED).result is Result.TAMPERED, "names are in this form"


@given(st.integers(0, len(SIGNED) - 1), st.binary(min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_what_we_call_valid_signxml_accepts_whatever_byte_is_changed(at, replacement):
    data = SIGNED[:at] + replacement + SIGNED[at + len(replacement) :]
    if verify(data, PINNED).ok:
        assert accepts(data)


def _value(raw: bytes) -> bytes:
    old = signature().partition("<ds:SignatureValue>")[2].partition("<")[0]
    return changed(old, b64encode(raw).decode())


def test_a_signature_value_of_another_form_fits_no_key():
    raw = b64decode(signature().partition("<ds:SignatureValue>")[2].partition("<")[0])
    r, s = raw[:32], raw[32:]
    assert verify(_value(raw), PINNED).ok
    for wrong in (s + r, bytes(64), r, raw + b"\0", b"\0" + raw, r + bytes(32), bytes(32) + s, b"\0" + r + b"\0" + s):
        assert verify(_value(wrong), PINNED).result is Result.BAD_SIGNATURE, wrong.hex()
        assert not accepts(_value(wrong))
    der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))  # the right numbers, written as X.509 does
    assert verify(_value(der), PINNED).result is Result.BAD_SIGNATURE


def test_a_key_of_another_kind_or_size_fits_nothing():
    _, weak = rsa_pair(1024)
    wide = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "wide")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(wide.public_key())
    made = made.serial_number(7).not_valid_before(START).not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
    p384 = made.sign(wide, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    for other in (RSA_CERT, weak, p384):
        assert verify(SIGNED, {SENDER: [other]}).result is Result.WRONG_KEY
        assert verify(SIGNED, {SENDER: [other, CERT]}).ok
    rsa = CapSigner(RSA_KEY, RSA_CERT).sign_cap(TEXT.encode())
    assert verify(rsa, {SENDER: [CERT]}).result is Result.WRONG_KEY
    assert verify(rsa, {SENDER: [CERT, RSA_CERT]}).ok
    said = rsa.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#ecdsa-sha256")
    assert not verify(said, {SENDER: [CERT, RSA_CERT]}).ok


def test_the_digest_must_be_signed_before_it_is_worth_a_word():
    other = changed("Missiles", "Missile")
    whole = etree.fromstring(other)
    whole.remove(whole[-1])
    digest = hashes.Hash(hashes.SHA256())
    digest.update(etree.tostring(whole, method="c14n", exclusive=True))
    old = signature().partition("<ds:DigestValue>")[2].partition("<")[0]
    fitting = other.replace(old.encode(), b64encode(digest.finalize()))
    assert verify(fitting, PINNED).result is Result.BAD_SIGNATURE
    assert not accepts(fitting)


def test_a_message_without_a_canonical_form_is_refused():
    data = changed("<info>", '<x xmlns="no/absolute/uri"/><info>')
    assert verify(data, PINNED).result is Result.REFUSED
    assert judge_alone(data).result is Result.REFUSED
