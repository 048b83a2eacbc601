"""Draw the pictures of the documents: play the night with real processes and keep what the terminal shows.

    .venv/bin/python scripts/picture.py [NIGHT] [FOLDER]

Writes ``night.svg``, the moment at which most sirens sound, and ``story.svg``, the end with each row of the story.
Both are drawn by the same view that ``tocsin up --demo`` shows; nothing in them is made up for the picture.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from tocsin.cli import demo as demos
from tocsin.cli.check import clean
from tocsin.cli.night import find
from tocsin.cli.stage import Stage
from tocsin.cli.supervise import Supervisor
from tocsin.cli.view import LiveView

WIDTH = 112
SPEED = 60.0
WHITE = (235, 238, 245)
CYAN = (110, 200, 215)
THEME = TerminalTheme(
    (16, 20, 31),
    (222, 226, 236),
    [(36, 41, 56), (200, 45, 52), (60, 145, 85), (235, 184, 50), (58, 110, 190), (160, 90, 185), (70, 165, 185), WHITE],
    [(120, 128, 148), (230, 85, 90), (95, 190, 120), (245, 205, 90), (100, 150, 225), (190, 125, 215), CYAN, WHITE],
)


class Camera(LiveView):
    """The live view on a screen of its own; keeps the picture with the most sirens sounding, and the last one."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.most = 0
        self.loudest: Any = None
        self.last: Any = None

    def __enter__(self) -> Camera:
        return self

    def __exit__(self, *_: object) -> None:
        self.last = self.draw()

    def refresh(self) -> None:
        """Keep the picture when at least as many sirens sound as in the one kept."""
        wailing = sum(1 for tone in self.stage.ear.sounding.values() if tone == "wail")
        if wailing and wailing >= self.most:
            self.most, self.loudest = wailing, self.draw()

    def close(self, proofs: Sequence[Any]) -> None:
        """Add the rows of the story."""
        self._proofs = proofs


def play(name: str) -> Camera:
    """Play the night on a clean demonstration and give back what the camera kept."""
    night = find(name)
    with tempfile.TemporaryDirectory(prefix="tocsin-") as folder:
        own = clean(Path(folder) / "home")
        demos.make(own, night.city)
        running = Supervisor(own, fleet=own.home / demos.FLEET_FILE, log=own.home / "log")
        running.start()
        try:
            stage = Stage(own, night, view="none")
            camera = Camera(stage)
            stage.view = camera
            result = asyncio.run(stage.play(SPEED))
        finally:
            running.stop()
    if not result["ok"]:
        sys.exit("\n".join(result["missing"]))
    return camera


def save(picture: Any, path: Path, title: str) -> None:
    """Write one drawing as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(picture)
    drawn = console.export_svg(title=title, theme=THEME, unique_id=path.stem)
    # A picture loads nothing from elsewhere: the reader's own monospaced font will do.
    path.write_text(re.sub(r"\n *@font-face \{.*?\n    \}", "", drawn, flags=re.DOTALL), encoding="utf-8")


def main(name: str = "belgorod-2024-01-05", folder: str = "docs/img") -> None:
    """Play, draw, save."""
    camera = play(name)
    save(camera.loudest, Path(folder) / "night.svg", "tocsin up --demo")
    save(camera.last, Path(folder) / "story.svg", "tocsin up --demo: the end of the night")


if __name__ == "__main__":
    main(*sys.argv[1:])
