"""Several edge processes on one port: who dies is started again, its clients resume elsewhere without gap or duplicate,
and all of them end with their parent.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from edge.rig import HERE, City, Clock, Stream, read_head, read_reply, until
from tocsin.bus.local import LocalHub

pytestmark = pytest.mark.processes

FAMILY = """
import sys
from pathlib import Path
from tocsin.edge.many import keep
from tocsin.edge.server import run
path, port = Path(sys.argv[1]), int(sys.argv[2])
keep(2, lambda number: run("127.0.0.1", port, path, f"edge.{number}", reuse_port=True))
"""


class Family:
    """The parent, its hub, and clients on their port."""

    def __init__(self, folder):
        self.path = folder / "bus.sock"
        self.city = City(Clock())
        self.hub = LocalHub(self.city.state)
        with socket.create_server(("127.0.0.1", 0), reuse_port=True) as door:
            self.port = door.getsockname()[1]
        self.streams = []

    async def start(self):
        await self.hub.start(self.path)
        self.parent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FAMILY, str(self.path), str(self.port), stderr=asyncio.subprocess.DEVNULL
        )
        await until(lambda: self.hub.stats()["subscribers"] == 2)

    def children(self):
        text = Path(f"/proc/{self.parent.pid}/task/{self.parent.pid}/children").read_text()
        return {int(pid) for pid in text.split()}

    async def health(self):
        """The health that whichever process answers tells."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n")
        reply = await read_reply(reader)
        writer.close()
        return json.loads(reply.body)

    async def live(self, last=None):
        while True:  # what a browser does: try again
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                resume = "" if last is None else f"Last-Event-ID: {last}\r\n"
                writer.write(f"GET /live?cells={HERE} HTTP/1.1\r\nHost: t\r\n{resume}\r\n".encode())
                stream = Stream(reader, writer, *await read_head(reader))
                break
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.05)
        self.streams.append(stream)
        await until(lambda: stream.named("state") or stream.closed)
        return stream

    async def stop(self):
        for stream in self.streams:
            await stream.stop()
        if self.parent.returncode is None:
            self.parent.terminate()
        code = await self.parent.wait()
        await self.hub.close()
        return code


@pytest.fixture
async def family(tmp_path):
    made = Family(tmp_path)
    await made.start()
    yield made
    await made.stop()


async def test_processes_share_the_port_and_a_killed_one_takes_nothing_along(family):
    names = set()
    while len(names) < 2:
        names.add((await family.health())["edge"])
    assert names == {"edge.1", "edge.2"}
    streams = [await family.live() for _ in range(16)]
    family.hub.publish(family.city.update())
    await until(lambda: all(stream.ids() == [1] for stream in streams))

    killed = min(family.children())
    os.kill(killed, signal.SIGKILL)
    family.hub.publish(family.city.update())
    lost = [stream for stream in streams if stream.closed]
    await until(lambda: all(stream.closed or stream.ids() == [1, 2] for stream in streams))
    lost = [stream for stream in streams if stream.closed]
    again = [await family.live(last=stream.last_id()) for stream in lost]
    family.hub.publish(family.city.update())
    await until(lambda: all(stream.ids()[-1:] == [3] for stream in [*again, *set(streams) - set(lost)]))
    for before, after in zip(lost, again, strict=True):
        assert before.ids() + after.ids() == [1, 2, 3], "no gap and no duplicate"
    assert all(stream.ids() == [1, 2, 3] for stream in set(streams) - set(lost))

    await until(lambda: len(family.children() - {killed}) == 2)
    await until(lambda: family.hub.stats()["subscribers"] == 2)


async def test_they_end_with_their_parent_in_good_order(family):
    children = family.children()
    assert await family.stop() == 0
    await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


async def test_they_do_not_outlive_a_parent_that_is_killed(family):
    children = family.children()
    family.parent.kill()
    await until(lambda: not any(_alive(pid) for pid in children))


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
