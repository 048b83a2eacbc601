"""The public record: what the archive finds, the page of a night, its downloads and feed, and what stays back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from doors import SetClock
from record_story import PAGE, Story, tell
from tocsin.app.desk import Desk


@pytest.fixture
def story(desk: Desk, clock: SetClock) -> Story:
    return tell(desk, clock)


def get(path: str, **query: Any) -> str:
    response = Client().get(path, {"lang": "en"} | query)
    assert response.status_code == 200, response.content
    return response.content.decode()


def test_the_archive_lists_days_newest_first(story: Story):
    said = get("/record")
    assert (
        said.index('datetime="2024-01-05"') < said.index('datetime="2024-01-04"') < said.index('datetime="2023-12-31"')
    )
    assert "Rockets before midnight" in said


def test_the_night_says_all(story: Story):
    said = get(f"/record/{PAGE}")
    assert "more than 30" in said
