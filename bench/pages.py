"""The pages of the record with both Ukrainian alert histories loaded (97,545 rows), beside a bare Django view.

The web door in this process, its whole middleware, a SQLite file, Django's test client; every page is asked for in turn
with the bare view, so that both meet the same moments. 95th percentiles in milliseconds; a page must stay below 200 ms.
What each page costs a process that has just started is measured apart, once. Where the real files are absent, invented
ones of the same number of rows are made.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from _report import case, say

ROUNDS = 60
LIMIT_MS = 200.0
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ukraine"
FILES = [DATA / f"{name}_data_en.csv" for name in ("official", "volunteer")]
MAKE = "from tocsin.cli import common, demo; demo.make(common.settings(), 'belgorod-demo')"
PAGES = (
    "/record",
    "/record?year=2023",
    "/record/2023-05-16",
    "/record/2022-10-10",
    "/record/days",
    "/record/corrections",
    "/record/feed.atom",
    "/api/v1/record/streaks?where=ukraine-volunteer/kharkivska-oblast",
    "/api/v1/record/hours?where=ukraine-volunteer/kharkivska-oblast",
    "/api/v1/record/pages",
)


def main(json_only: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="tp-") as folder:
        home = Path(folder) / "home"
        files = FILES if all(path.exists() for path in FILES) else invented(Path(folder))
        env = os.environ | {"TOCSIN_HOME": str(home)}
        subprocess.run([sys.executable, "-c", MAKE], env=env, check=True)
        begins = time.perf_counter()
        command = "from tocsin.cli import main; main()"
        subprocess.run(
            [sys.executable, "-c", command, "import", "alerts", "--json", *map(str, files)],
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        took = time.perf_counter() - begins
        os.environ["TOCSIN_HOME"] = str(home)
        rows = measure()
    cases = [case("importing both files whole, 97,545 rows", took, None, unit="s")]
    for path, first, ours, floor in rows:
        cases.append(case(f"p95 {path}", p95(ours), p95(floor), digits=2))
        cases.append(case(f"first {path} of a process", first, None))
    say("pages", cases, floor="bare view", json_only=json_only)
    slow = [path for path, _, ours, _ in rows if p95(ours) >= LIMIT_MS]
    if slow:
        raise SystemExit(f"slower than {LIMIT_MS:g} ms: {', '.join(slow)}")


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def invented(folder: Path) -> list[Path]:
    """97,545 rows in two files of the same shape as the real ones."""
    path, base = folder / "alerts.csv", datetime(2022, 2, 25, tzinfo=UTC)
    lines = ["region,started_at,finished_at,naive"]
    for number in range(97_545):
        start = base + timedelta(minutes=14 * number)
        end = start + timedelta(minutes=20 + number % 90)
        region = "Kharkivska oblast" if number % 25 == 0 else f"Region {number % 25}"
        lines.append(f"{region},{start.isoformat(' ')},{end.isoformat(' ')},False")
    path.write_text("\n".join(lines) + "\n")
    return [path]


def measure() -> list[tuple[str, float, list[float], list[float]]]:
    client = door()
    answer = client.get("/bare")
    assert answer.status_code == 200, answer.status_code
    rows = []
    for path in PAGES:
        first = timed(client, path)
        ours, floor = [], []
        for _ in range(ROUNDS):
            floor.append(timed(client, "/bare"))
            ours.append(timed(client, path))
        rows.append((path, first, ours, floor))
    return rows


def timed(client: Any, path: str) -> float:
    """Milliseconds of one request, its whole answer read; what it asked before holds nobody up."""
    from tocsin.web.api import auth

    auth.address_limits.cache_clear()
    begins = time.perf_counter()
    answer = client.get(path, HTTP_HOST="localhost")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    took = (time.perf_counter() - begins) * 1000
    assert answer.status_code == 200, (path, answer.status_code, content[:300])
    return took


def door() -> Any:
    """The web door of this process, with one bare view beside its own."""
    import django
    from django.conf import settings
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import path

    from tocsin.cli.common import parts, web_options
    from tocsin.web.config import django_settings
    from tocsin.web.desk import set_desk, set_evidence, set_record

    made = parts()
    told = django_settings(web_options(made.settings))
    settings.configure(**(told | {"ALLOWED_HOSTS": ["*"]}))
    django.setup()
    set_desk(made.desk, made.shelters, vault=made.vault)
    set_evidence(made.evidence, made.publication)
    set_record(made.record)
    from tocsin.web import urls

    urls.urlpatterns.insert(0, path("bare", lambda _request: HttpResponse("ok")))
    return Client()


if __name__ == "__main__":
    main("--json" in sys.argv)
