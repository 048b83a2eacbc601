"""An index in a file is the index, and a file that is not whole is no index."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import box

from tocsin.store.index_file import load, save
from tocsin.warn.inside import CellIndex, PositionIndex

CELL = 0x872830828FFFFFF


def positions(count=1000):
    rng = np.random.default_rng(3)
    return PositionIndex().add(np.arange(count), rng.uniform(30, 40, count), rng.uniform(48, 53, count))


def test_what_was_saved_is_found_again_and_changes_in_memory_alone(tmp_path):
    path, area = tmp_path / "people", box(31, 49, 36, 52)
    index = positions()
    wanted = sorted(index.inside(area).tolist())
    save(index, path, "book 7")
    mapped, stamp = load(PositionIndex, path)
    assert (stamp, len(mapped)) == ("book 7", 1000)
    assert sorted(mapped.inside(area).tolist()) == wanted
    part = index.part()
    gone = int(np.flatnonzero(part.ids == wanted[0])[0])
    assert mapped.remove(part.ids[gone : gone + 1], part.lons[gone : gone + 1], part.lats[gone : gone + 1]) == 1
    mapped.add(np.array([5000]), np.array([32.0]), np.array([50.0]))
    assert sorted(mapped.inside(area).tolist()) == [*wanted[1:], 5000]
    again, _ = load(PositionIndex, path)
    assert sorted(again.inside(area).tolist()) == wanted
    save(mapped, path, "book 8")  # over the very file that is mapped
    assert sorted(load(PositionIndex, path)[0].inside(area).tolist()) == [*wanted[1:], 5000]
    assert sorted(again.inside(area).tolist()) == wanted
    assert [one.name for one in tmp_path.iterdir()] == ["people"]


def test_cells_and_an_empty_index_are_kept_too(tmp_path):
    save(CellIndex().add(np.array([4]), np.array([CELL], np.uint64)), tmp_path / "cells", "")
    assert load(CellIndex, tmp_path / "cells")[0].inside(["872830828ffffff"]).tolist() == [4]
    save(PositionIndex(), tmp_path / "none", "")
    assert len(load(PositionIndex, tmp_path / "none")[0]) == 0


def test_what_is_not_a_whole_file_of_that_kind_is_none(tmp_path):
    path = tmp_path / "people"
    assert load(PositionIndex, path) is None
    save(positions(), path, "x")
    assert load(CellIndex, path) is None
    whole = path.read_bytes()
    for data in (whole[:-8], whole + b"\0", b"", b"{}", b"tocsin index 1\n{", whole[:100]):
        path.write_bytes(data)
        assert load(PositionIndex, path) is None


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "people"
    save(positions(), path, "old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        save(positions(2), path, "new")
    monkeypatch.undo()
    assert load(PositionIndex, path)[1] == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["people"]
