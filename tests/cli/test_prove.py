"""What a live client must have received so that a row of a story counts as seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tocsin.app.night.wants import LiveWant
from tocsin.cli.observers import LiveClient
from tocsin.cli.prove import _showed
from tocsin.core.time import parse_instant

BEGIN = parse_instant("2024-01-05T00:00:00Z", field="at")
WANT = LiveWant(areas=("a",), phase="ended", end="all_clear")


def update(phase: str, at: str = "00:00:10", end: str = "all_clear") -> tuple[float, str, dict[str, Any]]:
    document = {
        "seq": 7,
        "at": f"2024-01-05T{at}Z",
        "areas": [{"id": "a", "phase": phase}],
        "alert": {"end": end, "headline": {}},
    }
    return 0.0, "update", document


def state(phase: str, at: str = "00:00:11") -> tuple[float, str, dict[str, Any]]:
    return 0.0, "state", {"seq": 7, "generated_at": f"2024-01-05T{at}Z", "areas": [{"id": "a", "phase": phase}]}


def showed(*events: tuple[float, str, dict[str, Any]]) -> bool:
    client = LiveClient(area="a", cell="", edge_url="", received=[state("alert", "00:00:01"), *events])
    return _showed(client, WANT, BEGIN, BEGIN + timedelta(seconds=60))


def test_an_update_shows_it() -> None:
    assert showed(update("ended"))


def test_an_update_to_an_edge_whose_knowledge_is_old_shows_it_with_the_state_that_follows() -> None:
    assert showed(update("unknown"), state("ended"))
    assert not showed(update("unknown"))


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((state("ended"),), id="no update said how it ended"),
        pytest.param((update("ended", end="expired"),), id="another end"),
        pytest.param((update("unknown", end="expired"), state("ended")), id="another end, then a state"),
        pytest.param((update("ended", at="00:02:00"),), id="too late"),
        pytest.param((update("unknown"), state("ended", at="00:02:00")), id="the state comes too late"),
    ],
)
def test_what_does_not_count(events: tuple[Any, ...]) -> None:
    assert not showed(*events)
