"""The one shape of signature that is looked at (CAP rules 37 and 39). Everything else is refused before any key is."""

from __future__ import annotations

from base64 import b64decode, b64encode

from tocsin.warn.cap_xml import DS, SIGNATURE, Element, text_of

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

_SIGN = {RSA_SHA256, ECDSA_SHA256}
_DIGEST = {SHA256}
_C14N = {
    EXCLUSIVE,
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/2006/12/xml-c14n11",
}
_ENVELOPED = f"{DS}enveloped-signature"


def fault_of_place(root: Element) -> str:
    """Why the message looks like a wrapping attack, in one sentence; "" when it has one signature in its place."""
    signatures = list(root.iter(SIGNATURE))
    if len(signatures) != 1:
        return f"The message carries {len(signatures)} signatures; exactly one is looked at."
    signature = signatures[0]
    if signature.getparent() is not root or signature is not root[-1] or (signature.tail or "").strip():
        return "The signature is not the last child of the alert."
    for _ in root.iterdescendants(root.tag):
        return "An alert stands inside the alert."
    return ""


def fault_of_shape(root: Element) -> str:
    """Why the signature of this alert is not looked at, in one sentence; "" when it may be.

    Accepted: one signature, last child of the alert, over the whole message (``URI=""``), enveloped, with an
    algorithm of the list. That leaves an attacker no place for a second message beside the signed one.
    """
    fault = fault_of_place(root)
    if fault:
        return fault
    signature = root[-1]
    names = [_name(child) for child in signature]
    if names not in (["SignedInfo", "SignatureValue", "KeyInfo"], ["SignedInfo", "SignatureValue"]):
        return "The signature holds something other than SignedInfo, SignatureValue and KeyInfo."
    if len(signature[1]):
        return "The signature value holds elements."
    return _fault_of_signed_info(signature[0])


def altered_value(root: Element) -> str:
    """``DigestValue`` or ``SignatureValue`` if it is no base64 that an encoder writes, so was altered; else ""."""
    for element in root.iter(f"{{{DS}}}DigestValue", f"{{{DS}}}SignatureValue"):
        text = "".join(text_of(element).split())
        try:
            again = b64encode(b64decode(text, validate=True)).decode()
        except ValueError:  # binascii.Error, or letters beyond ASCII
            again = ""
        if not text or again != text:  # spare bits that are not zero decode, but no encoder writes them
            return _name(element)
    return ""


def _fault_of_signed_info(info: Element) -> str:
    if [_name(child) for child in info] != ["CanonicalizationMethod", "SignatureMethod", "Reference"]:
        return "The signature does not refer to exactly one thing."
    canonicalisation, method, reference = info
    if canonicalisation.get("Algorithm") not in _C14N or method.get("Algorithm") not in _SIGN:
        return "The signature's algorithms are not on the list (RSA or ECDSA with SHA-256)."
    if len(canonicalisation) or len(method):
        return "The signature's algorithms carry parameters."
    if reference.get("URI") != "" or set(reference.attrib) - {"URI", "Id"}:
        return "The signature does not cover the whole message (Reference URI)."
    return _fault_of_reference(reference)


def _fault_of_reference(reference: Element) -> str:
    if [_name(child) for child in reference] != ["Transforms", "DigestMethod", "DigestValue"]:
        return "The signature's reference is not of the form that is looked at."
    transforms, digest, value = reference
    if digest.get("Algorithm") not in _DIGEST or len(digest) or len(value):
        return "The signature's digest is not SHA-256."
    return _fault_of_transforms(transforms)


def _fault_of_transforms(transforms: Element) -> str:
    algorithms = [child.get("Algorithm") for child in transforms]
    if any(_name(child) != "Transform" or len(child) for child in transforms):
        return "The signature's transforms carry parameters."
    if not algorithms or algorithms[0] != _ENVELOPED:
        return "The signature is not enveloped."
    if len(algorithms) > 2 or any(algorithm not in _C14N for algorithm in algorithms[1:]):
        return "The signature's transforms are not on the list."
    return ""


def _name(element: Element) -> str:
    tag = element.tag
    return tag[len(DS) + 2 :] if isinstance(tag, str) and tag.startswith(f"{{{DS}}}") else ""
