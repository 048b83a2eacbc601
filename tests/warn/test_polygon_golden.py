"""The golden outlines for the page's own test of a point are what shapely says."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_golden_outlines_are_what_shapely_says() -> None:
    spec = importlib.util.spec_from_file_location("polygon_golden", ROOT / "scripts" / "polygon_golden.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    said = script.vectors()
    assert json.loads(script.PATH.read_text("utf-8")) == said
    assert sum(len(one["points"]) for one in said) > 1000
    assert any(inside for one in said for _, _, inside in one["points"])
