"""The record from the command line: import a history twice, ask for streaks, export, print a bulletin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from record.test_history import GENERIC, OFFICIAL
from shelter.rig import square_city
from shelter.test_cli import Home
from tocsin.record.exports import form

pytestmark = pytest.mark.processes


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    city, areas = square_city(tmp_path)
    made.run("init", "--city", city, "--areas", areas, "--officer", "anna")
    yield made
    made.close()


def test_a_history_is_imported_once_and_its_days_are_counted(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "official.csv"
    path.write_text(OFFICIAL)
    (first,) = json.loads(_json(home.run("import", "alerts", str(path), "--json")))
    assert (first["form"], first["rows"], first["kept"]) == ("ukraine_official", 8, 4)
    assert first["entries"]
    assert {one["name"] for one in first["quirks"]} >= {"oblast_and_raion_swapped", "duplicate"}
    (again,) = json.loads(_json(home.run("import", "alerts", str(path), "--json")))
    assert again["entries"] == []
    said = json.loads(_json(home.run("record", "streaks", "--where", "ukraine-official/other-oblast", "--json")))
    assert said["counters"][0]["days"] == 4  # 27, and 29 to 31 March in Kyiv
    assert "other day than in utc" in home.run("import", "alerts", str(path), "--check")


def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_imported(home: Home, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(GENERIC)
    bad.write_text("name,when\nx,y\n")
    assert "TOC-12001" in home.run("import", "alerts", str(good), str(bad), ok=False)
    assert "TOC-6004" in home.run("record", "streaks", "--where", "generic/harbour", ok=False)


def test_the_record_is_exported_and_can_be_read_back(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    home.run("record", "export", "json", str(out))
    assert form("json").read(out.read_bytes()).tables["claims"] == ()


def test_a_day_without_anything_has_an_empty_bulletin(home: Home) -> None:
    said = json.loads(_json(home.run("record", "bulletin", "2024-01-05", "--json")))
    assert (said["sentences"], said["withdrawn"]) == ([], "")
    assert "TOC-6004" in home.run("record", "bulletin", "yesterday", ok=False)


def _json(said: str) -> str:
    """The JSON of an answer; a progress bar may stand before it where both streams are one."""
    return said[min(at for at in (said.find("[\n"), said.find("{\n")) if at >= 0) :]
