"""A resident's page goes on where it was, also when its connection is reset in the middle of an event."""

from __future__ import annotations

import asyncio
import socket
import struct

from tocsin.cli.observers import LiveClient

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
WHOLE = b'id: 7\nevent: update\ndata: {"seq": 7}\n\n'
BEGUN = b'id: 8\nevent: update\ndata: {"se'


async def test_after_a_reset_it_asks_from_the_last_whole_event_on() -> None:
    asked: list[bytes] = []
    again = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(HEAD + WHOLE + BEGUN)
        await writer.drain()
        if len(asked) > 1:
            again.set()
            writer.close()
            return
        while not page.received:
            await asyncio.sleep(0.01)
        # Closed without waiting for what is on its way: the peer gets RST instead of the stream's end.
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        page = LiveClient(area="a", cell="c", edge_url=f"http://{host}:{port}")
        listening = asyncio.create_task(page.run())
        try:
            async with asyncio.timeout(30):
                await again.wait()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    assert b"last-event-id" not in asked[0].lower()
    assert b"last-event-id: 7\r\n" in asked[1].lower()
