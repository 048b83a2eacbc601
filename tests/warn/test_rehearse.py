"""A rehearsal pays ahead for what the first warning would pay for, and leaves nothing behind."""

from __future__ import annotations

import pytest

from tocsin.warn import threats
from warn.rig import Rig


def test_the_first_warning_after_a_rehearsal_needs_no_judging(judged: list[bytes]) -> None:
    rig = Rig()
    head = rig.desk.ledger.head()
    assert rig.desk.rehearse(rig.state) >= len(threats.names()) * len(threats.LEVELS)
    assert len(judged) > 1
    judged.clear()
    rig.live("north")
    assert judged == []
    assert rig.desk.ledger.head()[0] > head[0]


def test_it_records_nothing(judged: list[bytes]) -> None:
    rig = Rig()
    head, state = rig.desk.ledger.head(), rig.state
    rig.desk.rehearse(state)
    assert (rig.desk.ledger.head(), rig.state.threads) == (head, state.threads)
    assert judged


def test_a_city_without_outlines_has_nothing_to_rehearse() -> None:
    rig = Rig()
    bare = type(rig.state)()
    assert rig.desk.rehearse(bare) == 0


def test_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()

    def sign(_unsigned: bytes) -> bytes:
        raise AssertionError("a rehearsal has signed something")

    monkeypatch.setattr(rig.desk.signer, "sign_cap", sign)
    assert rig.desk.rehearse(rig.state) > 0
