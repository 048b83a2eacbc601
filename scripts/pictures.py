"""Make the pictures of the pages: run the demonstration as ``make run`` does, go through a night, and photograph.

    .venv/bin/python scripts/pictures.py [NAME …]

For each picture ``docs/img/pages/`` holds the page at two widths, at most 80 KB each, a sheet of it at three widths in
light and dark, at most 160 KB, and in ``NAME.txt`` what the page said in which structure, numbers left out. A test runs
this again without a camera and compares those texts: so a picture never shows what the page no longer says, and another
font breaks nothing. Needs Chromium.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tocsin.cli import demo as demos
from tocsin.cli.check import clean
from tocsin.cli.common import Api
from tocsin.core.time import rfc3339
from tocsin.wiring import Settings
from tocsin.wiring.clock import ReplayClock
from tocsin.wiring.playbill import Asked, Playbill, Told

FOLDER = Path(__file__).parents[1] / "docs" / "img" / "pages"
WIDTHS = {"320": 320, "1440": 1440}
HEIGHTS = {"320": 960, "1440": 1440}
"""How much of a page is shown at most, from its top: about what a reader of these documents looks at."""
MOST_BYTES = 80 * 1024
SHEET = {320: 1100, 768: 1100, 1440: 1100}
"""Widths on a sheet, each with how much of the page is shown at most."""
SHEET_BYTES = 160 * 1024
LOOKS = ((1.0, 50), (1.0, 35), (0.75, 50), (0.75, 35), (0.6, 40))
"""Scale and quality, until the picture is small enough."""
WITHIN_S = 240.0
CENTRE, OTHER, THIRD, OUTSIDE = "belgorod-center", "belgorod-salyut", "belgorod-sputnik", "razumnoe-settlement"


def said(outline: str) -> str:
    """An outline without what differs from run to run: numbers, spans of time, identifiers, hashes."""
    text = outline.replace("\u00a0", " ")
    text = re.sub(r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "ID", text)
    text = re.sub(r"\b[0-9a-f]{16,64}\b|\b[0-9a-f]{4} [0-9a-f]{4}\b", "HASH", text)
    text = re.sub(r"TOCSIN_HOME=\S+", "TOCSIN_HOME=HOME", text)
    text = re.sub(r"\d[\d.,:–-]*", "0", text)
    text = re.sub(r"\b0 [а-я]+, 0\b|\b[A-Z][a-z]+ 0,? 0\b", "0", text)  # a time of today, or with its day
    text = re.sub(r"\b0 (?:h|min|s|ч|мин|с|минут\w*|секунд\w*|minutes?|seconds?|hours?)\b", "0 t", text)
    text = re.sub(r'(?m)^ *- (?:button "Map"|region "Map of ).*\n', "", text)  # drawn where the machine can draw it
    text = re.sub(r"Live edge[^\n]*", "Live edge", text)  # behind for a moment, or not
    text = re.sub(r'"?(?:Ways to people|Not proven): [^\n]*', "Ways to people", text)  # proven already, or not yet
    return re.sub(r"0 t(?: (?:and |и )?0 t)+", "0 t", text).strip() + "\n"


@dataclass
class Tour:
    """A running demonstration, a browser, and what has been seen so far: name → outline.

    ``camera``: pictures are written too. ``only``: names to photograph; none means all.
    """

    own: Settings
    browser: Any
    camera: bool
    only: frozenset[str] = frozenset()
    seen: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bill, self.clock = Playbill(self.own.run), ReplayClock(self.own.run / "clock.json")
        demo = demos.read(self.own.home)
        self.duty, self.second = Api(self.own.site_url, demo.duty), Api(self.own.site_url, demo.second)
        self.radar = Api(self.own.site_url, demo.sources["radar-south"])

    def page(self, path: str, *, language: str = "en-GB", clock: bool = False, dark: bool = False) -> Any:
        """A page in a browser of its own."""
        context = self.browser.new_context(
            viewport={"width": 1440, "height": 900},
            locale=language,
            reduced_motion="reduce",
            color_scheme="dark" if dark else "light",
            service_workers="block",
        )
        page = context.new_page()
        page.set_default_timeout(WITHIN_S * 1000)
        if clock:
            page.clock.install()
        page.goto(self.own.site_url + path)
        return page

    def shoot(self, name: str, page: Any) -> None:
        """Keep what the page says, and pictures of it."""
        page.set_viewport_size({"width": WIDTHS["1440"], "height": 900})
        self.seen[name] = said(page.locator("body").aria_snapshot())
        if not self.camera or (self.only and name not in self.only):
            return
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{name}.txt").write_text(self.seen[name], encoding="utf-8")
        for label, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 640})
            whole = page.evaluate("document.documentElement.scrollHeight")
            # As high a window as the picture, so that what clings to its edges stands at the edges of the picture.
            page.set_viewport_size({"width": width, "height": min(whole, HEIGHTS[label])})
            (FOLDER / f"{name}-{label}.webp").write_bytes(photograph(page, HEIGHTS[label]))
        (FOLDER / f"{name}-sheet.webp").write_bytes(self.sheet(page))

    def sheet(self, page: Any) -> bytes:
        """The page at three widths, light above dark, on one picture."""
        rows = []
        before = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            taken = []
            for width, height in SHEET.items():
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 300)))")
                image = base64.b64encode(page.screenshot(type="jpeg", quality=90)).decode()
                taken.append(f'<img height="{height // 2}" src="data:image/jpeg;base64,{image}">')
            rows.append(f"<div>{''.join(taken)}</div>")
        page.emulate_media(color_scheme=before)
        context = self.browser.new_context(viewport={"width": 1330, "height": 1140})
        board = context.new_page()
        look = "<style>body{margin:0;background:#888}div{display:flex;gap:16px;padding:8px 16px}</style>"
        board.set_content(look + "".join(rows), wait_until="load")
        data = photograph(board, 1140, SHEET_BYTES)
        context.close()
        return data

    def close(self) -> None:
        """Give the connections back."""
        for api in (self.duty, self.second, self.radar):
            api.close()

    # The night

    def ask(self, act: Any, **more: Any) -> None:
        """Ask the player."""
        told = self.told()
        self.bill.ask(Asked(act=act, round=told.round, **more))

    def told(self) -> Told:
        """How the night stands."""
        return wait(self.bill.told, "the player")

    def until(self, holds: Callable[[Told], bool], what: str) -> Told:
        """Wait until the night stands so."""

        def look() -> Told | None:
            told = self.bill.told()
            return told if told is not None and holds(told) else None

        return wait(look, what)

    def halt(self) -> None:
        """Halt the night's clock."""
        self.ask("pause")
        self.until(lambda told: told.paused, "the halt")

    def go_on(self, speed: float) -> None:
        """Let it go on, so many times faster between the acts."""
        self.ask("pace", speed=speed)
        self.until(lambda told: told.speed == speed, "the speed")
        self.ask("resume")
        self.until(lambda told: not told.paused, "going on")

    # Acts after the night

    def warn(self, area: str, level: str, confirm: str) -> str:
        """A warning by the duty officer; its id."""
        body = {"threat": "drone", "level": level, "areas": [area], "reason": "seen from the tower"}
        drafted = self.duty.post("/warnings", body)
        warning = str(drafted["warning"])
        self.duty.post(f"/warnings/{warning}/issue", {"sha256": drafted["sha256"], "confirm": confirm})
        return warning


def wait(look: Callable[[], Any], what: str) -> Any:
    """What ``look`` finds, once it finds something."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"{what} did not come")


def photograph(page: Any, most: int, bytes_: int = MOST_BYTES) -> bytes:
    """The page down to ``most`` pixels as WebP, of the best quality that is small enough."""
    session = page.context.new_cdp_session(page)
    try:
        size = session.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most)}
        for scale, quality in LOOKS:
            clip["scale"] = scale
            asked = {"format": "webp", "quality": quality, "captureBeyondViewport": True, "clip": clip}
            data = base64.b64decode(session.send("Page.captureScreenshot", asked)["data"])
            if len(data) <= bytes_:
                return data
    finally:
        session.detach()
    raise ValueError(f"a picture of {len(data)} bytes is too large")


def state(page: Any, shown: str) -> Any:
    """The resident's page once it shows that state."""
    page.wait_for_selector(f'#say[data-shown="{shown}"]:visible')
    return page


def go(tour: Tour) -> None:
    """Every picture, in the order of the night."""
    before(tour)
    during(tour)
    after(tour)


def before(tour: Tour) -> None:
    """The quiet evening."""
    tour.shoot("chooser", tour.page("/demo"))
    tour.shoot("sign-in", tour.page("/accounts/login/"))
    tour.shoot("street-choose", tour.page("/"))
    tour.shoot("street-calm", state(tour.page(f"/?area={CENTRE}"), "ok"))


def sit_down(tour: Tour, *, dark: bool = False) -> Any:
    """The control room as the duty officer."""
    page = tour.page("/demo", dark=dark)
    page.click("[data-door=control]")
    page.wait_for_url("**/control")
    return page


def during(tour: Tour) -> None:
    """From the first detection to the all clear."""
    night, street, russian = (
        tour.page("/demo/night"),
        tour.page(f"/?area={CENTRE}"),
        tour.page(f"/?area={CENTRE}", language="ru"),
    )
    tour.ask("play", speed=30)
    tour.until(lambda told: any(step.outcome == "issued" for step in told.steps), "the warning")
    tour.ask("pace", speed=1)
    tour.until(lambda told: told.speed == 1, "the speed")
    tour.until(lambda told: sum(1 for tone in told.sounding.values() if tone == "wail") == 10, "ten sirens")
    tour.until(lambda told: sum(1 for row in told.rows if row.ok) == 2, "two rows of the story")
    tour.halt()
    night.wait_for_selector("button[value=resume]")
    night.wait_for_function("document.querySelectorAll('.tag[data-area][data-shown=alert]').length === 10")
    tour.shoot("night-alert", night)
    tour.shoot("street-alert", state(street, "alert"))
    tour.shoot("street-alert-ru", state(russian, "alert"))
    tour.go_on(600)
    state(street, "ended")
    tour.ask("pace", speed=10)
    tour.until(lambda told: not any(told.sounding.values()), "the end of the last tone")
    tour.ask("pace", speed=1)  # what is said of the damage comes hours later; these pages do not wait for it
    tour.until(lambda told: told.speed == 1, "the speed")
    tour.shoot("street-clear", state(street, "ended"))


def after(tour: Tour) -> None:
    """What somebody does by hand when the night is over: in the control room, in an exercise, on a lost link."""
    room(tour)
    page = tour.page(f"/?area={OTHER}")
    warning = tour.warn(OTHER, "pre_alert", "Salyut")
    tour.shoot("street-ready", state(page, "pre_alert"))
    tour.duty.post(f"/warnings/{warning}/cancel", {"reason": "the caller saw kites"})
    tour.shoot("street-withdrawn", state(page, "ended_other"))
    exercise(tour)
    lost = tour.page(f"/?area={OUTSIDE}", clock=True)
    state(lost, "ok")
    lost.context.set_offline(True)
    lost.clock.fast_forward(45_000)
    tour.shoot("street-unknown", state(lost, "unknown"))


def room(tour: Tour) -> None:
    """Three actions from a detection to the sirens, and one to the all clear."""
    page = tour.page("/demo")
    page.click("[data-door=control]")
    page.wait_for_url("**/control")
    seen = {
        "id": "p-1",
        "source": "radar-south/unit-1",
        "threat": "drone",
        "areas": [THIRD],
        "note": "One slow object.",
    }
    tour.radar.post("/detections", seen | {"observed_at": rfc3339(tour.clock.now())})
    page.wait_for_selector("[data-item=draft]")
    tour.shoot("control-draft", page)
    page.click("[data-item=draft] [data-open]")
    page.wait_for_selector("input[name=confirm]:visible")
    tour.shoot("control-confirm", page)
    page.fill("input[name=confirm]", "Sputnik")
    page.click(".ctl-confirm .button.danger")
    page.wait_for_selector("[data-item=live]")
    proven = re.compile(r"sirens sounded, measured.*first after", re.DOTALL)
    wait(lambda: proven.search(page.inner_text("body")), "a sound and a phone that has it")
    wait(lambda: re.search(r"Sputnik[^·]*· told wail", page.inner_text("#part-sirens")), "the wail of its siren")
    tour.shoot("control-live", page)
    page.click("[data-item=live] [data-key=a]")
    page.wait_for_selector("[data-panel=live]")
    tour.shoot("control-all-clear", page)
    page.click(".ctl-clear-do")
    page.wait_for_selector("[data-item=live]", state="detached")
    page.context.close()


def exercise(tour: Tour) -> None:
    """The other screens, of which no photograph may be taken for a live one."""
    tour.duty.post("/drills", {"exercise": "Spring drill", "areas": [CENTRE]})
    tour.shoot("exercise", tour.page("/exercise"))
    page = tour.page("/demo")
    page.click("[data-door=control]")
    page.wait_for_url("**/control")
    page.goto(f"{tour.own.site_url}/drill/control")
    tour.shoot("exercise-control", page)


@contextlib.contextmanager
def demonstration() -> Iterator[Settings]:
    """``tocsin up --demo`` on free ports, which waits for somebody to begin."""
    folder = Path(tempfile.mkdtemp(prefix="tp-", dir="/tmp"))  # short: unix sockets have short names
    own = clean(folder / "demo")
    names = ("home", "mqtt_bind", "web_bind", "edge_bind", "site_url", "edge_url")
    env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    env |= {f"TOCSIN_{name.upper()}": str(getattr(own, name)) for name in names}
    command = [sys.executable, "-u", "-m", "tocsin", "up", "--demo", "--wait", "3600"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
        try:
            if not any("The night begins in" in line for line in process.stdout or ()):
                raise RuntimeError("the demonstration did not start")
            yield own
        finally:
            process.terminate()
            process.communicate(timeout=60)
            shutil.rmtree(folder, ignore_errors=True)


def make(*, camera: bool, only: frozenset[str] = frozenset()) -> dict[str, str]:
    """Name → outline of every page, in a demonstration that is run for it."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with demonstration() as own, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--headless"])
        tour = Tour(own, browser, camera, only)
        try:
            go(tour)
        finally:
            browser.close()
            tour.close()
    return tour.seen


if __name__ == "__main__":
    made = make(camera=True, only=frozenset(sys.argv[1:]))
    sys.stdout.write("".join(f"{name}\n" for name in made))
