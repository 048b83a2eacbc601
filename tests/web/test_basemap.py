"""The basemap's door: ranges as RFC 9110 has them, and what the doctor says of the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from doors import SetClock, a_desk
from tocsin.core.errors import Invalid
from tocsin.wiring import Parts
from tocsin.wiring.settings import Settings
from web.pmtiles import archive

DATA = bytes(range(256)) * 40


_answers: list[Any] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """A server closes every answer that it has sent."""
    yield
    while _answers:
        _answers.pop().close()


def ask(method: str = "get", **headers: str) -> Any:
    answer = getattr(Client(), method)("/basemap.pmtiles", headers=headers)
    _answers.append(answer)
    return answer


def body(response: Any) -> bytes:
    found: bytes = response.getvalue() if response.streaming else response.content
    return found


@pytest.fixture
def file(_sqlite_tables: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "city.pmtiles"
    path.write_bytes(DATA)
    monkeypatch.setattr(settings, "TOCSIN_BASEMAP", str(path))
    return path


@pytest.mark.usefixtures("_sqlite_tables")
def test_without_a_basemap_there_is_none() -> None:
    assert ask().status_code == 404
    assert ask(Range="bytes=0-1").status_code == 404


def test_a_file_that_went_away_is_not_there(file: Path) -> None:
    file.unlink()
    assert ask().status_code == 404


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-126", 0, 126),
        ("bytes=100-", 100, len(DATA) - 1),
        ("bytes=-5", len(DATA) - 5, len(DATA) - 1),
        ("bytes=-999999", 0, len(DATA) - 1),
        ("bytes=10200-99999", 10200, len(DATA) - 1),
    ],
)
def test_a_range_is_a_part(file: Path, wanted: str, first: int, last: int) -> None:
    answer = ask(Range=wanted)
    assert answer.status_code == 206
    assert body(answer) == DATA[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"
    assert answer.headers["Content-Length"] == str(last + 1 - first)
    assert answer.headers["Content-Type"] == "application/vnd.pmtiles"


@pytest.mark.parametrize("wanted", [f"bytes={len(DATA)}-", "bytes=99999-100000", "bytes=5-2", "bytes=-0"])
def test_what_lies_beyond_the_end_is_refused(file: Path, wanted: str) -> None:
    answer = ask(Range=wanted)
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(DATA)}")


@pytest.mark.parametrize(
    "wanted", ["", "bytes=-", "bytes=0-1,4-5", "lines=0-1", "bytes=a-b", "bytes=" + "9" * 400 + "-"]
)
def test_what_is_no_single_range_gets_the_whole(file: Path, wanted: str) -> None:
    answer = ask(Range=wanted)
    assert answer.status_code == 200
    assert body(answer) == DATA
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_a_part_is_joined_only_to_parts_of_the_same_file(file: Path) -> None:
    etag, changed = ask("head").headers["ETag"], ask("head").headers["Last-Modified"]
    for same in (etag, changed):
        assert ask(Range="bytes=0-9", **{"If-Range": same}).status_code == 206
    for other in ('"else"', "Mon, 01 Jan 2024 00:00:00 GMT", f"W/{etag}", "nonsense"):
        answer = ask(Range="bytes=0-9", **{"If-Range": other})
        assert (answer.status_code, body(answer)) == (200, DATA)


def test_who_has_it_is_told_so(file: Path) -> None:
    etag = ask("head").headers["ETag"]
    assert ask(**{"If-None-Match": etag}).status_code == 304
    assert ask(Range="bytes=0-9", **{"If-None-Match": etag}).status_code == 304
    file.write_bytes(DATA + b"!")
    assert ask("head").headers["ETag"] != etag


def test_head_reads_nothing(file: Path) -> None:
    whole, part = ask("head"), ask("head", Range="bytes=0-9")
    assert (whole.status_code, whole.headers["Content-Length"], body(whole)) == (200, str(len(DATA)), b"")
    assert (part.status_code, part.headers["Content-Length"], body(part)) == (206, "10", b"")


def test_a_part_has_a_bound_and_so_has_the_number_of_whole_copies(file: Path) -> None:
    file.write_bytes(bytes(5_000_000))
    part = ask(Range="bytes=0-")
    assert part.headers["Content-Range"] == "bytes 0-2097151/5000000"
    copies = [ask(), ask()]
    assert [one.status_code for one in copies] == [200, 200]
    busy = ask()
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "60")
    assert ask(Range="bytes=0-9").status_code == 206  # Parts are never held up.
    copies[0].close()
    assert ask().status_code == 200


def test_a_good_file_passes(tmp_path: Path) -> None:
    from tocsin.web.basemap import inspect

    path = tmp_path / "a.pmtiles"
    path.write_bytes(archive({(0, 0, 0): b"tile"}, (36.0, 50.0, 37.0, 51.0)))
    found = inspect(path)
    assert (found.min_zoom, found.max_zoom, found.bounds) == (0, 0, (36.0, 50.0, 37.0, 51.0))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no PMTiles"),
        (b"SQLite format 3\0" * 20, "no PMTiles"),
        (archive({}, version=2), "version 2"),
        (archive({(0, 0, 0): bytes(500)})[:-100], "cut short"),
        (archive({(0, 0, 0): b"x"}, kind=2), "vector tiles"),
        (archive({(0, 0, 0): b"x"}, compression=3), "vector tiles"),
    ],
)
def test_a_file_that_browsers_cannot_draw_is_named(tmp_path: Path, data: bytes, why: str) -> None:
    from tocsin.web.basemap import inspect

    path = tmp_path / "a.pmtiles"
    path.write_bytes(data)
    with pytest.raises(Invalid) as refused:
        inspect(path)
    assert why in f"{refused.value.message} {refused.value.remedy}"
    with pytest.raises(Invalid, match="cannot be read"):
        inspect(tmp_path / "missing")


def test_the_doctor_looks_at_the_file(tmp_path: Path) -> None:
    from tocsin.cli.doctor import _basemap

    city = (36.0, 50.0, 37.0, 51.0)
    good, elsewhere, broken = (tmp_path / name for name in ("good", "elsewhere", "broken"))
    good.write_bytes(archive({(0, 0, 0): b"tile"}, city))
    elsewhere.write_bytes(archive({(0, 0, 0): b"tile"}, (0.0, 0.0, 1.0, 1.0)))
    broken.write_bytes(b"nothing")
    said = {}
    for path in ("", good, elsewhere, broken):
        made = Parts(Settings(basemap=str(path)))
        made.__dict__["desk"] = a_desk(SetClock())
        (check,) = _basemap(made)
        said[Path(path).name] = (check.level, check.said)
    assert [level for level, _ in said.values()] == ["ok", "ok", "warning", "warning"]
    assert said["elsewhere"][1] == "it shows nothing of east, north, south"
    assert "no PMTiles" in said["broken"][1]
