"""What the rest of the house makes of this room's facts: nothing, and without a stumble."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shelter.rig import Shelters, shelter
from tocsin.core.event import FACTS, Fact
from tocsin.record.audit import verify
from tocsin.record.memory import MemoryLedger
from tocsin.shelter import events as ev
from tocsin.store.projections import Projector
from tocsin.warn import live
from tocsin.warn.state import WarnState
from tocsin.warn.state import fold as warn_fold
from warn.rig import CountedIds

FIVE = datetime(2024, 1, 5, 5, tzinfo=UTC)
EVERY: tuple[Fact, ...] = (
    ev.ShelterRegistered(shelter_id="h1", shelter=shelter("h1")),
    ev.ShelterChanged(shelter_id="h1", shelter=shelter("h1", capacity=5, hidden=True)),
    ev.ShelterMoved(shelter_id="h1"),
    ev.DoorReported(shelter_id="h1", state="open", observed_at=FIVE),
    ev.DrillTimed(
        shelter_id="h1", drill=ev.DrillTime(group="5A", people=24, seconds=170, season="winter", on=date(2024, 1, 3))
    ),
    ev.ShelterWithdrawn(shelter_id="h1", reason="flooded"),
)


def ledger() -> MemoryLedger:
    from tocsin.core.event import record

    made, ids = MemoryLedger(), CountedIds()
    made.append([record(fact, id=ids.new(), actor="system:setup", at=FIVE) for fact in EVERY])
    return made


def test_every_fact_of_the_room_is_here() -> None:
    assert {type(fact) for fact in EVERY} == {cls for kind, cls in FACTS.items() if kind.startswith("shelter.")}


def test_no_fact_of_the_room_reaches_telephones_or_sirens() -> None:
    state, sender = WarnState(), Shelters().rig.desk.sender
    for entry in ledger().read():
        state = warn_fold(state, entry)
        assert live.frame(state, entry, sender) is None
    assert state.seq == len(EVERY)


def test_the_read_tables_pass_over_them(db: str) -> None:
    tables = Projector(ledger())
    tables.clear()
    empty = tables.dump()
    assert tables.catch_up() == len(EVERY)
    assert tables.dump() == empty


@pytest.mark.parametrize("kind", sorted(kind for kind in FACTS if kind.startswith("shelter.")))
def test_each_is_about_one_shelter(kind: str) -> None:
    (entry,) = (one for one in ledger().read() if one.event.kind == kind)
    assert entry.event.subject == "shelter/h1"


def test_their_chain_holds() -> None:
    assert verify(ledger().read(), [], []) == []
