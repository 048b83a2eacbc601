"""A browser beside the running city: officers who sign in as people do, and residents who look at their page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import chromium
from browser.kit import complains
from journeys.rig import Stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window. Absent, the test is skipped; under CI=true it fails."""
    from playwright.sync_api import sync_playwright

    path = chromium.required()
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=[*chromium.FLAGS])
        yield made
        made.close()


class People:
    """Each person has a browser of their own. What a browser complains of, and whom it asks, is kept."""

    def __init__(self, browser: Any, stack: Stack) -> None:
        self._browser = browser
        self._stack = stack
        self._contexts: list[Any] = []
        self.complaints: list[str] = []
        self.asked: list[str] = []

    def person(self, *, width: int = 1440, language: str = "en-GB", **more: Any) -> Any:
        context = self._browser.new_context(viewport={"width": width, "height": 900}, locale=language, **more)
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(25_000)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.complaints.append(said.text) if complains(said) else None)
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        return page

    def resident(self, area: str, *, path: str = "/", **more: Any) -> Any:
        """Somebody with a small phone who has chosen an area."""
        page = self.person(**{"width": 320, **more})
        page.goto(f"{self._stack.own.site_url}{path}?area={area}")
        return page

    def officer(self, login: str, path: str = "/control", **more: Any) -> Any:
        """An officer who has signed in with the password."""
        page = self.person(**more)
        page.goto(self._stack.own.site_url + path)
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", self._stack.demo.passwords[login])
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"**{path}")
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def people(browser: Any, stack: Stack) -> Iterator[People]:
    made = People(browser, stack)
    yield made
    made.close()
