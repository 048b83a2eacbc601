"""The queues of a large city, replayed from what was measured: who waits for whom, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any


@dataclass(frozen=True)
class Measured:
    """What one machine of this kind was seen to do, in milliseconds.

    Attributes:
        decide: samples of deciding, rendering and signing one issue; append: of committing it.
        bus: samples from publishing an update until another process holds it.
        fixed: of one update at an edge process, whoever listens; write: of one client's part of it.
        back: of one client that connects anew and gets its state; push: of one Web Push message, encrypted and sent.
    """

    decide: Array
    append: Array
    bus: Array
    fixed: float
    write: float
    back: float
    push: float


def draw(dice: np.random.Generator, samples: Array, count: int) -> Array:
    """As many of the samples, each as likely as any other."""
    return dice.choice(samples, count)


def serve(arrivals: Array, work: Array) -> Array:
    """When each is done, in one queue with one server, first come, first served (Lindley's recursion)."""
    done = np.empty(len(arrivals))
    free = 0.0
    for at, (came, takes) in enumerate(zip(arrivals, work, strict=True)):
        free = max(free, came) + takes
        done[at] = free
    return done


def everybody(found: Measured, clients: int, processes: int, dice: np.random.Generator) -> Array:
    """One alert to all: when each client is written, of one in a hundred clients of each process and the last."""
    start = draw(dice, found.decide, 1)[0] + draw(dice, found.append, 1)[0]
    each = clients // processes
    places = np.append(np.arange(0, each, 100), each)
    heard = start + draw(dice, found.bus, processes)
    return (heard[:, None] + found.fixed + found.write * places[None, :]).ravel()


def minute(found: Measured, areas: int, clients: int, processes: int, dice: np.random.Generator) -> Array:
    """That many areas within one minute, each of a 3,000th of the clients: from the command to each area's clients.

    The ledger takes one issue after the other; each edge process takes one update after the other.
    """
    came = np.sort(dice.uniform(0, 60_000, areas))
    recorded = serve(came, draw(dice, found.decide, areas) + draw(dice, found.append, areas))
    share = clients / 3000 / processes
    took = []
    for _ in range(min(processes, 64)):  # alike, so that some of them stand for all
        heard = np.sort(recorded + draw(dice, found.bus, areas))
        took.append(serve(heard, np.full(areas, found.fixed + found.write * share)) - came)
    return np.concatenate(took)


def pushed(found: Measured, subscriptions: int, workers: int) -> float:
    """An alert to all subscriptions: when the last worker has handed its last message over, in ms."""
    return -(-subscriptions // workers) * found.push


def returned(found: Measured, clients: int, processes: int, dice: np.random.Generator) -> Array:
    """An edge machine dies: when each of its clients is back at the others. They wait 1 to 5 s, as the edge tells."""
    each = clients // processes
    came = np.sort(dice.uniform(1000, 5000, each))
    return serve(came, np.full(each, found.back))
