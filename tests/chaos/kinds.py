"""Every kind of fault: what it touches, how long it lasts, where it can be brought; and the deck of them."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from chaos import cables, faults
from chaos.city import City
from journeys.many import Many

Fault = Callable[[City, random.Random], AbstractContextManager[object]]


@dataclass(frozen=True)
class Kind:
    """A kind of fault. ``touches``: what two faults may not touch at once; ``lasts``: seconds, from and to.

    ``needs``: whether it can be brought here; ``here``: whether this set-up has what it touches at all.
    """

    name: str
    touches: tuple[str, ...]
    make: Fault
    lasts: tuple[float, float] = (0.0, 1.0)
    needs: Callable[[City], bool] = lambda _city: True
    here: Callable[[City], bool] = lambda _city: True


PROCESSES = ("web", "worker", "edge", "broker", "siren", "reach", "worker-2", "edge-2", "reach-2")
NODES = 3
LONG = (cables.LOST_S, cables.LOST_S + 2)


def runs(name: str) -> Callable[[City], bool]:
    """Whether that process is part of this set-up."""
    return lambda city: name in city.stack.supervisor.children


def on_many(city: City) -> bool:
    """Whether this is the set-up of many machines."""
    return isinstance(city.stack, Many)


def on_one(city: City) -> bool:
    """Whether the database is a file of this machine."""
    return not on_many(city)


def own_disk(city: City) -> bool:
    """Whether the home folder is a disk of its own, which may be filled."""
    return os.path.ismount(city.home)


def can_filter(_city: City) -> bool:
    """Whether packets may be dropped here."""
    if not any((Path(folder) / "iptables").exists() for folder in ("/usr/sbin", "/sbin")):
        return False
    return subprocess.run(["iptables", "-w", "5", "-L", "-n"], capture_output=True, check=False).returncode == 0


def named(name: str) -> Callable[[City], bool]:
    """Whether that process runs and asks for names at all; an edge of one machine asks for none."""
    return lambda city: runs(name)(city) and (on_many(city) or name in ("worker", "siren", "broker"))


KINDS: tuple[Kind, ...] = (
    *(Kind(f"{name} killed", (name,), faults.killed(name), here=runs(name)) for name in PROCESSES),
    *(Kind(f"{name} stands still", (name,), faults.halted(name), (0.3, 2.5), here=runs(name)) for name in PROCESSES),
    *(
        Kind(f"{name} starts without names", (name,), cables.nameless(name), (0.5, 4.0), cables.has_names, named(name))
        for name in PROCESSES
    ),
    # One server at a time: two of three are what the cluster promises to live with.
    *(
        Kind(f"message server {at} killed", ("nats",), faults.node_killed(at), (0.3, 2.5), here=on_many)
        for at in range(NODES)
    ),
    *(
        Kind(f"message server {at} stands still", ("nats",), faults.node_halted(at), (0.3, 2.5), here=on_many)
        for at in range(NODES)
    ),
    Kind("names gone, connections reset", ("net",), cables.names_gone, (1.0, 5.0), cables.has_names),
    Kind("message server 2 cut off", ("nats",), cables.cut_off("nats-2"), (2.0, 8.0), cables.has_cables, on_many),
    Kind("worker-2 cut off", ("worker-2",), cables.cut_off("worker-2"), (2.0, 8.0), cables.has_cables, on_many),
    Kind("edge-2 cut off", ("edge-2",), cables.cut_off("edge-2"), (2.0, 8.0), cables.has_cables, on_many),
    Kind("sirens cut off", ("siren",), cables.cut_off("siren"), (2.0, 8.0), cables.has_cables, on_many),
    # The clock may not step while it is measured how long something has been unknown.
    Kind(
        "edge-2 cut off for long",
        ("edge-2", "disk"),
        cables.cut_off("edge-2", "edge-2"),
        LONG,
        cables.has_cables,
        on_many,
    ),
    Kind("truth lost for long", ("worker", "worker-2", "disk"), cables.truth_lost, LONG),
    Kind("database restarted", ("disk",), faults.database_restarted, (0.2, 1.5), here=on_many),
    Kind("disk full", ("disk",), faults.full_disk, (0.3, 1.5), own_disk, on_one),
    Kind("disk read-only", ("disk",), faults.read_only_disk, (0.3, 1.5), own_disk, on_one),
    Kind("database locked", ("disk",), faults.locked_database, (0.3, 1.5), here=on_one),
    Kind("clock 20 s on", ("disk",), faults.clock_step(20.0)),  # the replay's clock is a file of that disk
    Kind("clock 5 s back", ("disk",), faults.clock_step(-5.0)),
    Kind("old commands again", ("mqtt",), faults.replayed_commands),
    Kind("junk messages", ("mqtt",), faults.junk_messages),
    Kind("packets to the broker lost", ("mqtt",), faults.cut_network, (0.5, 2.5), can_filter),
    Kind("feed with old data", ("feed",), faults.stale_feed),
    Kind("detections again", ("feed",), faults.repeated_detections),
    Kind("bad clients", ("clients",), faults.bad_clients, (0.5, 2.0)),
    Kind("an exercise", ("exercise",), faults.exercise),
)


class Deck:
    """Deals kinds so that each comes once before any comes again."""

    def __init__(self, dice: random.Random, kinds: list[Kind]) -> None:
        self._dice, self._kinds = dice, kinds
        self._left: list[Kind] = []

    def deal(self, most: int) -> list[Kind]:
        """So many kinds that do not touch the same thing; fewer only where there are no more of such."""
        found: list[Kind] = []
        for kind in self._in_turn():
            touched = {one for each in found for one in each.touches}
            if len(found) < most and kind not in found and touched.isdisjoint(kind.touches):
                found.append(kind)
                self._left.remove(kind)
        return found

    def _in_turn(self) -> Iterator[Kind]:
        """What is left of this round; then, if that is all dealt, the next round."""
        yield from tuple(self._left)
        if not self._left:
            self._left = self._dice.sample(self._kinds, len(self._kinds))
            yield from tuple(self._left)


def hold(kind: Kind, city: City, dice: random.Random, after_s: float) -> float:
    """Wait, bring the fault, hold it, heal it; the monotonic time at which it was healed."""
    time.sleep(after_s)
    with kind.make(city, dice):
        time.sleep(dice.uniform(*kind.lasts))
    return time.monotonic()
