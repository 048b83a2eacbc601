"""One suite for every vault: plain Python, SQLite, PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tocsin.app.memory_vault import LARGEST, MemoryVault
from tocsin.core.errors import Invalid
from tocsin.core.ports import Vault


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def vault(request: pytest.FixtureRequest) -> Vault:
    if request.param == "memory":
        return MemoryVault()
    alias = request.getfixturevalue("db" if request.param == "sqlite" else "pg")
    from tocsin.store.vault import DjangoVault

    return DjangoVault(alias)


def test_a_document_comes_back_as_it_was_given(vault: Vault) -> None:
    given = {"lat": 50.6123, "lon": 36.5987, "address": "вул. \x00 \u2028 “7”", "home": [1, None, {"children": 2}]}
    reference = vault.keep("place", given)
    assert vault.open(reference) == given


def test_what_is_changed_afterwards_by_the_caller_is_not_changed_here(vault: Vault) -> None:
    given: dict[str, Any] = {"home": [1]}
    reference = vault.keep("place", given)
    given["home"].append(2)
    assert vault.open(reference) == {"home": [1]}


def test_a_reference_is_random_and_says_nothing(vault: Vault) -> None:
    references = {vault.keep("home", {"flat": "7"}) for _ in range(50)}
    assert len(references) == 50
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in references)


def test_what_was_never_kept_opens_to_nothing(vault: Vault) -> None:
    for reference in ("", "0" * 32, "no such", "a\x00b"):
        assert vault.open(reference) is None
        vault.erase(reference)


def test_documents_are_listed_by_kind(vault: Vault) -> None:
    one, two = vault.keep("home", {"flat": "1"}), vault.keep("home", {"flat": "2"})
    vault.keep("contact", {"phone": "3"})
    assert vault.open_all("home") == {one: {"flat": "1"}, two: {"flat": "2"}}
    assert vault.open_all("nothing") == {}


def test_what_is_erased_is_gone_and_its_neighbours_stay(vault: Vault) -> None:
    gone, kept = vault.keep("home", {"flat": "1"}), vault.keep("home", {"flat": "2"})
    vault.erase(gone)
    vault.erase(gone)
    assert vault.open(gone) is None
    assert vault.open(kept) == {"flat": "2"}
    assert vault.open_all("home") == {kept: {"flat": "2"}}


@pytest.mark.parametrize(
    "document",
    [{"x": object()}, {"x": "a" * LARGEST}, {"x": float("nan"), "y": "\ud800"}],
    ids=["type", "size", "text"],
)
def test_what_has_no_json_form_is_refused_without_repeating_it(vault: Vault, document: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refusal:
        vault.keep("home", document)
    assert refusal.value.code == "TOC-6003"
    assert "aaaa" not in str(refusal.value)
    assert vault.open_all("home") == {}


def test_threads_keep_at_once(vault: Vault) -> None:
    def work(n: int) -> None:
        from django.db import connections

        try:
            vault.keep("home", {"flat": n})
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(str(one["flat"])) for one in vault.open_all("home").values()) == list(range(8))


def test_on_one_machine_nothing_of_it_is_left_in_the_files(db: str, django_home: Path) -> None:
    from tocsin.store.vault import DjangoVault

    vault = DjangoVault(db)
    secret = b"Lantern Street 48"
    reference = vault.keep("home", {"address": secret.decode()})
    assert any(secret in path.read_bytes() for path in django_home.glob("db.sqlite3*"))
    vault.erase(reference)
    assert not any(secret in path.read_bytes() for path in django_home.glob("db.sqlite3*"))
