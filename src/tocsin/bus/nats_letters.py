"""Durable consumers: each message is handled until it is safe; one that cannot be is kept apart as a dead letter."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import Future
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import APIError, NotFoundError

from tocsin.bus.frames import MAX_TO_HUB, BadFrame, unpack
from tocsin.bus.nats_link import ANSWER_S, Address, cancelled
from tocsin.bus.subjects import DeadLetter, Frame, OnDead
from tocsin.core.time import rfc3339

BATCH = 100
SAFE_S = 30.0
"""A message that is not safe after so long is given again, to this worker or to another."""
TRIES = 5
WAIT_S = 5.0
REMEMBERED = 1000
"""Messages of which the first failure is remembered."""

OnMessage = Callable[[str, Frame], "Future[None] | None"]
"""Called with the subject of a message and its frame; the future says when it is safe."""


class Consumer:
    """One durable consumer of one stream.

    A message is acknowledged when it is safe and not before, so a worker that dies leaves it to the next. It is a dead
    letter when it cannot be read, or when it was given ``tries`` times in vain, also to workers that died of it.
    """

    def __init__(self, to: Address, stream: str, durable: str, handle: OnMessage, *, tries: int = TRIES) -> None:
        self._to = to
        self._stream = to.stream(stream)
        self._durable = durable
        self._handle = handle
        self._tries = tries
        self._failed: dict[int, str] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        self.dead = 0

    async def run(self, client: Client) -> None:
        """Consume until cancelled."""
        js = client.jetstream(timeout=ANSWER_S)
        config = ConsumerConfig(
            durable_name=self._durable, ack_policy=AckPolicy.EXPLICIT, ack_wait=SAFE_S, max_ack_pending=1000
        )
        while True:
            with contextlib.suppress(Error, OSError, TimeoutError):
                await js.add_consumer(self._stream, config)
                pull = await js.pull_subscribe_bind(durable=self._durable, stream=self._stream)
                try:
                    while not _ended(client):
                        await self._batch(js, pull)
                finally:
                    with contextlib.suppress(Error, OSError):
                        await pull.unsubscribe()
            if _ended(client):
                return
            await asyncio.sleep(1.0)

    async def _batch(self, js: JetStreamContext, pull: JetStreamContext.PullSubscription) -> None:
        try:
            messages = await pull.fetch(BATCH, timeout=WAIT_S)
        except TimeoutError:
            return
        for message in messages:
            task = asyncio.create_task(self._one(js, message))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def _one(self, js: JetStreamContext, message: Msg) -> None:
        tries = message.metadata.num_delivered or 1
        with contextlib.suppress(Error, OSError, TimeoutError):  # not acknowledged: it is given again
            try:
                if tries > self._tries:
                    await self._bury(js, message, "not safe", tries - 1)
                    return
                safe = self._handle(message.subject, unpack(message.data))
                if safe is not None:
                    async with asyncio.timeout(SAFE_S):
                        await safe
            except BadFrame:
                await self._bury(js, message, "unreadable", tries)
            except (KeyError, ValueError, TypeError) as fault:
                await self._bury(js, message, f"refused: {type(fault).__name__}", tries)
            except TimeoutError:
                if len(self._failed) < REMEMBERED:
                    self._failed.setdefault(message.metadata.sequence.stream, rfc3339(datetime.now(UTC)))
            else:
                self._failed.pop(message.metadata.sequence.stream, None)
                await message.ack()

    async def _bury(self, js: JetStreamContext, message: Msg, reason: str, tries: int) -> None:
        seq, now = message.metadata.sequence.stream, rfc3339(datetime.now(UTC))
        letter = DeadLetter(
            stream=self._stream,
            subject=message.subject,
            seq=seq,
            event=(message.headers or {}).get("Nats-Msg-Id", ""),
            reason=reason,
            tries=tries,
            at=now,
            first_at=self._failed.pop(seq, now if tries <= 1 else rfc3339(message.metadata.timestamp)),
            text=message.data[:MAX_TO_HUB].decode(errors="replace"),
        )
        # First kept apart, then taken from the queue: dying in between leaves it in both, under one id.
        headers = {"Nats-Msg-Id": f"{self._stream}-{seq}"}
        await js.publish(self._to.dead(self._stream), msgspec.json.encode(letter), timeout=ANSWER_S, headers=headers)
        await message.term()
        self.dead += 1


def taken_over(keep: OnDead) -> OnMessage:
    """A handler of the stream of dead letters that hands each of them on. One that is none is left where it lies."""

    def handle(_subject: str, frame: Frame) -> Future[None] | None:
        try:
            letter = msgspec.convert(frame, DeadLetter)
        except msgspec.ValidationError:
            return None
        return keep(letter)

    return handle


def _ended(client: Client) -> bool:
    return client.is_closed or cancelled()


async def dead_letters(to: Address, client: Client, most: int = 20) -> tuple[int, list[DeadLetter]]:
    """How many dead letters are kept, and the newest of them, newest first.

    Raises:
        Error: JetStream does not answer, or has no such stream.
    """
    js = client.jetstream(timeout=ANSWER_S)
    state = (await js.stream_info(to.stream("dead"))).state
    found: list[DeadLetter] = []
    seq = state.last_seq
    while seq >= max(1, state.first_seq) and len(found) < most:
        with contextlib.suppress(NotFoundError, APIError, msgspec.MsgspecError):
            raw: Any = await js.get_msg(to.stream("dead"), seq)
            found.append(msgspec.json.decode(raw.data or b"", type=DeadLetter))
        seq -= 1
    return state.messages, found


def recent(letters: list[DeadLetter], now: datetime, within: timedelta) -> int:
    """How many of them were given up lately."""
    return sum(1 for one in letters if datetime.fromisoformat(one.at) > now - within)
