"""Rules 37 to 39: our signatures, and every way in which a signature can be worth nothing."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tocsin.core.errors import Invalid
from tocsin.core.ports import Signer
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import check
from tocsin.warn.cap_write import render, to_xml
from tocsin.warn.sign import CapSigner, Result, judge_alone, make_self_signed, unsigned_of, verify
from warn.cap_kit import ALERT, TEXT, found, spoiled, with_alert

START = datetime(2024, 1, 1, tzinfo=UTC)
KEY, CERT = make_self_signed("City of Example", START, bytes(range(64)))
OTHER_KEY, OTHER_CERT = make_self_signed("Somebody else", START, bytes(range(1, 65)))
UNSIGNED = to_xml(ALERT)
SIGNED = CapSigner(KEY, CERT).sign_cap(UNSIGNED)
PINNED = {ALERT.sender: [CERT]}


def result(data: bytes, pinned=None, **options) -> Result:
    return verify(data, PINNED if pinned is None else pinned, **options).result


def rsa_pair(bits: int) -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rsa")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=900))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem, certificate.public_bytes(serialization.Encoding.PEM)


GOLDEN = Path(__file__).parents[1] / "golden" / "cap"
RSA_KEY, RSA_CERT = rsa_pair(2048)


def changed(old: str, new: str, data: bytes = SIGNED) -> bytes:
    assert old.encode() in data, old
    return data.replace(old.encode(), new.encode(), 1)


def signature() -> str:
    text = SIGNED.decode()
    return text[text.index("<ds:Signature ") : text.index("</ds:Signature>") + len("</ds:Signature>")]


def test_the_signer_fits_its_port():
    signer: Signer = CapSigner(KEY, CERT)
    assert verify(signer.sign_cap(UNSIGNED), PINNED).ok


@pytest.mark.parametrize(("key", "certificate"), [(KEY, CERT), (RSA_KEY, RSA_CERT)])
def test_rule_37_a_signed_message_is_valid_and_holds_the_unsigned_bytes(key, certificate):
    signed = CapSigner(key, certificate).sign_cap(UNSIGNED)
    verdict = verify(signed, {ALERT.sender: [certificate.decode()]})
    assert verdict.result is Result.VALID
    assert (verdict.sender, verdict.identifier) == (ALERT.sender, ALERT.identifier)
    fingerprint = x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex()
    assert verdict.certificate == fingerprint
    head, _, tail = signed.partition(b"<ds:Signature ")
    assert head + tail.rpartition(b"</ds:Signature>")[2] == UNSIGNED
    assert unsigned_of(signed) == UNSIGNED
    assert hashlib.sha256(unsigned_of(signed)).digest() == hashlib.sha256(UNSIGNED).digest()
    assert check(signed, strict_output=True) == []


def test_rule_37_it_is_enveloped_last_exclusive_and_sha_256():
    last = etree.fromstring(SIGNED)[-1]
    assert last.tag == "{http://www.w3.org/2000/09/xmldsig#}Signature"
    algorithms = [element.get("Algorithm") for element in last.iter() if element.get("Algorithm")]
    assert algorithms == [
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/04/xmlenc#sha256",
    ]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("?>", '?>\n<?xml-stylesheet type="text/xsl" href="https://x.example/s.xsl"?>', 1),
        TEXT.replace("<info>", "<!-- a comment --><info>"),
        TEXT.replace("North", "Північ"),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n  ", "").rstrip(),
        TEXT.replace("Missiles", "&lt;/ds:Signature&gt;&lt;/alert&gt;"),
        TEXT.replace("</info>", '</info><!-- <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"> -->'),
    ],
)
def test_rule_37_style_sheets_comments_and_line_ends_do_not_break_it(text):
    signed = CapSigner(KEY, CERT).sign_cap(text.encode())
    assert result(signed) is Result.VALID
    assert unsigned_of(signed) == text.encode()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=80))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_unsigned_bytes_come_back_whatever_the_text_says(note):
    data = render(with_alert(note=note))
    signed = CapSigner(KEY, CERT).sign_cap(data)
    assert unsigned_of(signed) == data
    assert result(signed) is Result.VALID


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n  <sender>", "\n <sender>"),
        ("<info>\n", "<info>"),
        ("</scope>\n", "</scope>\n\n"),
        ("</alert>", " </alert>"),
    ],
)
def test_rule_37_changed_white_space_fails(old, new):
    assert not verify(changed(old, new), PINNED).ok


def test_rule_37_pretty_printing_after_signing_fails_and_is_named():
    pretty = CapSigner(KEY, CERT).sign_cap("".join(line.strip() for line in TEXT.splitlines()).encode())
    tree = etree.fromstring(pretty)
    etree.indent(tree)
    data = etree.tostring(tree)
    assert not verify(data, PINNED).ok
    assert judge_alone(data).result is Result.REINDENTED
    assert found(data, 37, "warning")


def test_rule_38_each_fault_has_its_own_result():
    assert result(UNSIGNED) is Result.MISSING
    assert result(SIGNED, {}) is Result.NOT_PINNED
    assert result(SIGNED, {"other@city.example": [CERT]}) is Result.NOT_PINNED
    assert result(SIGNED, {ALERT.sender: [OTHER_CERT]}) is Result.WRONG_KEY
    assert result(CapSigner(OTHER_KEY, OTHER_CERT).sign_cap(UNSIGNED)) is Result.WRONG_KEY
    assert result(changed("Missiles", "Missile")) is Result.TAMPERED
    assert result(changed("<severity>Extreme", "<severity>Minor")) is Result.TAMPERED
    value = signature().partition("<ds:SignatureValue>")[2]
    spoilt = ("B" if value[0] == "A" else "A") + value[1:]
    assert result(changed(value, spoilt)) is Result.BAD_SIGNATURE
    digest = signature().partition("<ds:DigestValue>")[2]
    spoilt = ("B" if digest[0] == "A" else "A") + digest[1:]
    assert result(changed(digest, spoilt)) is Result.BAD_SIGNATURE, "the digest is itself signed"


def test_rule_38_the_certificate_inside_is_never_trusted():
    forged = CapSigner(OTHER_KEY, OTHER_CERT).sign_cap(UNSIGNED)
    mine = "".join(CERT.decode().splitlines()[1:-1])
    theirs = "".join(OTHER_CERT.decode().splitlines()[1:-1])
    flat = "".join(forged.decode().partition("<ds:X509Certificate>")[2].partition("</ds:X509Certificate>")[0].split())
    assert flat == theirs
    inside = forged.decode().partition("<ds:X509Certificate>")[2].partition("</ds:X509Certificate>")[0]
    assert not verify(forged.replace(inside.encode(), mine.encode()), PINNED).ok
    assert verify(SIGNED.replace(b"<ds:KeyInfo>", b"<ds:KeyInfo>"), {ALERT.sender: [OTHER_CERT, CERT]}).ok
    bare = signature()
    bare = bare[: bare.index("<ds:KeyInfo>")] + "</ds:Signature>"
    assert verify(changed(signature(), bare), PINNED).ok, "a pinned key needs no certificate in the message"


def test_rule_38_certificates_are_judged_as_of_the_sent_time():
    short_key, short_cert = make_self_signed("City", START, bytes(range(64)), days=2)
    signed = CapSigner(short_key, short_cert).sign_cap(UNSIGNED)
    assert result(signed, {ALERT.sender: [short_cert]}) is Result.EXPIRED
    assert result(SIGNED, at=datetime(2024, 6, 1, tzinfo=UTC)) is Result.VALID
    assert result(SIGNED, at=datetime(2034, 6, 1, tzinfo=UTC)) is Result.EXPIRED
    assert result(SIGNED, at=datetime(2020, 6, 1, tzinfo=UTC)) is Result.EXPIRED
    assert result(SIGNED) is Result.VALID, "an archived message stays verifiable"


SECOND = TEXT[TEXT.index("<alert") :].replace("X-1", "EVIL")


def wrapped(name: str) -> bytes:
    mine = signature()
    return {
        "two signatures": changed("</alert>", mine + "</alert>"),
        "a second alert inside": changed("<ds:Signature ", SECOND + "<ds:Signature "),
        "a second alert in an Object": changed("</ds:KeyInfo>", f"</ds:KeyInfo><ds:Object>{SECOND}</ds:Object>"),
        "the signature moved into info": changed("</info>", mine + "</info>", changed(mine, "")),
        "the signature moved to the front": changed("<identifier>", mine + "<identifier>", changed(mine, "")),
        "something after the signature": changed("</alert>", "<info/></alert>"),
        "text after the signature": changed("</alert>", "x</alert>"),
        "another element meant": changed('URI=""', 'URI="#x"'),
        "another document meant": changed('URI=""', 'URI="http://x.example/"'),
        "a pointer": changed('URI=""', 'URI="#xpointer(/)"'),
        "no URI": changed(' URI=""', ""),
        "an extra Object": changed("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object>x</ds:Object>"),
        "two references": changed("</ds:Reference>", '</ds:Reference><ds:Reference URI="#x"></ds:Reference>'),
        "no enveloped transform": changed(
            '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>', ""
        ),
        "an XPath transform": changed(
            "</ds:Transforms>",
            '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"></ds:Transform></ds:Transforms>',
        ),
        "an XSLT transform": changed(
            "http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/TR/1999/REC-xslt-19991116"
        ),
        "SHA-1": changed("http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1"),
        "HMAC": changed("xmldsig-more#ecdsa-sha256", "xmldsig-more#hmac-sha256"),
        "canonical with comments": changed(
            'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#',
            'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
        ),
        "a wrapping alert": f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>EVIL</identifier>'
        f"<sender>{ALERT.sender}</sender>{SIGNED.decode().partition('?>')[2]}</alert>".encode(),
        "a DTD": b"<!DOCTYPE alert []>" + SIGNED.partition(b"?>")[2],
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "two signatures",
        "a second alert inside",
        "a second alert in an Object",
        "the signature moved into info",
        "the signature moved to the front",
        "something after the signature",
        "text after the signature",
        "another element meant",
        "another document meant",
        "a pointer",
        "no URI",
        "an extra Object",
        "two references",
        "no enveloped transform",
        "an XPath transform",
        "an XSLT transform",
        "SHA-1",
        "HMAC",
        "canonical with comments",
        "a wrapping alert",
        "a DTD",
    ],
)
def test_rule_39_wrapping_is_refused_before_any_key_is_tried(name):
    data = wrapped(name)
    assert result(data) is Result.REFUSED
    assert any(finding.severity in ("error", "warning") for finding in check(data))


@pytest.mark.parametrize("name", ["two signatures", "a second alert inside", "the signature moved to the front"])
def test_rule_39_wrapping_is_an_error_in_a_check(name):
    assert found(wrapped(name), 39, "error")


def test_rule_39_a_comment_put_into_a_signed_message_changes_nothing_that_is_read():
    data = changed("<identifier>tocsin", "<identifier>toc<!-- x -->sin")
    assert verify(data, PINNED).identifier == parse(data).identifier == ALERT.identifier


def test_rule_39_a_processing_instruction_put_into_a_signed_message_is_noticed():
    assert result(changed("<identifier>tocsin", "<identifier>toc<?x y?>sin")) is Result.TAMPERED


@pytest.mark.parametrize("data", [b"", b"<alert/>", b"hello", b"<a", TEXT.encode()[:200]])
def test_verify_never_raises_for_what_it_is_given(data):
    assert verify(data, PINNED).result is Result.REFUSED


@given(st.integers(0, len(SIGNED) - 1), st.binary(min_size=1, max_size=2))
@settings(max_examples=150, deadline=None)
def test_no_changed_byte_in_the_message_goes_unnoticed(at, replacement):
    data = SIGNED[:at] + replacement + SIGNED[at + len(replacement) :]
    verdict = verify(data, PINNED)
    if verdict.ok:  # then only what is outside the message changed: the certificate, or the XML declaration
        assert parse(data).infos == ALERT.infos
        assert parse(data).reference() == ALERT.reference()


def test_signing_refuses_what_is_signed_or_no_alert():
    signer = CapSigner(KEY, CERT)
    for data in (SIGNED, b"<feed xmlns='http://www.w3.org/2005/Atom'/>", b"<alert", UNSIGNED + b"<!-- -->"):
        with pytest.raises(Invalid):
            signer.sign_cap(data)


def test_unsigned_bytes_are_given_for_our_own_form_only():
    other = changed(signature(), signature().replace("ds:", "d:").replace("xmlns:ds=", "xmlns:d="))
    assert verify(other, PINNED).result is not Result.REFUSED
    for data in (UNSIGNED, other, changed("</alert>", " </alert>")):
        with pytest.raises(Invalid) as refusal:
            unsigned_of(data)
        assert refusal.value.code == "TOC-3004"


def test_keys_that_are_weak_foreign_or_unfit_are_refused():
    p384 = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    weak_key, weak_cert = rsa_pair(1024)
    pairs = [(KEY, OTHER_CERT), (b"no key", CERT), (KEY, b"no certificate"), (weak_key, weak_cert), (p384, CERT)]
    for key, certificate in pairs:
        with pytest.raises(Invalid) as refusal:
            CapSigner(key, certificate)
        assert refusal.value.code == "TOC-3004"


def test_a_key_is_made_of_its_entropy_alone():
    assert make_self_signed("a", START, bytes(range(64)))[0] == KEY
    assert KEY != OTHER_KEY
    with pytest.raises(ValueError, match="64 random bytes"):
        make_self_signed("a", START, bytes(63))


def test_a_signature_of_another_implementation_is_accepted():
    # Made once with libxmlsec and the first test key over a message with a style sheet, which its digest includes.
    data = (GOLDEN / "signed-elsewhere.xml").read_bytes()
    assert verify(data, {"alerts@city.example": [CERT]}).result is Result.VALID
    assert result(data.replace(b"Missiles", b"Missile"), {"alerts@city.example": [CERT]}) is Result.TAMPERED
    assert result(data.replace(b"s.xsl", b"t.xsl"), {"alerts@city.example": [CERT]}) is Result.TAMPERED


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="needs the xmlsec1 program")
def test_another_implementation_accepts_our_signature(tmp_path):
    (tmp_path / "signed.xml").write_bytes(SIGNED)
    (tmp_path / "cert.pem").write_bytes(CERT)
    command = ["xmlsec1", "--verify", "--pubkey-cert-pem", "cert.pem", "--enabled-key-data", "x509", "signed.xml"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode == 0


def test_a_damaged_message_is_loud_in_a_check():
    assert found(changed("Missiles", "Missile"), 38, "error")
    assert found(spoiled(), 38) == []
