"""What every page's browser test asks: no serious accessibility fault, nobody else asked, and pictures to look at."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
ESBUILD = FRONTEND / "node_modules" / ".bin" / "esbuild"
SHOTS = os.environ.get("TOCSIN_SHOTS", "")
"""A folder for pictures of the pages, to be looked at; empty makes none."""

WIDTHS = (320, 768, 1440)


def axe(page: Any) -> list[str]:
    """Serious and critical faults that axe-core finds, each as ``rule: node``; none is an empty list."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']} ({fault['impact']}): {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def bundle(module: str, name: str) -> str:
    """Script text for ``page.evaluate`` that makes a module of ``frontend/src`` known under a global name."""
    made = subprocess.run(
        [ESBUILD, FRONTEND / "src" / module, "--bundle", "--format=iife", f"--global-name={name}"],
        capture_output=True,
        check=True,
        text=True,
    )
    return f"{made.stdout}; window.{name} = {name};"


def complains(said: Any) -> bool:
    """Whether a line of the console is a complaint about the page.

    None are: that Playwright keeps the service worker away, and how slowly a machine without a graphics card draws.
    """
    beside = ("blocked by Playwright", "GL Driver Message")
    return said.type in ("error", "warning") and not any(words in said.text for words in beside)


def strangers(asked: list[str], *ours: str) -> list[str]:
    """Of the addresses that a page asked, those whose origin is none of ours (nor the page's own data: or blob:)."""
    origins = {urlsplit(url)[:2] for url in ours}
    return [url for url in asked if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url)[:2] not in origins]


def overflows(page: Any) -> bool:
    """Whether the page is wider than the window, so that a reader must scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def eventually(page: Any, ask: str, fit: Callable[[Any], bool] = bool) -> Any:
    """What an asynchronous function of the page says, once it fits or patience ends.

    Playwright's ``wait_for_function`` does not wait for such a function: its promise counts as true.
    """
    for _ in range(400):
        said = page.evaluate(ask)
        if fit(said):
            break
        page.wait_for_timeout(50)
    return said


def shoot(page: Any, name: str) -> None:
    """Pictures of the page at three widths, dark and light, under ``TOCSIN_SHOTS``."""
    if not SHOTS:
        return
    folder = Path(SHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800 if width < 700 else 900})
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def aside(work: Callable[[], T]) -> T:
    """Do something with the database in a thread of its own: Playwright's loop runs in this one (see ``browser``)."""
    from django.db import connections

    def done() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()
