"""The duty officer's guide is printed and lies beside the screen: two sheets of A4, or one sheet on both sides."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

import chromium
from docs.kit import ROOT

GUIDE = ROOT / "docs" / "duty-officer-guide.md"
STYLE = """
body { font: 10.5pt/1.35 "Liberation Sans", Arial, sans-serif } img { max-width: 100% }
table { border-collapse: collapse }
td, th { border: 1px solid; padding: 3px 6px; vertical-align: top }
"""


@pytest.mark.browser
def test_the_duty_officers_guide_prints_on_two_pages() -> None:
    path = chromium.required()
    from playwright.sync_api import sync_playwright

    text = MarkdownIt("commonmark").enable("table").render(GUIDE.read_text("utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*chromium.FLAGS])
        page = browser.new_page()
        page.route("**/img/**", lambda route: route.fulfill(path=GUIDE.parent / route.request.url.split("/guide/")[1]))
        page.route(
            "**/guide/",
            lambda route: route.fulfill(
                body=f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{text}", content_type="text/html"
            ),
        )
        page.goto("http://localhost/guide/", wait_until="load")
        assert page.evaluate("[...document.images].every((one) => one.naturalWidth > 0)")
        edge = "12mm"
        printed = page.pdf(format="A4", margin={"top": edge, "bottom": edge, "left": "14mm", "right": "14mm"})
        browser.close()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 2
