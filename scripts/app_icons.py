"""Draw the app's icons (PNG) from ``icon.svg``: `python scripts/app_icons.py`. Needs Chromium; the result is committed.

A maskable icon fills its square, and keeps what matters inside the middle 80 % that every mask shows (W3C Web
Application Manifest, safe zone).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

STATIC = Path(__file__).parents[1] / "src" / "tocsin" / "web" / "static" / "tocsin"
GROUND = "#14202b"
ICONS = (("icon-192.png", 192, ""), ("icon-512.png", 512, ""), ("maskable-512.png", 512, GROUND))
PAGE = """<!doctype html><style>html,body{{margin:0;background:{ground}}}
svg{{display:block;width:{inner}px;height:{inner}px;margin:{margin}px}}</style>{svg}"""


def main() -> int:
    """Draw them all."""
    from playwright.sync_api import sync_playwright

    svg = (STATIC / "icon.svg").read_text("utf-8")
    folder = STATIC / "icons"
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        for name, size, ground in ICONS:
            margin = round(size * 0.1) if ground else 0
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(
                PAGE.format(ground=ground or "transparent", inner=size - 2 * margin, margin=margin, svg=svg)
            )
            page.screenshot(path=folder / name, omit_background=True)
            page.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
