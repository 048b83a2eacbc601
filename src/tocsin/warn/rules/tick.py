"""Time passes: warnings and drills run out, drafts escalate. Given by a worker about once a second."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core.event import Fact
from tocsin.warn import commands as cmd
from tocsin.warn.context import Context
from tocsin.warn.drill_events import DrillEnded
from tocsin.warn.events import DraftDiscarded, DraftEscalated, WarningEnded
from tocsin.warn.state import Thread, WarnState


def tick(state: WarnState, _command: cmd.Tick, context: Context) -> Iterator[Fact]:
    """Everything that is due now. An expiry is said, never silent (R5); it is no all-clear (R2, R4)."""
    for thread in state.live_threads():
        if thread.expires is not None and thread.expires <= context.now:
            yield WarningEnded(
                warning_id=thread.id,
                end="expired",
                reason=f"nobody ended or renewed it within {thread.content.duration_s} s",
            )
    for thread in state.draft_threads():
        yield from _draft(thread, context)
    for drill in state.drills.values():
        if drill.ended_at is None and drill.expires <= context.now:
            yield DrillEnded(drill_id=drill.id, reason="its time ran out")


def _draft(thread: Thread, context: Context) -> Iterator[Fact]:
    age = (context.now - thread.drafted_at).total_seconds()
    if age >= context.policy.draft_expiry_s:
        yield DraftDiscarded(warning_id=thread.id, reason=f"nobody decided within {context.policy.draft_expiry_s} s")
        return
    step = sum(1 for limit in context.policy.escalate_s if age >= limit)
    if step > thread.escalated:
        yield DraftEscalated(warning_id=thread.id, step=step, age_s=int(age))
