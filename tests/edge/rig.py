"""A real edge on a real socket, fed by a real hub, with a clock that the test sets."""

import asyncio
import json
import socket
from datetime import UTC, datetime, timedelta

import h3

from tocsin.bus.listener import subscribe
from tocsin.bus.local import LocalHub
from tocsin.core.time import rfc3339
from tocsin.edge.server import serve

DEADLINE = 20
START = datetime(2024, 1, 4, 20, 0, tzinfo=UTC)

HERE = h3.latlng_to_cell(50.60, 36.60, 7)
THERE = h3.latlng_to_cell(50.30, 36.90, 7)
NOWHERE = h3.latlng_to_cell(10.0, 10.0, 7)


async def until(condition):
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.002)


class Clock:
    def __init__(self):
        self.at = START

    def now(self):
        return self.at

    def advance(self, seconds):
        self.at += timedelta(seconds=seconds)


class City:
    """Two areas and what is known of them: the worker's part, in small."""

    def __init__(self, clock):
        self.clock = clock
        self.seq = 0
        self.cells = {"here": [h3.cell_to_parent(HERE, 5)], "there": [THERE]}
        self.phases = {"here": "ok", "there": "ok"}
        self.alerts = {}

    def area(self, area_id):
        return {"id": area_id, "names": {"en": area_id}, "phase": self.phases[area_id], "kind": None, "levels": []}

    def state(self):
        return {
            "subject": "live.state",
            "seq": self.seq,
            "as_of": rfc3339(self.clock.now()),
            "areas": [{"state": self.area(one), "cells": self.cells[one]} for one in self.cells],
            "alerts": [{"doc": doc, "cells": cells} for doc, cells in self.alerts.values()],
        }

    def update(self, area_id="here", phase="alert", pad=0):
        self.seq += 1
        self.phases[area_id] = phase
        doc = {
            "id": f"w-{area_id}",
            "areas": [area_id],
            "headline": {"en": "Take cover" + "!" * pad},
            "expires": rfc3339(self.clock.now() + timedelta(hours=1)),
            "end": None if phase == "alert" else "all_clear",
        }
        self.alerts[doc["id"]] = (doc, self.cells[area_id])
        return {
            "subject": "live.update",
            "seq": self.seq,
            "id": f"event-{self.seq}",
            "cells": self.cells[area_id],
            "data": {
                "seq": self.seq,
                "at": rfc3339(self.clock.now()),
                "entry": "warning.issued",
                "areas": [self.area(area_id)],
                "alert": doc,
                "sound": "wail",
                "siren_areas": [area_id],
            },
        }

    def drill(self, area_id="here"):
        self.seq += 1
        data = {"drill": f"d{self.seq}", "status": "Exercise", "areas": [area_id], "seq": self.seq}
        return {
            "subject": "drill.update",
            "seq": self.seq,
            "id": f"event-{self.seq}",
            "cells": self.cells[area_id],
            "data": data,
        }

    def beat(self):
        return {"subject": "live.beat", "seq": self.seq, "as_of": rfc3339(self.clock.now())}


class Event(dict):
    """One event of a stream: ``name``, ``id`` and the fields of its data."""

    name = id = None


def parse_event(block):
    event = Event()
    for line in block.split("\n"):
        field, _, value = line.partition(": ")
        if field == "data":
            event.update(json.loads(value))
        elif field == "event":
            event.name = value
        elif field == "id":
            event.id = int(value)
    return event


class Stream:
    """An SSE client that collects events in the background."""

    def __init__(self, reader, writer, status, headers):
        self.reader, self.writer, self.status, self.headers = reader, writer, status, headers
        self.events, self.closed = [], False
        self.task = asyncio.create_task(self.follow())

    async def follow(self):
        try:
            while True:
                block = (await self.reader.readuntil(b"\n\n")).decode()[:-2]
                if not block.startswith("retry"):
                    self.events.append(parse_event(block))
                elif "\n" in block:
                    self.events.append(parse_event(block.split("\n", 1)[1]))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed = True

    def named(self, name):
        return [event for event in self.events if event.name == name]

    def ids(self, name="update"):
        return [event.id for event in self.named(name)]

    def last_id(self):
        ids = [event.id for event in self.events if event.id is not None]
        return ids[-1] if ids else None

    async def stop(self):
        self.task.cancel()
        self.writer.close()
        await asyncio.gather(self.task, return_exceptions=True)


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Rig:
    def __init__(self, folder, limits):
        self.path, self.limits = folder / "bus.sock", limits
        self.clock = Clock()
        self.city = City(self.clock)
        self.receipts, self.streams = [], []
        self.edge = self.port = self.hub = self.tls = None

    async def start(self, *, hub=True):
        if hub:
            await self.start_hub()
        ready = asyncio.Event()

        def on_ready(edge, port):
            self.edge, self.port = edge, port
            ready.set()

        sock = socket.create_server(("127.0.0.1", 0))
        bus = subscribe(self.path, "edge-t")
        self.task = asyncio.create_task(
            serve("", 0, bus, "edge-t", clock=self.clock, sock=sock, limits=self.limits, tls=self.tls, ready=on_ready)
        )
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({waiting, self.task}, return_when=asyncio.FIRST_COMPLETED, timeout=DEADLINE)
        if not ready.is_set():
            waiting.cancel()
            await self.task
        if hub:
            await until(self.edge.known)

    async def start_hub(self, **bounds):
        self.hub = LocalHub(self.city.state, lambda _, frame: self.receipts.append(frame), **bounds)
        await self.hub.start(self.path)

    def publish(self, frame):
        self.hub.publish(frame)
        return frame["seq"]

    async def caught_up(self):
        await until(lambda: max(self.edge.live.last, self.edge.drill.last) >= self.city.seq)

    async def live(self, *cells, last=None, path="/live", extra=""):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"GET {path}?cells={','.join(cells)}{extra} HTTP/1.1\r\nHost: t\r\n"
        if last is not None:
            head += f"Last-Event-ID: {last}\r\n"
        writer.write(head.encode() + b"\r\n")
        status, headers = await read_head(reader)
        stream = Stream(reader, writer, status, headers)
        self.streams.append(stream)
        return stream

    async def ask(self, raw):
        """Send bytes as they are, read one reply."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            return await read_reply(reader, head_only=raw.startswith(b"HEAD"))
        finally:
            writer.close()

    async def get(self, target, method="GET", **headers):
        lines = [f"{method} {target} HTTP/1.1", "Host: t"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return await self.ask(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def stop(self):
        for stream in self.streams:
            await stream.stop()
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        if self.hub is not None:
            await self.hub.close()


async def read_head(reader):
    async with asyncio.timeout(DEADLINE):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    return int(first.split()[1]), {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}


async def read_reply(reader, *, head_only=False):
    status, headers = await read_head(reader)
    length = 0 if head_only or status in (204, 304) else int(headers["content-length"])
    return Reply(status, headers, await reader.readexactly(length))
