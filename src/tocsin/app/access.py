"""Which role each command needs, and in which areas. A command that stands nowhere here is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tocsin.app.actor import Actor, Role
from tocsin.core.errors import Denied
from tocsin.warn import commands as cmd
from tocsin.warn.state import WarnState

_Areas = Callable[[cmd.Command, WarnState], Iterable[str]]


def _named(command: cmd.Command, _state: WarnState) -> Iterable[str]:
    return getattr(command, "areas", None) or ()


def _detected(command: cmd.Command, _state: WarnState) -> Iterable[str]:
    return command.detection.areas if isinstance(command, cmd.ReportDetection) else ()


def _of_warning(command: cmd.Command, state: WarnState) -> Iterable[str]:
    """The areas that the warning covers now, and those that the command would add."""
    thread = state.threads.get(getattr(command, "warning_id", ""))
    own = thread.content.areas if thread is not None else ()
    return {*own, *_known(_named(command, state), state)}


def _of_drill(command: cmd.Command, state: WarnState) -> Iterable[str]:
    drill = state.drills.get(getattr(command, "drill_id", ""))
    return drill.areas if drill is not None else ()


def _nowhere(_command: cmd.Command, _state: WarnState) -> Iterable[str]:
    return ()


def _known(areas: Iterable[str], state: WarnState) -> list[str]:
    """Only areas that exist: for one that does not, the rule itself gives the clearer error."""
    return [a for a in areas if a in state.areas]


NEEDS: dict[type[cmd.Command], tuple[tuple[Role, ...], _Areas]] = {
    cmd.ReportDetection: (("sensor", "duty"), _detected),
    cmd.Draft: (("duty",), _named),
    cmd.Edit: (("duty",), _of_warning),
    cmd.Discard: (("duty",), _of_warning),
    cmd.Approve: (("approver",), _of_warning),
    cmd.Issue: (("duty",), _of_warning),
    cmd.BreakGlass: (("duty",), _nowhere),
    cmd.Update: (("duty",), _of_warning),
    cmd.PartialClear: (("duty",), _of_warning),
    cmd.AllClear: (("duty",), _of_warning),
    cmd.Cancel: (("duty",), _of_warning),
    cmd.EndManually: (("duty",), _of_warning),
    cmd.StartDrill: (("duty",), _named),
    cmd.EndDrill: (("duty",), _of_drill),
    cmd.DefineAreas: (("admin",), _nowhere),
    cmd.RegisterSirens: (("admin",), _nowhere),
    cmd.ReceivePartnerMessage: (("partner",), _named),
    cmd.MarkUnknown: (("admin",), _nowhere),
    cmd.MarkKnown: (("admin",), _nowhere),
    cmd.Tick: (("admin",), _nowhere),
}


def allow(actor: Actor, command: cmd.Command, state: WarnState) -> None:
    """Raise ``Denied`` TOC-6002 unless one of the command's roles reaches every area that it concerns."""
    roles, areas_of = NEEDS[type(command)]
    areas = _known(areas_of(command, state), state)
    if any(_holds(actor, role, areas, state) for role in roles):
        return
    raise Denied(
        "TOC-6002",
        f"This needs the role {' or '.join(roles)} in {', '.join(areas) or 'this city'}.",
        field="actor",
        remedy="Ask an administrator for the role, or an officer who holds it to act.",
    )


def _holds(actor: Actor, role: Role, areas: list[str], state: WarnState) -> bool:
    if not areas:
        return any(grant.role == role for grant in actor.grants)
    return actor.may(role, areas, state.areas)
