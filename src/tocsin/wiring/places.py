"""What is kept beside the ledger of shelters: where they stand, and the names of hidden ones. Never exported."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tocsin.core.errors import Unavailable
from tocsin.shelter.events import Place
from tocsin.store.durable import replace_private

PLACES_FILE = "shelter-places.json"


class PlacesFile:
    """The file of one home folder, read anew when another process wrote it.

    Args:
        path: readable by the owner only.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._places: Mapping[str, Place] = {}

    def __call__(self) -> Mapping[str, Place]:
        """Shelter id → place; empty when nothing was ever kept.

        Raises:
            Unavailable: the file cannot be read (TOC-8002).
        """
        with self._lock:
            try:
                now = self._path.stat()
            except FileNotFoundError:
                self._seen, self._places = None, {}
                return self._places
            mark = (now.st_ino, now.st_mtime_ns, now.st_size)
            if mark != self._seen:
                self._places = self._read()
                self._seen = mark
            return self._places

    def _read(self) -> Mapping[str, Place]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Place])
        except (OSError, msgspec.MsgspecError) as fault:
            # What the file says is not repeated: it holds positions of hidden shelters.
            raise Unavailable(
                "TOC-8002",
                f"{self._path.name} cannot be read: {type(fault).__name__}.",
                field="TOCSIN_HOME",
                remedy="Restore it from a backup, or import the shelters again with `tocsin import shelters FILE`.",
            ) from fault

    def write(self, places: Mapping[str, Place]) -> None:
        """Keep these and no others; whoever reads meanwhile sees the old file or the new one."""
        replace_private(self._path, msgspec.json.encode(places))
