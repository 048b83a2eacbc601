"""Evidence: taken, looked alike, released, withdrawn. The original is never touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

import msgspec

from tocsin.core.errors import Refused
from tocsin.core.event import Fact
from tocsin.report import commands as cmd
from tocsin.report import events as ev
from tocsin.report.context import Context
from tocsin.report.rules import _checks as check
from tocsin.report.state import ReportState

SHA256 = re.compile(r"[0-9a-f]{64}")
PHASH = re.compile(r"[0-9a-f]{16}")
MIME = re.compile(r"[a-z]+/[a-z0-9.+-]+")
MOST_BYTES = 1 << 40
ALIKE_BITS = 6
"""Pictures whose perceptual hashes differ in so many of 64 bits or fewer look alike."""

_BAD = "TOC-10005"


def take(state: ReportState, command: cmd.TakeEvidence, context: Context) -> Iterator[Fact]:
    """A file was handed in. One that was seen before is taken, too, and names what it looks like."""
    given = command.evidence
    _described(given, context)
    there = state.evidence.get(given.id)
    if there is not None:
        if there.evidence.sha256 == given.sha256:
            return
        remedy = "Hand it in under an id of its own."
        message = f"Another file was handed in as {given.id!r}."
        raise Refused(_BAD, message, field="evidence.id", remedy=remedy)
    seen = (*given.seen_before, *seen_before(state, given.sha256, given.phash))
    taken = msgspec.structs.replace(given, seen_before=tuple(dict.fromkeys(seen)))
    yield ev.EvidenceTaken(evidence_id=given.id, evidence=taken)


def seen_before(state: ReportState, sha256: str, phash: str) -> tuple[str, ...]:
    """Ids of evidence of the same bytes, then of that which looks alike, in the order of the ids."""
    found = dict.fromkeys(state.by_hash.get(sha256, ()))
    if phash:
        bits = int(phash, 16)
        near = (ids for other, ids in state.alike.items() if (int(other, 16) ^ bits).bit_count() <= ALIKE_BITS)
        found |= dict.fromkeys(sorted(one for ids in near for one in ids))
    return tuple(found)


def _described(given: ev.Evidence, context: Context) -> None:
    check.an_id(given.id, "evidence.id", _BAD)
    check.a_choice(given.kind, get_args(ev.EvidenceKind), "evidence.kind", _BAD)
    for name, text, form, may_lack in (
        ("sha256", given.sha256, SHA256, False),
        ("phash", given.phash, PHASH, True),
        ("derivative", given.derivative, SHA256, True),
        ("mime", given.mime, MIME, False),
        ("derivative_mime", given.derivative_mime, MIME, True),
    ):
        if not (may_lack and not text) and not form.fullmatch(text):
            raise check.bad(f"{name} is unusable.", f"evidence.{name}", "Hash the file as it came, in hex.", _BAD)
    if not 0 < given.size <= MOST_BYTES:
        raise check.bad("The file is empty or far too large.", "evidence.size", "Give its size in bytes.", _BAD)
    check.a_reference(given.sealed, "evidence.sealed", _BAD)
    check.an_instant(given.collected_at, "evidence.collected_at", context, _BAD)
    for name, text in (("collector", given.collector), ("licence", given.licence)):
        if text:
            check.a_text(text, f"evidence.{name}", most=200, code=_BAD)
    if given.captured_at is not None and given.captured_at.tzinfo is None:
        raise check.bad("The time has no offset.", "evidence.captured_at", "Add its offset, or leave it out.", _BAD)


def release(state: ReportState, command: cmd.ReleaseEvidence, _context: Context) -> Iterator[Fact]:
    """Its public copy may be shown from here on."""
    known = check.evidence_of(state, command.evidence_id)
    if not known.evidence.derivative:
        message = "There is no public copy of it, so it stays sealed."
        raise Refused("TOC-10007", message, field="evidence_id", remedy="Release another piece of evidence.")
    if not command.alt or not all(check.TAG.fullmatch(tag) for tag in command.alt):
        raise check.bad("Nothing says what it shows.", "alt", 'Describe it in words: {"en": "…"}.', _BAD)
    for tag, text in command.alt.items():
        check.a_text(text, f"alt.{tag}", most=check.MOST_REASON, code=_BAD)
    if command.incident:
        check.standing(state, command.incident, "incident")
    if known.evidence.sensitive or known.withdrawn or command.reason:
        check.a_reason(command.reason, _BAD)  # people can be seen, or it was withdrawn once: somebody answers for it
    if known.shown and (known.alt, known.incident) == (command.alt, command.incident):
        return
    yield ev.EvidenceReleased(
        evidence_id=command.evidence_id, incident=command.incident, alt=command.alt, reason=command.reason
    )


def withdraw(state: ReportState, command: cmd.WithdrawEvidence, _context: Context) -> Iterator[Fact]:
    """Its public copy is shown no longer; also before it was ever shown, so that nobody releases it by mistake."""
    known = check.evidence_of(state, command.evidence_id)
    check.a_reason(command.reason, _BAD)
    if not known.withdrawn:
        yield ev.EvidenceWithdrawn(evidence_id=command.evidence_id, reason=command.reason)


def note_custody(state: ReportState, command: cmd.NoteCustody, _context: Context) -> Iterator[Fact]:
    """Every look at the original is noted, each time anew."""
    check.evidence_of(state, command.evidence_id)
    check.a_choice(command.action, ("viewed", "checked", "exported", "mismatch"), "action", _BAD)
    if command.note:
        check.a_text(command.note, "note", most=check.MOST_REASON, code=_BAD)
    yield ev.CustodyNoted(evidence_id=command.evidence_id, action=command.action, note=command.note)
