"""How long to wait before something is tried again: longer each time, and never all of a city at the same moment."""

from __future__ import annotations

import random

_DICE = random.SystemRandom()


class Again:
    """Waits that double, each drawn between the half and the whole of it.

    Args:
        first: seconds of the first wait, before it is drawn.
        longest: seconds of the longest.
    """

    def __init__(self, first: float, longest: float) -> None:
        self._first, self._longest = first, longest
        self._next = first

    def after(self, *, success: bool) -> float:
        """Seconds to wait after an attempt; after one that succeeded for a time it begins anew."""
        if success:
            self._next = self._first
        wait, self._next = self._next, min(self._next * 2, self._longest)
        return wait * _DICE.uniform(0.5, 1.0)
