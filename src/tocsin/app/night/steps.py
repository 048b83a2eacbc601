"""The steps of a night that warn: who detected, proposed, agreed, sent and ended what."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tocsin.warn.city import Id, Names
from tocsin.warn.events import Level

Officer = Literal["duty", "second"]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Areas = Annotated[tuple[Id, ...], msgspec.Meta(min_length=1)]
Label = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$", max_length=32)]


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="act"):
    """One act at a local time ``at``. ``remark`` is for people who watch the replay."""

    at: str
    remark: str = ""


class DetectionStep(Step, frozen=True, kw_only=True, tag="detection"):
    """A source reports. ``warning``: the label of the warning that this leads to, or speaks for."""

    id: Text
    source: Text
    threat: Text
    areas: Areas
    note: str = ""
    warning: Label


class DraftStep(Step, frozen=True, kw_only=True, tag="draft"):
    """An officer proposes a warning, from here on known by its label. Texts left out are the agreed ones."""

    by: Officer
    warning: Label
    threat: Text
    level: Level = "alert"
    areas: Areas
    reason: Text
    duration_s: Annotated[int, msgspec.Meta(ge=60, le=86_400)] | None = None
    headline: dict[str, str] = {}
    description: dict[str, str] = {}
    instruction: dict[str, str] = {}


class ApproveStep(Step, frozen=True, kw_only=True, tag="approve"):
    """Another officer agrees to the draft as it stands."""

    by: Officer
    warning: Label


class IssueStep(Step, frozen=True, kw_only=True, tag="issue"):
    """An officer sends the draft out. ``confirm``: the name of the area, as typed."""

    by: Officer
    warning: Label
    confirm: Text


class UpdateStep(Step, frozen=True, kw_only=True, tag="update"):
    """An officer changes a live warning; what is left out stays."""

    by: Officer
    warning: Label
    reason: Text
    level: Level | None = None
    areas: Areas | None = None
    duration_s: Annotated[int, msgspec.Meta(ge=60, le=86_400)] | None = None


class PartialClearStep(Step, frozen=True, kw_only=True, tag="partial_clear"):
    """An officer clears some areas."""

    by: Officer
    warning: Label
    areas: Areas
    reason: Text


class AllClearStep(Step, frozen=True, kw_only=True, tag="all_clear"):
    """An officer decides that the danger is over, and says why."""

    by: Officer
    warning: Label
    reason: Text


class CancelStep(Step, frozen=True, kw_only=True, tag="cancel"):
    """An officer withdraws a warning that was wrong."""

    by: Officer
    warning: Label
    reason: Text


class NoteStep(Step, frozen=True, kw_only=True, tag="note"):
    """Nothing happens; the replay shows the text."""

    text: Names
