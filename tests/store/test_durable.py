"""A file that is put in the place of another: whole, its owner's alone, and as before where the disk fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.store import durable
from tocsin.store.durable import replace_private


def test_a_file_takes_the_place_of_another_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    path.write_bytes(b"old and longer")
    path.chmod(0o644)
    (tmp_path / ".ring.json.new").write_bytes(b"left by a crash, longer than both")
    replace_private(path, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["ring.json"]
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)


def test_a_full_disk_leaves_the_file_before_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ring.json"
    replace_private(path, b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_private(path, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["ring.json"]
    assert path.read_bytes() == b"old"
