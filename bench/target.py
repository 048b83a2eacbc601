"""Who is inside an oblast of 5,000 corners, of a million people and, in full size, of ten million.

Half live anywhere in the country, half around forty towns. Everybody gives the ids of the same people: what the peers
find is compared with what we find before anything is timed. Peers: shapely's STRtree; shapely over all positions, the
outline prepared; an H3 cover of resolution 8 (a cell wide of the truth at the outline); PostGIS with a GiST index,
clustered along it, ids as one array, where the server programs are installed. Everybody has built their index
beforehand, and gets the outline new each time.
"""

from __future__ import annotations

import gc
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h3.api.numpy_int as h3n
import numpy as np
import shapely
from _report import case, full, say

CORNERS, ROUNDS, SUBSCRIPTIONS = 5_000, 7, 1_000_000
WEST, SOUTH, EAST, NORTH = 30.0, 47.5, 40.0, 53.0


def main(json_only: bool) -> None:
    # Whoever ends the bench ends its server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    area = oblast()
    cases = []
    for count in (1_000_000, 10_000_000) if full() else (1_000_000,):
        cases += _inside(count, area)
        gc.collect()
    cases.append(_estimate(area))
    say("target", cases, floor="a copy of the ids", json_only=json_only)


def oblast() -> shapely.Polygon:
    """A ragged outline, about 240 km across."""
    chance = np.random.default_rng(11)
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    waves = sum(np.cos(k * angle + chance.uniform(0, 7)) * chance.uniform(0.2, 1) / k for k in range(2, 200))
    radius = 1 + 0.25 * waves
    area = shapely.Polygon(np.c_[36.5 + 1.9 * radius * np.cos(angle), 50.4 + 1.1 * radius * np.sin(angle)])
    assert area.is_valid
    return area


def people(count: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(12)
    towns = np.c_[chance.uniform(WEST, EAST, 40), chance.uniform(SOUTH, NORTH, 40)]
    lons, lats = chance.uniform(WEST, EAST, count), chance.uniform(SOUTH, NORTH, count)
    home = towns[chance.integers(0, 40, count // 2)]
    lons[::2], lats[::2] = (
        home[:, 0] + chance.normal(0, 0.09, count // 2),
        home[:, 1] + chance.normal(0, 0.06, count // 2),
    )
    return lons, lats


def _inside(count: int, area: Any) -> list[dict[str, Any]]:
    from tocsin.warn.inside import PositionIndex

    lons, lats = people(count)
    began = time.perf_counter()
    index = PositionIndex().add(np.arange(count), lons, lats)
    part = index.part()
    built = (time.perf_counter() - began) * 1000
    assert sum(column.nbytes for column in part) <= 32 * count
    truth = np.flatnonzero(shapely.intersects_xy(area, lons, lats))
    with _ways(index, lons, lats, truth) as ways:
        for name, way in ways.items():
            found = np.sort(np.asarray(way(shapely.from_wkb(area.wkb)), np.int64))
            wrong = len(np.setxor1d(found, truth))
            assert wrong == 0 or (name == "H3 cover" and wrong < len(truth) // 20), f"{name} is wrong by {wrong}"
        took = _timed(ways, area)
    ours, floor = took.pop("ours"), took.pop("copy")
    return [
        case(f"{len(truth):,} of {count:,} people inside", ours, floor, digits=2, peers=took),
        case(f"index of {count:,} people", built, None),
    ]


@contextmanager
def _ways(index: Any, lons: Any, lats: Any, truth: Any) -> Iterator[dict[str, Callable[[Any], Any]]]:
    from shapely import STRtree

    tree = STRtree(shapely.points(lons, lats))
    ways = {
        "ours": index.inside,
        "copy": lambda _area: truth.copy(),
        "STRtree": lambda area: tree.query(area, predicate="intersects"),
        "shapely over all": lambda area: _all(area, lons, lats),
    }
    if len(lons) <= SUBSCRIPTIONS:  # ten million would take a minute to prepare
        ways["H3 cover"] = _h3(lons, lats)
    with _postgis(lons, lats) as postgis:
        yield ways | ({"PostGIS": postgis} if postgis else {})


def _all(area: Any, lons: Any, lats: Any) -> Any:
    shapely.prepare(area)
    return np.flatnonzero(shapely.intersects_xy(area, lons, lats))


def _h3(lons: Any, lats: Any) -> Callable[[Any], Any]:
    """Positions sorted by their cell; the cover's cells are looked up, and everybody in them is taken."""
    cells = np.fromiter(map(h3n.latlng_to_cell, lats, lons, [8] * len(lons)), np.uint64, len(lons))
    order = np.argsort(cells)
    cells = cells[order]

    def inside(area: Any) -> Any:
        shape = h3n.LatLngPoly([(lat, lon) for lon, lat in area.exterior.coords[:-1]])
        cover = np.sort(h3n.h3shape_to_cells_experimental(shape, 8, contain="overlap"))
        starts, ends = np.searchsorted(cells, cover, "left"), np.searchsorted(cells, cover, "right")
        some = starts < ends
        return np.concatenate([order[a:b] for a, b in zip(starts[some].tolist(), ends[some].tolist(), strict=True)])

    return inside


@contextmanager
def _postgis(lons: Any, lats: Any) -> Iterator[Callable[[Any], Any] | None]:
    """A server of its own with the people in a table, or None where PostGIS is not installed."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import glob

    import postgres

    if postgres.missing() or not glob.glob("/usr/share/postgresql/*/extension/postgis.control"):
        yield None
        return
    import psycopg

    server = postgres.Cluster()
    try:
        server.start()
        with psycopg.connect(server.url, autocommit=True) as db:
            db.execute("CREATE EXTENSION postgis")
            db.execute("CREATE UNLOGGED TABLE raw (id integer, lon float8, lat float8)")
            with db.cursor().copy("COPY raw FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(_binary(lons, lats))
            db.execute(
                "CREATE UNLOGGED TABLE people AS SELECT id, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS place FROM raw"
            )
            db.execute("CREATE INDEX by_place ON people USING gist (place)")
            db.execute("CLUSTER people USING by_place")
            db.execute("VACUUM ANALYZE people")
            db.execute("SET max_parallel_workers_per_gather = 2")
            sql = "SELECT array_agg(id) FROM people WHERE ST_Intersects(place, ST_GeomFromWKB(%s, 4326))"

            def inside(area: Any) -> Any:
                """Ids as one array in binary: 4 bytes of length before each of 4 bytes, after a head of 20."""
                value = db.cursor(binary=True).execute(sql, (area.wkb,)).pgresult.get_value(0, 0)
                return np.frombuffer(value, ">i4", offset=20)[1::2]

            yield inside
    finally:
        server.stop()


def _binary(lons: Any, lats: Any) -> bytes:
    """The rows as PostgreSQL's binary COPY takes them."""
    fields = [("n", ">i2"), ("a", ">i4"), ("id", ">i4"), ("b", ">i4"), ("lon", ">f8"), ("c", ">i4"), ("lat", ">f8")]
    rows = np.empty(len(lons), fields)
    rows["n"], rows["a"], rows["b"], rows["c"] = 3, 4, 8, 8
    rows["id"], rows["lon"], rows["lat"] = np.arange(len(lons)), lons, lats
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + b"\xff\xff"


def _timed(ways: dict[str, Callable[[Any], Any]], area: Any) -> dict[str, float]:
    """Medians in milliseconds, everybody in turn."""
    wkb, took = area.wkb, {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            fresh = shapely.from_wkb(wkb)
            began = time.perf_counter()
            way(fresh)
            took[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(every) for name, every in took.items()}


def _estimate(area: Any) -> dict[str, Any]:
    """What the confirm step asks: how many subscriptions a warning of the oblast concerns."""
    from tocsin.warn.inside import CellIndex
    from tocsin.warn.target import cover

    lons, lats = people(SUBSCRIPTIONS)
    cells = np.fromiter(map(h3n.latlng_to_cell, lats, lons, [7] * len(lons)), np.uint64, len(lons))
    index = CellIndex().add(np.arange(len(cells)), cells)
    index.part()
    kept = cover(shapely.geometry.mapping(area))  # an area keeps it
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        count = len(index.inside(kept))
        took.append((time.perf_counter() - began) * 1000)
    ours = statistics.median(took)
    assert ours < 50, f"the estimate takes {ours:.0f} ms"
    return case(f"reach estimate, {count:,} of {SUBSCRIPTIONS:,} subscriptions", ours, None, digits=2)


if __name__ == "__main__":
    main("--json" in sys.argv)
