"""The control room in a real browser: three actions, names refused, approvals voided, ends, keys, and lost links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.control_room import OTHER, detect, fixtures, send, sound
from browser.kit import strangers
from fake_edge import FakeEdge
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.warn import commands as cmd
from tocsin.warn.state import Thread

pytestmark = pytest.mark.browser

officers, screen = fixtures()

Screen = Callable[..., Any]
APPROVER = Actor(id="officer:another2", grants=(Grant(role="approver"),))


def now(desk: Desk, thread: Thread) -> Thread:
    return desk.state().threads[thread.id]


def ready(page: Any) -> Any:
    """The page when its script has heard of both, the ledger and the edge."""
    page.wait_for_selector('[data-link="good"]')
    return page


def test_three_actions_from_a_detection_to_a_warning(
    screen: Screen, web_desk: Desk, edge: FakeEdge, site: str, complaints: list[str]
) -> None:
    page = ready(screen())
    thread = detect(web_desk)
    page.wait_for_selector(f"#open-{thread.id}")  # it came by itself
    page.click(f"#open-{thread.id}")  # one
    page.wait_for_selector("[data-panel=draft]")
    panel = page.inner_text("[data-panel=draft]")
    for text in (
        "REAL WARNING",
        "Actual",
        "North District",
        "about 20,000",
        "wail",
        "Go indoors",
        "Phones connected now",
    ):
        assert text in panel, text
    page.wait_for_selector("[data-clients]:text-is('3')")
    page.keyboard.type("north district")  # two: the field has the focus
    page.keyboard.press("Enter")  # three
    page.wait_for_selector(f"#live-{thread.id}")
    assert now(web_desk, thread).status == "live"
    page.wait_for_selector("#part-receipts li")
    assert "Sent" in page.inner_text("#part-receipts")
    sound(web_desk, thread)
    page.get_by_text("first after 0 ms").first.wait_for()
    assert "1/1" in page.inner_text("#part-receipts")
    assert strangers(page.asked, site, edge.url) == []
    assert complaints == []


def test_the_wrong_name_sends_nothing(screen: Screen, web_desk: Desk) -> None:
    thread = detect(web_desk)
    page = ready(screen())
    page.click(f"#open-{thread.id}")
    page.fill("[name=confirm]", "South District")
    page.click("button.danger.big")
    page.wait_for_selector("#error-confirm")
    assert "Nothing was sent" in page.inner_text("#error-confirm")
    assert page.input_value("[name=confirm]") == "South District"
    assert page.evaluate("document.activeElement.name") == "confirm"
    assert now(web_desk, thread).status == "draft"
    page.fill("[name=confirm]", "Северный район")  # its name in any language will do
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#live-{thread.id}")


def test_an_edit_voids_the_approval_before_both_officers_eyes(screen: Screen, web_desk: Desk) -> None:
    thread = detect(web_desk, "missile", id_="m-1")
    author, second = ready(screen("author", "duty")), ready(screen("second", "approver"))
    author.click(f"#open-{thread.id}")
    author.get_by_text("Waits for a second officer").wait_for()
    short = author.inner_text(".ctl-two .ref")
    second.click(f"#open-{thread.id}")
    second.wait_for_selector("button:has-text('Approve exactly this')")
    assert second.inner_text("button:has-text('Approve') .ref") == short
    second.click("button:has-text('Approve exactly this')")
    second.get_by_text("You have approved").wait_for()
    author.wait_for_selector("[name=confirm]")  # the open panel learned of it
    author.fill("[name=confirm]", "North Dis")
    author.click("summary:has-text('Change the draft')")
    author.fill("#minutes", "45")
    author.click("button:has-text('Keep the change')")
    author.get_by_text("Waits for a second officer").wait_for()
    assert author.locator("[name=confirm]").count() == 0
    assert author.inner_text(".ctl-two .ref") != short
    second.get_by_text("This has changed since you opened it").wait_for()
    second.click("button:has-text('Show it as it is now')")
    second.get_by_text("45 min 00 s").first.wait_for()
    second.click("button:has-text('Approve exactly this')")
    author.fill("[name=confirm]", "North District")
    author.keyboard.press("Enter")
    author.wait_for_selector(f"#live-{thread.id}")
    assert now(web_desk, thread).rule == "two_persons"


def test_break_glass_is_announced_on_every_screen(screen: Screen, web_desk: Desk) -> None:
    thread = detect(web_desk, "missile", id_="m-1")
    one, other = ready(screen("one", "duty")), ready(screen("other", "observer"))
    one.click(f"#open-{thread.id}")
    one.click("summary:has-text('Incoming fire')")
    one.click("button:has-text('Open break-glass for me')")
    one.wait_for_selector("[name=confirm]")
    other.get_by_text("Break-glass is open").wait_for()
    assert "Break-glass was opened" in other.text_content("#said")
    one.fill("[name=confirm]", "North District")
    one.keyboard.press("Enter")
    one.wait_for_selector(f"#live-{thread.id}")
    assert now(web_desk, thread).rule == "break_glass"


@pytest.mark.parametrize(
    ("act", "button", "end"),
    [
        ("all-clear", "Give the all clear: North District", "all_clear"),
        ("cancel", "Send the correction: North District", "cancelled"),
        ("end", "Close without a message: North District", "manual"),
    ],
)
def test_a_warning_is_ended_by_one_panel(screen: Screen, web_desk: Desk, act: str, button: str, end: str) -> None:
    thread = send(web_desk, detect(web_desk))
    page = ready(screen())
    page.click(f'a[href$="/{thread.id}/{act}"]')
    page.click(f'button:has-text("{button}")')
    page.wait_for_selector(f"#ended-{thread.id}")
    assert page.locator(f"#live-{thread.id}").count() == 0
    assert now(web_desk, thread).end == end
    assert page.evaluate("document.activeElement.tagName") == "A"  # focus went somewhere sensible


def both_districts(desk: Desk) -> Thread:
    draft = detect(desk, areas=("north", "east"))
    desk.do(cmd.Approve(warning_id=draft.id, sha256=draft.message.sha256), APPROVER)
    return send(desk, draft)


def test_a_part_is_cleared_and_the_button_says_which(screen: Screen, web_desk: Desk) -> None:
    thread = both_districts(web_desk)
    page = ready(screen())
    page.click(f"#p-{thread.id}")
    page.check('input[name="areas"][value="north"]')
    page.click('button:has-text("Clear: North District")')
    page.get_by_text("Already clear").wait_for()
    assert now(web_desk, thread).content.areas == ("east",)
    assert page.inner_text('[data-place="east"] .tag') == "Danger"


def test_an_update_lasts_longer(screen: Screen, web_desk: Desk) -> None:
    thread = send(web_desk, detect(web_desk))
    page = ready(screen())
    page.click(f"#u-{thread.id}")
    page.click('button[data-minutes="60"]')
    page.click('button:has-text("Send the update")')
    page.wait_for_selector("#part-receipts :text('Updated')")
    assert now(web_desk, thread).content.duration_s == 3600


def test_what_another_officer_ended_cannot_be_ended_again(screen: Screen, web_desk: Desk) -> None:
    thread = both_districts(web_desk)
    page = ready(screen())
    page.click(f"#a-{thread.id}")
    page.wait_for_selector("[data-panel=live]")
    web_desk.do(cmd.PartialClear(warning_id=thread.id, areas=("north",), reason="over there"), OTHER)
    page.get_by_text("This has changed since you opened it").wait_for()
    assert page.is_disabled('button:has-text("Give the all clear")')
    web_desk.do(cmd.AllClear(warning_id=thread.id, reason="over"), OTHER)
    page.get_by_text("Nothing more can be done with it here").wait_for()


def test_the_board_keeps_what_is_half_typed(screen: Screen, web_desk: Desk) -> None:
    thread = detect(web_desk)
    page = ready(screen())
    page.click(f"#open-{thread.id}")
    page.fill("[name=confirm]", "North Dis")
    page.evaluate("document.querySelector('[name=confirm]').setSelectionRange(2, 5)")
    page.click("#text-ru summary")
    page.focus("[name=confirm]")
    more = detect(web_desk, "artillery", ("east",), "a-1")
    page.wait_for_selector(f"#open-{more.id}")
    web_desk.clock.move(31)  # type: ignore[attr-defined] # every age on the screen is another now
    page.get_by_text("31 s").first.wait_for()
    assert page.input_value("[name=confirm]") == "North Dis"
    assert page.evaluate("document.activeElement.name") == "confirm"
    assert page.evaluate("document.activeElement.selectionEnd") == 5
    assert page.get_attribute("#text-ru", "open") == ""
    assert "New draft: Danger of shelling" in page.text_content("#said")


def test_by_keyboard_alone(screen: Screen, web_desk: Desk) -> None:
    thread = detect(web_desk)
    page = ready(screen())
    assert page.evaluate("document.activeElement.id") == f"open-{thread.id}"  # the most urgent work has the focus
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=confirm]:focus")
    page.keyboard.press("Escape")
    page.wait_for_selector(f"#open-{thread.id}:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=confirm]:focus")
    page.keyboard.type("north district")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#live-{thread.id}")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('[data-item]').id") == f"live-{thread.id}"
    for key, act in (("u", "update"), ("c", "cancel"), ("a", "all_clear")):
        page.keyboard.press(key)
        page.wait_for_selector(f'[data-act="{act}"]')
    assert now(web_desk, thread).status == "live"  # no key has sent anything
    page.locator("[data-act=all_clear] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#ended-{thread.id}")


def test_single_keys_can_be_switched_off(screen: Screen, web_desk: Desk) -> None:
    send(web_desk, detect(web_desk))
    page = ready(screen())
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("?")
    assert page.locator("[data-panel]").count() == 0
    assert page.locator("dialog[open]").count() == 0
    page.reload()
    ready(page)
    assert not page.is_checked("#keys-on")


def test_a_new_warning_without_leaving_the_board(screen: Screen, web_desk: Desk) -> None:
    page = ready(screen())
    page.keyboard.press("n")
    page.check('[name="threat"][value="drone"]', force=True)
    page.click("button:has-text('Make the draft')")
    page.wait_for_selector("#error-areas")
    assert page.is_checked('[name="threat"][value="drone"]')
    page.check('[name="areas"][value="south"]')
    page.click("button:has-text('Make the draft')")
    page.wait_for_selector("[name=confirm]:focus")  # the draft opened by itself
    page.keyboard.type("South District")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-item="live"]')


def test_after_thirty_seconds_without_the_ledger_the_screen_knows_nothing(screen: Screen, web_desk: Desk) -> None:
    send(web_desk, detect(web_desk))
    page = ready(screen(clock=True))
    page.route("**/control/board*", lambda route: route.abort())
    page.clock.fast_forward(20_000)
    assert page.is_hidden("#link")
    page.clock.fast_forward(14_000)
    page.wait_for_selector('[data-link="lost"]')
    assert page.is_visible("#link")
    assert "State unknown" in page.inner_text("#link")
    assert page.is_visible('[data-item="live"]')  # nothing is hidden; nothing looks sure
    before = page.inner_text("#link-text")
    page.clock.fast_forward(5_000)
    page.wait_for_selector(f"#link-text:not(:text-is({before!r}))")  # its age goes on
    page.unroute("**/control/board*")
    page.clock.fast_forward(2_000)
    page.wait_for_selector('[data-link="good"]')
    assert page.is_hidden("#link")


def test_an_edge_with_old_data_is_no_truth(screen: Screen, edge: FakeEdge) -> None:
    page = ready(screen(clock=True))
    edge.health = {"ok": False, "seq": 1, "source_age_s": 45.0, "live": {"clients": 3}}
    page.clock.fast_forward(20_000)
    page.wait_for_selector("#age-web:has-text('answered 0 s ago')")  # the ledger goes on answering
    page.clock.fast_forward(14_000)
    page.wait_for_selector('[data-link="lost"]')
    assert "what residents see is unknown" in page.inner_text("#link-text")
    assert "no answer" in page.inner_text("#lamp-edge")


def test_who_is_signed_out_is_told(screen: Screen, complaints: list[str]) -> None:
    page = ready(screen())
    page.context.clear_cookies()
    page.locator("#link-text", has_text="You are signed out").wait_for()
    assert page.get_attribute("#control", "data-link") == "lost"


def test_no_second_click_sends_twice(screen: Screen, web_desk: Desk) -> None:
    thread = detect(web_desk)
    page = ready(screen())
    page.click(f"#open-{thread.id}")
    page.fill("[name=confirm]", "North District")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate(
        "document.querySelector('button.danger.big').click(); document.querySelector('button.danger.big')?.click()"
    )
    page.wait_for_selector(f"#live-{thread.id}")
    assert len(sent) == 1


def test_without_script_the_same_is_done_by_pages(screen: Screen, web_desk: Desk) -> None:
    thread = detect(web_desk)
    page = screen(java_script_enabled=False)
    page.click(f"#open-{thread.id}")
    page.fill("[name=confirm]", "elsewhere")
    page.click("button.danger.big")
    assert "Nothing was sent" in page.inner_text("#error-confirm")
    page.fill("[name=confirm]", "North District")
    page.click("button.danger.big")
    assert page.url.endswith("/control")
    page.click(f"#a-{thread.id}")
    page.click("button:has-text('Give the all clear')")
    assert now(web_desk, thread).end == "all_clear"


def test_reduced_motion_and_zoom_lose_nothing(screen: Screen, web_desk: Desk) -> None:
    detect(web_desk)
    page = ready(screen(reduced_motion="reduce", width=720))
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_map_shows_what_the_list_says(
    screen: Screen, web_desk: Desk, edge: FakeEdge, site: str, complaints: list[str]
) -> None:
    page = ready(screen(chart=True))
    page.wait_for_selector('#map[data-map="ready"]')
    assert page.is_visible("#part-places")
    turn = page.get_attribute("#map", "data-map-turn")
    send(web_desk, detect(web_desk))
    page.wait_for_selector('[data-place="north"] .tag[data-shown="alert"]')
    page.wait_for_selector(f'#map:not([data-map-turn="{turn}"])')
    page.click("#map-show")
    assert page.is_hidden("#map")
    assert strangers(page.asked, site, edge.url) == []
    assert complaints == []
