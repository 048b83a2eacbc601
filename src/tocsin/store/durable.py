"""Files that are still there, and whole, after a loss of power."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def sync(folder: Path) -> None:
    """Let the names in a folder last, too, not only the bytes of its files.

    Raises:
        OSError: the disk does not do its part.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_private(path: Path, data: bytes) -> None:
    """Put a file that its owner alone reads in the place of another; who reads meanwhile sees the old or the new one.

    Raises:
        OSError: the disk does not do its part; the file before is whole.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            os.fchmod(handle, 0o600)  # one that a crash left may have been anybody's
            out.write(data)
            out.flush()
            os.fsync(handle)
        fresh.replace(path)
        sync(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
