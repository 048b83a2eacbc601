"""Who else has an incident open. It lives in this process, for a minute after each look; it guards nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

STAYS_S = 60.0
_MOST = 1000


class Presence:
    """Lookers by what they look at, forgotten after :data:`STAYS_S`.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def look(self, what: str, who: str) -> list[str]:
        """Note that somebody looks; who else looked within the last minute."""
        with self._lock:
            now = self._monotonic()
            self._seen = {key: at for key, at in self._seen.items() if now - at < STAYS_S}
            if len(self._seen) < _MOST:
                self._seen[what, who] = now
            return sorted(other for thing, other in self._seen if thing == what and other != who)


presence = Presence()
