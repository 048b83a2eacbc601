"""The house rules that a linter does not know: lengths, and what must appear nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.kit import ROOT

SOURCE = ROOT / "src" / "tocsin"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
PURE = ("core", "warn", "shelter", "report", "repair", "record")
Def = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body. Its signature and its docstring do not count: saying more is no fault."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_function_is_longer_than_40_lines() -> None:
    longest = {
        f"{_name(path)}:{node.name}": body_lines(node)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {where: lines for where, lines in longest.items() if lines > 40} == {}


def test_the_count_leaves_the_docstring_out() -> None:
    made = ast.parse('def f():\n    """Said.\n\n    More.\n    """\n    a = 1\n    return a\n').body[0]
    assert isinstance(made, ast.FunctionDef)
    assert body_lines(made) == 2


def _public(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, Def]]:
    for node in body:
        if isinstance(node, Def) and not node.name.startswith("_"):
            yield f"{inside}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{node.name}.")


def test_everything_public_in_core_and_rooms_is_documented() -> None:
    bare = []
    for path in (p for p in FILES if p.relative_to(SOURCE).parts[0] in PURE):
        tree = ast.parse(path.read_text())
        if ast.get_docstring(tree) is None:
            bare.append(_name(path))
        bare += [f"{_name(path)}:{name}" for name, node in _public(tree.body) if ast.get_docstring(node) is None]
    assert bare == []


def test_geodjango_appears_nowhere() -> None:
    assert [_name(path) for path in FILES if "contrib.gis" in path.read_text()] == []


def test_the_package_says_that_it_is_typed() -> None:
    assert (SOURCE / "py.typed").is_file()
