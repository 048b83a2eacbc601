"""Time passes: warnings and drills run out, drafts escalate. Given by a worker about once a second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from tocsin.core.event import Fact
from tocsin.warn import commands as cmd
from tocsin.warn.context import Context
from tocsin.warn.drill_events import DrillEnded
from tocsin.warn.events import DraftDiscarded, DraftEscalated, WarningEnded
from tocsin.warn.policy import Policy
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


def due(state: WarnState, policy: Policy, now: datetime) -> bool:
    """Whether :func:`tick` would say anything now; cheap, so that it can be asked often."""
    return (
        any(t.expires is not None and t.expires <= now for t in _each(state, state.live))
        or any(
            _age(t, now) >= policy.draft_expiry_s or _step(t, policy, now) > t.escalated
            for t in _each(state, state.drafts)
        )
        or any(d.ended_at is None and d.expires <= now for d in state.drills.values())
    )


def _each(state: WarnState, ids: Iterable[str]) -> Iterator[Thread]:
    """In no order: sorting thousands twice a second would cost more than looking at them."""
    return map(state.threads.__getitem__, ids)


def _age(thread: Thread, now: datetime) -> float:
    return (now - thread.drafted_at).total_seconds()


def _step(thread: Thread, policy: Policy, now: datetime) -> int:
    return sum(1 for limit in policy.escalate_s if _age(thread, now) >= limit)


def _draft(thread: Thread, context: Context) -> Iterator[Fact]:
    age = _age(thread, context.now)
    if age >= context.policy.draft_expiry_s:
        yield DraftDiscarded(warning_id=thread.id, reason=f"nobody decided within {context.policy.draft_expiry_s} s")
        return
    step = _step(thread, context.policy, context.now)
    if step > thread.escalated:
        yield DraftEscalated(warning_id=thread.id, step=step, age_s=int(age))
