"""What ``tocsin doctor`` says of the bus between machines and of the workers that share the work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from nats.aio.client import Client
from nats.errors import Error

from tocsin.bus import nats_link
from tocsin.bus.nats_letters import dead_letters, recent
from tocsin.core.errors import TocsinError
from tocsin.wiring import Parts

if TYPE_CHECKING:
    from tocsin.cli.doctor import Check

_WITHIN_S = 4.0
_WANTED_PAYLOAD = 8 * 1024 * 1024
_SYNCS_SINCE = (2, 10)

Found = tuple[str, str, str, str]
"""Name, level, what is said, remedy."""


def bus(made: Parts) -> Iterator[Check]:
    """The NATS cluster, if the bus is one: reachable, copies, durability as far as it can be seen, dead letters."""
    from tocsin.cli.doctor import Check

    if made.nats is None:
        if made.postgresql:
            said = "local: edges run on the leading worker's machine only"
            yield Check("bus", "warning", said, "set TOCSIN_NATS_URL to carry it to other machines")
        return
    for found in asyncio.run(_ask(made.nats)):
        yield Check(*found)
    for address in filter(None, (one.strip() for one in made.settings.nats_monitor.split(","))):
        yield Check(*_durable(address))
    if not made.settings.nats_monitor:
        said = "whether NATS writes to the disk before it acknowledges cannot be seen"
        yield Check(
            "bus durability", "warning", said, "set TOCSIN_NATS_MONITOR; the server needs sync_interval: always"
        )


def letters(made: Parts) -> Iterator[Check]:
    """Whether messages wait that no worker could take; of a bus between machines :func:`bus` tells it."""
    from tocsin.cli.doctor import Check

    if made.nats is not None:
        return
    try:
        waiting = made.letters.counts()["waiting"]
    except TocsinError:  # the database's own check says so
        return
    if waiting:
        yield Check("dead letters", "warning", f"{waiting} wait", "`tocsin bus dead` shows them")
    else:
        yield Check("dead letters", "ok", "none waits")


def seat(made: Parts) -> Iterator[Check]:
    """Whether a worker leads."""
    from tocsin.cli.doctor import Check

    if made.seat is None:
        return
    try:
        made.seat.open()
        if made.seat.take():
            yield Check("leader", "warning", "no worker leads", "start a worker: `tocsin worker`")
        else:
            yield Check("leader", "ok", "a worker leads")
    finally:
        made.seat.close()


async def _ask(to: nats_link.Address) -> list[Found]:
    client = None
    try:
        async with asyncio.timeout(_WITHIN_S):
            client = await nats_link.connect(to, "doctor")
        return [_server(client), *await _streams(to, client)]
    except (Error, OSError, TimeoutError) as fault:
        said = f"no server answers ({type(fault).__name__})"
        return [("bus", "error", said, "see that nats-server runs and TOCSIN_NATS_URL names it")]
    finally:
        await nats_link.close(client)


def _server(client: Client) -> Found:
    version = nats_link.version(client)
    copies = nats_link.replicas(client)
    said = f"nats-server {version}, {copies} {'copies' if copies > 1 else 'copy'} of each message"
    if tuple(int(part) for part in version.split("-", maxsplit=1)[0].split(".")[:2]) < _SYNCS_SINCE:
        return ("bus", "warning", f"{said}; it cannot write each message to the disk", "take nats-server 2.10 or later")
    if client.max_payload < _WANTED_PAYLOAD:
        return ("bus", "warning", f"{said}; max_payload is {client.max_payload >> 10} KiB", "set max_payload: 8MB")
    return ("bus", "ok", said, "")


async def _streams(to: nats_link.Address, client: Client) -> list[Found]:
    js = client.jetstream(timeout=_WITHIN_S)
    try:
        info = await js.stream_info(to.stream("updates"))
        count, letters = await dead_letters(to, client)
    except (Error, TimeoutError):
        return [("bus streams", "warning", "there are none yet", "start a worker; it makes them")]
    found: list[Found] = []
    peers = info.cluster.replicas if info.cluster and info.cluster.replicas else []
    behind = [one.name for one in peers if one.offline or not one.current]
    if behind:
        found.append(("bus streams", "warning", f"{', '.join(map(str, behind))} is behind or away", "look at it"))
    else:
        found.append(("bus streams", "ok", f"{info.state.messages} updates kept", ""))
    lately = recent(letters, datetime.now(UTC), timedelta(days=1))
    if lately:
        newest = letters[0]
        said = f"{count} dead letters, {lately} since yesterday; the newest: {newest.subject}, {newest.reason}"
        found.append(("dead letters", "warning", said, "`tocsin bus dead` shows them"))
    else:
        found.append(("dead letters", "ok", f"{count} kept, none since yesterday", ""))
    return found


def _durable(address: str) -> Found:
    try:
        answer = httpx.get(f"{address.rstrip('/')}/varz", timeout=_WITHIN_S)
        config: dict[str, Any] = answer.raise_for_status().json()["jetstream"]["config"]
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as fault:
        remedy = "see http: in its configuration, and jetstream"
        return ("bus durability", "warning", f"{address} does not say ({type(fault).__name__})", remedy)
    if config.get("sync_always") is True:
        return ("bus durability", "ok", f"{address} writes each message to the disk before it acknowledges", "")
    return (
        "bus durability",
        "error",
        f"{address} acknowledges what is not on the disk yet",
        "write sync_interval: always into its jetstream block",
    )
