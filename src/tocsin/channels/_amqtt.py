"""amqtt's broker with what a siren needs put right. Found by reading and testing amqtt 0.12.1:

- Silence of a client past its keep-alive is ignored (the handler's ``handle_read_timeout`` does nothing), so a siren
  whose power is cut leaves its socket half open and its Will is never published. Here the session ends, as MQTT 3.1.1
  section 3.1.2.10 demands, after one and a half keep-alives.
- What is malformed is thrown away in the middle and its rest taken for another packet. Here it ends the connection.
- A client that connects with the id of a living session does not end that session; its Will would come minutes later
  and leave a siren "offline" that is there. Here the old session ends first, Will included.
- A connecting client gets the retained messages of everybody's subscriptions. Here it gets those of its own new ones.
- QoS 1 messages that were acknowledged are thrown away when their sender leaves before they are passed on: on Python
  3.13, of 200 sent by a client that then left, 200 were acknowledged and 3 delivered. Here they are passed on first.
- The socket of a peer that hangs up before CONNECT, or while it is being closed, is never closed; from Python 3.12 on,
  the broker then cannot stop. Here every connection ends with a closed socket.
- Every message is compared with every filter, with a log line built for each: with 300 sirens, most of its time.
- The session monitor decides by client id, then waits: a client that came back in the meantime lost its new session.

And kept in mind elsewhere: what is queued for an absent client is delivered flagged as retained, and an unacknowledged
QoS 1 message is not repeated. So our clients ask for clean sessions, and the channel repeats until a siren answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import weakref
from collections import deque
from typing import Any

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

from tocsin.channels._amqtt_reader import is_topic, read
from tocsin.channels._mqtt_access import Access

_SUBSCRIBING = "tocsin.subscribing"

TAKE_OVER_S = 1.0
"""Longest wait for an old session to pass on what it owes, its Will included, before the new one begins."""


def is_loopback(address: str | None) -> bool:
    """Whether a peer is on this machine."""
    try:
        at = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = at.ipv4_mapped if isinstance(at, ipaddress.IPv6Address) else None
    return (mapped or at).is_loopback


class LoopbackAuth(BaseAuthPlugin):  # type: ignore[misc]  # amqtt ships no types
    """Only this machine may speak; nobody else, with or without a name."""

    async def authenticate(self, *, session: Session) -> bool | None:
        """True for a peer on the loopback."""
        return is_loopback(session.remote_address)


class TocsinBroker(Broker):  # type: ignore[misc]  # amqtt ships no types
    """The broker of one machine.

    Args:
        host: the address to listen on.
        port: the TCP port.
        access: who may say and hear what; None lets everybody on this machine.
    """

    def __init__(self, host: str, port: int, access: Access | None = None) -> None:
        config = BrokerConfig(
            listeners={"default": ListenerConfig(bind=f"{f'[{host}]' if ':' in host else host}:{port}")},
            plugins={f"{__name__}.LoopbackAuth": {}},
        )
        super().__init__(config)
        self._access = access
        self._closing = False
        self._streams: weakref.WeakSet[asyncio.StreamWriter] = weakref.WeakSet()

    async def shutdown(self) -> None:
        """Stop, ending every session."""
        self._closing = True
        await super().shutdown()

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve one connection."""
        self._streams.add(writer)
        try:
            await super().stream_connected(reader, writer, listener_name)
        finally:
            # amqtt marks its writer closed before it closes it, so an interrupted close leaves the socket open.
            writer.close()

    async def _shutdown_broadcast_loop(self) -> None:
        await super()._shutdown_broadcast_loop()
        # From Python 3.12 on a server waits for every connection; one that is half closed would hold it for ever.
        for writer in tuple(self._streams):
            writer.transport.abort()

    async def _client_connected(self, listener_name: str, reader: ReaderAdapter, writer: WriterAdapter) -> None:
        # Turned away before a byte is read: amqtt deletes a session of the same id before it asks who is there.
        peer = writer.get_peer_info()
        if peer is None or not is_loopback(peer[0]):
            self.logger.warning("refused a connection from outside this machine")
            await writer.close()
            return
        await super()._client_connected(listener_name, reader, writer)

    async def _initialize_client_session(
        self, reader: ReaderAdapter, writer: WriterAdapter, remote_address: str, remote_port: int
    ) -> tuple[BrokerProtocolHandler, Session]:
        handler, session = await super()._initialize_client_session(reader, writer, remote_address, remote_port)
        session.keep_alive += session.keep_alive // 2
        handler._reader_loop = functools.partial(read, handler)
        return handler, session

    async def _authenticate(self, session: Session, listener: ListenerConfig) -> bool:
        if not await super()._authenticate(session, listener):
            return False
        if session.will_flag and not is_topic(session.will_topic or ""):
            return False
        if self._access is None:
            return True
        if not self._access.opens(session.username, session.password):
            return False
        # A Will is published for the client without being asked about again.
        return not session.will_flag or self._access.may(session.username, "write", session.will_topic or "")

    async def _topic_filtering(self, session: Session, topic: str, action: Action) -> bool:
        if self._access is None:
            return True
        return self._access.may(session.username, "write" if action == Action.PUBLISH else "read", topic)

    async def _delete_session(self, client_id: str) -> None:
        session, handler = self._sessions.get(client_id, (None, None))
        if session is not None and handler is not None and session.transitions.is_connected():
            await handler.handle_connection_closed()
            for _ in range(100):
                if not session.transitions.is_connected():
                    break
                await asyncio.sleep(TAKE_OVER_S / 100)
        await super()._delete_session(client_id)

    async def _cleanup_session(self, client_id: str) -> None:
        session = self._sessions.get(client_id, (None, None))[0]
        if self._closing or session is None or not session.transitions.is_connected():
            await super()._cleanup_session(client_id)

    async def _client_message_loop(self, client_session: Session, handler: BrokerProtocolHandler) -> None:
        gone = asyncio.ensure_future(handler.wait_disconnect())
        deliver = asyncio.create_task(self._deliver(client_session, handler))
        loops = [
            asyncio.create_task(self._subscribe(client_session, handler)),
            asyncio.create_task(self._unsubscribe(client_session, handler)),
        ]
        try:
            await asyncio.wait([gone, deliver, *loops], return_when=asyncio.FIRST_COMPLETED)
            if not gone.done():
                await handler.handle_connection_closed()
            # Behind everything that was acknowledged: it is delivered, in order, before the session ends.
            client_session.delivered_message_queue.put_nowait(None)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TAKE_OVER_S):
                    await deliver
            await self._handle_disconnect(client_session, handler, gone)
        except asyncio.CancelledError:
            # The loop is being closed. asyncio would print the cancellation of a connection as a fault.
            return
        finally:
            for task in (gone, deliver, *loops):
                task.cancel()
            await asyncio.gather(gone, deliver, *loops, return_exceptions=True)

    async def _deliver(self, session: Session, handler: BrokerProtocolHandler) -> None:
        while (message := await session.delivered_message_queue.get()) is not None:
            if not await self._handle_message_delivery(session, handler, _done(message)):
                return

    async def _subscribe(self, session: Session, handler: BrokerProtocolHandler) -> None:
        while True:
            await self._handle_subscription(session, handler, _done(await handler.get_next_pending_subscription()))

    async def _unsubscribe(self, session: Session, handler: BrokerProtocolHandler) -> None:
        while True:
            await self._handle_unsubscription(session, handler, _done(await handler.get_next_pending_unsubscription()))

    async def _run_broadcast(self, running_tasks: deque[asyncio.Task[Any]]) -> None:
        broadcast = await self._broadcast_queue.get()
        topic, data = broadcast["topic"], broadcast["data"]
        for session, wanted in self._takers(topic):
            qos = broadcast.get("qos", wanted)
            if session.transitions.is_connected():
                handler = self._get_handler(session)
                if handler is not None:
                    running_tasks.append(asyncio.ensure_future(handler.mqtt_publish(topic, data, qos, retain=False)))
            elif not session.clean_session and qos > 0:
                await self._retain_broadcast_message(broadcast, qos, session)

    def _takers(self, topic: str) -> list[tuple[Session, int]]:
        """Who subscribed to a topic: one look-up, and a match of the few filters with wildcards."""
        found = list(self._subscriptions.get(topic, ()))
        for pattern, takers in self._subscriptions.items():
            if ("+" in pattern or "#" in pattern) and self._matches(topic, pattern):
                found += takers
        return found

    async def _handle_subscription(
        self, client_session: Session, handler: BrokerProtocolHandler, subscribe_waiter: asyncio.Future[Any]
    ) -> None:
        client_session.attributes[_SUBSCRIBING] = True
        try:
            await super()._handle_subscription(client_session, handler, subscribe_waiter)
        finally:
            client_session.attributes[_SUBSCRIBING] = False

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        if session.attributes.get(_SUBSCRIBING):
            await super()._publish_retained_messages_for_subscription(subscription, session)


def _done(result: Any) -> asyncio.Future[Any]:
    """amqtt's handlers take the future, not what is in it."""
    future = asyncio.get_running_loop().create_future()
    future.set_result(result)
    return future
