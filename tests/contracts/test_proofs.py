"""One suite for everything that keeps the last word on the ways to people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tocsin.app.paths import MemoryProofs, Proof, Proofs, worst

AT = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def proofs(request: pytest.FixtureRequest) -> Proofs:
    if request.param == "memory":
        return MemoryProofs()
    alias = request.getfixturevalue("db" if request.param == "sqlite" else "pg")
    from tocsin.store.proofs import DjangoProofs

    return DjangoProofs(alias)


def proven(path: str, at: datetime = AT) -> Proof:
    return Proof(path=path, tried_at=at, proven_at=at, took_ms=12.5, said="there")


def test_the_last_word_on_each_way_comes_back_by_name(proofs: Proofs) -> None:
    for name in ("sirens", "live"):
        proofs.keep(proven(name))
    assert list(proofs.all()) == [proven("live"), proven("sirens")]


def test_a_try_that_failed_leaves_the_last_proof_standing(proofs: Proofs) -> None:
    proofs.keep(proven("live"))
    later = AT + timedelta(minutes=1)
    proofs.keep(Proof(path="live", tried_at=later, said="no answer"))
    assert list(proofs.all()) == [Proof(path="live", tried_at=later, proven_at=AT, took_ms=12.5, said="no answer")]
    proofs.keep(proven("live", later))
    assert list(proofs.all()) == [proven("live", later)]


def test_a_way_that_never_worked_is_never_proven(proofs: Proofs) -> None:
    proofs.keep(Proof(path="sms", tried_at=AT, said="no answer"))
    (one,) = proofs.all()
    assert one.standing(AT) == "never"


@pytest.mark.parametrize("every_s", [60.0, 3600.0])
def test_a_proof_grows_old_after_two_and_a_half_rounds(proofs: Proofs, every_s: float) -> None:
    proofs.keep(msgspec.structs.replace(proven("live"), every_s=every_s))
    (one,) = proofs.all()
    assert one.standing(AT + timedelta(seconds=2.5 * every_s)) == "proven"
    assert one.standing(AT + timedelta(seconds=2.5 * every_s + 1)) == "late"


def test_the_worst_way_speaks_for_all() -> None:
    assert worst({}) is None
    assert worst({"a": "proven"}) == "proven"
    assert worst({"a": "proven", "b": "late"}) == "late"
    assert worst({"a": "never", "b": "late"}) == "never"
