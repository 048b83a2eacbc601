"""Read tables kept by a process of their own, which a worker starts and steers.

To make rows of facts is all reckoning. In a thread of the worker it takes the one interpreter from the loop that hands
out siren commands, again and again, most of all when every district is warned at once.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import IO, Protocol

from tocsin.core.errors import TocsinError, Unavailable
from tocsin.wiring.settings import PREFIX

COMMAND = (sys.executable, "-m", "tocsin", "tables")
END_S = 5.0
_KNOWN = ("TOC-7001", "TOC-7002", "TOC-7005", "TOC-8002")


class Projector(Protocol):
    """What keeps the tables."""

    def catch_up(self, batch: int, *, pause_s: float) -> int:
        """Apply every entry not applied yet; how many."""
        ...


class Apart:
    """A projector in a process of its own, started when it is first asked and again when it has died. For one thread.

    Its standard input is a pipe from here: when this process is gone, whatever ended it, that one reads its end.

    Args:
        command: what is started; it answers each line as :func:`serve` does.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._child: subprocess.Popen[str] | None = None

    def catch_up(self, batch: int, *, pause_s: float) -> int:
        """Apply every entry not applied yet, so many at a time, with a pause between; how many.

        Raises:
            TocsinError: with the code that it met there (TOC-7001, TOC-7002, TOC-7005, TOC-8002); TOC-8002 also when
                the process has ended.
        """
        try:
            word, _, rest = self._ask(f"{batch} {pause_s}\n").strip().partition(" ")
        except OSError:
            word, rest = "", ""
        if word == "done" and rest.isdigit():
            return int(rest)
        if word != "fault":
            self.close()
        raise Unavailable(
            rest if rest in _KNOWN else "TOC-8002",
            "The process that keeps the read tables could not go on.",
            field="tables",
            remedy="Its log says why; it is tried again. `tocsin doctor` looks at the database.",
        )

    def _ask(self, line: str) -> str:
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - our own interpreter with fixed arguments
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={name: value for name, value in os.environ.items() if name != f"{PREFIX}CRASH_AT"},
            )
        to, back = self._child.stdin, self._child.stdout
        if to is None or back is None:
            return ""
        to.write(line)
        to.flush()
        return back.readline()

    def close(self) -> None:
        """End the process; the next question starts it anew."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            child.communicate(timeout=END_S)
            return
        child.kill()
        child.communicate()


def serve(projector: Projector, questions: Iterable[str], answers: IO[str]) -> None:
    """Answer each line ``BATCH PAUSE`` with ``done ENTRIES`` or ``fault CODE``, until there are no more."""
    for line in questions:
        batch, _, pause = line.partition(" ")
        try:
            said = f"done {projector.catch_up(int(batch), pause_s=float(pause))}"
        except TocsinError as fault:
            sys.stderr.write(f"the read tables stand still: {fault}\n")
            said = f"fault {fault.code}"
        answers.write(f"{said}\n")
        answers.flush()
