"""The claim desk in a browser: the words are read while they are typed; keyboard, narrow window, axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.control_room import fixtures
from browser.kit import aside, axe, overflows, shoot
from doors import START
from tocsin.app.actor import Actor, Grant
from tocsin.report import commands as cmd
from tocsin.report import events as ev

pytestmark = pytest.mark.browser
officers, screen = fixtures()
CLERK = Actor(id="officer:before", grants=(Grant(role="records"),))


def told() -> None:
    from tocsin.web.desk import reports

    for command in (
        cmd.NameSource(source=ev.Source(id="mayor", names={"en": "Mayor"}, kind="official", grade=2)),
        cmd.OpenIncident(
            incident=ev.Incident(
                id="cars-1", names={"en": "Debris on cars"}, kind="debris", area="north", happened_from=START
            )
        ),
    ):
        reports().do(command, CLERK)


def test_a_claim_is_typed_seen_read_and_entered(screen: Callable[..., Any], complaints: list[str], site: str) -> None:
    aside(told)
    page = screen("clerk", "records", path="/control/claims/cars-1")
    page.get_by_label("In their words").focus()
    page.keyboard.type("at least 130 windows")
    page.locator("#read", has_text="Read as: at least 130 · windows").wait_for()
    page.locator("#language").select_option("ru")
    page.get_by_label("In their words").fill("более 30 машин")
    page.locator("#read", has_text="more than 30 · cars").wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Enter", exact=True).click()
    page.locator("q", has_text="более 30 машин").wait_for()
    assert axe(page) == []
    shoot(page, "claims-incident")
    page.set_viewport_size({"width": 320, "height": 800})
    assert not overflows(page)
    page.goto(f"{site}/control/claims")
    assert not overflows(page)
    assert axe(page) == []
    shoot(page, "claims-desk")
    assert complaints == []


def test_without_script_the_button_checks(screen: Callable[..., Any]) -> None:
    aside(told)
    page = screen("clerk", "records", path="/control/claims/cars-1", java_script_enabled=False)
    page.get_by_label("In their words").fill("at least 130 windows")
    page.get_by_role("button", name="Check").click()
    page.locator("#read", has_text="Read as: at least 130 · windows").wait_for()
    assert page.get_by_label("In their words").input_value() == "at least 130 windows"
