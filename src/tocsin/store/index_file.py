"""An index of who is inside, kept as one file that is mapped into memory: open at once, whatever its size.

The file is a copy of the address book and of nothing else: one that is missing, cut short or of another kind is made
anew from the book. It is replaced whole, never changed, so that a reader sees the old one or the new one.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from tocsin.warn.inside import CellIndex, Part, PositionIndex

T = TypeVar("T", PositionIndex, CellIndex)

_MAGIC = b"tocsin index 1\n"
_HEAD = 128
_TYPES = (np.uint64, np.int64, np.float64, np.float64)


class _Head(msgspec.Struct, frozen=True):
    """``stamp`` says of which state of the address book it is a copy."""

    kind: str
    count: int
    stamp: str


def save(index: PositionIndex | CellIndex, path: Path, stamp: str) -> None:
    """Keep the index durably in place of what is there.

    Args:
        index: it is merged first, which changes nothing of what it finds.
        path: of the file; its folder must exist.
        stamp: up to 64 characters that say of what this is a copy.
    """
    part = index.part()
    head = _MAGIC + msgspec.json.encode(_Head(_kind(type(index)), len(part.ids), stamp))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(head.ljust(_HEAD - 1) + b"\n")
            for column in part:
                column.tofile(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def load(kind: type[T], path: Path) -> tuple[T, str] | None:
    """The index in the file and its stamp, or None when there is no whole file of that kind: make it anew.

    What is removed from the index later is removed in memory alone.
    """
    columns = _TYPES if _kind(kind) == "positions" else _TYPES[:2]
    try:
        with path.open("rb") as file:
            head = _read_head(file.read(_HEAD))
            size = os.fstat(file.fileno()).st_size
            if head.kind != _kind(kind) or size != _HEAD + 8 * len(columns) * head.count:
                return None
            mapped = [
                np.memmap(file, type_, "c", _HEAD + 8 * n * head.count, head.count)
                if head.count
                else np.empty(0, type_)
                for n, type_ in enumerate(columns)
            ]
    except (OSError, ValueError):
        return None
    filled = [np.asarray(column) for column in mapped] + [np.empty(0)] * (4 - len(mapped))
    return kind(Part(*filled)), head.stamp


def _kind(kind: type[PositionIndex | CellIndex]) -> str:
    return "positions" if issubclass(kind, PositionIndex) else "cells"


def _read_head(data: bytes) -> _Head:
    if not data.startswith(_MAGIC):
        raise ValueError("not an index")
    return msgspec.json.decode(data[len(_MAGIC) :], type=_Head)
