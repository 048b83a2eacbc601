"""Folding: the handler of each type, other rooms' facts passed by, and what is in the state of all."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from tocsin.core.event import Entry, Event
from tocsin.core.folding import Folding
from tocsin.report.events import ClaimRetracted

AT = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)


class State(msgspec.Struct, frozen=True, kw_only=True):
    seq: int = 0
    at: datetime | None = None
    reasons: tuple[str, ...] = ()


FOLDING: Folding[State] = Folding("report.")


@FOLDING.on(ClaimRetracted)
def _retracted(state: State, fact: ClaimRetracted, _entry: Entry) -> State:
    return msgspec.structs.replace(state, reasons=(*state.reasons, fact.reason))


def entry(seq: int, kind: str, reason: str) -> Entry:
    body = {"claim_id": "c-1", "reason": reason}
    event = Event(id=f"e{seq}", kind=kind, version=1, subject="claim/c-1", body=body, actor="system:test", at=AT)
    return Entry(seq=seq, prev="", hash="", event=event)


def test_facts_of_this_room_are_handled_and_others_only_move_it_on() -> None:
    entries = [
        entry(1, "report.claim_retracted", "wrong"),
        entry(2, "repair.claim_retracted", "of another room"),
        entry(3, "report.unheard_of", "of a later version"),
        entry(4, "report.claim_retracted", "late"),
    ]
    assert FOLDING.fold_all(State(), entries) == State(seq=4, at=AT, reasons=("wrong", "late"))
    assert FOLDING.fold(State(reasons=("first",)), entries[2]) == State(seq=3, at=AT, reasons=("first",))
