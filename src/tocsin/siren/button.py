"""Buttons at the siren: long presses that work with no network at all (rule R27).

A helper program watches the pins and prints a line for each change: ``alert down``, ``alert up``, ``all_clear down``,
``all_clear up``. The agent measures how long a button was down and acts when it is let go, so that a stuck button or
a falling branch does nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

LONG_PRESS_S: dict[str, tuple[float, float]] = {
    "alert": (3.0, 15.0),
    "all_clear": (3.0, 15.0),
}
"""Button → least and most seconds for which a press counts. Shorter is an accident, longer is a stuck button."""


class Presses:
    """Turns ``BUTTON down`` and ``BUTTON up`` lines into presses."""

    def __init__(self) -> None:
        self._down: dict[str, float] = {}

    def feed(self, line: str, mono: float) -> str | None:
        """The button that was pressed long enough and is let go with this line, or None."""
        name, _, what = line.strip().partition(" ")
        if name not in LONG_PRESS_S:
            return None
        if what == "down":
            self._down.setdefault(name, mono)
            return None
        since = self._down.pop(name, None)
        least, most = LONG_PRESS_S[name]
        return name if what == "up" and since is not None and least <= mono - since <= most else None


async def watch(executable: str, mono: Callable[[], float], pressed: Callable[[str], Awaitable[None]]) -> None:
    """Run the helper for ever, again after 5 seconds whenever it ends, and call ``pressed`` with each button."""
    while True:
        presses = Presses()
        with contextlib.suppress(OSError):
            process = await asyncio.create_subprocess_exec(executable, stdout=asyncio.subprocess.PIPE)
            try:
                while process.stdout is not None and (line := await process.stdout.readline()):
                    button = presses.feed(line.decode(errors="replace"), mono())
                    if button is not None:
                        await pressed(button)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        await asyncio.sleep(5)
