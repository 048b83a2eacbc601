"""Rules 19 to 29: what a message says, and the media that it points to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from tocsin.warn.cap_rules.base import Finding, Subject, every, first, instant, rule, value
from tocsin.warn.cap_xml import NS, Element, path_of, text_of

CATEGORIES: tuple[str, ...] = (
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
)
CATEGORIES += ("CBRNE", "Other")
RESPONSES = ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None")
GRADES = {
    "urgency": ("Immediate", "Expected", "Future", "Past", "Unknown"),
    "severity": ("Extreme", "Severe", "Moderate", "Minor", "Unknown"),
    "certainty": ("Observed", "Likely", "Possible", "Unlikely", "Unknown"),
}
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_TAG = re.compile(
    r"</?(a|b|big|body|br|center|div|em|font|h[1-6]|head|hr|html|i|img|li|ol|p|script|small|span|strong|style|sub|sup"
    r"|table|td|th|tr|u|ul)(\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_HTML_ENTITY = re.compile(r"&(#\d+|#x[0-9A-Fa-f]+|[A-Za-z]{2,8});")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_GSM = frozenset("£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà€")
"""What the GSM 7-bit alphabet (3GPP 23.038) holds beyond ASCII."""


@rule(19)
def rule_19(m: Subject) -> Iterator[Finding]:
    """At least one category, each of the list."""
    for info in m.infos:
        found = list(every(info, "category"))
        if not found:
            yield m.error(19, info, "At least one category is needed.")
        for element in found:
            if text_of(element).strip() not in CATEGORIES:
                yield m.error(19, element, f"{text_of(element)[:40]!r} is not one of {', '.join(CATEGORIES)}.")
        if not value(info, "event"):
            yield m.error(19, f"{path_of(info)}/event", "event must have a value.")


@rule(20)
def rule_20(m: Subject) -> Iterator[Finding]:
    """Urgency, severity and certainty: one legal value each; an all-clear is Past."""
    for info in m.infos:
        for name, legal in GRADES.items():
            text = value(info, name)
            if text not in legal:
                hint = ' Use "Likely": "Very Likely" was CAP 1.0.' if text.lower() == "very likely" else ""
                where = f"{path_of(info)}/{name}"
                yield m.error(20, where, f"{name} {text[:40]!r} is not one of {', '.join(legal)}.{hint}")
            if sum(1 for _ in every(info, name)) > 1:
                yield m.error(20, info, f"{name} stands more than once; which of them holds?")
        responses = {text_of(element).strip() for element in every(info, "responseType")}
        if "AllClear" in responses and value(info, "urgency") != "Past":
            yield m.warning(20, f"{path_of(info)}/urgency", "An all-clear has urgency Past.")


@rule(21)
def rule_21(m: Subject) -> Iterator[Finding]:
    """ResponseType is of the list; Assess is not for the public."""
    for info in m.infos:
        for element in every(info, "responseType"):
            text = text_of(element).strip()
            if text not in RESPONSES:
                yield m.error(21, element, f"{text[:40]!r} is not one of {', '.join(RESPONSES)}.")
            elif text == "Assess" and m.text("scope") == "Public":
                yield m.warning(21, element, "Assess is for responders, not for the public.")


def _language(info: Element) -> str:
    return value(info, "language") or "en-US"


def _facts(info: Element) -> tuple[object, ...]:
    """What a translation must leave as it is."""
    categories = sorted(text_of(element).strip() for element in every(info, "category"))
    codes = sorted((value(element, "valueName"), value(element, "value")) for element in every(info, "eventCode"))
    times = tuple(instant(value(info, name)) for name in ("effective", "onset", "expires"))
    return tuple(categories), tuple(codes), times


@rule(22)
def rule_22(m: Subject) -> Iterator[Finding]:
    """Languages are tags; infos in another language are translations, with the same facts and other words."""
    by_language: dict[str, list[Element]] = {}
    said: dict[str, str] = {}
    for info in m.infos:
        language = _language(info)
        by_language.setdefault(language.lower(), []).append(info)
        if not _LANGUAGE.fullmatch(language):
            yield m.error(22, f"{path_of(info)}/language", f"{language[:40]!r} is not a language tag (RFC 3066).")
        text = value(info, "description")
        if text and said.setdefault(text, language.lower()) != language.lower():
            yield m.warning(22, f"{path_of(info)}/description", "The same text stands under two languages.")
    facts = [sorted(map(repr, map(_facts, infos))) for infos in by_language.values()]
    for infos, their in zip(by_language.values(), facts, strict=True):
        if their != facts[0]:
            yield m.warning(22, infos[0], "It differs from the other language in category, eventCode or times.")


@rule(23)
def rule_23(m: Subject) -> Iterator[Finding]:
    """Expires comes after sent and effective; ours always have it."""
    sent = instant(m.text("sent"))
    for info in m.infos:
        where = f"{path_of(info)}/expires"
        expires = instant(value(info, "expires"))
        if expires is None:
            if not value(info, "expires"):
                yield m.strictly(23, where, "expires is missing; readers must guess when this ends.")
            continue
        if sent is not None and expires <= sent:
            yield m.error(23, where, "It expires before it was sent.")
        effective = instant(value(info, "effective"))
        if effective is not None and expires <= effective:
            yield m.error(23, where, "It expires before it takes effect.")
        onset = instant(value(info, "onset"))
        if onset is not None and expires < onset:
            yield m.warning(23, where, "It expires before the event begins.")


@rule(24)
def rule_24(m: Subject) -> Iterator[Finding]:
    """Infos may end at different times; the message is active while any of them is."""
    ends: set[datetime] = {e for info in m.infos if (e := instant(value(info, "expires"))) is not None}
    if m.strict and len(ends) > 1:
        yield m.warning(24, m.root, "The infos expire at different times; the message stays active until the last.")


def _broadcast_limit(text: str) -> int:
    """Characters that 15 pages of a cell broadcast carry: 93 a page in the GSM alphabet, 41 in UCS-2 (3GPP 23.041)."""
    return 1395 if all(character.isascii() or character in _GSM for character in text) else 615


@rule(25)
def rule_25(m: Subject) -> Iterator[Finding]:
    """The headline is short, texts are not copies of each other, and a warning says what to do."""
    for info in m.infos:
        headline, description = value(info, "headline"), value(info, "description")
        if len(headline) > 160:
            yield m.warning(25, _part(info, "headline"), f"{len(headline)} characters; 160 fit everywhere.")
        if headline and headline == description:
            yield m.warning(25, _part(info, "headline"), "The headline repeats the description.")
        if len(description) > _broadcast_limit(description):
            limit = _broadcast_limit(description)
            text = f"{len(description)} characters; cell broadcast carries {limit}."
            yield m.warning(25, _part(info, "description"), text)
        instruction = value(info, "instruction")
        if instruction and instruction == description:
            yield m.warning(25, _part(info, "instruction"), "The instruction repeats the description.")
        warns = m.text("msgType") in ("Alert", "Update") and value(info, "urgency") != "Past"
        if m.strict and warns and not instruction:
            yield m.error(25, _part(info, "instruction"), "A warning says what to do (lesson R9).")


@rule(26)
def rule_26(m: Subject) -> Iterator[Finding]:
    """Plain text: no HTML, no entity but XML's own, no CDATA, no control character."""
    if b"<![CDATA[" in m.raw:
        yield m.strictly(26, m.root, "CDATA hides markup from readers; escape < and & instead.")
    for element in m.root.iter(f"{{{NS}}}*"):
        if len(element):
            continue
        text = element.text or ""
        control = None if text.isprintable() else CONTROL.search(text)
        if control is not None:
            yield m.error(26, element, f"Control character U+{ord(control[0]):04X}.")
        if "<" in text and _TAG.search(text):
            yield m.strictly(26, element, "HTML in the text; people would see the tags.")
        elif "&" in text and _HTML_ENTITY.search(text):
            yield m.strictly(26, element, "An HTML entity in the text; write the character itself.")


def _absolute(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and not re.search(r"\s", text)


@rule(27)
def rule_27(m: Subject) -> Iterator[Finding]:
    """Web is an absolute URI."""
    for info in m.infos:
        text = value(info, "web")
        if text and not _absolute(text):
            yield m.strictly(27, f"{path_of(info)}/web", f"{text[:60]!r} is not an absolute URI.")


@rule(28)
def rule_28(m: Subject) -> Iterator[Finding]:
    """EventCode and parameter are pairs of a name and a value."""
    for info in m.infos:
        for name in ("eventCode", "parameter"):
            for element in every(info, name):
                if not value(element, "valueName"):
                    yield m.error(28, element, "valueName must not be empty.")
                if not value(element, "value"):
                    yield m.strictly(28, element, "value is empty.")


@rule(29)
def rule_29(m: Subject) -> Iterator[Finding]:
    """A resource says what it is, where it is or what it holds, and its digest fits."""
    for info in m.infos:
        for resource in every(info, "resource"):
            yield from _resource(m, resource)


def _resource(m: Subject, resource: Element) -> Iterator[Finding]:
    for name in ("resourceDesc", "mimeType"):
        if not value(resource, name):
            yield m.error(29, _part(resource, name), f"{name} is required in CAP 1.2.")
    size, uri, digest = value(resource, "size"), value(resource, "uri"), value(resource, "digest")
    if size and not re.fullmatch(r"\+?\d+", size):
        yield m.error(29, _part(resource, "size"), f"size {size[:40]!r} is not a number of bytes.")
    if digest and not re.fullmatch(r"[0-9A-Fa-f]{40}", digest):
        yield m.strictly(29, _part(resource, "digest"), "digest is not a SHA-1 in 40 hex digits.")
    if first(resource, "derefUri") is None:
        if uri and not _absolute(uri):
            yield m.strictly(29, _part(resource, "uri"), "A relative uri needs derefUri beside it.")
        return
    try:
        content = base64.b64decode("".join(value(resource, "derefUri").split()), validate=True)
    except (binascii.Error, ValueError):
        yield m.error(29, _part(resource, "derefUri"), "derefUri is not base64.")
        return
    if re.fullmatch(r"[0-9A-Fa-f]{40}", digest) and digest.lower() != _sha1(content):
        # Canadian senders digest the base64 text instead of the content, so this alone does not condemn a message.
        yield m.strictly(29, _part(resource, "digest"), "digest is not the SHA-1 of what derefUri holds.")


def _part(element: Element, name: str) -> str:
    """Where that part of it stands; asked for a finding only, since it counts the element's elder siblings."""
    return f"{path_of(element)}/{name}"


def _sha1(content: bytes) -> str:
    """The digest that CAP 1.2 asks for; it finds accidents and is no defence, which is the signature's part."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
