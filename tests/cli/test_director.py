"""The playing side of the playbill: which wishes it heeds, and what it tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tocsin.cli.director import Again, Director
from tocsin.wiring.playbill import Asked, Playbill, nights

NIGHT = nights()["belgorod-2024-01-05"]
OTHER = "port-almen-2024-04-06"


class Asker:
    """A page and a director over the same folder; time to look again has always come."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.bill = Playbill(folder)
        self.director = Director(self.bill, NIGHT, 30.0, **more)
        self.director.tell()

    def ask(self, act: Any, **more: Any) -> Any:
        self.bill.ask(Asked(act=act, round=more.pop("round", self.director.told.round), **more))
        self.director._looked = 0.0
        self.director.look()
        return self.bill.told()


@pytest.fixture
def page(tmp_path: Path) -> Asker:
    return Asker(tmp_path)


def test_it_says_how_things_stand_from_the_start(page: Asker) -> None:
    told = page.bill.told()
    assert told is not None
    assert (told.stage, told.night, told.speed, told.paused) == ("waiting", NIGHT.id, 30.0, False)


def test_play_begins_the_night_that_waits(page: Asker) -> None:
    assert page.ask("play", speed=60).speed == 60
    assert page.director.begun


def test_another_night_needs_another_city(page: Asker) -> None:
    with pytest.raises(Again) as asked:
        page.ask("play", night=OTHER)
    assert asked.value.night.id == OTHER
    assert not page.director.begun


def test_the_clock_halts_and_goes_on_while_the_night_plays(page: Asker) -> None:
    assert page.ask("pause").paused is False  # nothing to halt yet
    page.director.tell(stage="playing")
    assert page.ask("pause").paused is True
    assert page.director.pace(30.0) == 0.0
    assert page.director.pace(1.0) == 0.0
    assert page.ask("resume").paused is False
    assert page.ask("pace", speed=150).speed == 150
    assert page.director.pace(30.0) == 150
    assert page.director.pace(1.0) == 1.0  # around an act time runs as it is


def test_again_ends_the_round(page: Asker) -> None:
    page.director.tell(stage="over")
    with pytest.raises(Again) as asked:
        page.ask("again", speed=10)
    assert (asked.value.night.id, asked.value.speed) == (NIGHT.id, 10)


def test_a_wish_from_an_earlier_round_is_not_heeded(page: Asker) -> None:
    page.ask("again", round="long-gone")
    page.ask("play", round="long-gone")
    assert not page.director.begun


def test_a_night_that_is_not_there_is_not_heeded(page: Asker) -> None:
    page.ask("play", night="no-such-night")
    assert not page.director.begun


def test_where_it_cannot_be_repeated_nobody_can_ask_for_it(tmp_path: Path) -> None:
    page = Asker(tmp_path, repeats=False)
    page.ask("again")
    assert page.bill.told().repeats is False  # type: ignore[union-attr]
