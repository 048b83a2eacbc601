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
        cmd.OpenIncident(
            incident=ev.Incident(id="yard-1", names={"en": "Fire in the yard"}, kind="fire", area="north")
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


def choose(page: Any, label: str, option: str) -> None:
    """Choose by typing, as without a mouse."""
    page.get_by_label(label, exact=True).focus()
    page.keyboard.type(option)


def test_a_claim_and_its_incident_are_changed_by_keyboard(screen: Callable[..., Any], complaints: list[str]) -> None:
    from tocsin.web.desk import reports, vault

    aside(told)
    page = screen("clerk", "records", path="/control/claims/cars-1")
    page.get_by_label("In their words").fill("at least 130 windows")
    page.get_by_role("button", name="Enter", exact=True).press("Enter")
    page.get_by_role("button", name="Verified", exact=True).press("Enter")
    page.get_by_text("· verified ·").wait_for()
    page.get_by_role("link", name="Revise: at least 130").press("Enter")
    page.get_by_role("heading", name="In place of what was entered").wait_for()
    words = page.get_by_label("In their words")
    assert words.input_value() == "at least 130 windows"
    words.fill("142 windows")
    page.get_by_label("Said at").fill("2024-01-04T23:50")
    page.locator("#exact").fill("50.61, 36.62")
    page.locator("#reason").fill("counted again")
    assert axe(page) == []
    shoot(page, "claims-revise")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Enter", exact=True).press("Enter")
    page.get_by_text("exact place sealed").wait_for()
    assert page.locator("s", has_text="at least 130").count() == 1
    for summary in ("Describe the incident anew", "Set it beside another incident", "Withdraw the incident"):
        page.locator("summary", has_text=summary).press("Enter")
    choose(page, "Kind", "Fire")
    page.locator("#place").fill("50.6, 36.6")
    page.locator("#why-revise").fill("it burned")
    assert axe(page) == []
    shoot(page, "claims-changes")
    page.set_viewport_size({"width": 320, "height": 800})
    assert not overflows(page)
    page.get_by_role("button", name="Save as a new revision").press("Enter")
    page.locator("main > div > p", has_text="Fire").wait_for()
    page.locator("summary", has_text="Set it beside another incident").press("Enter")
    choose(page, "This one is", "The same")
    page.locator("#why-relate").fill("one yard")
    page.get_by_role("button", name="Say so").press("Enter")
    page.get_by_text("The same as").first.wait_for()
    page.locator("summary", has_text="Withdraw the incident").press("Enter")
    page.locator("#why-withdraw").fill("entered twice")
    page.get_by_role("button", name="Withdraw the incident").press("Enter")
    page.get_by_text("Withdrawn: entered twice").wait_for()
    assert axe(page) == []
    shoot(page, "claims-withdrawn")
    state = aside(lambda: reports().state())
    known = state.incidents["cars-1"]
    assert (known.incident.kind, known.withdrawn, known.relations[0].relation) == ("fire", "entered twice", "same")
    assert aside(lambda: vault().open(known.incident.sealed)) == {"lon": 36.6, "lat": 50.6}
    (live,) = [one for one in state.claims.values() if one.live]
    assert (live.claim.n, live.mark) == (142, "unverified")
    assert complaints == []


def test_without_script_the_button_checks(screen: Callable[..., Any]) -> None:
    aside(told)
    page = screen("clerk", "records", path="/control/claims/cars-1", java_script_enabled=False)
    page.get_by_label("In their words").fill("at least 130 windows")
    page.get_by_role("button", name="Check").click()
    page.locator("#read", has_text="Read as: at least 130 · windows").wait_for()
    assert page.get_by_label("In their words").input_value() == "at least 130 windows"
