"""Rules 37 to 39: signatures and attacks, as far as one message shows them. Trust is decided by ``sign.verify``."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.warn.cap_rules.base import Finding, Subject, rule
from tocsin.warn.cap_xml import MAX_BYTES, SIGNATURE, path_of
from tocsin.warn.sign import Result, Verdict, judge_alone
from tocsin.warn.sign_shape import fault_of_place


def _verdict(m: Subject) -> Verdict:
    if "verdict" not in m.seen:
        m.seen["verdict"] = judge_alone(m.raw)
    return m.seen["verdict"]  # type: ignore[return-value]


@rule(37)
def rule_37(m: Subject) -> Iterator[Finding]:
    """The signature, if there is one, is enveloped, in a form that is checked, over bytes that were left alone."""
    signature = m.root.find(SIGNATURE)
    if signature is None or fault_of_place(m.root):
        return
    verdict = _verdict(m)
    if verdict.result is Result.REFUSED:
        yield m.strictly(37, signature, f"{verdict.reason} It cannot be relied on here.")
    elif verdict.result is Result.REINDENTED:
        yield m.strictly(37, signature, f"{verdict.reason} No reader that keeps to the standard will accept it.")


@rule(38)
def rule_38(m: Subject) -> Iterator[Finding]:
    """A signature that does not even fit the certificate inside it: the message is damaged."""
    signature = m.root.find(SIGNATURE)
    if signature is None or fault_of_place(m.root):
        return
    verdict = _verdict(m)
    if verdict.result in (Result.TAMPERED, Result.BAD_SIGNATURE, Result.WRONG_KEY):
        yield m.error(38, signature, f"{verdict.result.value}: {verdict.reason}")


@rule(39)
def rule_39(m: Subject) -> Iterator[Finding]:
    """Not too large, one signature in its place, no alert inside the alert. DTDs are refused before any rule."""
    if len(m.raw) > MAX_BYTES:
        yield m.warning(39, m.root, f"{len(m.raw)} bytes; many readers stop at {MAX_BYTES}.")
    if next(m.root.iter(SIGNATURE), None) is not None:
        fault = fault_of_place(m.root)
        if fault:
            yield m.error(39, next(m.root.iter(SIGNATURE)), fault)
    else:
        for inner in m.root.iterdescendants(m.root.tag):
            yield m.error(39, path_of(inner), "An alert stands inside the alert.")
