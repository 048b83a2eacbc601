"""Warnings on a phone: what the public door takes, keeps and forgets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from channels.push_service import KEYS
from doors import Api
from tocsin.app.memory_addresses import MemoryAddressBook
from tocsin.channels._outside import Allowed
from tocsin.web.push import set_push

CELL, OTHER = "872c0a0caffffff", "872c0a0c8ffffff"
PUSH = {"endpoint": "https://push.example/send/abc", "expirationTime": None, "keys": KEYS}


@pytest.fixture
def book(anybody: Api) -> Iterator[MemoryAddressBook]:
    made = MemoryAddressBook()
    set_push(made, "B" * 87, Allowed("push.city.example"))
    yield made
    set_push(None)


def ask(anybody: Api, **changes: Any) -> Any:
    body = {"subscription": PUSH, "cells": [CELL], "language": "uk"} | changes
    return anybody.post("/subscriptions", body)


def test_a_browser_is_kept_with_cells_and_language_and_nothing_else(anybody: Api, book: MemoryAddressBook) -> None:
    answer = ask(anybody, level="pre_alert")
    assert answer.status_code == 201, answer.content
    assert {key: answer.json()[key] for key in ("cells", "language", "level")} == {
        "cells": 1,
        "language": "uk",
        "level": "pre_alert",
    }
    (kept,) = book.by_cells("webpush", [CELL])
    assert kept.address == {"endpoint": PUSH["endpoint"], **KEYS}
    assert (kept.cells, kept.language, kept.level, kept.state) == ((CELL,), "uk", "pre_alert", "active")


def test_asked_again_it_is_the_same_browser_with_other_cells(anybody: Api, book: MemoryAddressBook) -> None:
    ask(anybody)
    assert ask(anybody, cells=[OTHER], language="de").status_code == 201
    (kept,) = book.by_cells("webpush", [CELL, OTHER])
    assert (kept.cells, kept.language) == ((OTHER,), "de")


def test_who_leaves_is_forgotten_and_leaving_twice_is_no_fault(anybody: Api, book: MemoryAddressBook) -> None:
    ask(anybody)
    for _ in range(2):
        answer = anybody.delete("/subscriptions", {"subscription": PUSH})
        assert answer.status_code == 200, answer.content
    assert book.counts() == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cells": []}, "TOC-6003"),
        ({"cells": ["852c0a0ffffffff"]}, "TOC-13001"),
        ({"cells": [CELL] * 65}, "TOC-6003"),
        ({"position": [50.6, 36.6]}, "TOC-6003"),
        ({"name": "Resident"}, "TOC-6003"),
        ({"level": "all"}, "TOC-6003"),
        ({"subscription": PUSH | {"endpoint": "https://10.0.0.7/x"}}, "TOC-13002"),
        ({"subscription": PUSH | {"endpoint": "http://push.example/x"}}, "TOC-13002"),
        ({"subscription": PUSH | {"keys": {"p256dh": "AAAA", "auth": "AAAA"}}}, "TOC-13001"),
        ({"subscription": {"endpoint": PUSH["endpoint"]}}, "TOC-6003"),
    ],
)
def test_what_is_not_fit_is_refused_by_name_and_not_repeated(
    anybody: Api, book: MemoryAddressBook, changes: dict[str, Any], code: str
) -> None:
    answer = ask(anybody, **changes)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == code
    assert "10.0.0.7" not in answer.content.decode()
    assert KEYS["auth"] not in answer.content.decode()
    assert book.counts() == {}


def test_a_push_service_of_the_citys_own_is_taken_where_it_is_allowed(anybody: Api, book: MemoryAddressBook) -> None:
    own = PUSH | {"endpoint": "https://push.city.example:8443/x"}
    assert ask(anybody, subscription=own).status_code == 201


def test_without_a_key_nothing_is_offered(anybody: Api) -> None:
    answer = ask(anybody)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "TOC-8002")
    assert 'id="push"' not in anybody.client.get("/").content.decode()


def test_the_page_offers_it_with_the_citys_key(anybody: Api, book: MemoryAddressBook) -> None:
    assert f'data-key="{"B" * 87}"' in anybody.client.get("/").content.decode()


def test_the_worker_is_one_script_that_asks_for_no_other() -> None:
    from tocsin.web import assets

    chunk = assets.manifest()["src/worker/main.ts"]
    assert not chunk.imports
    assert "import" not in (assets.BUILT / chunk.file).read_text("utf-8").split("{")[0]
