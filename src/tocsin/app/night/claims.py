"""The steps of a night that say what happened, who said so, and what shows it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tocsin.app.night.steps import Step, Text
from tocsin.report.events import Grade, IncidentKind, Mark, Op, Precision, Relation, Scope, SourceKind
from tocsin.warn.city import Id, Names

Clerk = Literal["records", "duty"]

Position = tuple[float, float]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Subject = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class SourceStep(Step, frozen=True, kw_only=True, tag="source"):
    """Who will say something is named, with how far that can be relied on until each claim is judged."""

    by: Clerk = "records"
    id: Id
    names: Names
    kind: SourceKind
    grade: Grade = 4


class IncidentStep(Step, frozen=True, kw_only=True, tag="incident"):
    """Something happened.

    Attributes:
        happened_from, happened_to: local, as of a step; "" when nobody said.
        exact: invented longitude and latitude; sealed, and never shown before somebody releases it.
        warning: the label of the warning during which it happened, or "".
    """

    by: Clerk = "records"
    id: Id
    names: Names
    kind: IncidentKind
    area: str = ""
    happened_from: str = ""
    happened_to: str = ""
    precision: Precision = 1
    place_precision: Annotated[int, msgspec.Meta(ge=1, le=7)] = 7
    tags: tuple[str, ...] = ()
    warning: str = ""
    exact: Position | None = None


class RelateStep(Step, frozen=True, kw_only=True, tag="relate"):
    """Two incidents are compared; nothing is merged."""

    by: Clerk = "records"
    incident: Id
    other: Id
    relation: Relation
    reason: Text


class ClaimStep(Step, frozen=True, kw_only=True, tag="claim"):
    """A source said something. The fields are those of ``report.events.Claim``.

    Attributes:
        said_at: local, when the source said so; "" is the time of the step. Not with ``said_at_printed``.
        said_at_printed: the time as it was printed where its zone is not stated; then nothing else is known.
        happened_from, happened_to: local, or "".
    """

    by: Clerk = "records"
    id: Id
    incident: str = ""
    subject: Subject
    category: str = ""
    scope: Scope = "incident"
    op: Op
    n: Count | None = None
    n2: Count | None = None
    unit: str = ""
    wording: Text
    language: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}$")]
    source: Id
    grade: Grade = 4
    echo_of: str = ""
    supersedes: str = ""
    reason: str = ""
    said_at: str = ""
    said_at_printed: str = ""
    happened_from: str = ""
    happened_to: str = ""
    precision: Precision = 1
    attribution: str = ""
    area: str = ""
    evidence: tuple[Id, ...] = ()
    out_of_area: bool = False


class RetractStep(Step, frozen=True, kw_only=True, tag="retract"):
    """A claim is not upheld; it stays readable."""

    by: Clerk = "records"
    claim: Id
    reason: Text


class MarkStep(Step, frozen=True, kw_only=True, tag="mark"):
    """A second look was taken at a claim."""

    by: Clerk = "records"
    claim: Id
    mark: Mark
    reason: Text


class EvidenceStep(Step, frozen=True, kw_only=True, tag="evidence"):
    """A file is handed in. It is drawn while the night is played, and shows nothing that exists.

    Attributes:
        scene: what is drawn.
        collector: who handed it in, as words without a name.
        exact: written into the file as a camera would; no public copy may hold it.
    """

    by: Clerk = "records"
    id: Id
    scene: Literal["cars", "windows", "boarded", "crew"]
    collector: str = ""
    incident: str = ""
    sensitive: bool = False
    exact: Position | None = None


class ReleaseStep(Step, frozen=True, kw_only=True, tag="release"):
    """The public copy of a piece of evidence may be shown. ``alt``: language → what it shows."""

    by: Clerk = "records"
    evidence: Id
    incident: str = ""
    alt: Names
    reason: Text


class BulletinStep(Step, frozen=True, kw_only=True, tag="bulletin"):
    """The bulletin of a local day is written from the record and published."""

    by: Literal["records"] = "records"
    page: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    reason: str = ""
