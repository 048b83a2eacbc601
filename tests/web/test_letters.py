"""Dead letters in the control room: the lamp on the board, the list, trying again and setting aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from control_kit import enter
from doors import Officer
from tocsin.app.desk import Desk
from tocsin.app.letters import Letter
from tocsin.web import ways
from workers.kit import bodies

AT = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)
LETTER = Letter(
    id="0123456789abcdef",
    subject="written.edge-1",
    sender="edge-1",
    about="edge-1:57:2024-01-04T20:59:58Z",
    reason="refused: ValueError",
    tries=1200,
    first_at=AT,
    last_at=AT.replace(hour=22),
    text='{"clients": "what-it-says"}',
)


@pytest.fixture
def one(desk: Desk) -> Letter:
    ways.letters().keep(LETTER)
    return LETTER


def test_the_board_shows_how_many_wait_and_nothing_when_none_does(desk: Desk, officer: Callable[..., Officer]) -> None:
    screen = enter(officer, desk, "duty1", "duty")
    assert "lamp-letters" not in screen.client.get("/control/board").json()["parts"]["strip"]
    ways.letters().keep(LETTER)
    assert 'Dead letters: <span class="num">1</span>' in screen.client.get("/control/board").json()["parts"]["strip"]
    ways.letters().settle(LETTER.id, "aside")
    assert "lamp-letters" not in screen.get()


def test_the_list_says_when_how_often_and_why_and_never_what_it_says(
    one: Letter, desk: Desk, officer: Callable[..., Officer]
) -> None:
    page = enter(officer, desk, "watch1", "observer").get("/control/letters")
    for said in (one.subject, one.about, "1,200", "A worker refused it", "ValueError"):
        assert said in page
    assert "what-it-says" not in page
    assert "<form" not in page[page.index('id="letters"') :].partition("</ol>")[0]
    assert "An administrator of the whole city" in page


def test_an_administrator_has_it_tried_again_and_sets_it_aside_each_once_in_the_ledger(
    one: Letter, desk: Desk, officer: Callable[..., Officer]
) -> None:
    screen = enter(officer, desk, "admin1", "admin")
    again = screen.form("/control/letters", "again")
    for _ in range(2):  # a second click does nothing more
        answer = screen.client.post(f"/control/letters/{one.id}/again", again, follow=True)
        assert "A worker tries it now" in answer.content.decode()
    assert bodies(desk, "letter.retried") == [{"letter_id": one.id, "about": one.about}]
    aside = screen.form("/control/letters", "aside")
    assert "set aside" in screen.client.post(f"/control/letters/{one.id}/aside", aside, follow=True).content.decode()
    assert bodies(desk, "letter.set_aside") == [{"letter_id": one.id, "about": one.about}]
    assert ways.letters().counts()["aside"] == 1
    refused = screen.client.post(f"/control/letters/{one.id}/again", {})
    assert refused.status_code == 409
    assert "TOC-8007" in refused.content.decode()


def test_an_administrator_of_one_area_may_not(one: Letter, desk: Desk, officer: Callable[..., Officer]) -> None:
    screen = enter(officer, desk, "north1", "admin", area="north")
    assert f"{one.id}/again" not in screen.get("/control/letters")
    assert screen.client.post(f"/control/letters/{one.id}/again", {}).status_code == 403
    assert bodies(desk, "letter.retried") == []


def test_metrics_count_them_by_standing(one: Letter, desk: Desk, officer: Callable[..., Officer]) -> None:
    ways.letters().keep(msgspec.structs.replace(one, id="f" * 16))
    ways.letters().settle("f" * 16, "taken")
    said = enter(officer, desk, "watch1", "observer").get("/metrics")
    assert 'tocsin_dead_letters{standing="waiting"} 1.0' in said
    assert 'tocsin_dead_letters{standing="taken"} 1.0' in said
