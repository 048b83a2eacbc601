"""The shapes of what is read: warnings, areas, phases, sirens, exercises. They describe; ``documents`` makes them."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from tocsin.warn.events import Level

Texts = dict[str, str]
_INSTANT = "RFC 3339, UTC."


class ReachDoc(Schema):
    """How many people (null: nobody counted them), areas and sirens a warning reaches."""

    people: int | None
    areas: int
    sirens: int


class MessageDoc(Schema):
    """One CAP message that went out. ``cap``: where its frozen bytes are."""

    identifier: str
    msg_type: Literal["Alert", "Update", "Cancel"]
    sent: str = Field(description="CAP 1.2 DateTime, as it stands in the message.")
    cap: str


class ApprovalDoc(Schema):
    """Who agreed to which bytes."""

    by: str
    sha256: str
    at: str = Field(description=_INSTANT)


class HeardDoc(Schema):
    """A source that speaks for the warning."""

    source: str
    detection_id: str
    trusted: bool


class InsideDoc(Schema):
    """What officers of the area see besides. ``sha256`` to ``confirm`` are what one needs to send a draft."""

    origin: Literal["officer", "detection", "partner"]
    author: str
    reason: str
    drafted_at: str = Field(description=_INSTANT)
    age_s: float
    escalated: int = Field(description="How many of the agreed ages the draft has passed unsent.")
    rule: str | None = Field(description="By which rule it was issued.")
    approvals: list[ApprovalDoc]
    sources: int = Field(description="How many detections speak for it.")
    heard: list[HeardDoc]
    sha256: str
    needs: Literal["one", "two"]
    needs_because: str | None
    reach: ReachDoc
    confirm: str


class WarningDoc(Schema):
    """A warning. Texts are those of its latest message, by language tag."""

    id: str
    status: Literal["draft", "live", "ended", "discarded"]
    threat: str
    level: Level
    areas: list[str]
    area_names: list[Texts]
    headline: Texts
    description: Texts
    instruction: Texts
    issued_at: str | None = Field(description=_INSTANT)
    updated_at: str | None = Field(description=_INSTANT)
    expires: str | None = Field(description=_INSTANT)
    ended_at: str | None = Field(description=_INSTANT)
    end: Literal["all_clear", "cancelled", "superseded", "expired", "manual", "imputed"] | None = Field(
        description="Only `all_clear` was observed to be over."
    )
    superseded_by: str | None
    messages: list[MessageDoc]
    demo: bool
    inside: InsideDoc | None = None


class AreaDoc(Schema):
    """An area. ``cells``: H3, compacted, resolution 7 and coarser. ``geometry``: GeoJSON, only when asked for."""

    id: str
    parent: str | None
    kind: str
    names: Texts
    aliases: list[str]
    valid_from: str | None
    valid_to: str | None
    population: int | None
    lead_time_s: int
    zone: str
    demo: bool
    cells: list[str]
    children: list[str]
    geometry: dict[str, Any] | None = None


class LevelDoc(Schema):
    """One warning that covers an area, with its own reason and time."""

    level: Level
    threat: str
    reason: str
    raised_at: str = Field(description=_INSTANT)
    warning: str


class PhaseDoc(Schema):
    """What a person in the area must be told. ``unknown`` is never safe."""

    id: str
    names: Texts
    phase: Literal["ok", "pre_alert", "alert", "partial_clear", "ended", "unknown"]
    kind: Literal["all_clear", "cancelled", "superseded", "expired", "manual", "imputed"] | None
    since: str | None = Field(description=_INSTANT)
    levels: list[LevelDoc]
    demo: bool


class CommandDoc(Schema):
    """The last command handed over for a siren. It says nothing of sound."""

    action: Literal["ON", "OFF"]
    tone: str
    warning: str
    at: str | None = Field(description=_INSTANT)


class SirenDoc(Schema):
    """A siren: what it measured of itself; ``unknown`` until it has reported."""

    id: str
    name: Texts
    area: str
    state: Literal["sounding", "silent", "link_lost", "manual", "fault", "unknown"]
    tone: str
    measured_at: str | None = Field(description=_INSTANT)
    detail: str
    command: CommandDoc | None
    silent_since: str | None = Field(description="Since when it has been silent although told to sound.")
    demo: bool


class DrillDoc(Schema):
    """An exercise."""

    id: str
    exercise: str
    status: Literal["Exercise", "Test"]
    areas: list[str]
    headline: Texts
    instruction: Texts
    started_at: str = Field(description=_INSTANT)
    expires: str = Field(description=_INSTANT)
    ended_at: str | None = Field(description=_INSTANT)
    cap: str


class CheckpointDoc(Schema):
    """A signed head of the ledger. ``signature``: Ed25519 in base64 over the canonical JSON of the other fields."""

    origin: str
    seq: int
    hash: str
    at: str
    key: str
    signature: str
