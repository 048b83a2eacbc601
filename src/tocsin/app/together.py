"""Acts of machines, decided and committed several at a time: one lock and one fsync for all that came meanwhile.

When every district triggers at once, the time of a detection is mostly that of its commit. Those that come while one
commit is under way go together in the next. Each is decided on the state that the one before it left, and is refused
or recorded for itself; only whether the disk takes them they find out together.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

MOST = 6
"""Acts of one commit: an officer's click waits for no more than that."""
PATIENCE_S = 2.0
"""Longest that somebody waits at the gate."""
EXPECTED_S = 0.1
"""Longest that the gate is kept free for somebody who presses and is still on the way to it, from when that is told: a
long request of an officer holds the machines up once, not at each of their acts."""


class Gate:
    """Lets one thread through at a time; who presses goes before all others. Safe between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pressing = 0
        self._expected = 0
        self._free_until = 0.0
        self._busy = False

    def expect(self, count: int) -> None:
        """So many who press are on their way, or through it and not yet gone: the others let them have the machine."""
        with self._changed:
            self._expected = count
            self._free_until = time.monotonic() + EXPECTED_S
            self._changed.notify_all()

    @property
    def pressed(self) -> bool:
        """Whether somebody who presses waits, or is on the way: the machine is theirs as soon as may be."""
        return self._pressing > 0 or self._kept_free

    def give_way(self) -> None:
        """Let somebody who presses and is on the way have the machine for a moment, before going on with anything."""
        with self._changed:
            left = max(0.0, self._free_until - time.monotonic())
            self._changed.wait_for(lambda: not self._kept_free, left)

    @property
    def _kept_free(self) -> bool:
        return self._expected > 0 and time.monotonic() < self._free_until

    @contextmanager
    def through(self, *, press: bool) -> Iterator[None]:
        """Be the one who is inside; after ``PATIENCE_S`` go through beside whoever is: the ledger has the last word."""
        if not press:
            self.give_way()
        with self._changed:
            self._pressing += press
            try:
                alone = self._changed.wait_for(lambda: not self._busy and (press or not self._pressing), PATIENCE_S)
            finally:
                self._pressing -= press
            self._busy |= alone
        try:
            yield
        finally:
            if alone:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()


class Act(Protocol):
    """Something to be done, and what came of it."""

    fault: Exception | None


A = TypeVar("A", bound=Act)


class Together(Generic[A]):
    """Runs acts of many threads in turn, in the order in which they came; safe between threads.

    Args:
        run: carries out some acts in one transaction, leaves with each what came of it, and says how many of them,
            from the first on, it has carried out; the others come next. What it raises goes to every one of them.
    """

    def __init__(self, run: Callable[[Sequence[A]], int]) -> None:
        self._run = run
        self._turn = threading.Condition()
        self._waiting: deque[A] = deque()
        self._done: set[int] = set()
        self._busy = False

    def do(self, act: A) -> None:
        """Return when the act is done, by this thread or by another that was there before."""
        with self._turn:
            self._waiting.append(act)
        while (batch := self._next(act)) is not None:
            self._lead(batch)

    def _next(self, act: A) -> list[A] | None:
        """What to carry out now; None when the act is done."""
        with self._turn:
            while self._busy and id(act) not in self._done:
                self._turn.wait()
            if id(act) in self._done:
                self._done.remove(id(act))
                return None
            self._busy = True
            return [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]

    def _lead(self, batch: list[A]) -> None:
        count = len(batch)
        try:
            count = self._run(batch)
        except Exception as fault:
            for one in batch:
                one.fault = fault
        finally:
            with self._turn:
                self._done.update(id(one) for one in batch[:count])
                self._waiting.extendleft(reversed(batch[count:]))
                self._busy = False
                self._turn.notify_all()
