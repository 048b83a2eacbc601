"""Every error that Tocsin raises on purpose.

    TocsinError
    ├── Invalid         the input is not well-formed              HTTP 422, exit 1
    ├── Refused         the input is well-formed, the rules say no HTTP 409, exit 1
    ├── Denied          the caller may not do this                HTTP 403, exit 1
    ├── Unknown         the thing named does not exist            HTTP 404, exit 1
    ├── Broken          stored data is not what it was            HTTP 500, exit 1
    └── Unavailable     a part that is needed does not answer     HTTP 503, exit 1

Each error carries a code of the catalogue below, the field that is at fault, and the remedy in one sentence.
The catalogue is documented in ``docs/reference/errors.md``; a test keeps the two equal.
"""

from __future__ import annotations

from typing import ClassVar

DOCS = "docs/reference/errors.md"

CATALOGUE: dict[str, str] = {
    # 1xxx warn: detections, drafts, warnings
    "TOC-1001": "a detection is malformed",
    "TOC-1002": "a detection is stale or from the future",
    "TOC-1003": "a warning names no area that can be warned",
    "TOC-1004": "a text is missing or unusable",
    "TOC-1005": "the warning is not in a state that allows this",
    "TOC-1006": "a second person is needed",
    "TOC-1007": "the approval is not for these bytes",
    "TOC-1008": "the end is older than what it ends",
    "TOC-1009": "the confirmation does not name the area",
    "TOC-1010": "break-glass is not open",
    "TOC-1011": "a drill and a live warning do not mix",
    "TOC-1012": "the threat is not known here",
    # 2xxx areas
    "TOC-2001": "the file is not GeoJSON",
    "TOC-2002": "an area has no usable geometry",
    "TOC-2003": "an area is a pseudo-area",
    "TOC-2004": "the area tree does not hold together",
    "TOC-2005": "an area's names or identifiers are unusable",
    "TOC-2006": "an area's numbers, dates or zone are out of range",
    # 3xxx CAP
    "TOC-3001": "the document is not XML that may be read",
    "TOC-3002": "the document is not CAP 1.2",
    "TOC-3003": "the CAP message breaks a rule",
    "TOC-3004": "the signature does not hold",
    "TOC-3005": "the sender is not known here",
    # 4xxx sirens
    "TOC-4001": "a siren command is malformed",
    "TOC-4002": "a siren command's signature does not hold",
    "TOC-4003": "a siren command has expired",
    "TOC-4004": "a siren's description is unusable",
    # 5xxx live
    "TOC-5001": "the cells are malformed",
    "TOC-5002": "the live request is malformed",
    # 6xxx doors
    "TOC-6001": "no valid key or session was given",
    "TOC-6002": "the role does not reach this area or act",
    "TOC-6003": "the request body is malformed",
    "TOC-6004": "no such thing",
    "TOC-6005": "too many requests in too short a time",
    "TOC-6006": "the method is not offered at this address",
    "TOC-6007": "something broke inside",
    "TOC-6008": "the last sign-in is too long ago for this act",
    # 7xxx ledger
    "TOC-7001": "an entry's hash does not follow from its contents",
    "TOC-7002": "an entry is missing, inserted or out of order",
    "TOC-7003": "the ledger is shorter than a checkpoint says",
    "TOC-7004": "a checkpoint's signature does not hold",
    "TOC-7005": "the ledger cannot be written",
    "TOC-7006": "an exported ledger is malformed",
    # 8xxx set-up
    "TOC-8001": "a setting is unusable",
    "TOC-8002": "a needed part does not answer",
    "TOC-8003": "the demonstration refuses the outside world",
    "TOC-8004": "a night file is unusable",
    "TOC-8005": "a backup is unusable",
    "TOC-8006": "a key is not in a state that allows this",
    "TOC-8007": "a dead letter is not known, or does not wait any more",
    # 9xxx shelters
    "TOC-9001": "the file of shelters cannot be read",
    "TOC-9002": "a shelter's description is unusable",
    "TOC-9003": "a shelter's place is unusable",
    "TOC-9004": "two entries are one shelter",
    "TOC-9005": "a report of a door is unusable",
    "TOC-9006": "a drill's times are unusable",
    # 10xxx report: incidents, claims, evidence
    "TOC-10001": "a claim is malformed",
    "TOC-10002": "a source, incident or claim is not known",
    "TOC-10003": "the claim is not in a state that allows this",
    "TOC-10004": "somebody else changed it meanwhile",
    "TOC-10005": "a file of evidence cannot be taken",
    "TOC-10006": "the evidence is not what was handed in",
    "TOC-10007": "the evidence is sealed",
    "TOC-10008": "a resident's report is unusable",
    "TOC-10009": "an imported file of claims cannot be read",
    # 11xxx repair: needs, crews, plans
    "TOC-11001": "a repair need is malformed",
    "TOC-11002": "the need is not in a state that allows this",
    "TOC-11003": "a crew is malformed or not known",
    "TOC-11004": "a weather value or thermometer reading is unusable",
    "TOC-11005": "the plan is not the one that was seen",
    # 12xxx record: pages, history, exports
    "TOC-12001": "an imported history cannot be read",
    "TOC-12002": "a page of the record is not in a state that allows this",
    "TOC-12003": "an export cannot be made",
    "TOC-12004": "a span of days is unusable",
    # 13xxx reach: subscriptions, channels, deliveries
    "TOC-13001": "a subscription is unusable",
    "TOC-13002": "an address may not be written to",
    "TOC-13003": "a channel is not known or not set up",
}


class TocsinError(Exception):
    """The root: a catalogue code, a message, the field at fault and the remedy."""

    http: ClassVar[int] = 500

    def __init__(self, code: str, message: str, *, field: str | None = None, remedy: str) -> None:
        if code not in CATALOGUE:
            raise KeyError(code)
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.remedy = remedy

    @property
    def docs(self) -> str:
        """A link to the entry of this code in the error reference."""
        return f"{DOCS}#{self.code.lower()}"

    def as_dict(self) -> dict[str, str | None]:
        """The JSON form that the API and ``--json`` commands answer with."""
        return {
            "code": self.code,
            "message": self.message,
            "field": self.field,
            "remedy": self.remedy,
            "docs": self.docs,
        }

    def __str__(self) -> str:
        where = f" [{self.field}]" if self.field else ""
        return f"{self.code}{where}: {self.message} {self.remedy}"


class Invalid(TocsinError):
    """The input is not well-formed."""

    http = 422


class Refused(TocsinError):
    """The input is well-formed and the rules say no."""

    http = 409


class Denied(TocsinError):
    """The caller may not do this."""

    http = 403


class Unknown(TocsinError):
    """The thing named does not exist."""

    http = 404


class Broken(TocsinError):
    """Stored data is not what it was."""


class Unavailable(TocsinError):
    """A part that is needed does not answer."""

    http = 503
