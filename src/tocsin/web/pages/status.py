"""``/status``: how the service does, for everybody: which ways are proven, how fast people were warned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tocsin.app.paths import Proof, Standing, worst
from tocsin.app.service_times import MEASURES, quantile
from tocsin.core.time import rfc3339, zone
from tocsin.web import ways
from tocsin.web.desk import desk
from tocsin.web.words import current, words

SINCE = timedelta(days=30)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """The page. It names ways, never places, devices or people."""
    text, found = words(current()), document()
    rows = [
        {
            "name": text.get(f"way_{row['path']}") or text["way_channel"].format(name=row["path"]),
            "standing": row["standing"],
            "says": text[f"sta_{row['standing']}"],
            "at": _clock(row["proven_at"]) if row["proven_at"] else "",
        }
        for row in found["paths"]
    ]
    times = [
        {
            "name": text[f"sta_{one['measure']}"],
            "count": one["count"],
            "median": _seconds(one["median_s"], text),
            "slow": _seconds(one["p95_s"], text),
        }
        for one in found["times"]
    ]
    context = {
        "rows": rows,
        "times": times,
        "standing": found["standing"],
        "says": text[f"sta_all_{found['standing']}"],
    }
    return _fresh(render(request, "tocsin/status.html", context))


@require_safe
def status_json(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """The same for machines."""
    return _fresh(JsonResponse(document()))


def document() -> dict[str, Any]:
    """``{generated_at, standing, paths: [{path, standing, proven_at}], since, times: [{measure, count, …}]}``.

    ``standing``: ``proven``, ``late``, ``never`` or ``unknown``; times are in seconds, null where none was measured.
    """
    now = ways.wall()
    proofs = ways.proofs()
    standings = {proof.path: proof.standing(now) for proof in proofs}
    return {
        "generated_at": rfc3339(now),
        "standing": _overall(standings),
        "paths": [_path(proof, standings[proof.path]) for proof in proofs],
        "since": rfc3339(desk().clock.now() - SINCE),
        "times": _times(desk().clock.now() - SINCE),
    }


def _overall(standings: dict[str, Standing]) -> str:
    return worst(standings) or "unknown"


def _path(proof: Proof, standing: Standing) -> dict[str, Any]:
    # What was seen on the way stays in the control room: it may tell which part is down.
    return {
        "path": proof.path,
        "standing": standing,
        "proven_at": rfc3339(proof.proven_at) if proof.proven_at else None,
    }


def _times(after: datetime) -> list[dict[str, Any]]:
    taken = ways.times()
    found = {measure: taken.since(measure, after) for measure in MEASURES}
    return [
        {"measure": m, "count": len(s), "median_s": quantile(s, 0.5), "p95_s": quantile(s, 0.95)}
        for m, s in found.items()
    ]


def _seconds(value: float | None, text: dict[str, str]) -> str:
    if value is None:
        return "–"
    if value >= 120:
        return f"{value / 60:.0f} {text['unit_min']}"
    return f"{value:.{2 if value < 10 else 0}f} {text['unit_s']}"


def _clock(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(zone(desk().sender.zone)).strftime("%Y-%m-%d %H:%M:%S")


def _fresh(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=5"
    return response
