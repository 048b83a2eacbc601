"""The city on the ground: parts at places of their own, that find each other by name."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import Any

import msgspec

import nats_server
import postgres
from chaos import ground
from chaos.names import Names
from journeys.many import Many
from journeys.rig import Stack
from tocsin.cli.supervise import Child, Supervisor
from tocsin.wiring import Settings
from tocsin.wiring.settings import split_bind

DISK_MB = 96
BROKER = "broker.localhost"
DATABASE = "database.localhost"
NODES = ("nats-0", "nats-1", "nats-2")


def addresses() -> dict[str, str]:
    """Full name → address of everything that is called by name."""
    at = {BROKER: ground.HEAD, DATABASE: ground.HEAD}
    return at | {f"{node}.localhost": ground.PLACES.get(node, ground.HEAD) for node in NODES}


class Placed(Supervisor):
    """Starts each child at its place."""

    def command(self, child: Child) -> list[str]:
        """What is run for that child."""
        return [*ground.within(child.name), *super().command(child)]


class Named(Stack):
    """A city whose broker is found by name, where the ground is laid; ``names``: who is asked."""

    names: Names | None = None

    def named(self, own: Settings) -> Settings:
        """The settings, with names instead of numbers; begins to answer for them."""
        if not ground.laid():
            return own
        if self.names is None:
            ground.lay(self.folder / "hosts", self.folder / "resolv.conf")
            self.names = Names(ground.HEAD, addresses())
        _, port = split_bind(own.mqtt_bind, "TOCSIN_MQTT_BIND")
        return msgspec.structs.replace(own, mqtt_bind=f"{BROKER}:{port}")

    @property
    def broker(self) -> tuple[str, int]:
        """Where the rig listens; it needs no name."""
        _, port = super().broker
        return (ground.HEAD if ground.laid() else "127.0.0.1"), port

    def processes(self, **given: Any) -> Supervisor:
        """One process a role, each at its place."""
        return Placed(self.own, **given)

    def close(self) -> None:
        """Stop everything, then the answers."""
        super().close()
        if self.names is not None:
            self.names.close()


class SmallDisk(Named):
    """One machine whose home folder is a small disk of its own, where that can be had."""

    def set_up(self) -> Settings:
        """Everything on this machine."""
        own = super().set_up()
        own.home.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tocsin-chaos", str(own.home)]
        with contextlib.suppress(OSError):
            subprocess.run(mount, capture_output=True, check=False)
        return self.named(own)

    def close(self) -> None:
        """Stop everything and give the disk back."""
        if os.path.ismount(self.own.home):
            subprocess.run(["umount", "--lazy", str(self.own.home)], capture_output=True, check=False)
        super().close()


class SpreadDatabase(postgres.Cluster):
    """PostgreSQL that is also reached from other places."""

    def again(self) -> None:
        """Start the server over what is there."""
        rule, path = f"host all all {ground.HEAD}/24 trust\n", self.data / "pg_hba.conf"
        if rule not in path.read_text():
            with path.open("a") as file:
                file.write(rule)
        self.listens = ground.HEAD
        super().again()


class SpreadServers(nats_server.Servers):
    """Message servers that know each other by name; one has a place of its own."""

    def host(self, at: int) -> str:
        """Its address."""
        return ground.PLACES.get(NODES[at], ground.HEAD)

    def name(self, at: int) -> str:
        """Its name."""
        return f"{NODES[at]}.localhost"

    def before(self, at: int) -> list[str]:
        """It runs at its place."""
        return ground.within(NODES[at])


class Spread(Named, Many):
    """Many machines: a message server, an edge, a worker and the sirens each have one of their own."""

    def set_up(self) -> Settings:
        """Everything, by name where the ground is laid."""
        if not ground.laid():
            return super().set_up()
        ground.lay(self.folder / "hosts", self.folder / "resolv.conf")
        self.names = Names(ground.HEAD, addresses())
        own = self.named(super().set_up())
        self.second_edge = f"{ground.PLACES['edge-2']}:{split_bind(self.second_edge, 'second edge')[1]}"
        return msgspec.structs.replace(own, database_url=f"postgresql://{postgres.USER}@{DATABASE}/postgres")

    def database(self) -> postgres.Cluster:
        """The server of the database."""
        return SpreadDatabase() if ground.laid() else super().database()

    def servers(self) -> nats_server.Servers:
        """The three servers of the bus."""
        return SpreadServers(3) if ground.laid() else super().servers()

    def processes(self, **given: Any) -> Supervisor:
        """Two edges, two workers and two that reach people among them."""
        made = Many.processes(self, **given)
        halves = {"reach": ["reach", "--share", "1/2"], "reach-2": ["reach", "--share", "2/2"]}
        return Placed(made.settings, more={**made.more, **halves}, extra=made.extra, **given)
