"""What the city has agreed beforehand: when a warning may go out by itself, who must agree, when things end."""

from __future__ import annotations

from typing import Annotated

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agreed rules. Seconds unless said.

    Attributes:
        auto_issue: threats that two independent sources may issue without an officer (design, "Detection in").
        sources_needed, sources_within_s: how many independent sources, within what time.
        merge_s: same area and threat within this time is the same warning (R6).
        stale_s: a detection older than this can only propose.
        future_s: clock error tolerated in a detection's time.
        wide_people: a warning that reaches at least this many people needs two persons (R24).
        wide_share: … or at least this share of all areas that can be drawn.
        two_person_threats: threats that always need two persons (R24).
        approval_s: how long an approval, and the bytes it is bound to, stay good.
        expiry_s: per threat, how long a warning stands unless renewed (R5); "pre_alert" is a level.
        cancel_expiry_s: how long a cancel stays readable (R25).
        escalate_s: ages at which an unsent draft escalates.
        draft_expiry_s: age at which an unsent draft is put away, visibly.
        refresh_s: bytes older than this are written anew, with fresh times, when one officer or a rule issues them.
        flash_s: an alert withdrawn sooner than this was a flash; it is cancelled with a correction (R7).
        break_glass_s: how long break-glass stays open.
        sound_floor_s: no two urgent sounds on one device within this time (R16).
        siren_s: how long a siren sounds at one command.
        command_expiry_s: after this a siren command is void.
        unknown_after_s: data older than this is shown as unknown (R2, R29).
        quiet_test_hour: hour of the city's day (0 to 23) from which its sirens test themselves quietly, one after
            another (R28); None = never.
    """

    auto_issue: tuple[str, ...] = ("artillery", "drone", "missile", "rocket_artillery")
    sources_needed: int = 2
    sources_within_s: int = 60
    merge_s: int = 180
    stale_s: int = 120
    future_s: int = 5
    wide_people: int = 500_000
    wide_share: float = 0.6
    two_person_threats: tuple[str, ...] = ("missile",)
    approval_s: int = 600
    expiry_s: dict[str, int] = msgspec.field(
        default_factory=lambda: {
            "missile": 3600,
            "rocket_artillery": 3600,
            "artillery": 3600,
            "drone": 10800,
            "chemical": 10800,
            "radiation": 10800,
            "other": 3600,
            "pre_alert": 1200,
        }
    )
    cancel_expiry_s: int = 3600
    escalate_s: tuple[int, ...] = (30, 60, 120)
    draft_expiry_s: int = 1800
    refresh_s: int = 60
    flash_s: int = 5
    break_glass_s: int = 300
    sound_floor_s: int = 40
    siren_s: int = 60
    command_expiry_s: int = 120
    unknown_after_s: int = 30
    quiet_test_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = 11
