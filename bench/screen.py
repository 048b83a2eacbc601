"""From the second detection, and from the all-clear, to a resident's page that has turned; and the page's first paint
on one bar of signal.

Real processes and a real browser. Turning: from just before the act is sent to the first frame after the page's card
shows the state. The floor, in the same rounds: a bare ``EventSource`` on another page of the same browser that only
notes when the update arrives. First paint: the largest contentful paint of the page with an area chosen, through the
browser's own throttle (400 kbit/s, 400 ms); the floor is an answer of three bytes through the same throttle.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from _report import case, say

ROUNDS = 9
AREA = "belgorod-salyut"
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

NOTE_CARD = """() => {
  window.turned = {};
  const card = document.getElementById("card");
  new MutationObserver(() => {
    const shown = card.dataset.shown;
    requestAnimationFrame(() => setTimeout(() => {
      window.turned[shown] ??= performance.timeOrigin + performance.now();
    }));
  }).observe(card, { attributes: true, attributeFilter: ["data-shown"] });
}"""
NOTE_STREAM = """(url) => new Promise((ready) => {
  window.arrived = [];
  const source = new EventSource(url);
  source.addEventListener("state", () => ready());
  source.addEventListener("update", () => window.arrived.push(performance.timeOrigin + performance.now()));
})"""
PAINTED = """() => new Promise((done) => new PerformanceObserver((list) => {
  const last = list.getEntries().at(-1);
  done(last.startTime);
}).observe({ type: "largest-contentful-paint", buffered: true }))"""


def main(json_only: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="ts-") as folder:
        measured = _run(Path(folder))
    cases = [case(name, statistics.median(ours), statistics.median(floor)) for name, ours, floor in measured]
    say("screen", cases, floor="floor", json_only=json_only)


def _run(folder: Path) -> list[tuple[str, list[float], list[float]]]:
    from tocsin.cli.check import clean
    from tocsin.cli.demo import FLEET_FILE, make
    from tocsin.cli.supervise import Supervisor

    own = clean(folder / "home")
    demo = make(own, "belgorod-demo")
    running = Supervisor(own, fleet=own.home / FLEET_FILE, log=folder / "log")
    running.start()
    try:
        return _measure(own, demo)
    finally:
        running.stop()


def _measure(own: Any, demo: Any) -> list[tuple[str, list[float], list[float]]]:
    from playwright.sync_api import sync_playwright

    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, "Chromium is not installed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--headless"])
        turns = _turns(browser, own, demo)
        paints = _paints(browser, own)
        browser.close()
    return [*turns, paints]


def _turns(browser: Any, own: Any, demo: Any) -> list[tuple[str, list[float], list[float]]]:
    page, bare = browser.new_page(), browser.new_page()
    page.goto(f"{own.site_url}/?area={AREA}")
    page.wait_for_selector('#card[data-shown="ok"]')
    page.evaluate(NOTE_CARD)
    cells = _cells(own)
    bare.goto(f"{own.site_url}/docs/errors")
    bare.evaluate(NOTE_STREAM, f"{own.edge_url}/live?cells={cells}")
    rows: dict[str, tuple[list[float], list[float]]] = {"alert": ([], []), "ended": ([], [])}
    sources = [httpx.Client(base_url=own.site_url, headers=_key(key)) for key in demo.sources.values()]
    duty = httpx.Client(base_url=own.site_url, headers=_key(demo.duty))
    for number in range(ROUNDS):
        began, warning = _detect(sources, demo, number)
        _note(rows["alert"], page, bare, began, "alert")
        began = time.time() * 1000
        answer = duty.post(f"/api/v1/warnings/{warning}/all-clear", json={"reason": "next round"})
        assert answer.is_success, answer.text
        _note(rows["ended"], page, bare, began, "ended")
    return [
        ("second detection to a page that shows danger", *rows["alert"]),
        ("all-clear to a page that shows it", *rows["ended"]),
    ]


def _key(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _cells(own: Any) -> str:
    answer = httpx.get(f"{own.site_url}/api/v1/areas")
    area = next(one for one in answer.json()["areas"] if one["id"] == AREA)
    import h3

    return str(h3.cell_to_center_child(min(area["cells"], key=h3.get_resolution), 7))


def _detect(sources: list[httpx.Client], demo: Any, number: int) -> tuple[float, str]:
    """Two sources see a drone; when the second one said so, and the warning that went out."""
    from datetime import UTC, datetime

    for client, name in zip(sources[:2], list(demo.sources)[:2], strict=True):
        began = time.time() * 1000
        body = {"id": f"{name}-{number}", "source": name, "threat": "drone", "areas": [AREA]}
        answer = client.post("/api/v1/detections", json=body | {"observed_at": datetime.now(UTC).isoformat()})
        assert answer.is_success, answer.text
    assert answer.json()["outcome"] == "issued", answer.text
    return began, str(answer.json()["warning"])


def _note(row: tuple[list[float], list[float]], page: Any, bare: Any, began: float, shown: str) -> None:
    page.wait_for_function("(shown) => window.turned[shown]", arg=shown)
    bare.wait_for_function("() => window.arrived.length > 0")
    row[0].append(
        page.evaluate("(shown) => { const at = window.turned[shown]; window.turned = {}; return at }", shown) - began
    )
    row[1].append(bare.evaluate("() => { const at = window.arrived[0]; window.arrived = []; return at }") - began)


def _paints(browser: Any, own: Any) -> tuple[str, list[float], list[float]]:
    ours, floor = [], []
    for _ in range(5):
        for kept, path in ((floor, "/healthz"), (ours, f"/?area={AREA}")):
            context = browser.new_context(viewport={"width": 360, "height": 740})
            page = context.new_page()
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", SLOW)
            page.goto(own.site_url + path, wait_until="load")
            kept.append(page.evaluate(PAINTED))
            context.close()
    return "first meaningful paint at 400 kbit/s and 400 ms", ours, floor


if __name__ == "__main__":
    main("--json" in sys.argv)
