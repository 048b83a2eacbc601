"""Acts of machines, decided and committed several at a time: one lock and one fsync for all that came meanwhile.

When every district triggers at once, the time of a detection is mostly that of its commit. Those that come while one
commit is under way go together in the next. Each is decided on the state that the one before it left, and is refused
or recorded for itself; only whether the disk takes them they find out together.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

MOST = 6
"""Acts of one commit: an officer's click waits for no more than that."""


class Counting:
    """How many threads are inside; true while there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0

    def __bool__(self) -> bool:
        return self._inside > 0

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1


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
