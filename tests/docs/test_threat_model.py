"""Behind each mitigation of the threat model stands a test that exists."""

from __future__ import annotations

import re

from docs.kit import ROOT

PAGE = ROOT / "docs" / "threat-model.md"


def test_every_named_test_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text("utf-8")))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^\s*(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert len(named) > 60
    assert named - there == set()


def test_every_row_names_a_test_and_a_letter_of_stride() -> None:
    rows = re.findall(r"^\| ([A-Z]) \| .* \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(rows) > 40
    assert all(letter in "STRIDE" and "`test_" in tests for letter, tests in rows)
    assert {letter for letter, _ in rows} == set("STRIDE")
