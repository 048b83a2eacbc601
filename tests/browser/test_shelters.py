"""Shelters on the resident's page: without script, with it, and when what was known of a door grows old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from browser.kit import axe, overflows
from browser.resident import area, greet, shows
from browser.test_public_looks import PLACES, SHELTERS
from doors import ADMIN
from fake_edge import FakeEdge
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.shelters import ShelterDesk
from tocsin.shelter.commands import RegisterShelters, ReportDoor

pytestmark = pytest.mark.browser

DUTY = Actor(id="officer:duty", grants=(Grant(role="duty"),))


@pytest.fixture(autouse=True)
def shelters(web_desk: Desk) -> None:
    """Shelters, one of them hidden, one seen open just now."""
    from tocsin.web.desk import set_desk

    web_desk.clock.at = datetime.now(UTC)  # type: ignore[attr-defined]  # the tests' clock
    own = ShelterDesk(web_desk, places=lambda: PLACES)
    own.do(RegisterShelters(shelters=SHELTERS), ADMIN)
    own.do(ReportDoor(shelter_id="h01", state="open", observed_at=web_desk.clock.now()), DUTY)
    set_desk(web_desk, own, vault=MemoryVault())


@pytest.mark.parametrize("width", [320, 1440])
def test_without_script_they_are_a_list_that_says_what_is_unknown(
    open_page: Callable[..., Any], edge: FakeEdge, width: int
) -> None:
    greet(edge)
    page = open_page("/?area=north&lang=en", script=False, width=width)
    said = page.inner_text("#near")
    assert "School cellar" in said
    assert "The door was open at" in said
    assert "Wheelchair: unknown" in said
    assert "Sealed" not in page.content()
    assert "h03" not in page.content()
    assert not overflows(page)


def test_a_door_that_was_seen_too_long_ago_is_unknown_also_on_a_page_that_stays_open(
    open_page: Callable[..., Any], edge: FakeEdge, complaints: list[str]
) -> None:
    greet(edge, [area("city"), area("north")])
    page = open_page("/?area=north&lang=en", clock=True)
    shows(page, "ok")
    page.get_by_text("The door was open at").wait_for()
    greet(
        edge, [area("city"), area("north")], clock=3 * 3600
    )  # whoever connects anew hears a time as late as the page's
    page.clock.fast_forward(3 * 3600 * 1000)
    page.get_by_text("The door was open at").wait_for(state="detached")
    assert page.get_by_text("Door now: unknown").count() == 2
    assert axe(page) == []
    assert complaints == []
