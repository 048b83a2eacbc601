"""The page of performance says what the kept documents say; a document has the form that the design gives it."""

from __future__ import annotations

import importlib.util
import json
import sys
from types import ModuleType
from xml.etree import ElementTree

import pytest

from docs.kit import ROOT

KEPT = sorted((ROOT / "docs" / "performance").glob("*.json"))
FIELDS = {"case", "unit", "ours", "floor", "peers", "vs_floor", "vs_peers"}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    spec = importlib.util.spec_from_file_location("performance", ROOT / "scripts" / "performance.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "performance", made)
    spec.loader.exec_module(made)
    return made


def test_the_page_and_its_plots_are_drawn_from_the_kept_documents(script: ModuleType) -> None:
    made = script.documents()
    assert script.PAGE.read_text() == script.page(made), "run scripts/performance.py"
    drawn = {path: svg for one in made for path, _, svg in script.plots(one)}
    kept = {f"performance/{path.name}": path.read_text() for path in script.KEPT.glob("*.svg")}
    assert kept == drawn, "run scripts/performance.py"


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_kept_document_has_the_form_of_a_bench(path) -> None:
    document = json.loads(path.read_text())
    assert set(document) == {"bench", "machine", "cases"}
    assert document["bench"] == path.stem
    assert document["cases"]
    for case in document["cases"]:
        assert set(case) == FIELDS
        if case["floor"]:
            assert case["vs_floor"] == pytest.approx(case["ours"] / case["floor"], rel=0.1)
        else:
            assert case["vs_floor"] is None
        assert set(case["peers"]) == set(case["vs_peers"])


def test_plots_hold_every_figure_and_are_well_formed(script: ModuleType) -> None:
    base = {"unit": "ms", "peers": {}, "vs_peers": {}, "floor": None, "vs_floor": None}
    way = [
        {**base, "case": f"way: {stage}, {share}", "ours": at}
        for stage, at in (("committed", 2.0), ("siren <1> after committed", 5.0))
        for share in ("p50", "p99", "last")
    ]
    beside = {**base, "case": "a & b", "ours": 12.5, "floor": 10.0, "vs_floor": 1.25}
    beside |= {"peers": {"other": 40.0}, "vs_peers": {"other": 0.3125}}
    drawn = script.plots({"bench": "issue", "machine": "m", "cases": [*way, beside]})
    assert [path for path, *_ in drawn] == ["performance/issue-way.svg", "performance/issue.svg"]
    for _, _, svg in drawn:
        ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    assert "siren &lt;1&gt;" in drawn[0][2]
    assert "5 · 5 · 5 ms" in drawn[0][2]
    for figure in ("12.5 ms", "10 ms", "40 ms"):
        assert figure in drawn[1][2]


def test_what_is_asked_of_a_case_is_said_to_be_met_or_not_by_its_figure(script: ModuleType) -> None:
    base = {"unit": "µs each", "peers": {}, "vs_peers": {}, "floor": 10.0, "ours": 11.0}
    name = "until the last client holds 1 KB"
    cases = [
        {**base, "case": f"{size} connections: {name}", "vs_floor": vs}
        for size, vs in ((5, 1.15), (6, 1.151), (7, None))
    ]
    (said,) = script.asked({"bench": "live", "machine": "m", "cases": cases})
    assert "at most 1.15 times" in said
    assert said.endswith("5 connections met, 6 connections **not met**.")
    storm = [{**base, "case": "9 clients back after …", "vs_floor": 0.49}]
    assert "**not met**" in script.asked({"bench": "reconnect", "machine": "m", "cases": storm})[0]
    assert script.asked({"bench": "heat", "machine": "m", "cases": cases}) == []
