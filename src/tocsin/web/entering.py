"""From what somebody typed or sent to a claim, for every door that takes claims in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tocsin.core.errors import Invalid
from tocsin.report import commands as cmd
from tocsin.report.events import Claim
from tocsin.report.phrases import languages, parse
from tocsin.report.quantity import Quantity
from tocsin.report.tally import Tally, wording
from tocsin.web.desk import desk, reports

_FIELDS = frozenset(field.name for field in msgspec.structs.fields(Claim)) - {"sealed"}


def found(text: str, language: str) -> Quantity | None:
    """The number in the words, None when there is none or nobody reads that language here."""
    return parse(text, language) if language in languages() else None


def read(text: str, language: str) -> dict[str, Any]:
    """The number in the words as the API says it; ``op`` None without one."""
    one = found(text, language)
    if one is None:
        return {"op": None, "n": None, "n2": None, "subject": "", "unit": "", "quote": text}
    return {"op": one.op, "n": one.n, "n2": one.n2, "subject": one.subject, "unit": one.unit, "quote": one.quote}


def said(tally: Tally) -> dict[str, str]:
    """The tally in words, by language."""
    return {tag: wording(tally, tag) for tag in languages()}


def claim(given: Mapping[str, Any]) -> Claim:
    """A claim of fields as ``report.events.Claim`` has them; what is left out is read from the words or the source.

    Raises:
        Invalid: neither a subject was given nor found in the words (TOC-10001).
    """
    fields = {key: value for key, value in given.items() if key in _FIELDS and value is not None}
    fields["id"] = fields.get("id") or desk().ids.new().lower()
    fields["learned_at"] = fields.get("learned_at") or desk().clock.now()
    fields["evidence"] = tuple(fields.get("evidence", ()))
    if "grade" not in fields:
        source = reports().state().sources.get(fields["source"])
        fields["grade"] = 4 if source is None else source.grade
    if "op" not in fields:
        number = found(fields["wording"], fields["language"])
        if number is None:
            fields["op"] = "said"
            fields.setdefault("subject", "statement")
        else:
            fields |= {"op": number.op, "n": number.n, "n2": number.n2}
            fields.setdefault("subject", number.subject)
            fields["unit"] = fields.get("unit") or number.unit
    if not fields.get("subject"):
        raise Invalid(
            "TOC-10001",
            "The words do not say what is counted.",
            field="subject",
            remedy="Name it, e.g. windows, cars or injured.",
        )
    return Claim(**fields)


def sealed(made: Claim, reference: str) -> cmd.MakeClaim:
    """The command that enters a claim, with the reference of its exact place."""
    return cmd.MakeClaim(claim=msgspec.structs.replace(made, sealed=reference))
