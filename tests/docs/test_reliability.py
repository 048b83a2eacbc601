"""The page on reliability says what the reports say, and a report of enough faults found nothing that may not be."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from chaos.kinds import KINDS
from docs.kit import ROOT


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reliability", ROOT / "scripts" / "reliability.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_page_is_what_the_script_makes_of_the_reports(script: ModuleType) -> None:
    assert script.PAGE.read_text("utf-8") == script.page(script.reports())


def test_five_hundred_faults_broke_no_law(script: ModuleType) -> None:
    told = script.reports()
    assert sum(one["faults"] for one in told) >= 500
    assert [one["violations"] for one in told] == [[]] * len(told)
    assert all(one["faults"] == sum(one["by_kind"].values()) for one in told)
    assert {name for one in told for name in one["by_kind"]} <= {kind.name for kind in KINDS}
