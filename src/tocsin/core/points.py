"""Named points of the issue path where a test may end the process, to prove that nothing is lost.

In production :func:`reach` does nothing. ``wiring`` sets :data:`on_reach` when ``TOCSIN_CRASH_AT`` names a point.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS: tuple[str, ...] = (
    "web.before_append",
    "ledger.before_commit",
    "ledger.after_commit",
    "web.before_answer",
    "relay.before_publish",
    "relay.after_publish",
    "deliver.before_command",
    "deliver.after_command",
    "deliver.before_receipt",
    "edge.before_write",
    "siren.before_seen",
    "siren.after_seen",
)

on_reach: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """Say that the process stands at a named point."""
    if on_reach is not None:
        on_reach(point)
