"""Every picture of a page shows what the page says today: each is made again, and its words and structure compared."""

from __future__ import annotations

import difflib
import importlib.util
import os
import re
import shutil
import sys
from types import ModuleType

import pytest

from docs.kit import PAGES, ROOT

FOLDER = ROOT / "docs" / "img" / "pages"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))
REMEDY = "Make the pictures again and look at them: .venv/bin/python scripts/pictures.py"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "scripts" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["pictures"] = made  # dataclasses look their module up
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def seen() -> dict[str, str]:
    """Name → what the page says now."""
    if shutil.which("chromium") is None and os.environ.get("CI") != "true":
        pytest.skip("Chromium is not installed")
    made: dict[str, str] = script().make(camera=False)
    return made


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.processes
def test_every_picture_shows_what_its_page_says(seen: dict[str, str]) -> None:
    assert sorted(seen) == NAMES, REMEDY
    changed = []
    for name, now in seen.items():
        then = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        changed += difflib.unified_diff(
            then.splitlines(), now.splitlines(), f"{name} as drawn", f"{name} now", lineterm=""
        )
    assert changed == [], "\n".join([*changed, REMEDY])


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_small_and_at_every_width(name: str) -> None:
    made = script()
    for label in made.WIDTHS:
        data = (FOLDER / f"{name}-{label}.webp").read_bytes()
        assert data[:4] == b"RIFF"
        assert len(data) <= made.MOST_BYTES
    sheet = (FOLDER / f"{name}-sheet.webp").read_bytes()
    assert sheet[:4] == b"RIFF"
    assert len(sheet) <= made.SHEET_BYTES


def test_no_picture_is_left_over_and_each_is_shown() -> None:
    made = script()
    labels = (*made.WIDTHS, "sheet")
    expected = {f"{name}-{label}.webp" for name in NAMES for label in labels} | {f"{name}.txt" for name in NAMES}
    assert {path.name for path in FOLDER.iterdir()} == expected
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"img/pages/([\w-]+)-(?:\d+|sheet)\.webp", page.read_text("utf-8"))
    }
    assert set(NAMES) - shown == set()


def test_what_differs_from_run_to_run_is_left_out() -> None:
    said = script().said
    assert said("Unsent for 3 s") == said("Unsent for 1 min 20 s")
    assert said("23:57:30 entries 42, 43") == said("00:01:02 entries 9, 10")
    assert said("/control/drafts/01HZX3T9V5K6M7N8P9Q0R1S2T3") == "/control/drafts/ID\n"
    assert said("Danger") != said("No warning")
