"""The numbers of an edge for Prometheus: the same that ``/healthz`` says to everybody, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

__all__ = ["CONTENT_TYPE_LATEST", "exposition"]

_STREAMS = {
    "clients": "Connected clients.",
    "cells": "Cells that somebody listens for.",
    "backlog": "Updates kept for clients that come back.",
    "backlog_bytes": "Bytes of them.",
    "slow_closed": "Clients closed because they read too slowly.",
}


class _Told:
    def __init__(self, health: Mapping[str, Any]) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        told = self._health
        yield GaugeMetricFamily("tocsin_edge_fresh", "1 while what the edge knows is fresh.", value=float(told["ok"]))
        yield GaugeMetricFamily("tocsin_edge_entry", "The newest entry that the edge knows.", value=told["seq"])
        yield GaugeMetricFamily("tocsin_edge_bad_frames", "Frames that could not be read.", value=told["bad_frames"])
        if told["source_age_s"] is not None:
            age = told["source_age_s"]
            yield GaugeMetricFamily("tocsin_edge_source_age_seconds", "Age of what the edge knows.", value=age)
        for name, said in _STREAMS.items():
            family = GaugeMetricFamily(f"tocsin_edge_{name}", said, labels=["stream"])
            for stream in ("live", "drill"):
                if name in told[stream]:
                    family.add_metric([stream], told[stream][name])
            yield family


def exposition(health: Mapping[str, Any]) -> bytes:
    """The exposition format of what :meth:`Edge.health` says."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(health))
    return generate_latest(registry)
