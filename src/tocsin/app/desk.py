"""The desk at which every act of the warn room is decided: load, decide, append."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tocsin.app.access import allow
from tocsin.app.actor import SYSTEM, Actor
from tocsin.app.kept import Kept
from tocsin.app.together import Gate, Together
from tocsin.core.event import Entry, Event, Fact, record
from tocsin.core.ports import Clock, Ids, Ledger, Reader, Signer
from tocsin.warn.commands import Command
from tocsin.warn.context import Context, Sender
from tocsin.warn.decide import decide
from tocsin.warn.policy import Policy
from tocsin.warn.rehearse import rehearse
from tocsin.warn.state import WarnState, fold, fold_all


@dataclass(slots=True)
class _Act:
    """A command on its way, and what came of it."""

    command: Command
    actor: Actor
    check: Callable[[WarnState], None] | None
    state: WarnState = field(default_factory=WarnState)
    facts: tuple[Fact, ...] = ()
    entries: tuple[Entry, ...] = ()
    count: int = 0
    fault: Exception | None = None


@dataclass(slots=True)
class _Decided:
    """What acts lead to on a state: those that were decided, and all their events."""

    state: WarnState
    done: list[_Act] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to: the entries that were appended, none when it said nothing new, and their facts."""

    entries: tuple[Entry, ...]
    facts: tuple[Fact, ...]
    state: WarnState


class Desk:
    """Holds the ports and the folded state. Safe to use from several threads and several processes at once:
    what is committed was decided on the state as of the ledger's head, which is made sure under the ledger's own lock.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        clock: Clock,
        ids: Ids,
        signer: Signer,
        sender: Sender,
        policy: Policy | None = None,
        wake: Callable[[int], None] = lambda _seq: None,
    ) -> None:
        self.ledger = ledger
        self.clock = clock
        self.ids = ids
        self.signer = signer
        self.sender = sender
        self.policy = policy or Policy()
        self.wake = wake
        self._kept = Kept(WarnState(), fold_all)
        self._together = Together(self._carry_out)
        self._gate = Gate()

    def state(self) -> WarnState:
        """The state as of the ledger's head."""
        return self.state_at(self.ledger)

    def knows(self, state: WarnState) -> None:
        """Take over what somebody else of this process has folded from the same ledger."""
        self._kept.knows(state)

    def state_at(self, reader: Reader) -> WarnState:
        """The state as of a reader's head; inside a transaction that is what the decision may build on."""
        return self._kept.caught_up(reader)

    def expect(self, officers: int) -> None:
        """So many officers' acts are in this process: those of machines wait a moment for them."""
        self._gate.expect(officers)

    def give_way(self) -> None:
        """Let an officer's act that is on its way have this process for a moment; called where nothing is held."""
        self._gate.give_way()

    def do(self, command: Command, actor: Actor, *, check: Callable[[WarnState], None] | None = None) -> Outcome:
        """Carry out a command for an actor.

        ``check`` sees the very state that is decided on, under the ledger's lock, and refuses by raising: so a screen
        makes sure that nothing has changed since its officer looked.

        Raises:
            Denied: the actor's roles do not reach so far (TOC-6002).
            Invalid, Refused, Unknown: the rules of the warn room.
            Unavailable: the ledger cannot be written; nothing has happened then (TOC-7005).
        """
        act = _Act(command, actor, check)
        if check is not None or actor.id.startswith("officer:"):
            self._carry_out((act,), press=True)
        else:
            self.give_way()
            self._together.do(act)
            self.give_way()  # what is left is to answer, for which nobody waits like that
        if act.fault is not None:
            raise act.fault
        return Outcome(entries=act.entries, facts=act.facts, state=act.state)

    def _carry_out(self, acts: Sequence[_Act], *, press: bool = False) -> int:
        """Decide one after another, each on what the one before it left, and commit all of them at once; how many.

        Those of machines are decided before the ledger's lock is taken, for which others wait; under it, once more if
        somebody else has appended meanwhile. An officer's are few, and none is to be decided twice. When one comes,
        what is decided is committed, and the others let it pass.
        """
        with self._gate.through(press=press):
            ahead = None if press else self._decide(acts, self.state(), press)

            def decision(reader: Reader) -> Sequence[Event]:
                nonlocal ahead
                state = self.state_at(reader)
                if ahead is None or state.seq != ahead.state.seq:
                    ahead = self._decide(acts, state, press)
                return ahead.events

            entries = self.ledger.transact(decision) if ahead is None or ahead.events else []
            assert ahead is not None  # noqa: S101 - decided by now
            if entries:
                self.wake(entries[-1].seq)  # at once: sirens and pages wait for it
            at, state = 0, ahead.state
            for act in ahead.done:
                act.entries = tuple(entries[at : at + act.count])
                at += act.count
                act.state = state = fold_all(state, act.entries)
            self._kept.knows(state)
        return len(ahead.done)

    def _decide(self, acts: Sequence[_Act], state: WarnState, press: bool) -> _Decided:
        made = _Decided(state)
        for act in acts:
            events = self._decided(act, state)
            made.events += events
            made.done.append(act)
            if act is acts[-1] or (self._gate.pressed and not press):
                break
            for number, event in enumerate(events, state.seq + 1):  # what it leaves; a state keeps no hash
                state = fold(state, Entry(seq=number, prev="", hash="", event=event))
        return made

    def _decided(self, act: _Act, state: WarnState) -> list[Event]:
        """The events of one act; none when it is refused."""
        act.state, act.count, act.fault = state, 0, None
        try:
            if act.check is not None:
                act.check(state)
            allow(act.actor, act.command, state)
            act.facts = tuple(decide(state, act.command, self._context(act.actor)))
        except Exception as fault:  # it is this act's alone: the others stand
            act.fault = fault
            return []
        events = self.events(act.facts, act.actor)
        act.count = len(events)
        return events

    def rehearse(self, state: WarnState) -> int:
        """Write what might be sent in a state and drop it, so that the first warning of this process is as fast as any
        other; how many warnings that were. Asks no ledger, so that any thread may do it.
        """
        return rehearse(state, self._context(SYSTEM))

    def note(self, facts: Sequence[Fact], actor: Actor) -> tuple[Entry, ...]:
        """Append what was observed of deliveries, in one transaction. See ``app.receipts``."""
        if not facts:
            return ()
        entries = self.ledger.append(self.events(facts, actor), first=False)
        self.wake(entries[-1].seq)
        return tuple(entries)

    def _context(self, actor: Actor) -> Context:
        return Context(
            now=self.clock.now(),
            actor=actor.id,
            new_id=self.ids.new,
            sign=self.signer.sign_cap,
            sender=self.sender,
            policy=self.policy,
        )

    def events(self, facts: Sequence[Fact], actor: Actor) -> list[Event]:
        """The facts as events of now, by an actor."""
        now = self.clock.now()
        return [record(fact, id=self.ids.new(), actor=actor.id, at=now) for fact in facts]
