"""How bytes leave: past the loop where the kernel takes them, in order where it does not, danger first."""

import asyncio
import contextlib
import errno
import itertools
import os
import re
import socket

from edge.rig import HERE, THERE, until
from tocsin.edge.server import Server
from tocsin.edge.stream import Stream
from tocsin.edge.wire import Door, Wire

KEYS = itertools.count(-1_000_000)


class Recorder:
    """A connection that notes in which order it is written; it has no descriptor."""

    def __init__(self, name, cells, order, *, takes=True):
        self.name, self.cells, self.order, self.takes = name, cells, order, takes
        self.key, self.slot = next(KEYS), 0

    def write(self, _data):
        self.order.append(self.name)
        return self.takes


def test_who_is_in_danger_is_written_first_and_nobody_twice():
    order = []
    stream = Stream("update")
    everyone = [Recorder(f"far-{n}", (THERE,), order) for n in range(20)]
    everyone += [Recorder(f"near-{n}", (HERE, THERE), order) for n in range(20)]
    for client in everyone:
        stream.join(client)
    assert stream.spread(1, [HERE, THERE], b"x", first=[HERE]) == 40
    assert all(name.startswith("near") for name in order[:20])
    assert sorted(order) == sorted(client.name for client in everyone)
    assert stream.spread(1, [HERE, THERE], b"x") == 0, "who has had it is passed over"


def test_a_client_that_takes_no_more_is_counted_as_slow_and_not_as_written():
    order = []
    stream = Stream("update")
    stream.join(Recorder("a", (HERE,), order, takes=False))
    stream.join(Recorder("b", (HERE,), order))
    assert stream.spread(1, [HERE], b"x") == 1
    assert stream.slow == 1


async def test_an_exercise_for_many_is_written_in_batches_and_a_warning_goes_between(rig):
    order = []
    for _ in range(450):
        rig.edge.drill.join(Recorder("drill", (HERE,), order))
    rig.edge.live.join(Recorder("live", (HERE,), order))
    first, second = rig.city.drill(), rig.city.drill()
    rig.edge.take(first)
    rig.edge.take(second)
    rig.edge.take(rig.city.update())
    assert order.index("live") == 200, "one batch, and then the warning"
    await until(lambda: len(order) == 901)
    assert order.count("drill") == 900, "both to everyone, once"
    assert second["seq"] == rig.edge.drill.last


async def deaf(rig):
    """A client that reads nothing by itself, and its connection at the edge."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", rig.port))
    await loop.sock_sendall(sock, f"GET /live?cells={HERE} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
    await until(lambda: rig.edge.live.clients)
    (wire,) = rig.edge.live.clients.values()
    return sock, wire


async def test_what_the_kernel_does_not_take_follows_in_order_when_the_client_reads_on(rig):
    sock, wire = await deaf(rig)
    key, loop, sent = wire.key, asyncio.get_running_loop(), 0
    while key not in rig.edge.live.apart:  # until the kernel has no more room
        rig.publish(rig.city.update(pad=20_000))
        sent += 1
        await rig.caught_up()
    rig.publish(rig.city.update())
    await rig.caught_up()
    heard = b""
    while f"id: {rig.city.seq}\n".encode() not in heard or not heard.endswith(b"\n\n"):
        heard += await loop.sock_recv(sock, 65_536)
    ids = [int(one) for one in re.findall(rb"event: update\nid: (\d+)\n", heard)]
    assert ids == list(range(1, sent + 2))
    await until(lambda: not rig.edge.live.apart)
    sock.close()


async def test_of_who_never_reads_little_lies_in_the_memory_of_the_kernel(rig):
    sock, wire = await deaf(rig)
    rig.publish(rig.city.update(pad=100_000))
    await rig.caught_up()
    assert wire._unsent.size > 64 * 1024, "with us, where all clients share the bytes"
    sock.close()


async def test_a_kernel_without_memory_is_not_asked_in_every_turn(rig, monkeypatch):
    sock, wire = await deaf(rig)
    rig.publish(rig.city.update(pad=50_000))
    await rig.caught_up()
    heard, asked, write = b"", [], os.write

    def empty(fd, data):
        if fd == wire.key:
            asked.append(1)
            raise BlockingIOError
        return write(fd, data)

    monkeypatch.setattr("tocsin.edge.wire.os.write", empty)
    with contextlib.suppress(BlockingIOError):
        while True:  # now there is room, as epoll says
            heard += sock.recv(65_536)
    await until(lambda: len(asked) > 2)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(asked) < 10, "at intervals"
    monkeypatch.undo()
    while f"id: {rig.city.seq}\n".encode() not in heard or not heard.endswith(b"\n\n"):
        heard += await asyncio.get_running_loop().sock_recv(sock, 65_536)
    await until(lambda: not rig.edge.live.apart)
    sock.close()


async def test_an_exercise_for_who_has_left_is_not_written_to_who_has_the_number_now(rig):
    order = []
    for _ in range(201):
        rig.edge.drill.join(Recorder("stays", (HERE,), order))
    rig.edge.drill.join(gone := Recorder("gone", (HERE,), order))
    rig.edge.take(rig.city.drill())
    rig.edge.drill.leave(gone)
    new = Recorder("new", (HERE,), order)
    new.key = gone.key
    rig.edge.drill.join(new)
    await until(lambda: len(order) == 201)
    await asyncio.sleep(0)
    assert set(order) == {"stays"}


async def test_who_asks_in_the_middle_of_a_storm_of_connections_is_served_and_so_is_the_storm(rig):
    loop, request = asyncio.get_running_loop(), f"GET /live?cells={HERE} HTTP/1.1\r\nHost: t\r\n\r\n".encode()
    crowd = [socket.socket() for _ in range(300)]
    for sock in crowd:
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", rig.port))
        sock.send(request)
    rig.publish(rig.city.update())
    await until(lambda: len(rig.edge.live.clients) == 300)
    for sock in crowd:
        heard = b""
        while b"event: state" not in heard or f"id: {rig.city.seq}\n".encode() not in heard:
            heard += await loop.sock_recv(sock, 65_536)
        assert heard.count(b"event: update") <= 1
        sock.close()
    await until(lambda: not rig.edge.live.clients)


async def test_a_system_without_descriptors_is_asked_again_and_not_in_every_turn(rig):
    asked = []

    class Full:
        def __init__(self, sock):
            self.sock = sock

        def fileno(self):
            return self.sock.fileno()

        def _accept(self):
            asked.append(1)
            if len(asked) == 1:
                raise OSError(errno.EMFILE, "too many open files")
            return self.sock._accept()

        def close(self):
            self.sock.close()

    door = Door(Server(rig.edge), socket.create_server(("127.0.0.1", 0)), 10)
    rig.port = door._sock.getsockname()[1]
    door._sock = Full(door._sock)
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    assert len(asked) == 3, "refused, accepted, and nobody more is there"
    await stream.stop()
    await until(lambda: not rig.edge.live.clients)
    door.close()
    door.end()


async def test_a_closed_client_has_its_last_bytes_first(rig):
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    (client,) = rig.edge.live.clients.values()
    reading, stream.task = stream.task, asyncio.create_task(asyncio.sleep(0))
    reading.cancel()
    while client.key not in rig.edge.live.apart:
        rig.publish(rig.city.update(pad=50_000))
        await rig.caught_up()
    client.close()
    assert not rig.edge.live.clients
    heard = await stream.reader.read()
    assert heard.endswith(b"\n\n")
    assert f"id: {rig.city.seq}\n".encode() in heard


async def test_a_connection_that_fails_goes_and_the_others_stay(rig, monkeypatch):
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))

    def fail(*_):
        raise RuntimeError("a fault of ours")

    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    monkeypatch.setattr(Wire, "received", fail)
    writer.write(b"GET / HTTP/1.1\r\n")
    assert await reader.read() == b""
    writer.close()
    rig.publish(rig.city.update())
    await until(lambda: stream.ids() == [1])


async def test_a_stream_that_begins_behind_answers_not_taken_yet_goes_past_none_of_them(rig):
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    door = Door(Server(rig.edge), listening, 10)
    sock, loop = socket.socket(), asyncio.get_running_loop()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    await loop.sock_connect(sock, listening.getsockname())
    await until(lambda: door._all)
    (wire,) = door._all.values()
    while wire._unsent is None or wire._unsent.size < 20_000:  # the kernel has no more room
        await loop.sock_sendall(sock, f"GET /api/v1/now/{HERE}.json HTTP/1.1\r\nHost: t\r\n\r\n".encode())
        await asyncio.sleep(0.002)
    await loop.sock_sendall(sock, f"GET /live?cells={HERE} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
    await until(lambda: rig.edge.live.clients)
    assert wire._unsent is not None
    heard = b""
    with contextlib.suppress(BlockingIOError):
        while True:  # there is room again, and the edge has not seen it yet
            heard += sock.recv(65_536)
    rig.edge.take(rig.city.update())
    while b"event: update" not in heard or not heard.endswith(b"\n\n"):
        heard += await loop.sock_recv(sock, 65_536)
    assert heard.index(b"event: state") < heard.index(b"event: update")
    sock.close()
    await until(lambda: not rig.edge.live.clients)
    door.close()
    door.end()
