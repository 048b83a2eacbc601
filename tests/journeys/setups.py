"""The set-ups on which a journey is lived through: one process, one machine, many machines."""

from __future__ import annotations

from typing import Any

import pytest

import nats_server
import postgres
from journeys.many import Many
from journeys.rig import Stack
from tocsin.cli.supervise import Supervisor


class One(Stack):
    """Every role in one process: who kills one kills all."""

    def processes(self, **given: Any) -> Supervisor:
        return Supervisor(self.own, one=True, **given)

    def child(self, name: str) -> str:  # noqa: ARG002 - whatever is asked for
        return "one"

    def kin(self, role: str) -> list[str]:  # noqa: ARG002 - as above
        return ["one"]


ONE = pytest.param("one", marks=pytest.mark.long)
"""SQLite and the local bus, all of it in one process."""

LOCAL = pytest.param("local")
"""SQLite and the local bus, one process a role."""

MANY = pytest.param("many", marks=[pytest.mark.long, pytest.mark.postgres])
"""PostgreSQL, three JetStream servers with three copies of all, two edges, two workers, two that share deliveries."""

SETUPS = (LOCAL, ONE, MANY)

APART = (LOCAL, MANY)
"""Where a role can die or stand still while the others go on."""


def make(name: str, **given: Any) -> Stack:
    """A running city of that set-up; skipped where its servers are missing."""
    if name == "many":
        nats_server.required()
        postgres.required()
        return Many(**given)
    return One(**given) if name == "one" else Stack(**given)
