"""The resident's report form in a browser: without script, on a narrow phone, without seeing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from browser.kit import aside, axe, overflows, shoot, strangers
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
