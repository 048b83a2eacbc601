"""The map on the resident's page: only when asked for, and a click on it chooses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from browser.kit import strangers
from browser.resident import greet, shows
from fake_edge import FakeEdge

pytestmark = pytest.mark.browser


def test_the_map_is_loaded_only_when_it_is_asked_for(
    open_page: Callable[..., Any], edge: FakeEdge, site: str, complaints: list[str]
) -> None:
    greet(edge)
    page = open_page("/?area=north", width=768)
    shows(page, "ok")
    assert not [url for url in page.asked if "map" in url]
    page.click("#mapshow")
    page.wait_for_selector("#maphost[data-map]")
    page.wait_for_selector("#mapsaid", state="hidden")
    assert page.get_attribute("#mapshow", "aria-expanded") == "true"
    assert page.is_visible("#map a[href='/areas']")
    assert strangers(page.asked, site, edge.url) == []
    page.click("#mapshow")
    page.wait_for_selector("#maphost", state="hidden")
    assert [one for one in complaints if "WebGL" not in one and "GPU" not in one] == []
