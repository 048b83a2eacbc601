"""What the workers saw of deliveries becomes facts: commands handed over, what devices measured, what was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.core.event import Entry, Fact
from tocsin.warn import events as ev
from tocsin.warn.state import SirenState, WarnState

DELIVER = Actor(id="system:deliver", grants=(Grant(role="admin"),))

Receipt = ev.SirenCommanded | ev.SirenSkipped | ev.SirenReported | ev.SirenSilent | ev.LiveDelivered | ev.ChannelTold


def note(desk: Desk, receipts: Sequence[Receipt]) -> tuple[Entry, ...]:
    """Record receipts, leaving out what is recorded already and what concerns sirens that are not registered."""
    state, now = desk.state(), desk.clock.now()
    heard: dict[str, datetime] = {}  # newest report of each siren in this batch: a broker may deliver one twice
    fresh: list[Fact] = []
    for receipt in receipts:
        if not _news(state, receipt, now):
            continue
        if isinstance(receipt, ev.SirenReported):
            if receipt.measured_at <= heard.get(receipt.siren_id, receipt.measured_at - _INSTANT):
                continue
            heard[receipt.siren_id] = receipt.measured_at
            fresh.append(_plain(receipt))
        else:
            fresh.append(receipt)
    return desk.note(fresh, DELIVER)


_INSTANT = timedelta(microseconds=1)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_TONE, _COMMAND, _DETAIL = 40, 200, 500


def _plain(report: ev.SirenReported) -> ev.SirenReported:
    """Its words without what nobody can see, at a bounded length: anybody at the broker may have written them, and a
    NUL would stop every read table of a database that does not keep it.
    """
    return msgspec.structs.replace(
        report,
        tone=_UNSEEN.sub("", report.tone)[:_TONE],
        command_id=_UNSEEN.sub("", report.command_id)[:_COMMAND],
        detail=_UNSEEN.sub("", report.detail)[:_DETAIL],
    )


def _news(state: WarnState, receipt: Receipt, now: datetime) -> bool:
    if isinstance(receipt, ev.SirenReported):
        known = state.sirens.get(receipt.siren_id)
        if known is None or known.report is None:
            return known is not None
        last = known.report.measured_at
        return last < receipt.measured_at or last > now  # what lies ahead was measured before the clock went back
    if isinstance(receipt, ev.SirenCommanded):
        known = state.sirens.get(receipt.siren_id)
        return known is None or known.command is None or known.command.command_id != receipt.command_id
    return True


def unreachable(state: WarnState, now: datetime, detail: str) -> list[ev.SirenReported]:
    """That no siren can be reached, of those of which that is not known. Their own next word is newer than this."""
    return [
        ev.SirenReported(
            siren_id=siren_id,
            state="link_lost",
            measured_at=now if siren.report is None else siren.report.measured_at + _INSTANT,
            detail=detail,
        )
        for siren_id, siren in sorted(state.sirens.items())
        if siren.report is None or siren.report.state != "link_lost"
    ]


def owing(sirens: Iterable[tuple[str, SirenState]], now: datetime) -> list[ev.SirenSilent]:
    """Those whose last command asks for sound, is still valid, and has led to no measured sound so far (R28)."""
    return [
        ev.SirenSilent(siren_id=siren_id, command_id=command.command_id, warning_id=command.warning_id, waited_s=0)
        for siren_id, siren in sirens
        if (command := siren.command) is not None
        and command.action == "ON"
        and siren.silent_since is None
        and siren.sounded != command.command_id
        and now <= command.expires
    ]
