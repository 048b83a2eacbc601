"""What the workers saw of deliveries becomes facts: commands handed over, what devices measured, what was written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.core.event import Entry, Fact
from tocsin.warn import events as ev
from tocsin.warn.state import WarnState

DELIVER = Actor(id="system:deliver", grants=(Grant(role="admin"),))

Receipt = ev.SirenCommanded | ev.SirenSkipped | ev.SirenReported | ev.SirenSilent | ev.LiveDelivered


def note(desk: Desk, receipts: Sequence[Receipt]) -> tuple[Entry, ...]:
    """Record receipts, leaving out what is recorded already and what concerns sirens that are not registered."""
    state = desk.state()
    fresh: list[Fact] = [r for r in receipts if _news(state, r)]
    return desk.note(fresh, DELIVER)


def _news(state: WarnState, receipt: Receipt) -> bool:
    if isinstance(receipt, ev.SirenReported):
        known = state.sirens.get(receipt.siren_id)
        return known is not None and (known.report is None or known.report.measured_at < receipt.measured_at)
    if isinstance(receipt, ev.SirenCommanded):
        known = state.sirens.get(receipt.siren_id)
        return known is None or known.command is None or known.command.command_id != receipt.command_id
    return True


def silent_sirens(desk: Desk, *, wait_s: int) -> list[ev.SirenSilent]:
    """Sirens that were told to sound and have measured no sound since, after ``wait_s`` seconds (R28)."""
    now = desk.clock.now()
    found = []
    for siren_id, siren in desk.state().sirens.items():
        command = siren.command
        if command is None or command.action != "ON" or siren.commanded_at is None or siren.silent_since is not None:
            continue
        if now - siren.commanded_at < timedelta(seconds=wait_s) or now > command.expires:
            continue
        if siren.sounded != command.command_id:
            found.append(
                ev.SirenSilent(
                    siren_id=siren_id,
                    command_id=command.command_id,
                    warning_id=command.warning_id,
                    waited_s=wait_s,
                )
            )
    return found
