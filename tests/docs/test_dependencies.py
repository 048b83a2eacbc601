"""Every direct dependency has its reason in docs/dependencies.md, and nothing else is listed there."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from docs.kit import ROOT

PAGE = ROOT / "docs" / "dependencies.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
PAGES = json.loads((ROOT / "frontend" / "package.json").read_text(encoding="utf-8"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=;! ]", one)[0] for one in requirements}


WANTED = {
    "To run": names(PROJECT["project"]["dependencies"]),
    "Optional": names([one for extra, wanted in EXTRAS.items() if extra != "dev" for one in wanted]),
    "To develop": names(EXTRAS["dev"]),
    "To build": names(PROJECT["build-system"]["requires"]),
    "Pages": set(PAGES["dependencies"]),
    "To build the pages": set(PAGES["devDependencies"]),
}


@pytest.mark.parametrize("section", WANTED)
def test_every_direct_dependency_has_its_reason(section: str) -> None:
    body = PAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", body, re.MULTILINE))
    assert set(rows) == WANTED[section]
    assert all(len(reason) > 4 for reason in rows.values())


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_every_locked_package_has_a_version_and_hashes_and_no_lock_names_a_host(lock: Path) -> None:
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = [entry for entry in re.split(r"\n(?=\S)", text.strip()) if entry]
    assert entries
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[^]]*\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links", text)
