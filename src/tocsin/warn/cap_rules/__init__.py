"""The 44 rules of ``docs/reference/cap-rules.md``, each a function, and what is asked of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec

from tocsin.core.errors import Invalid, TocsinError
from tocsin.core.registry import modules_of
from tocsin.warn.cap_rules import area, info, message, security
from tocsin.warn.cap_rules.base import CHECKS, Box, Finding, Severity, Subject, indexed
from tocsin.warn.cap_rules.catalogue import REMEDIES, RULES, Rule
from tocsin.warn.cap_rules.geometry import MAX_VERTICES, circle_polygon, destination, simplify_outward
from tocsin.warn.cap_rules.many import active, deduplicated, expires_at, identity, missing_references, withdrawn
from tocsin.warn.cap_schema import schema_faults
from tocsin.warn.cap_xml import MAX_BYTES, MAX_OWN_BYTES, Element, alert_root, load

__all__ = [
    "CHECKS",
    "MAX_FINDINGS",
    "MAX_VERTICES",
    "REMEDIES",
    "RULES",
    "Box",
    "Finding",
    "Rule",
    "Severity",
    "Subject",
    "active",
    "answer_of",
    "check",
    "check_files",
    "check_output",
    "circle_polygon",
    "deduplicated",
    "destination",
    "expires_at",
    "identity",
    "missing_references",
    "profile_of",
    "profile_titles",
    "schema_findings",
    "simplify_outward",
    "withdrawn",
]

MAX_FINDINGS = 100
"""Findings kept per rule, so that a message made of faults costs no more than a message."""

_NUMBER = re.compile(r"\(rule (\d+)\)")
_VALUE_RULES = {"sent": 6, "effective": 6, "onset": 6, "expires": 6, "status": 9, "msgType": 10, "scope": 11}
_VALUE_RULES |= {"language": 22, "category": 19, "responseType": 21, "urgency": 20, "severity": 20, "certainty": 20}
_VALUE_RULES |= {"web": 27, "size": 29, "uri": 29, "altitude": 35, "ceiling": 35}
_MODULES = (message, info, area, security)  # importing them fills CHECKS


def check(
    data: bytes,
    *,
    profile: str | None = None,
    bbox: Box | None = None,
    strict_output: bool = False,
    max_bytes: int = MAX_BYTES,
) -> list[Finding]:
    """Everything that one message breaks, errors first. Never raises for what a message contains.

    Args:
        data: the message as it arrived.
        profile: name of a profile to check besides (see :func:`profile_titles`).
        bbox: the city's box ``(south, west, north, east)`` in degrees, to find swapped coordinates.
        strict_output: judge it as a message that we are about to send.
        max_bytes: longest message that is read, in bytes.

    Raises:
        Invalid: no profile of that name (TOC-3003).
    """
    judge = None if profile is None else profile_of(profile)
    try:
        root = alert_root(load(data, max_bytes=max_bytes))
    except TocsinError as fault:
        return [_of_fault(fault)]
    subject = Subject(root, data, strict=strict_output, profile=profile, bbox=bbox)
    with indexed(root):
        found = [finding for number in sorted(CHECKS) for finding in islice(CHECKS[number](subject), MAX_FINDINGS)]
        if judge is not None:
            found.extend(islice(judge.check(subject), MAX_FINDINGS))
    known = {finding.path for finding in found if finding.severity == "error"}
    found.extend(finding for finding in _by_schema(root) if finding.path not in known)
    return sorted(found, key=lambda finding: (finding.severity != "error", finding.rule))


def check_output(data: bytes) -> list[Finding]:
    """What forbids sending a message that we wrote."""
    return check(data, strict_output=True, max_bytes=MAX_OWN_BYTES)


def schema_findings(data: bytes, *, max_bytes: int = MAX_BYTES) -> list[Finding]:
    """What the schema alone says; empty exactly when the standard's own schema would accept the message."""
    try:
        root = load(data, max_bytes=max_bytes)
    except TocsinError as fault:
        return [_of_fault(fault)]
    return _by_schema(root)


def check_files(
    files: Iterable[tuple[str, bytes]], *, profile: str | None = None, strict_output: bool = False
) -> list[dict[str, Any]]:
    """``(name, bytes)`` pairs → what ``tocsin cap check --json`` prints, each message judged alone."""
    return [answer_of(name, check(data, profile=profile, strict_output=strict_output)) for name, data in files]


def answer_of(name: str, found: Iterable[Finding]) -> dict[str, Any]:
    """What ``tocsin cap check --json`` prints of one file. ``ok`` means: no error."""
    ordered = sorted(found, key=lambda finding: (finding.severity != "error", finding.rule))
    return {
        "file": name,
        "ok": all(finding.severity != "error" for finding in ordered),
        "findings": [msgspec.structs.asdict(finding) for finding in ordered],
    }


def profile_titles() -> dict[str, str]:
    """The profiles that can be asked for: name → what they add."""
    return {_name(module): found.TITLE for module, found in modules_of("tocsin.warn.cap_rules.profiles").items()}


def _name(module: str) -> str:
    return module.replace("_", "-")


def profile_of(name: str) -> Any:
    """The module of a profile.

    Raises:
        Invalid: no profile of that name (TOC-3003).
    """
    for module, found in modules_of("tocsin.warn.cap_rules.profiles").items():
        if _name(module) == name:
            return found
    raise Invalid(
        "TOC-3003",
        f"There is no profile {name!r}.",
        field="profile",
        remedy=f"Use one of {', '.join(profile_titles())}.",
    )


def _of_fault(fault: TocsinError) -> Finding:
    """A refusal to read, as a finding: its text names the rule; what is not well-formed falls under rule 2."""
    named = _NUMBER.search(fault.message)
    return Finding(
        rule=int(named[1]) if named else 2, path=fault.field or "document", message=fault.message, severity="error"
    )


def _by_schema(root: Element) -> list[Finding]:
    found = []
    for fault in schema_faults(root):
        name = fault.path.rpartition("/")[2].partition("[")[0]
        number = _VALUE_RULES.get(name, 3) if fault.of_value else 3
        found.append(Finding(rule=number, path=fault.path, message=fault.message, severity="error"))
    return found
