"""How little the resident's page asks of one bar of signal: bytes, requests, the first paint on a throttled link.

The figures are logged: ``pytest --log-cli-level=INFO tests/browser/test_public_budget.py``.
"""

from __future__ import annotations

import gzip
import logging
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from browser.resident import greet, shows
from fake_edge import FakeEdge
from tocsin.web import assets
from tocsin.web.public.pwa import scripts

pytestmark = pytest.mark.browser

LOG = logging.getLogger(__name__)

HTML_MOST = 14 * 1024
"""What a server may send before it waits for the first answer: ten packets of 1460 bytes (RFC 6928)."""

SCRIPT_MOST = 60 * 1024
LIMIT_MS = 1000
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
PAINTED = """() => new Promise((done) => new PerformanceObserver((list) => {
  done(list.getEntries().find((one) => one.identifier === "state").renderTime);
}).observe({ type: "element", buffered: true }))"""
"""When the word of the state was painted, ms after the address was asked for (Element Timing)."""


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
@pytest.mark.parametrize("path", ["/", "/?area=north"])
def test_the_page_fits_into_the_first_flight(site: str, path: str, language: str) -> None:
    answer = httpx.get(site + path, headers={"Accept-Language": language, "Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    packed = int(answer.headers["Content-Length"])
    LOG.info("%s in %s: %s bytes, %s gzipped", path, language, len(answer.content), packed)
    assert packed <= HTML_MOST
    # Nothing that the first paint waits for: styles stand in the page, scripts are modules, and no font is asked for.
    assert 'rel="stylesheet"' not in answer.text
    assert "@import" not in answer.text
    assert "@font-face" not in answer.text
    assert all('type="module"' in tag or "json" in tag for tag in re.findall(r"<script[^>]*>", answer.text))


def test_every_script_of_the_page_without_the_map_is_small() -> None:
    """Everything the page can load, the worker included, except what only the map asks for."""
    chunks = assets.manifest()
    entry = chunks["src/public/main.ts"]
    assert [chunks[name].file.split("-")[0] for name in entry.dynamic_imports] == ["assets/map"]
    files = {name.removeprefix(assets.URL) for name in scripts(chunks, "src/public/main.ts")}
    files.add(chunks["src/worker/main.ts"].file)
    sizes = {name: len(gzip.compress((assets.BUILT / name).read_bytes(), 9)) for name in files}
    LOG.info("scripts, gzipped: %s; %s in all", sizes, sum(sizes.values()))
    assert 0 < sum(sizes.values()) <= SCRIPT_MOST


def test_the_state_is_painted_within_a_second_on_400_kbit_and_400_ms(
    open_page: Callable[..., Any], edge: FakeEdge, site: str
) -> None:
    """The throttle, not this machine, takes the time: one round trip of 400 ms and some 10 KB at 50 KB a second."""
    greet(edge)
    figures = []
    for _ in range(5):  # a busy machine may spoil one; the link is the same for all
        page = open_page("/healthz", width=360)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW)
        page.goto(site + "/?area=north", wait_until="domcontentloaded")
        shows(page, "ok")
        first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        figures.append((page.evaluate(PAINTED), first))
        page.context.close()
        if figures[-1][0] < LIMIT_MS:
            break
    at, first = min(figures)
    LOG.info("first paint after %.0f ms, the state's word after %.0f ms", first, at)
    assert first <= at < LIMIT_MS


def test_what_the_first_visit_asks_for(open_page: Callable[..., Any], edge: FakeEdge, site: str) -> None:
    greet(edge)
    page = open_page("/?area=north")
    shows(page, "ok")
    page.wait_for_selector("#near[data-area=north]")
    paths = [url.removeprefix(site).split("?")[0] for url in page.asked if url.startswith(site)]
    known = r"/|/static/tocsin/(built/assets/.*\.js|icon\.svg)|/(shelters|resident)\.json|/manifest\.webmanifest"
    assert [path for path in paths if not re.fullmatch(known, path)] == []
    assert len(paths) <= 10
    assert page.context.cookies() == []
