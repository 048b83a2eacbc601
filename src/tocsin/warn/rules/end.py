"""A live warning ends: cleared in part, cleared, withdrawn, or closed for another stated reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from tocsin.core.area import AreaTree
from tocsin.core.errors import Refused
from tocsin.core.event import Fact
from tocsin.core.time import rfc3339
from tocsin.warn import commands as cmd
from tocsin.warn import render
from tocsin.warn.context import Context
from tocsin.warn.events import Message, WarningEnded, WarningPartlyCleared
from tocsin.warn.rules import common
from tocsin.warn.state import Thread, WarnState


def remaining(tree: AreaTree, named: Iterable[str], cleared: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``(what stays on, which named areas were parted)`` when ``cleared`` (with everything below it) is clear.

    A named area that is clear only in part gives way to those of its children that are not, level by level.
    """
    on: list[str] = []
    parted: list[str] = []
    stack = list(named)
    while stack:
        area = stack.pop(0)
        if area in cleared:
            continue
        if any(below in cleared for below in tree.descendants(area)):
            parted.append(area)
            stack[0:0] = tree.children(area)
        else:
            on.append(area)
    return tuple(dict.fromkeys(on)), tuple(dict.fromkeys(parted))


def partial_clear(state: WarnState, command: cmd.PartialClear, context: Context) -> list[Fact]:
    """Some areas are out of danger; the message names both those and the ones where the warning stands."""
    thread = common.thread(state, command.warning_id, "live")
    reason = common.reason(command.reason)
    areas = _covered(state, thread, common.warnable(state, command.areas))
    clear_now = state.areas.closure(areas)
    on, parted = remaining(state.areas, thread.content.areas, clear_now)
    if not on:
        raise Refused(
            "TOC-1005",
            "That would clear every area.",
            field="areas",
            remedy="Give the all-clear instead: it is a decision of its own.",
        )
    still = msgspec.structs.replace(thread.content, areas=on)
    texts = render.agreed_texts(thread.content.threat, "partial_clear", thread.content.level, context.sender.languages)
    clear = msgspec.structs.replace(thread.content, areas=areas, **texts)
    earlier = common.said(state, thread)
    sent = render.next_sent(context.now, earlier)
    expires = max(thread.expires or sent, sent + timedelta(seconds=60))
    alert = render.alert(
        context,
        state.areas,
        [render.Part(content=still, act="update"), render.Part(content=clear, act="all_clear", remaining=on)],
        render.Times(sent=sent, expires=expires),
        msg_type="Update",
        references=[render.reference(m) for m in earlier],
    )
    message = render.sealed(context, render.frozen(alert))
    # An area that the warning named beside the one that holds it is clear with it, and whoever shows it must hear so.
    named = tuple(dict.fromkeys((*areas, *(a for a in thread.content.areas if a in clear_now))))
    return [
        WarningPartlyCleared(
            warning_id=thread.id, areas=named, remaining=on, parted=parted, message=message, reason=reason
        )
    ]


def _covered(state: WarnState, thread: Thread, areas: tuple[str, ...]) -> tuple[str, ...]:
    covered = state.areas.closure(thread.content.areas)
    for at, area in enumerate(areas):
        if area not in covered:
            raise Refused(
                "TOC-1003",
                f"{area!r} is not under this warning.",
                field=f"areas[{at}]",
                remedy="Name areas that the warning covers now.",
            )
    return areas


def all_clear(state: WarnState, command: cmd.AllClear, context: Context) -> list[Fact]:
    """The danger is over, as somebody knows: newer than the warning, naming its areas (R3)."""
    thread = common.thread(state, command.warning_id, "live")
    reason = common.reason(command.reason)
    known_at = command.observed_at or context.now
    if known_at.tzinfo is None:
        raise Refused("TOC-1008", "The all-clear's time has no zone.", field="observed_at", remedy="Add the offset.")
    newest = thread.updated_at or thread.drafted_at
    if known_at < newest:
        raise Refused(
            "TOC-1008",
            f"The all-clear is of {rfc3339(known_at)}, the warning's last word of {rfc3339(newest)}.",
            field="observed_at",
            remedy="An end must be newer than what it ends; ask again whether it is clear now.",
        )
    if known_at > context.now + timedelta(seconds=context.policy.future_s):
        raise Refused("TOC-1008", "The all-clear is from the future.", field="observed_at", remedy="Check the clocks.")
    texts = render.agreed_texts(thread.content.threat, "all_clear", thread.content.level, context.sender.languages)
    areas = common.topmost(state.areas, (*thread.content.areas, *thread.parted))
    over = msgspec.structs.replace(thread.content, areas=areas, **texts)
    earlier = common.said(state, thread)
    sent = render.next_sent(context.now, earlier)
    times = render.Times(sent=sent, expires=sent + timedelta(seconds=context.policy.cancel_expiry_s))
    alert = render.alert(
        context,
        state.areas,
        [render.Part(content=over, act="all_clear")],
        times,
        msg_type="Update",
        references=[render.reference(m) for m in earlier],
    )
    message = render.sealed(context, render.frozen(alert))
    return [WarningEnded(warning_id=thread.id, end="all_clear", reason=reason, message=message)]


def cancel(state: WarnState, command: cmd.Cancel, context: Context) -> list[Fact]:
    """The warning was wrong: its prepared correction goes out to the same areas, whatever became of the warning.

    Never blocked by not knowing whether the warning arrived (lesson R5). A warning withdrawn within seconds is
    recorded as a flash and corrected all the same (R7).
    """
    thread = common.thread(state, command.warning_id, "live")
    reason = common.reason(command.reason)
    age = (context.now - (thread.issued_at or context.now)).total_seconds()
    return [
        WarningEnded(
            warning_id=thread.id,
            end="cancelled",
            reason=reason,
            message=_correction(state, thread, context),
            flash=age < context.policy.flash_s,
        )
    ]


def _correction(state: WarnState, thread: Thread, context: Context) -> Message:
    prepared = thread.correction
    earlier = common.said(state, thread)
    if prepared is None or not render.takes_back(prepared, earlier):  # it has said more since
        prepared = render.correction(context, state.areas, thread.content, earlier)
    sent = render.next_sent(context.now, earlier)
    expires = sent + timedelta(seconds=context.policy.cancel_expiry_s)
    return render.sealed(context, render.at_time(prepared, sent, expires, earlier))


def end_manually(state: WarnState, command: cmd.EndManually, _context: Context) -> list[Fact]:
    """Closed for a reason that is neither; nothing is sent, and the phase says ``ended (manual)``."""
    thread = common.thread(state, command.warning_id, "live")
    return [WarningEnded(warning_id=thread.id, end="manual", reason=common.reason(command.reason))]
