"""What may be asked of the warn room. Each command is checked by ``decide`` and becomes facts, or is refused."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.core.area import Area
from tocsin.warn.events import Detection, Level, Siren


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The base of every command."""


class ReportDetection(Command, frozen=True, kw_only=True):
    """A sensor, partner or officer saw something."""

    detection: Detection


class Draft(Command, frozen=True, kw_only=True):
    """Propose a warning. Texts that are left out come from the threat's agreed words."""

    threat: str
    level: Level = "alert"
    areas: tuple[str, ...]
    reason: str
    headline: dict[str, str] = {}
    description: dict[str, str] = {}
    instruction: dict[str, str] = {}
    duration_s: int | None = None
    supersedes: str = ""


class Edit(Command, frozen=True, kw_only=True):
    """Change a draft; whatever is None stays. Approvals given before are void."""

    warning_id: str
    level: Level | None = None
    areas: tuple[str, ...] | None = None
    reason: str | None = None
    headline: dict[str, str] | None = None
    description: dict[str, str] | None = None
    instruction: dict[str, str] | None = None
    duration_s: int | None = None


class Approve(Command, frozen=True, kw_only=True):
    """Agree, as a second person, to exactly the bytes with this SHA-256."""

    warning_id: str
    sha256: str


class Issue(Command, frozen=True, kw_only=True):
    """Send a draft out. ``confirm`` is the name of an area of the warning, typed by the officer."""

    warning_id: str
    sha256: str
    confirm: str


class BreakGlass(Command, frozen=True, kw_only=True):
    """Open, for this officer and a short time, the right to issue alone under incoming fire."""

    reason: str


class Update(Command, frozen=True, kw_only=True):
    """Change what a live warning says; whatever is None stays. A wider or higher update obeys the two-person rule."""

    warning_id: str
    level: Level | None = None
    areas: tuple[str, ...] | None = None
    reason: str
    headline: dict[str, str] | None = None
    description: dict[str, str] | None = None
    instruction: dict[str, str] | None = None
    duration_s: int | None = None


class PartialClear(Command, frozen=True, kw_only=True):
    """Clear some areas of a live warning."""

    warning_id: str
    areas: tuple[str, ...]
    reason: str


class AllClear(Command, frozen=True, kw_only=True):
    """End a live warning because the danger is over. ``observed_at``: when that was known."""

    warning_id: str
    reason: str
    observed_at: datetime | None = None


class Cancel(Command, frozen=True, kw_only=True):
    """Withdraw a live warning because it was wrong: the prepared correction goes out."""

    warning_id: str
    reason: str


class EndManually(Command, frozen=True, kw_only=True):
    """End a live warning for an administrative reason that is neither all-clear nor error."""

    warning_id: str
    reason: str


class Discard(Command, frozen=True, kw_only=True):
    """Put a draft away."""

    warning_id: str
    reason: str


class StartDrill(Command, frozen=True, kw_only=True):
    """Begin an exercise. Nothing of it can reach a live path."""

    exercise: str
    areas: tuple[str, ...]
    headline: dict[str, str] = {}
    instruction: dict[str, str] = {}
    status: str = "Exercise"
    duration_s: int = 900


class EndDrill(Command, frozen=True, kw_only=True):
    """End an exercise."""

    drill_id: str
    reason: str


class DefineAreas(Command, frozen=True, kw_only=True):
    """Add or re-define areas, all or none."""

    areas: tuple[Area, ...]


class RegisterSirens(Command, frozen=True, kw_only=True):
    """Add or re-define sirens, all or none."""

    sirens: tuple[Siren, ...]


class ReceivePartnerMessage(Command, frozen=True, kw_only=True):
    """Take in a partner's CAP message, already read and judged by ``app.partner``.

    ``raw``: the bytes in base64. ``verdict``: ``valid``, or the reason why it can only propose.
    """

    sender: str
    identifier: str
    sent: str
    sha256: str
    raw: str
    verdict: str
    threat: str
    areas: tuple[str, ...]
    headline: str = ""


class MarkUnknown(Command, frozen=True, kw_only=True):
    """What is known of these areas is no longer good."""

    areas: tuple[str, ...]
    reason: str


class MarkKnown(Command, frozen=True, kw_only=True):
    """What is known of these areas is good again."""

    areas: tuple[str, ...]


class Tick(Command, frozen=True, kw_only=True):
    """Time has passed: expire what is due, escalate drafts, close break-glass. Given by the watch worker."""
