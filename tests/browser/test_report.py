"""The resident's report form in a browser: without script, on a narrow phone, without seeing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from browser.kit import aside, axe, eventually, overflows, shoot, strangers
from pictures_kit import picture
from tocsin.app.desk import Desk

pytestmark = pytest.mark.browser


@pytest.fixture
def room(web_desk: Desk, tmp_path: Path) -> Any:
    from tocsin.app.memory_vault import MemoryVault
    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.files import FolderFiles
    from tocsin.web import intake
    from tocsin.web.desk import set_desk, set_evidence

    set_desk(web_desk, vault=MemoryVault())
    set_evidence(EvidenceRoom(FolderFiles(tmp_path / "evidence"), ffmpeg=""))
    intake.limits.cache_clear()
    yield
    set_evidence(None)


@pytest.mark.parametrize("script", [True, False])
def test_a_resident_reports_from_a_narrow_phone(
    open_page: Callable[..., Any], room: None, complaints: list[str], tmp_path: Path, script: bool
) -> None:
    from tocsin.web.desk import reports

    page = open_page("/report", script=script)
    assert not overflows(page)
    if script:
        assert axe(page) == []
        shoot(page, "report")
        page.set_viewport_size({"width": 320, "height": 800})
    photo = tmp_path / "home.jpg"
    photo.write_bytes(picture(notes=True))
    page.get_by_label("District").select_option("north")
    page.get_by_label("Street and house").fill("Lantern Street 48")
    page.get_by_label("How many windows are broken?").fill("3")
    page.get_by_label("Over 65").fill("1")
    page.get_by_text("No", exact=True).click()
    page.get_by_label("Photos").set_input_files(photo)
    page.get_by_role("button", name="Send the report").click()
    page.get_by_role("heading", name="Your report has come in").wait_for()
    assert not overflows(page)
    if script:
        assert axe(page) == []
        shoot(page, "report-received")
    (known,) = aside(lambda: list(reports().state().reports.values()))
    assert (known.report.windows, known.report.heating, len(known.report.evidence)) == (3, False, 1)
    assert strangers(page.asked, page.url) == []
    assert complaints == []


def test_a_mistake_is_said_beside_its_field(open_page: Callable[..., Any], room: None, complaints: list[str]) -> None:
    page = open_page("/report")
    page.get_by_label("District").select_option("north")
    page.get_by_label("Street and house").fill("Lantern Street 48")
    page.get_by_label("How many windows are broken?").fill("many")
    page.get_by_role("button", name="Send the report").click()
    page.get_by_text("Write a number such as 3.").wait_for()
    assert page.get_by_label("Street and house").input_value() == "Lantern Street 48"
    assert axe(page) == []
    shoot(page, "report-mistake")


WORKER = """async () => {
  await navigator.serviceWorker.ready;
  const kept = await (await caches.open("tocsin-kept")).match("/report");
  return navigator.serviceWorker.controller !== null && kept !== undefined;
}"""


def fill_in(page: Any, photo: Path) -> None:
    photo.write_bytes(picture(notes=True))
    page.get_by_label("District").select_option("north")
    page.get_by_label("Street and house").fill("Lantern Street 48")
    page.get_by_label("How many windows are broken?").fill("3")
    page.get_by_label("Photos").set_input_files(photo)


def handed_in() -> list[Any]:
    from tocsin.web.desk import reports

    return aside(lambda: list(reports().state().reports.values()))


def test_without_a_network_a_report_waits_and_is_sent_once(
    open_page: Callable[..., Any], site: str, room: None, complaints: list[str], tmp_path: Path
) -> None:
    page = open_page("/report", service_workers="allow")
    assert eventually(page, WORKER)
    page.context.set_offline(True)
    page.reload()  # out of the worker's memory
    fill_in(page, tmp_path / "home.jpg")
    page.get_by_role("button", name="Send the report").click()
    page.get_by_text("Kept on this device, not sent yet.").wait_for()
    assert page.get_by_label("Street and house").input_value() == ""
    assert "Lantern Street 48" in page.inner_text("#rep-list")
    assert axe(page) == []
    assert not overflows(page)
    shoot(page, "report-waiting")
    assert handed_in() == []
    page.reload()
    page.get_by_text("Kept on this device, not sent yet.").wait_for()
    page.context.set_offline(False)
    page.evaluate("for (let i = 0; i < 3; i++) dispatchEvent(new Event('online'))")
    page.get_by_text("What waited here has been sent. Its number:").wait_for()
    assert not page.locator("#rep-waiting").is_visible()
    (known,) = handed_in()
    assert (known.report.windows, len(known.report.evidence)) == (3, 1)
    assert page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))") == ["tocsin.report"]
    complaints.clear()  # the browser itself says that there was no network


def test_a_report_whose_answer_was_lost_counts_once_and_a_wrong_one_is_mended(
    open_page: Callable[..., Any], room: None, tmp_path: Path
) -> None:
    page = open_page("/report")
    lost: list[int] = []

    def lose(route: Any) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
        else:
            route.fetch()  # the server has it, and the phone never hears so
            lost.append(1)
            route.abort()

    page.route("**/report", lose)
    fill_in(page, tmp_path / "home.jpg")
    page.get_by_role("button", name="Send the report").click()
    page.get_by_text("Kept on this device, not sent yet.").wait_for()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_text("What waited here has been sent. Its number:").wait_for()
    assert len(handed_in()) == 1
    page.unroute("**/report")
    page.route("**/report", lambda route: route.abort())
    fill_in(page, tmp_path / "home.jpg")
    page.get_by_label("How many windows are broken?").fill("many")
    page.get_by_role("button", name="Send the report").click()
    page.locator("#rep-list", has_text="Lantern Street 48").wait_for()
    page.unroute("**/report")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator("#rep-list", has_text="Write a number such as 3.").wait_for()
    page.get_by_role("button", name="Put it right").click()
    assert page.get_by_label("How many windows are broken?").input_value() == "many"
    assert page.evaluate("document.getElementById('photo').files.length") == 1
    page.get_by_label("How many windows are broken?").fill("4")
    page.get_by_role("button", name="Send the report").click()
    page.get_by_role("heading", name="Your report has come in").wait_for()
    assert sorted(one.report.windows for one in handed_in()) == [3, 4]
