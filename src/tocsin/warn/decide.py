"""``decide(state, command, context) -> facts``, or a refusal. Checks first, then says what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tocsin.core.event import Fact
from tocsin.warn import commands as cmd
from tocsin.warn.context import Context
from tocsin.warn.rules import detect, draft, drill, end, issue, partner, setup, tick
from tocsin.warn.state import WarnState

_Rule = Callable[[WarnState, Any, Context], Iterable[Fact]]

RULES: dict[type[cmd.Command], _Rule] = {
    cmd.ReportDetection: detect.report,
    cmd.Draft: draft.propose,
    cmd.Edit: draft.edit,
    cmd.Discard: draft.discard,
    cmd.Approve: issue.approve,
    cmd.Issue: issue.issue,
    cmd.BreakGlass: issue.break_glass,
    cmd.Update: issue.update,
    cmd.PartialClear: end.partial_clear,
    cmd.AllClear: end.all_clear,
    cmd.Cancel: end.cancel,
    cmd.EndManually: end.end_manually,
    cmd.StartDrill: drill.start,
    cmd.EndDrill: drill.end,
    cmd.DefineAreas: setup.define_areas,
    cmd.RegisterSirens: setup.register_sirens,
    cmd.ReceivePartnerMessage: partner.receive,
    cmd.MarkUnknown: setup.mark_unknown,
    cmd.MarkKnown: setup.mark_known,
    cmd.Tick: tick.tick,
}
"""One rule per command."""


def decide(state: WarnState, command: cmd.Command, context: Context) -> list[Fact]:
    """The facts that follow from the command, oldest first; none when it says nothing new.

    Raises:
        Invalid, Refused, Unknown: with code, field and remedy; nothing has happened then.
    """
    return list(RULES[type(command)](state, command, context))
