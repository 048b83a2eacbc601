"""What a hub keeps for subscribers that come back: the newest updates, within bounds, and the greeting made of them."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec

from tocsin.bus.subjects import LIVE_STATE, Frame, StateProvider


class Backlog:
    """The newest updates of one hub.

    Args:
        provider: gives the ``live.state`` of this instant.
        most: how many updates are kept; most_bytes: and how many bytes of them.
    """

    def __init__(self, provider: StateProvider, most: int, most_bytes: int) -> None:
        self._provider = provider
        self._limits = (most, most_bytes)
        self._kept: deque[tuple[Frame, bytes]] = deque()
        self._after: int | None = None
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def floor(self, state: Frame | None = None) -> int:
        """Updates up to this sequence are not kept, because they are older than the hub or were pushed out."""
        if self._after is None:
            self._after = int((state or self._provider())["seq"])
        return self._after

    def keep(self, frame: Frame, body: bytes) -> None:
        """Take an update in, with its JSON; the oldest give way to it."""
        self.floor()
        self._kept.append((frame, body))
        self.bytes += len(body)
        most, most_bytes = self._limits
        while len(self._kept) > most or self.bytes > most_bytes:
            gone, gone_body = self._kept.popleft()
            self.bytes -= len(gone_body)
            self._after = max(self.floor(), int(gone["seq"]))

    def greeting(self) -> Frame:
        """The state of now with every kept update; for a subscriber of this process."""
        return self._greeting([frame for frame, _ in self._kept])

    def packed_greeting(self) -> Frame:
        """The same, with the updates as the JSON that they are kept in, so that they are not written anew."""
        return self._greeting([msgspec.Raw(body) for _, body in self._kept])

    def _greeting(self, kept: list[Any]) -> Frame:
        """The state of now, with the provider's own older updates before those kept here."""
        state = {**self._provider(), "subject": LIVE_STATE}
        given: list[Frame] = state.pop("backlog", [])
        after = self.floor(state)
        oldest = min((int(frame["seq"]) for frame, _ in self._kept), default=None)
        older = [frame for frame in given if oldest is None or int(frame["seq"]) < oldest]
        if given:
            after = min(after, int(state.get("backlog_after", min(int(frame["seq"]) for frame in given) - 1)))
        state["backlog"] = [*older, *kept]
        state["backlog_after"] = after
        return state
