"""``decide(state, command, context) -> facts``, or a refusal. Checks first, then says what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tocsin.core.event import Fact
from tocsin.report import commands as cmd
from tocsin.report.context import Context
from tocsin.report.rules import claims, evidence, incidents, reports
from tocsin.report.state import ReportState

_Rule = Callable[[ReportState, Any, Context], Iterable[Fact]]

_RULES: dict[type[cmd.Command], _Rule] = {
    cmd.NameSource: incidents.name_source,
    cmd.OpenIncident: incidents.open_incident,
    cmd.ReviseIncident: incidents.revise,
    cmd.WithdrawIncident: incidents.withdraw,
    cmd.RelateIncidents: incidents.relate,
    cmd.MakeClaim: claims.make,
    cmd.RetractClaim: claims.retract,
    cmd.GradeClaim: claims.grade,
    cmd.MarkClaim: claims.mark,
    cmd.TakeEvidence: evidence.take,
    cmd.ReleaseEvidence: evidence.release,
    cmd.WithdrawEvidence: evidence.withdraw,
    cmd.NoteCustody: evidence.note_custody,
    cmd.ReceiveReport: reports.receive,
    cmd.HandleReport: reports.handle,
}
"""One rule per command."""


def decide(state: ReportState, command: cmd.Command, context: Context) -> list[Fact]:
    """The facts that follow from the command, oldest first; none when it says nothing new.

    Raises:
        Invalid, Refused, Unknown: with code, field and remedy; nothing has happened then.
    """
    return list(_RULES[type(command)](state, command, context))
