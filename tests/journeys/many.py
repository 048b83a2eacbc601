"""The same city on many machines: PostgreSQL, three NATS servers, two edges, two workers, two that share deliveries."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import psycopg

import nats_server
import postgres
from journeys.rig import Stack, until
from tocsin.cli.check import clean, free_ports
from tocsin.cli.supervise import Supervisor
from tocsin.store.ledger import _LOCK_KEY
from tocsin.store.seat import LEAD_KEY
from tocsin.warn.policy import Policy
from tocsin.wiring import Settings


class Many(Stack):
    """One machine that plays many. Each process has a name, an address and a part of its own."""

    def set_up(self) -> Settings:
        self.postgres = self.database()
        self.postgres.start()
        self.nats = self.servers().start()
        (port,) = free_ports(1)
        self.second_edge = f"127.0.0.1:{port}"
        made = clean(self.folder / "home", self.postgres.url)
        return msgspec.structs.replace(made, nats_url=",".join(self.nats.urls))

    def database(self) -> postgres.Cluster:
        """The server of the database, before it starts."""
        return postgres.Cluster()

    def servers(self) -> nats_server.Servers:
        """The three servers of the bus, before they start."""
        return nats_server.Servers(3)

    def processes(self, **given: Any) -> Supervisor:
        extra = {"edge-2": {"TOCSIN_EDGE_BIND": self.second_edge, "TOCSIN_EDGE_NAME": "edge-2"}}
        more = {
            "edge-2": ["edge"],
            "worker-2": ["worker"],
            "reach": ["reach", "--share", "1/2"],
            "reach-2": ["reach", "--share", "2/2"],
        }
        return Supervisor(self.own, more=more, extra=extra, **given)

    def close(self) -> None:
        super().close()
        self.nats.stop()
        self.postgres.stop()

    @property
    def edges(self) -> tuple[str, str]:
        return self.own.edge_url, f"http://{self.second_edge}"

    @contextlib.contextmanager
    def nobody_writes(self) -> Iterator[None]:
        with psycopg.connect(self.postgres.url) as db:
            db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
            yield

    def rows(self, after: int) -> list[tuple[int, str]]:
        with psycopg.connect(self.postgres.url) as db:
            return db.execute("SELECT seq, event FROM ledger_entry WHERE seq > %s ORDER BY seq", (after,)).fetchall()

    def sound_book(self) -> None:
        """Looked at once, after all of it: three processes each time would take most of the time."""

    def equal_tables(self) -> None:
        """The read tables are those of a rebuild, in a transaction that is taken back."""
        until(self._caught_up, "read tables that are caught up")
        self._run(
            "from tocsin.store.django import configure\n"
            "configure(own.database_url, home=own.home)\n"
            "from django.db import connection, transaction\n"
            "from tocsin.store.ledger import DjangoLedger\n"
            "from tocsin.store.projections import Projector\n"
            "made = Projector(DjangoLedger())\n"
            "with transaction.atomic():\n"
            "    with connection.cursor() as cursor:\n"
            "        cursor.execute('SELECT 1 FROM ledger_cursor WHERE name = %s FOR UPDATE', [made.name])\n"
            "        cursor.execute('LOCK TABLE ledger_entry IN SHARE MODE')\n"
            "    made.catch_up()\n"
            "    live = made.dump()\n"
            "    assert any(live.values())\n"
            "    made.rebuild()\n"
            "    assert made.dump() == live\n"
            "    transaction.set_rollback(True)\n"
        )

    def _caught_up(self) -> bool:
        with psycopg.connect(self.postgres.url) as db:
            found = db.execute(
                "SELECT (SELECT seq FROM ledger_cursor WHERE name = 'projections')"
                " = (SELECT max(seq) FROM ledger_entry)"
            ).fetchone()
        return found == (True,)

    def leader(self) -> str:
        """The worker that leads, or nothing."""
        return next((name for name in ("worker", "worker-2") if self.leads(name)), "")

    def next_leader(self, **env: str) -> str:
        """The worker that stands by starts anew and takes over; the other then stands by.

        A worker that takes over says again, under their ids, what sirens were told lately. Time passes before, so that
        it has nothing to say of earlier warnings.
        """
        self.clock.set(self.clock.now() + timedelta(seconds=Policy().command_expiry_s + 1))
        first = until(self.leader, "a leader")
        second = "worker-2" if first == "worker" else "worker"
        self.restart(second, **env)
        self.restart(first)
        until(lambda: self.leads(second), "the worker that stood by leads")
        return second

    def leads(self, name: str) -> bool:
        """Whether that worker's connection holds the seat."""
        with psycopg.connect(self.postgres.url) as db:
            found = db.execute(
                "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
                " WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted",
                divmod(LEAD_KEY, 1 << 32),
            ).fetchall()
        return found == [(f"tocsin-worker-{self.process(name).pid}",)]

    def all_know(self) -> bool:
        """Whether every edge has fresh data."""
        return all(httpx.get(f"{edge}/healthz", timeout=5).json()["ok"] for edge in self.edges)
