"""Checks that several rules of the report room share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from tocsin.core.errors import Invalid, Refused, Unknown
from tocsin.core.names import printable
from tocsin.report.context import Context
from tocsin.report.state import KnownClaim, KnownEvidence, KnownIncident, ReportState

ID = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*")
REFERENCE = re.compile(r"[A-Za-z0-9_-]*")
ID_LIMIT = 64
MOST_REASON = 1000
MOST_TEXT = 4000
AHEAD = timedelta(seconds=60)
"""By so much another clock may be ahead of ours."""


def bad(message: str, field: str, remedy: str, code: str = "TOC-10001") -> Invalid:
    """A refusal of what is not well-formed."""
    return Invalid(code, message, field=field, remedy=remedy)


def an_id(text: str, field: str, code: str = "TOC-10001") -> None:
    """Refuse what is no id."""
    if len(text) > ID_LIMIT or not ID.fullmatch(text):
        raise bad(f"{text!r} is no id.", field, f"Use a-z, 0-9, - and _, at most {ID_LIMIT}.", code)


def a_client_id(text: str, field: str, code: str = "TOC-10001") -> None:
    """Refuse a client id that cannot be kept."""
    if len(text) > ID_LIMIT * 2 or not text.isascii() or not text.isprintable():
        raise bad("The client id is unusable.", field, "Send up to 128 printable ASCII characters, e.g. a UUID.", code)


def a_choice(value: object, choices: Iterable[object], field: str, code: str = "TOC-10001") -> None:
    """Refuse what is not one of the choices."""
    known = tuple(choices)
    if value not in known or isinstance(value, bool):
        raise bad(f"{value!r} is not known here.", field, f"Use one of {', '.join(map(str, known))}.", code)


def a_text(text: str, field: str, *, most: int = MOST_TEXT, code: str = "TOC-10001") -> None:
    """Refuse text that is empty, very long or holds control characters other than line breaks."""
    odd = any(unicodedata.category(char) in ("Cc", "Cs", "Cn") and char not in "\n\t" for char in text)
    if not text.strip() or len(text) > most or odd:
        raise bad("The text is missing, very long or unprintable.", field, f"Give 1 to {most} characters.", code)


def names(given: dict[str, str], field: str) -> None:
    """Refuse names that cannot be shown."""
    if not given or not all(TAG.fullmatch(tag) and printable(name) for tag, name in given.items()):
        raise bad("The name is missing or unusable.", field, 'Give {"en": "…"}, with at most 120 characters each.')


def a_reference(text: str, field: str, code: str = "TOC-10001") -> None:
    """Refuse as ``sealed`` whatever is not a bare reference, so that no address or position gets into the ledger."""
    if len(text) > ID_LIMIT or not REFERENCE.fullmatch(text):
        raise bad(
            "This is not a reference to what is sealed.", field, "Keep it in the vault and give its reference.", code
        )


def an_instant(at: datetime | None, field: str, context: Context, code: str = "TOC-10001") -> None:
    """Refuse a time without an offset, or one that is still to come."""
    if at is None:
        return
    if at.tzinfo is None:
        raise bad("The time has no offset.", field, "Add Z or an offset such as +03:00.", code)
    if at > context.now + AHEAD:
        raise bad("The time is still to come.", field, "Check the clocks.", code)


def a_span(start: datetime | None, end: datetime | None, context: Context) -> None:
    """Refuse a span that ends before it begins."""
    an_instant(start, "happened_from", context)
    an_instant(end, "happened_to", context)
    if start is not None and end is not None and end < start:
        raise bad("It ends before it begins.", "happened_to", "Give the later time as happened_to.")


def an_area(area: str, field: str, context: Context, code: str = "TOC-10001") -> None:
    """Refuse an area that does not exist; "" is outside every area."""
    if area and area not in context.areas:
        raise bad(f"{area!r} is no area.", field, "Name an area by its id; list them with `tocsin areas list`.", code)


def a_reason(text: str, code: str = "TOC-10001") -> None:
    """Refuse a change without a reason."""
    if not text.strip():
        raise bad("No reason is given.", "reason", "Say why, in a few words.", code)
    a_text(text, "reason", most=MOST_REASON, code=code)


def unknown(what: str, name: str, field: str) -> Unknown:
    """There is no such thing."""
    return Unknown(
        "TOC-10002", f"There is no {what} {name!r}.", field=field, remedy="Name one that was entered before."
    )


def standing(state: ReportState, incident_id: str, field: str = "incident_id") -> KnownIncident:
    """The incident, if it exists and was not withdrawn."""
    known = state.incidents.get(incident_id)
    if known is None:
        raise unknown("incident", incident_id, field)
    if known.withdrawn:
        remedy = "Open a new incident if it did happen."
        raise Refused("TOC-10003", f"The incident {incident_id!r} was withdrawn.", field=field, remedy=remedy)
    return known


def claim_of(state: ReportState, claim_id: str, field: str = "claim_id") -> KnownClaim:
    """The claim, if it exists."""
    known = state.claims.get(claim_id)
    if known is None:
        raise unknown("claim", claim_id, field)
    return known


def live_claim(state: ReportState, claim_id: str, field: str = "claim_id") -> KnownClaim:
    """The claim, if it exists and stands."""
    known = claim_of(state, claim_id, field)
    if known.superseded_by:
        raise Refused(
            "TOC-10004",
            f"{claim_id!r} was superseded by {known.superseded_by!r} meanwhile.",
            field=field,
            remedy="Look at the newer claim, then change that one.",
        )
    if known.retracted:
        remedy = "Make a new claim instead."
        raise Refused("TOC-10003", f"{claim_id!r} was retracted.", field=field, remedy=remedy)
    return known


def evidence_of(state: ReportState, evidence_id: str, field: str = "evidence_id") -> KnownEvidence:
    """The evidence, if it was taken."""
    known = state.evidence.get(evidence_id)
    if known is None:
        raise unknown("evidence", evidence_id, field)
    return known


def unchanged(present: int, seen: int | None) -> None:
    """Refuse a change that was made over an older revision than the present one."""
    if seen is not None and seen != present:
        raise Refused(
            "TOC-10004",
            f"Revision {present} was saved since revision {seen} was opened.",
            field="revision",
            remedy="Look at what the other person saved, then enter your change again.",
        )
