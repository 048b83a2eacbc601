"""The table of rules says what the tests show, and nothing else."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "rules.md"
NUMBERED = re.compile(r"test_R(\d\d)_\w+")


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


def rows() -> dict[str, tuple[list[str], str]]:
    """Rule → (the tests that the table names, what it says is not there yet)."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("| R"):
            number, asks, shown, missing = (cell.strip() for cell in line.strip("|").split("|"))
            assert asks.endswith(".")
            assert number not in found
            found[number] = (re.findall(r"`([^`]+)`", shown), missing)
    return found


def test_every_rule_is_shown_or_said_to_be_missing() -> None:
    table = rows()
    assert list(table) == [f"R{n:02d}" for n in (*range(1, 26), 31, 32)]
    for number, (tests, missing) in table.items():
        assert tests or missing != "—", number
        assert missing == "—" or missing.endswith("."), number


def test_the_table_names_every_numbered_test_under_its_rule() -> None:
    here = defaultdict(set)
    for path in sorted(Path(__file__).parent.glob("test_rules_*.py")):
        for name in functions(path):
            if match := NUMBERED.fullmatch(name):
                here[f"R{match[1]}"].add(name)
    named = {number: {t for t in tests if "::" not in t} for number, (tests, _) in rows().items()}
    assert {number: tests for number, tests in named.items() if tests} == here


def test_tests_that_are_named_elsewhere_exist() -> None:
    for tests, _ in rows().values():
        for pointer in tests:
            if "::" in pointer:
                path, _, name = pointer.partition("::")
                assert name in functions(REPOSITORY / path), pointer
