"""The page of transcripts holds the script's commands, and nothing that Tocsin does not say."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/transcripts.md").read_text(encoding="utf-8")
SAID = "\n".join(re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("transcripts", ROOT / "scripts/transcripts.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["transcripts"] = made  # dataclasses look their module up
    spec.loader.exec_module(made)
    return made


def test_every_command_of_the_script_stands_in_the_page(script: ModuleType) -> None:
    for step in script.STEPS:
        assert f"## {step.title}\n\n{step.prose}\n\n```sh\n{step.command}\n```\n\n```text\n" in PAGE
    assert f"```sh\n{script.KEYS}\n```" in PAGE


def test_every_event_of_the_page_is_documented() -> None:
    live = (ROOT / "docs/reference/live.md").read_text(encoding="utf-8")
    events = set(re.findall(r"^event: (\w+)$", SAID, re.MULTILINE))
    assert events == {"hello", "state", "update", "ping"}
    assert [event for event in events if f"`{event}`" not in live] == []


def test_every_topic_of_the_page_is_documented() -> None:
    sirens = (ROOT / "docs/reference/sirens.md").read_text(encoding="utf-8")
    topics = set(re.findall(r"^(tocsin/\S+) ", SAID, re.MULTILINE))
    general = {re.sub(r"^tocsin/(siren|area)/[^/]+", r"tocsin/\1/<\1>", t).replace("<siren>", "<id>") for t in topics}
    assert general >= {"tocsin/siren/<id>/set", "tocsin/siren/<id>/report", "tocsin/area/<area>/state"}
    assert [topic for topic in general if f"`{topic}`" not in sirens] == []


def test_the_page_tells_a_whole_alert() -> None:
    reports = [json.loads(body) for body in re.findall(r"^tocsin/siren/s02/report (.+)$", SAID, re.MULTILINE)]
    assert [(r["tone"], r["verdict"]) for r in reports if r["state"] == "sounding"] == [
        ("wail", "accepted"),
        ("all_clear", "accepted"),
    ]
    assert '"outcome":"issued"' in SAID
    assert "/cap/" in SAID
    assert "HTTP/1.1 200 OK" in SAID
