"""Pages without a script of their own, in a real browser: the error reference and a page that is not there."""

from __future__ import annotations

from typing import Any

import pytest

from browser.kit import axe, overflows, strangers

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/docs/errors", "/nope", "/status"])
def test_it_is_readable_for_all_and_fits(browser: Any, site: str, path: str, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}{path}?lang=ru")
    assert axe(page) == []
    assert not overflows(page)
    assert strangers(asked, site) == []
    context.close()
