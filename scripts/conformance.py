"""Write ``docs/conformance.md`` anew: every rule by the examples of our own, as ``tocsin cap check`` answers them now.

.venv/bin/python scripts/conformance.py
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

from tocsin.warn.cap import check_files, check_together
from tocsin.warn.cap_rules import RULES, profile_titles

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "tests" / "golden" / "cap" / "rules"
FAULTS = ROOT / "tests" / "golden" / "cap" / "faults.toml"
PAGE = ROOT / "docs" / "conformance.md"


class Example(NamedTuple):
    """Files for ``tocsin cap check``, and whether (with which severity) the rule must be named; "" when it must not."""

    rule: int
    shows: str
    files: tuple[str, ...]
    options: tuple[str, ...]
    finds: str

    def arguments(self) -> list[str]:
        """What stands behind ``tocsin cap check``."""
        options = [str(EXAMPLES / word) if word.endswith(".atom") else word for word in self.options]
        return [*options, *(str(EXAMPLES / name) for name in self.files)]


class Fault(NamedTuple):
    """A fault of another product, and the tests that show that it is not ours."""

    product: str
    number: str
    fault: str
    ours: str
    tests: tuple[str, ...]


def examples() -> list[Example]:
    """All examples, in the order of the rules."""
    rows = tomllib.loads((EXAMPLES / "examples.toml").read_text(encoding="utf-8"))["example"]
    return [
        Example(row["rule"], row["shows"], tuple(row["files"]), tuple(row.get("options", ())), row.get("finds", ""))
        for row in rows
    ]


def faults() -> list[Fault]:
    """All faults, in their order."""
    rows = tomllib.loads(FAULTS.read_text(encoding="utf-8"))["fault"]
    return [Fault(row["product"], row["number"], row["fault"], row["ours"], tuple(row["tests"])) for row in rows]


def _answer(example: Example) -> list[dict[str, object]]:
    files = [(name, (EXAMPLES / name).read_bytes()) for name in example.files]
    options = list(example.options)
    profile = options[options.index("--profile") + 1] if "--profile" in options else None
    strict = "--strict" in options
    if "--feed" in options:
        name = options[options.index("--feed") + 1]
        return check_together(files, feed=(name, (EXAMPLES / name).read_bytes()), profile=profile, strict_output=strict)
    judge = check_together if "--together" in options else check_files
    return judge(files, profile=profile, strict_output=strict)


def _row(example: Example) -> str:
    found = [one for entry in _answer(example) for one in entry["findings"] if one["rule"] == example.rule]  # type: ignore[attr-defined]
    said = f"{found[0]['severity']}: {found[0]['message']}" if found else "nothing to say"
    options = " ".join(word for word in example.options if not word.endswith(".atom"))
    files = ", ".join(f"`{name}`" for name in (*example.files, *(w for w in example.options if w.endswith(".atom"))))
    cells = (example.shows, files, f"`{options}`" if options else "", said)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")


def page() -> str:
    """The page as a text."""
    given = examples()
    broken = sum(1 for one in given if one.finds)
    lines = [
        "# Conformance",
        "",
        "What Tocsin makes of CAP 1.2, shown by examples that anyone can run. This page is written by",
        "`scripts/conformance.py` from the answers of `tocsin cap check`; a test compares the two. The rules are in",
        "[CAP rules](reference/cap-rules.md), the files in `tests/golden/cap/rules`.",
        "",
        f"{len(RULES)} rules, {len(given)} examples: {len(given) - broken} keep their rule, {broken} break it.",
        "",
        "```sh",
        "tocsin cap check tests/golden/cap/rules/31-fail-open.xml",
        "tocsin cap check --strict tests/golden/cap/rules/25-fail-mute.xml",
        "tocsin cap check --together tests/golden/cap/rules/14-1.xml tests/golden/cap/rules/14-2.xml \\",
        "  tests/golden/cap/rules/14-fail-3.xml",
        "tocsin cap check --profile ipaws tests/golden/cap/rules/44-fail-ipaws.xml",
        "```",
        "",
        "## Rules",
    ]
    for number, rule in RULES.items():
        lines += ["", f"### {number}. {rule.title}", "", "| example | files | options | answer |", "|---|---|---|---|"]
        lines += [_row(one) for one in given if one.rule == number]
    lines += [
        "",
        "## Profiles",
        "",
        "One file each in `src/tocsin/warn/cap_rules/profiles`; their examples are under rule 44.",
        "",
    ]
    lines += [f"- `{name}`: {title}" for name, title in sorted(profile_titles().items())]
    lines += _faults()
    return "\n".join(lines) + "\n"


def _faults() -> list[str]:
    lines = ["", "## Faults seen in other products", "", "Each is a test that passes here.", ""]
    lines += ["| seen in | fault | here | tests |", "|---|---|---|---|"]
    for one in faults():
        tests = ", ".join(f"`{test.partition('::')[2]}`" for test in one.tests)
        lines.append(f"| {one.product} {one.number} | {_cell(one.fault)} | {_cell(one.ours)} | {tests} |")
    return lines


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
