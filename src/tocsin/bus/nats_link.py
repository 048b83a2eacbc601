"""What both ends of the NATS bus share: where the servers are, the subjects, the form of a message, the streams.

Every frame of a hub goes out on one of the subjects below ``SPACE.bus``, in an envelope with the hub's *term* and a
number that grows by one. A subscriber that sees a number missing, or a higher term, knows that it has to ask for the
state anew; so a lost message is found with the next one, and a hub that was replaced is no longer listened to.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from typing import Any
from urllib.parse import urlsplit

import msgspec
from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError, NotFoundError

from tocsin.bus.frames import BadFrame
from tocsin.bus.subjects import RETAINED, Frame

log = logging.getLogger(__name__)

CONNECT_S = 2
ANSWER_S = 2.0
PART_BYTES = 256 * 1024
"""A greeting travels in parts of this size: a server takes 1 MiB in one message unless it is told otherwise."""
ROOM_FOR_ENVELOPE = 1024
REPEATS_S = 600.0
"""JetStream knows a message by its id for so long, and keeps it once."""

_MIB = 1024 * 1024
_DAY_S = 86_400.0


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where NATS is and who we are there.

    Attributes:
        servers: ``nats://`` or ``tls://`` addresses of the cluster's servers, maybe with user and password.
        credentials: a credentials file, instead of user and password.
        space: the first token of every subject, and in upper case the first word of every stream.
    """

    servers: tuple[str, ...]
    credentials: str = ""
    space: str = "tocsin"

    def __repr__(self) -> str:
        # What is printed ends in logs, where no password belongs.
        return f"Address({', '.join(urlsplit(one).hostname or '?' for one in self.servers)})"

    def frames(self, subject: str = ">") -> str:
        """Where a hub publishes frames of that subject."""
        return f"{self.space}.bus.{subject}"

    @property
    def greet(self) -> str:
        """Where the hub is asked for its state."""
        return f"{self.space}.greet"

    def written(self, name: str = "*") -> str:
        """Where a subscriber of that name says what it wrote to its clients."""
        return f"{self.space}.written.{name if name == '*' else token(name)}"

    def late(self, subject: str = ">") -> str:
        """Where a hub stores an update that its predecessor published and did not get stored."""
        return f"{self.space}.late.{subject}"

    def dead(self, stream: str = ">") -> str:
        """Where letters lie that nobody could take."""
        return f"{self.space}.dead.{stream}"

    def stream(self, what: str) -> str:
        """The name of a stream: ``updates``, ``written`` or ``dead``."""
        return f"{self.space}_{what}".upper()


class Envelope(msgspec.Struct, frozen=True):
    """A frame on its way. Without a frame it says that one was too large to travel: ask for the state."""

    term: int
    n: int
    frame: dict[str, Any] | None = None


class Part(msgspec.Struct, frozen=True):
    """The head of one part of a greeting, one line before its bytes. ``parts`` 0: there is nothing new."""

    term: int
    n: int
    part: int
    parts: int


def token(name: str) -> str:
    """A name as one token of a subject."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:100] or "_"


def write_envelope(term: int, n: int, body: bytes | None) -> bytes:
    """An envelope around the JSON of a frame."""
    return msgspec.json.encode({"term": term, "n": n, "frame": None if body is None else msgspec.Raw(body)})


def read_envelope(data: bytes) -> Envelope:
    """The envelope.

    Raises:
        BadFrame: it is none.
    """
    try:
        return msgspec.json.decode(data, type=Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise BadFrame(str(fault)) from fault


async def connect(to: Address, name: str, **more: Any) -> Client:
    """A connection that finds its way back by itself for ever. Waits until there is a server."""
    client = Client()

    async def said(fault: Exception) -> None:
        log.debug("nats: %s", type(fault).__name__)

    given: dict[str, Any] = {"user_credentials": to.credentials} if to.credentials else {}
    if any(urlsplit(one).scheme == "tls" for one in to.servers):
        given["tls"] = ssl.create_default_context()
    await client.connect(
        servers=list(to.servers),
        name=name,
        error_cb=said,
        connect_timeout=CONNECT_S,
        reconnect_time_wait=0.1,  # type: ignore[arg-type]  # seconds, also parts of one
        max_reconnect_attempts=-1,
        ping_interval=2,
        max_outstanding_pings=2,
        **given,
        **more,
    )
    return client


def cancelled() -> bool:
    """Whether this task was asked to end: the client turns a cancellation into an error, or a timeout, of its own."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def close(client: Client | None) -> None:
    """Close a connection, also one that is lost."""
    if client is None:
        return
    try:
        async with asyncio.timeout(ANSWER_S):
            await client.close()
    except (Error, OSError, TimeoutError):
        return


def replicas(client: Client) -> int:
    """How many servers keep each message: three in a cluster, one where there is only one."""
    return 3 if client._server_info.get("cluster") else 1  # the client has no public name for it


def version(client: Client) -> str:
    """The version of the server that the client is connected to, such as ``2.10.4``."""
    return str(client._server_info.get("version", ""))  # as above


async def ensure_streams(to: Address, client: Client, js: JetStreamContext) -> None:
    """Make or mend the three streams.

    Raises:
        Error: JetStream is off, does not answer, or has too few servers for three copies.
    """
    copies = replicas(client)
    for config in (
        StreamConfig(
            name=to.stream("updates"),
            subjects=[*(to.frames(one) for one in sorted(RETAINED)), to.late()],
            max_msgs=100_000,
            max_bytes=256 * _MIB,
            max_age=7 * _DAY_S,
        ),
        StreamConfig(
            name=to.stream("written"),
            subjects=[to.written()],
            retention=RetentionPolicy.WORK_QUEUE,
            max_msgs=100_000,
            max_bytes=64 * _MIB,
            max_age=_DAY_S,
        ),
        StreamConfig(
            name=to.stream("dead"), subjects=[to.dead()], max_msgs=10_000, max_bytes=64 * _MIB, max_age=30 * _DAY_S
        ),
    ):
        config.storage, config.discard = StorageType.FILE, DiscardPolicy.OLD
        config.num_replicas, config.duplicate_window = copies, REPEATS_S
        await _ensure(js, config)


async def _ensure(js: JetStreamContext, config: StreamConfig) -> None:
    name = config.name or ""
    try:
        known = (await js.stream_info(name)).config
    except NotFoundError:
        await js.add_stream(config)
        return
    wanted = (config.subjects, config.num_replicas, config.max_age, config.max_bytes)
    if (known.subjects, known.num_replicas, known.max_age, known.max_bytes) != wanted:
        try:
            await js.update_stream(config)
        except BadRequestError:
            log.warning("the stream %s is not as it should be, and the server does not change it", name)


def packed(frame: Frame) -> bytes:
    """The JSON of a frame."""
    return msgspec.json.encode(frame)
