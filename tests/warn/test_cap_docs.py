"""The table of rules in the documentation is the catalogue in the code, and every rule has a test by its number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tocsin.warn.cap_rules import CHECKS, RULES, profile_titles

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "cap-rules.md").read_text()
TESTS = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_cap*.py"))


@pytest.mark.parametrize("number", range(1, 45))
def test_every_rule_is_documented_as_it_is_in_the_catalogue(number):
    rule = RULES[number]
    row = f"| {number} | {rule.title} | {rule.where} | {rule.how} | {rule.remedy} |"
    assert PAGE.count(row) == 1


@pytest.mark.parametrize("number", range(1, 45))
def test_every_rule_has_a_test_that_is_named_after_it(number):
    assert re.search(rf"def test_(rule_\d\d_and_)?\w*rule_{number:02d}_", TESTS), number


def test_every_check_says_what_it_asks():
    assert all(check.__doc__ for check in CHECKS.values())


def test_every_profile_is_documented():
    for name, title in profile_titles().items():
        assert f"| `{name}` | {title} |" in PAGE
