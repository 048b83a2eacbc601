"""The two screens on a running city: what the officer does on one, sirens do, and the resident sees on the other."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from browser.kit import strangers
from journeys.rig import RADAR, Stack, until
from journeys.screens import People, browser, people

__all__ = ["browser", "people"]
pytestmark = [pytest.mark.processes, pytest.mark.browser]


def shows(page: Any, *states: str) -> None:
    page.wait_for_selector(", ".join(f'#card[data-shown="{state}"]' for state in states))


def quiet(people: People, stack: Stack) -> None:
    """No complaint in any console, and nobody asked but ourselves."""
    assert people.complaints == []
    assert strangers(people.asked, stack.own.site_url, stack.own.edge_url) == []


def test_three_actions_from_a_detection_to_sirens_and_red_pages_and_one_panel_to_green(
    stack: Stack, people: People
) -> None:
    area = "severny-settlement"
    duty = people.officer("duty")
    home = people.resident(area)
    abroad = people.resident(area, language="ru-RU", color_scheme="dark")
    shows(home, "ok", "ended")  # another walk through this city may have warned here
    shows(abroad, "ok", "ended")
    stack.detect(RADAR, area, ident="screens-1")
    work = duty.locator("#drafts > li", has_text="Severny")
    work.wait_for()

    # One: open. A wrong name sends nothing.
    work.locator("[data-open]").click()
    panel = duty.locator("[data-panel=draft]")
    panel.locator("input[name=confirm]").fill("Salyut")
    before = stack.head()
    panel.locator("form[action$=send] button").click()
    panel.locator("#error-confirm").wait_for()
    assert stack.facts("warning.issued", before) == []
    assert ["409" in said for said in people.complaints] == [True]  # the browser notes the refusal
    people.complaints.clear()
    # Two: the area's name. Three: send.
    panel.locator("input[name=confirm]").fill("Severny")
    panel.locator("form[action$=send] button").click()

    (issued,) = until(lambda: stack.facts("warning.issued", before), "the warning")
    shows(home, "alert")
    shows(abroad, "alert")
    assert "Опасность" in abroad.inner_text("#state")
    siren = stack.sirens[area]
    until(lambda: [s for s in stack.mqtt.starts(siren) if s["command_id"].startswith(issued["id"])], "measured sound")
    duty.locator(f"#siren-{siren} [data-siren=sounding]").wait_for()
    live = duty.locator("#lives > li", has_text="Severny")
    live.wait_for()

    # All clear: one click opens it, one says it.
    live.locator("a[data-key=a]").click()
    live.locator("form[action$=all-clear] button.big").click()
    shows(home, "ended")
    shows(abroad, "ended")
    until(lambda: [s for s in stack.mqtt.starts(siren) if s["tone"] == "all_clear"], "the all-clear tone")
    duty.locator("#lives > li", has_text="Severny").wait_for(state="detached")
    quiet(people, stack)


def reach(page: Any, kind: str, text: str) -> None:
    """Go down with j until the item is reached; what other walks through this city left open stands above it."""
    here = """() => {
      const at = document.activeElement?.closest("[data-item]");
      return at ? [at.dataset.item, at.innerText] : null;
    }"""
    found = None
    for _ in range(30):
        page.keyboard.press("j")
        found = page.evaluate(here)
        if found is not None and found[0] == kind and text in found[1]:
            return
    raise AssertionError(f"j never reaches the {kind} of {text}; it stands at {found}")


def test_with_the_keyboard_alone(stack: Stack, people: People) -> None:
    area = "dubovoe-settlement"
    duty = people.officer("duty")
    duty.locator("#strip-title").wait_for()
    stack.detect(RADAR, area, ident="screens-2", threat="artillery")
    duty.locator("#drafts > li", has_text="Dubovoye").wait_for()
    # j goes to the work, Enter opens it, and the place to type is at hand.
    reach(duty, "draft", "Dubovoye")
    duty.keyboard.press("Enter")
    duty.wait_for_function(
        "() => document.activeElement?.name === 'confirm' || document.activeElement?.tabIndex === -1"
    )
    for _ in range(20):
        if duty.evaluate("document.activeElement?.name") == "confirm":
            break
        duty.keyboard.press("Tab")
    before = stack.head()
    duty.keyboard.type("Dubovoye")
    duty.keyboard.press("Enter")
    until(lambda: stack.facts("warning.issued", before), "the warning")
    duty.locator("#lives > li", has_text="Dubovoye").wait_for()

    # An update, then the correction of an error; neither needs the mouse.
    for key, act, kind in (("u", "update", "warning.updated"), ("c", "cancel", "warning.ended")):
        duty.evaluate("document.activeElement?.blur?.()")
        reach(duty, "live", "Dubovoye")
        duty.keyboard.press(key)
        panel = duty.locator(f"form[action$={act}]")
        panel.locator("button.big").wait_for()
        panel.locator("button.big").focus()
        duty.keyboard.press("Enter")
        until(lambda kind=kind: stack.facts(kind, before), kind)  # type: ignore[misc]
    assert stack.facts("warning.ended", before)[-1]["body"]["end"] == "cancelled"
    quiet(people, stack)


def test_an_edit_voids_what_the_second_officer_approved(stack: Stack, people: People) -> None:
    duty, second = people.officer("duty"), people.officer("second", width=768)
    before = stack.head()
    duty.click("#new")
    form = duty.locator("[data-panel=new] form")
    form.locator("label", has_text="Missile").first.click()
    form.locator("label", has_text="Razumnoye").first.click() if form.locator(
        "label", has_text="Razumnoye"
    ).count() else (form.locator("label", has_text="Severny").first.click())
    form.locator("button.big").click()
    (drafted,) = until(lambda: stack.facts("warning.drafted", before), "the draft")
    warning = drafted["body"]["warning_id"]

    def approve() -> None:
        second.locator(f"#open-{warning}").click()
        second.locator("form[action$=approve] button").click()

    approve()
    until(lambda: stack.facts("warning.approved", before), "the approval")
    opened = duty.locator(f"#draft-{warning} [data-panel=draft]")
    if not opened.is_visible():
        duty.locator(f"#open-{warning}").click()
    opened.locator("form[action$=send]").wait_for()
    opened.locator(f"#edit-{warning} > summary").click()
    edit = opened.locator("form[action$=edit]").last
    edit.locator("input[name=minutes]").fill("20")
    edit.locator("button:not([data-minutes])").last.click()
    until(lambda: stack.facts("warning.edited", before), "the edit")
    # What was agreed to is no longer what would go out.
    opened.locator("form[action$=send]").wait_for(state="detached")
    assert stack.facts("warning.issued", before) == []
    second.reload()
    approve()
    until(lambda: len(stack.facts("warning.approved", before)) == 2, "the second approval")
    opened.locator("form[action$=send]").wait_for()
    opened.locator(f"#discard-{warning} > summary").click()
    discard = opened.locator("form[action$=discard]")
    discard.locator("input[name=reason]").fill("it was a flock of birds")
    discard.locator("button").click()
    until(lambda: stack.facts("warning.discarded", before), "the draft put away")
    quiet(people, stack)


def test_a_link_that_is_lost_turns_both_screens_to_unknown_and_back(stack: Stack, people: People) -> None:
    home, duty = people.resident("severny-settlement"), people.officer("duty")
    home.wait_for_selector('#card:not([data-shown="unknown"])')
    was = home.get_attribute("#card", "data-shown")
    duty.wait_for_selector('[data-link="good"]')
    stack.signal_all("edge", signal.SIGSTOP)
    stack.signal("web", signal.SIGSTOP)
    try:
        home.wait_for_selector('#card[data-shown="unknown"]', timeout=45_000)
        duty.wait_for_selector('[data-link="lost"]', timeout=45_000)
    finally:
        stack.signal("web", signal.SIGCONT)
        stack.signal_all("edge", signal.SIGCONT)
    shows(home, str(was))
    duty.wait_for_selector('[data-link="good"]')


def test_without_network_the_page_comes_from_the_device_and_knows_that_it_is_old(stack: Stack, people: People) -> None:
    home = people.resident("severny-settlement")
    home.wait_for_selector('#card:not([data-shown="unknown"])')
    home.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    home.reload()
    home.wait_for_selector('#card:not([data-shown="unknown"])')
    was = str(home.get_attribute("#card", "data-shown"))
    home.context.set_offline(True)
    home.reload()
    shows(home, "unknown")
    assert "Severny" in home.inner_text("#place")
    home.context.set_offline(False)
    shows(home, was)


def test_an_exercise_is_on_its_own_pages_only(stack: Stack, people: People) -> None:
    area = "severny-settlement"
    home = people.resident(area)
    taking_part = people.resident(area, path="/exercise")
    home.wait_for_selector('#card:not([data-shown="unknown"])')
    was = str(home.get_attribute("#card", "data-shown"))
    duty = people.officer("duty", "/drill/control")
    before = stack.head()
    duty.click("a.primary")
    duty.fill("input[name=exercise]", "Spring trial")
    duty.locator("label", has_text="Severny").first.click()
    duty.click("button[type=submit].primary")
    duty.fill("input[name=typed]", "exercise")
    duty.click("button[type=submit].primary")
    until(lambda: stack.facts("drill.issued", before), "the exercise")
    taking_part.wait_for_selector("#now:not([hidden]) >> text=Spring trial")
    assert home.get_attribute("#card", "data-shown") == was
    assert "Spring trial" not in home.inner_text("body")
    assert stack.facts("warning.issued", before) == []
    duty.locator("form.drill-end input[name$=reason]").fill("everybody is out")
    duty.locator("form.drill-end button").click()
    until(lambda: stack.facts("drill.ended", before), "the end of the exercise")
    quiet(people, stack)
