"""How a night is played: at which pace its hours pass, and how long it stands still for each act."""

from __future__ import annotations

from tocsin.app.night import claims, repairs, steps
from tocsin.app.night.story import WARNS, AnyStep, Night

CALM_S = 330.0
"""So long after the last warning act everything has fallen silent, and quiet hours may be leapt over."""

GAP_S = 90.0
"""A shorter wait than this is lived through even then."""

LINGER_S = 3.0
"""Seconds of the night for which it runs at its own pace after an act of a warning, so that measured times are true."""

GLIDE = 45.0
"""The machine's seconds, times the speed, for which a quiet hour is seen to pass before it is leapt over."""


def linger_s(step: AnyStep) -> float:
    """How long the night stands, almost, after an act: as long as it takes to read what came of it."""
    if isinstance(step, WARNS):
        return LINGER_S
    if isinstance(step, claims.SourceStep | steps.NoteStep):
        return 0.5
    if isinstance(step, claims.ClaimStep | claims.RelateStep | claims.BulletinStep | repairs.PlanStep):
        return 2.0
    return 1.2


def leaps(after: float, left: float, calm_after: float) -> bool:
    """Whether the wait of ``left`` seconds that begins ``after`` seconds into the night may be leapt over."""
    return after > calm_after + CALM_S and left > GAP_S


def glide_s(speed: float) -> float:
    """The machine's seconds for which a quiet hour is seen to pass."""
    return min(4.0, max(0.3, GLIDE / speed))


def lasts_s(night: Night, speed: float) -> float:
    """About how many of the machine's seconds it takes to play a night."""
    total, before, calm = 0.0, 0.0, night.calm_after()
    for after, step in night.timeline():
        left = after - before
        total += glide_s(speed) if leaps(before, left, calm) else left / speed
        total += linger_s(step) + (1.0 if isinstance(step, WARNS) else 0.0)
        before = after
    return total + 90.0 / speed
