"""Every state of the control room's screens: no accessibility fault in either scheme, nothing wider than the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.control_room import detect, fixtures, send, sound
from browser.kit import aside, axe, overflows, shoot
from doors import SIRENS, START
from tocsin.app.actor import SYSTEM, Actor, Grant
from tocsin.app.desk import Desk
from tocsin.app.letters import Letter
from tocsin.warn import commands as cmd
from tocsin.web import ways

pytestmark = [pytest.mark.browser, pytest.mark.long]

officers, screen = fixtures()


def looked_at(page: Any, name: str) -> None:
    """Both schemes, three widths."""
    shoot(page, f"control-{name}")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert axe(page) == [], (name, scheme)
    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert not overflows(page), (name, width)


def busy(desk: Desk) -> dict[str, Any]:
    """A night: one warning in force and heard, one draft that takes two, one that takes one."""
    first = send(desk, detect(desk, id_="d-0"))
    sound(desk, first)
    desk.clock.move(75)  # type: ignore[attr-defined]
    wide = detect(desk, "missile", ("south",), "m-1")
    desk.clock.move(40)  # type: ignore[attr-defined]
    desk.do(cmd.Tick(), SYSTEM)
    small = detect(desk, "artillery", ("east",), "a-1")
    desk.clock.move(12)  # type: ignore[attr-defined]
    return {"live": first, "wide": wide, "small": small}


def test_a_quiet_night(screen: Callable[..., Any], complaints: list[str]) -> None:
    page = screen()
    page.wait_for_selector('[data-link="good"]')
    looked_at(page, "quiet")
    assert complaints == []
    assert page.locator("#exercise-room").get_attribute("href") == "/drill/control"
    assert len(SIRENS) == page.locator("#siren-rows > li").count()


def test_a_busy_night(screen: Callable[..., Any], web_desk: Desk, complaints: list[str]) -> None:
    busy(web_desk)
    page = screen("both", "duty", "approver", chart=True)
    page.wait_for_selector('[data-link="good"]')
    page.wait_for_selector('#map[data-map="ready"]')
    looked_at(page, "busy")
    assert complaints == []


@pytest.mark.parametrize(("row", "name"), [("small", "draft"), ("wide", "draft-two")])
def test_an_opened_draft(
    screen: Callable[..., Any], web_desk: Desk, complaints: list[str], row: str, name: str
) -> None:
    thread = busy(web_desk)[row]
    page = screen("both", "duty", "approver")
    page.click(f"#open-{thread.id}")
    page.wait_for_selector("[data-panel=draft]")
    looked_at(page, name)
    assert complaints == []


@pytest.mark.parametrize("act", ["all-clear", "partial-clear", "update", "cancel", "end"])
def test_an_opened_act(screen: Callable[..., Any], web_desk: Desk, complaints: list[str], act: str) -> None:
    draft = detect(web_desk, areas=("north", "east"))
    second = Actor(id="officer:another2", grants=(Grant(role="approver"),))
    web_desk.do(cmd.Approve(warning_id=draft.id, sha256=draft.message.sha256), second)
    thread = send(web_desk, draft)
    page = screen()
    page.click(f'a[href="/control/warnings/{thread.id}/{act}"]')
    page.wait_for_selector("[data-panel=live]")
    looked_at(page, act)
    assert complaints == []


@pytest.mark.parametrize("path", ["/control/new", "/control/warnings/{id}", "/control/drafts/{draft}"])
def test_a_page_of_its_own(screen: Callable[..., Any], web_desk: Desk, complaints: list[str], path: str) -> None:
    night = busy(web_desk)
    page = screen(path=path.format(id=night["live"].id, draft=night["small"].id), java_script_enabled=True)
    looked_at(page, f"page-{path.split('/')[2]}")
    assert complaints == []


@pytest.mark.parametrize("language", ["ru", "uk", "de"])
def test_other_languages(screen: Callable[..., Any], web_desk: Desk, complaints: list[str], language: str) -> None:
    thread = busy(web_desk)["wide"]
    page = screen("both", "duty", "approver", path=f"/control?lang={language}")
    page.click(f"#open-{thread.id}")
    page.wait_for_selector("[data-panel=draft]")
    looked_at(page, f"language-{language}")
    assert complaints == []


def test_a_lost_link(screen: Callable[..., Any], web_desk: Desk) -> None:
    busy(web_desk)
    page = screen(clock=True)
    page.wait_for_selector('[data-link="good"]')
    page.route("**/control/board*", lambda route: route.abort())
    page.clock.fast_forward(35_000)
    page.wait_for_selector('[data-link="lost"]')
    looked_at(page, "lost")


def test_refusals_and_changes(screen: Callable[..., Any], web_desk: Desk) -> None:
    thread = busy(web_desk)["small"]
    page = screen()
    page.click(f"#open-{thread.id}")
    page.fill("[name=confirm]", "elsewhere")
    page.keyboard.press("Enter")
    page.wait_for_selector("#error-confirm")
    looked_at(page, "refused")
    other = Actor(id="officer:another3", grants=(Grant(role="duty"),))
    web_desk.do(cmd.Edit(warning_id=thread.id, duration_s=1800), other)
    page.get_by_text("This has changed since you opened it").wait_for()
    page.click("button:has-text('Show it as it is now')")
    page.wait_for_selector("ins")
    looked_at(page, "changed")


def test_what_was_said(screen: Callable[..., Any], web_desk: Desk) -> None:
    night = busy(web_desk)
    page = screen("both", "duty", "approver")
    page.click(f"#open-{night['small'].id}")
    page.fill("[name=confirm]", "East District")
    page.keyboard.press("Enter")
    page.wait_for_selector("#part-receipts li")
    web_desk.do(cmd.BreakGlass(reason="rockets in the air"), Actor(id="officer:zz", grants=(Grant(role="duty"),)))
    web_desk.do(
        cmd.StartDrill(exercise="Autumn", areas=("north",)), Actor(id="officer:t", grants=(Grant(role="duty"),))
    )
    page.wait_for_selector("#drill-1")
    looked_at(page, "receipts")


def test_dead_letters(screen: Callable[..., Any], complaints: list[str]) -> None:
    said = {"sender": "edge-1", "tries": 5, "first_at": START, "last_at": START, "text": "{}"}
    kinds = (
        ("refused: ValueError", "waiting"),
        ("not safe", "waiting"),
        ("unreadable", "taken"),
        ("unreadable", "aside"),
    )
    for n, (reason, standing) in enumerate(kinds):
        one = Letter(
            id=f"{n:016x}",
            subject="tocsin.written.edge-1",
            about=f"edge-1:{57 + n}:2024-01-04T20:59:58.123456Z" if reason != "unreadable" else "",
            reason=reason,
            standing=standing,  # type: ignore[arg-type]
            **said,  # type: ignore[arg-type]
        )
        aside(lambda one=one: ways.letters().keep(one))  # type: ignore[misc]
    page = screen("admin1", "admin", "duty")
    page.wait_for_selector("#lamp-letters")
    looked_at(page, "letters-lamp")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.click("#lamp-letters")
    page.wait_for_selector("#letters")
    looked_at(page, "letters")
    page.locator("#letter-0000000000000000 form[action$=aside] button").click()
    page.wait_for_selector('#letter-0000000000000000[data-standing="aside"]')
    assert complaints == []
