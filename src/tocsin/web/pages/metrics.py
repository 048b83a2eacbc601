"""``/metrics``: numbers of the service for Prometheus. For keys and officers of the control room alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric

from tocsin.app.service_times import MEASURES, ServiceTimes
from tocsin.core.errors import TocsinError
from tocsin.store.cursors import Cursors
from tocsin.warn.state import WarnState
from tocsin.web import documents, ways
from tocsin.web.api.auth import Key, Session
from tocsin.web.desk import desk
from tocsin.web.errors import answer, no_key

CURSORS = ("deliver", "projections")
"""Followers of the ledger whose lag is told."""

BUCKETS: dict[str, tuple[float, ...]] = {
    "time_to_siren": (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60),
    "time_to_live": (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10),
    "time_to_correct": (30, 60, 120, 300, 600, 1800, 3600),
}
"""Upper bounds in seconds."""

TOLD = {
    "time_to_siren": "From the issue of a warning to the first sound that a siren measured.",
    "time_to_live": "From the issue of a warning to the first byte written to a live client.",
    "time_to_correct": "From the issue of a wrong warning to its cancel.",
}


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The exposition format of Prometheus. A key goes as ``Authorization: Bearer``; no number speaks of a person."""
    try:
        caller = Key()(request) or Session()(request)
        if caller is None or not documents.insider(caller.actor):
            raise no_key("Metrics are for keys and officers of the control room.")
        body = generate_latest(_registry())
    except TocsinError as fault:
        return answer(fault, request)
    response = HttpResponse(body, content_type="text/plain; version=0.0.4; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


class _Told:
    """A collector of numbers that are read when they are asked for."""

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        here = desk()
        state, now = here.state(), here.clock.now()
        yield from _ledger(state)
        yield from _warned(state, now)
        yield from _ways(ways.wall())
        yield from _letters()
        for measure in MEASURES:
            yield _times(ways.times(), measure)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told())
    return registry


def _ledger(state: WarnState) -> Iterator[Metric]:
    yield GaugeMetricFamily("tocsin_ledger_entries", "Entries in the ledger.", value=state.seq)
    lag = GaugeMetricFamily(
        "tocsin_follower_lag_entries", "Entries that a follower has not taken yet.", labels=["name"]
    )
    cursors = Cursors()
    for name in CURSORS:
        lag.add_metric([name], max(0, state.seq - cursors.get(name)))
    yield lag


def _warned(state: WarnState, now: datetime) -> Iterator[Metric]:
    yield GaugeMetricFamily("tocsin_warnings_live", "Warnings in force.", value=len(state.live))
    waiting = sum(1 for thread in state.threads.values() if not thread.messages and thread.end is None)
    yield GaugeMetricFamily("tocsin_drafts_waiting", "Drafts that nobody sent or put away.", value=waiting)
    running = sum(1 for drill in state.drills.values() if drill.ended_at is None and drill.expires > now)
    yield GaugeMetricFamily("tocsin_drills_running", "Exercises under way.", value=running)
    sirens = GaugeMetricFamily("tocsin_sirens", "Sirens by what they last measured of themselves.", labels=["state"])
    counts: dict[str, int] = {}
    for one in state.sirens.values():
        said = one.report.state if one.report is not None else "unknown"
        counts[said] = counts.get(said, 0) + 1
    for name, count in sorted(counts.items()):
        sirens.add_metric([name], count)
    yield sirens
    owed = sum(1 for one in state.sirens.values() if one.silent_since is not None)
    yield GaugeMetricFamily("tocsin_sirens_silent", "Sirens that were commanded and did not sound.", value=owed)


def _ways(now: datetime) -> Iterator[Metric]:
    ok = GaugeMetricFamily("tocsin_path_proven", "1 while a way to people has proven itself lately.", labels=["path"])
    at = GaugeMetricFamily("tocsin_path_proven_timestamp_seconds", "When a way last proved itself.", labels=["path"])
    took = GaugeMetricFamily("tocsin_path_seconds", "How long the last proof took.", labels=["path"])
    for proof in ways.proofs():
        ok.add_metric([proof.path], float(proof.standing(now) == "proven"))
        if proof.proven_at is not None:
            at.add_metric([proof.path], proof.proven_at.timestamp())
            took.add_metric([proof.path], proof.took_ms / 1000)
    yield from (ok, at, took)


def _letters() -> Iterator[Metric]:
    dead = GaugeMetricFamily("tocsin_dead_letters", "Messages that no worker could take.", labels=["standing"])
    for standing, n in ways.letters().counts().items():
        dead.add_metric([standing], n)
    yield dead


def _times(times: ServiceTimes, measure: Any) -> Metric:
    found = [one.seconds for one in times.taken if one.measure == measure]
    buckets = [(str(float(most)), float(sum(1 for s in found if s <= most))) for most in BUCKETS[measure]]
    family = HistogramMetricFamily(f"tocsin_{measure}_seconds", TOLD[measure])
    family.add_metric([], [*buckets, ("+Inf", float(len(found)))], sum(found))
    return family
