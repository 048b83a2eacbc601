"""How bytes leave: past the loop where the kernel takes them, in order where it does not, danger first."""

import asyncio
import re
import socket

from edge.rig import HERE, THERE, until
from tocsin.edge.stream import Stream


class Recorder:
    """A connection that notes in which order it is written."""

    def __init__(self, name, cells, order, *, takes=True):
        self.name, self.cells, self.order, self.takes = name, cells, order, takes
        self.last = self.slot = 0
        self.pending, self.direct = False, None

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
    assert all(client.last == second["seq"] for client in rig.edge.drill.clients)


async def test_what_the_kernel_does_not_take_follows_in_order_when_the_client_reads_on(rig):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", rig.port))
    await loop.sock_sendall(sock, f"GET /live?cells={HERE} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
    await until(lambda: rig.edge.live.clients)
    (client,) = rig.edge.live.clients
    sent = 0
    while client.direct is not None:  # until the kernel has no more room
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
    await until(lambda: client.direct is not None)
    sock.close()
