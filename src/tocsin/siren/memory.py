"""The siren's memory: one small file, replaced whole and flushed to the disk before anything sounds."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from tocsin.siren.words import Kept

_NAME = "memory.json"


class Memory:
    """Keeps a :class:`Kept` in a folder of its own."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def load(self) -> tuple[Kept | None, str]:
        """What was kept, or None; and what is wrong with it, or "".

        An unreadable memory is put aside, not deleted. The ids in it are lost, so a command that was already obeyed
        would be obeyed again until it expires; the fault is reported for that reason.
        """
        path = self.folder / _NAME
        try:
            return msgspec.json.decode(path.read_bytes(), type=Kept), ""
        except FileNotFoundError:
            return None, ""
        except (msgspec.DecodeError, OSError) as fault:
            try:
                path.replace(path.with_suffix(".bad"))
            except OSError:
                return None, f"the memory cannot be read: {fault}"
            return None, f"the memory was damaged and is put aside: {fault}"

    def save(self, kept: Kept) -> None:
        """Replace what is kept. When this returns it is on the disk.

        Raises:
            OSError: it could not be written; what was kept before is untouched.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f"{_NAME}.new"
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(kept))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / _NAME)
        # Without this the new name itself may not survive a loss of power.
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
