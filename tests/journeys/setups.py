"""The set-ups on which a journey is lived through: one process, one machine, many machines."""

from __future__ import annotations

from typing import Any

import pytest

import nats_server
import postgres
from journeys.many import Many
from journeys.rig import Stack

LOCAL = pytest.param("local")
"""SQLite and the local bus, one process a role."""

MANY = pytest.param("many", marks=[pytest.mark.long, pytest.mark.postgres])
"""PostgreSQL, three JetStream servers with three copies of all, two edges, two workers, two that share deliveries."""

SETUPS = (LOCAL, MANY)


def make(name: str, **given: Any) -> Stack:
    """A running city of that set-up; skipped where its servers are missing."""
    if name == "many":
        nats_server.required()
        postgres.required()
        return Many(**given)
    return Stack(**given)
