"""The state of a room: read on from where it stands, and the whole ledger only once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from doors import ADMIN, SetClock, a_desk
from tocsin.app import kept as keeping
from tocsin.app.kept import Kept, bring_up
from tocsin.core.area import Area
from tocsin.core.event import Entry
from tocsin.core.ports import Ledger
from tocsin.warn import commands as cmd
from tocsin.warn.state import WarnState, fold_all

AT_ONCE = 8


class Watched:
    """A ledger that counts how many read it from its beginning, and lets none of them end before all have come."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.whole = 0

    def head(self) -> tuple[int, str]:
        return self._ledger.head()

    def read(self, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
        if after == 0:
            self.whole += 1
            threading.Event().wait(0.2)
        return self._ledger.read(after, limit)


def test_the_whole_ledger_is_read_once_however_many_ask_at_first() -> None:
    desk = a_desk(SetClock())
    desk.do(cmd.DefineAreas(areas=(Area(id="far", names={"en": "Far"}, demo=True),)), ADMIN)
    reader, kept = Watched(desk.ledger), Kept(WarnState(), fold_all)
    found: list[WarnState] = []
    threads = [threading.Thread(target=lambda: found.append(kept.caught_up(reader))) for _ in range(AT_ONCE)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert (reader.whole, len(found)) == (1, AT_ONCE)
    assert all("far" in state.areas for state in found)


def test_rooms_are_brought_up_piece_by_piece_whatever_each_of_them_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PIECE", 2)
    desk = a_desk(SetClock())
    for name in ("a", "b", "c", "d", "e"):
        desk.do(cmd.DefineAreas(areas=(Area(id=name, names={"en": name}, demo=True),)), ADMIN)
    new, ahead = Kept(WarnState(), fold_all), Kept(WarnState(), fold_all)
    ahead.knows(fold_all(WarnState(), desk.ledger.read(limit=3)))
    bring_up(desk.ledger, (new, ahead))
    assert new.seq == ahead.seq == desk.ledger.head()[0]
    assert {area.id for area in new._state.areas} == {area.id for area in ahead._state.areas}
    bring_up(desk.ledger, ())


def test_rooms_are_brought_nearer_by_a_bite_at_a_time() -> None:
    desk = a_desk(SetClock())
    for name in ("a", "b", "c"):
        desk.do(cmd.DefineAreas(areas=(Area(id=name, names={"en": name}, demo=True),)), ADMIN)
    head, kept = desk.ledger.head()[0], Kept(WarnState(), fold_all)
    for seen in range(2, head, 2):
        bring_up(desk.ledger, (kept,), bite=2)
        assert kept.seq == seen


def test_a_ledger_that_lacks_an_entry_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PIECE", 2)
    desk = a_desk(SetClock())
    for name in ("a", "b", "c", "d", "e"):
        desk.do(cmd.DefineAreas(areas=(Area(id=name, names={"en": name}, demo=True),)), ADMIN)
    head, kept = desk.ledger.head()[0], Kept(WarnState(), fold_all)
    del desk.ledger._entries[2]  # type: ignore[attr-defined]
    bring_up(desk.ledger, (kept,))
    assert kept.seq == head


def test_entries_that_do_not_follow_are_left() -> None:
    desk = a_desk(SetClock())
    for name in ("a", "b", "c"):
        desk.do(cmd.DefineAreas(areas=(Area(id=name, names={"en": name}, demo=True),)), ADMIN)
    kept = Kept(WarnState(), fold_all)
    kept.takes(list(desk.ledger.read(after=1)), 1)
    assert kept.seq == 0
    kept.takes(list(desk.ledger.read()), 0)
    assert kept.seq == desk.ledger.head()[0]
