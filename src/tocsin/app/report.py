"""The desk of the report room: its own state, over the ledger, clock and identifiers of the warning desk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tocsin.app.actor import Actor, Role
from tocsin.app.desk import Desk
from tocsin.app.kept import Kept
from tocsin.core.area import AreaTree
from tocsin.core.errors import Denied, TocsinError
from tocsin.core.event import Entry, Event, Fact
from tocsin.core.ports import Reader, Vault
from tocsin.report import commands as cmd
from tocsin.report.context import Context
from tocsin.report.decide import decide
from tocsin.report.state import ReportState, fold, fold_all

_WRITES: tuple[Role, ...] = ("records", "duty")
_JUDGES: tuple[Role, ...] = ("records",)

NEEDS: dict[type[cmd.Command], tuple[Role, ...]] = {
    cmd.NameSource: _JUDGES,
    cmd.OpenIncident: _WRITES,
    cmd.ReviseIncident: _JUDGES,
    cmd.WithdrawIncident: _JUDGES,
    cmd.RelateIncidents: _JUDGES,
    cmd.MakeClaim: _WRITES,
    cmd.RetractClaim: _JUDGES,
    cmd.GradeClaim: _JUDGES,
    cmd.MarkClaim: _JUDGES,
    cmd.TakeEvidence: ("records", "duty", "dispatcher", "crew"),
    cmd.ReleaseEvidence: _JUDGES,
    cmd.WithdrawEvidence: _JUDGES,
    cmd.NoteCustody: ("records", "duty", "dispatcher"),
    cmd.ReceiveReport: ("records", "duty", "dispatcher"),
    cmd.HandleReport: ("records", "dispatcher"),
}
"""Which roles may give a command, each in the area that it is about."""

RESIDENTS = Actor(id="system:residents")
"""Whoever hands something in without an account."""

OPEN: tuple[type[cmd.Command], ...] = (cmd.ReceiveReport, cmd.TakeEvidence)
"""What residents may do. Nothing of it is public, or in any tally, before somebody with a role acts on it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to: the entries that were appended, none when it said nothing new, and their facts."""

    entries: tuple[Entry, ...]
    facts: tuple[Fact, ...]
    state: ReportState


class ReportDesk:
    """Load, decide, append, for incidents, claims and evidence. Safe to use from several threads and processes at once.

    Args:
        desk: the warning desk, whose areas and warnings count here, too.
        vault: keeps exact places, addresses and contacts beside the ledger; a door seals there before it asks.
    """

    def __init__(self, desk: Desk, vault: Vault) -> None:
        self.desk = desk
        self.vault = vault
        self.kept = Kept(ReportState(), fold_all)

    def state(self) -> ReportState:
        """The state as of the ledger's head."""
        return self.state_at(self.desk.ledger)

    def state_at(self, reader: Reader) -> ReportState:
        """The state as of a reader's head."""
        return self.kept.caught_up(reader)

    def do(self, command: cmd.Command, actor: Actor, *, check: Callable[[ReportState], None] | None = None) -> Outcome:
        """Carry out a command for an actor.

        ``check`` sees the very state that is decided on, under the ledger's lock, and refuses by raising.

        Raises:
            Denied: the actor's roles do not reach so far (TOC-6002).
            Invalid, Refused, Unknown: the rules of the report room.
            Unavailable: the ledger cannot be written; nothing has happened then (TOC-7005).
        """
        facts: list[Fact] = []
        seen: list[ReportState] = []

        def decision(reader: Reader) -> Sequence[Event]:
            state, warn = self.kept.caught_up(reader), self.desk.state_at(reader)
            seen[:] = [state]
            if check is not None:
                check(state)
            allow(actor, command, state, warn.areas)
            context = Context(now=self.desk.clock.now(), areas=warn.areas, warnings=warn.threads)
            facts[:] = decide(state, command, context)
            return self.desk.events(facts, actor)

        entries = self.desk.ledger.transact(decision)
        state = seen[0]
        for entry in entries:
            state = fold(state, entry)
        if entries:
            self.desk.wake(entries[-1].seq)
        return Outcome(entries=tuple(entries), facts=tuple(facts), state=state)

    def weigh(self, command: cmd.Command, actor: Actor) -> None:
        """Raise what :meth:`do` would raise now. Nothing is recorded; by the time of ``do`` the answer may differ."""
        state, warn = self.state(), self.desk.state()
        allow(actor, command, state, warn.areas)
        decide(state, command, Context(now=self.desk.clock.now(), areas=warn.areas, warnings=warn.threads))

    def do_all(
        self, commands: Sequence[cmd.Command], actor: Actor, refused: Callable[[int, TocsinError], None]
    ) -> tuple[Entry, ...]:
        """Carry out all of them in one transaction, each on what the ones before it led to, or none.

        ``refused`` is told the place of every command that cannot be carried out, and why.
        """

        def decision(reader: Reader) -> Sequence[Event]:
            state, warn = self.kept.caught_up(reader), self.desk.state_at(reader)
            context = Context(now=self.desk.clock.now(), areas=warn.areas, warnings=warn.threads)
            events: list[Event] = []
            failed = False
            for place, command in enumerate(commands):
                try:
                    allow(actor, command, state, warn.areas)
                    made = self.desk.events(decide(state, command, context), actor)
                except TocsinError as fault:
                    refused(place, fault)
                    failed = True
                    continue
                events += made
                for event in made:  # the hash does not matter for what the next row may build on
                    state = fold(state, Entry(seq=state.seq + 1, prev="", hash="", event=event))
            return [] if failed else events

        entries = tuple(self.desk.ledger.transact(decision))
        if entries:
            self.desk.wake(entries[-1].seq)
        return entries


def allow(actor: Actor, command: cmd.Command, state: ReportState, areas: AreaTree) -> None:
    """Raise ``Denied`` TOC-6002 unless one of the command's roles reaches everywhere that it is about."""
    if actor == RESIDENTS and isinstance(command, OPEN):
        return
    roles = NEEDS[type(command)]
    where = [area for area in _areas(command, state) if area in areas]
    held = {grant.role for grant in actor.grants}
    if any(role in held and (not where or actor.may(role, where, areas)) for role in roles):
        return
    raise Denied(
        "TOC-6002",
        f"This needs the role {' or '.join(roles)} in {', '.join(where) or 'this city'}.",
        field="actor",
        remedy="Ask an administrator for the role, or an officer who holds it to act.",
    )


def _areas(command: cmd.Command, state: ReportState) -> Iterable[str]:
    """Where the command acts; what it names and does not exist is for the rule to refuse."""
    if isinstance(command, cmd.OpenIncident | cmd.ReviseIncident):
        yield command.incident.area
        yield _incident_area(state, command.incident.id)
    elif isinstance(command, cmd.MakeClaim):
        yield command.claim.area
        yield _incident_area(state, command.claim.incident)
    elif isinstance(command, cmd.ReceiveReport):
        yield command.report.area
    for name in ("incident_id", "other", "incident"):
        about = getattr(command, name, None)
        if isinstance(about, str):
            yield _incident_area(state, about)
    known = state.claims.get(getattr(command, "claim_id", ""))
    if known is not None:
        yield state.area_of(known.claim)
    report = state.reports.get(getattr(command, "report_id", ""))
    if report is not None:
        yield report.report.area
    yield from _evidence_areas(state, getattr(command, "evidence_id", ""))


def _evidence_areas(state: ReportState, evidence_id: str) -> Iterable[str]:
    """Where a file belongs: with the incident that it was released for, and with every report that brought it."""
    known = state.evidence.get(evidence_id)
    if known is None:
        return
    yield _incident_area(state, known.incident)
    for handed_in in state.reports.values():
        if evidence_id in handed_in.report.evidence:
            yield handed_in.report.area


def _incident_area(state: ReportState, incident_id: str) -> str:
    known = state.incidents.get(incident_id)
    return "" if known is None else known.incident.area
