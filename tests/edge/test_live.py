"""Event streams over real sockets: who gets what, once, in order."""

import asyncio
import json
import random
import re
import socket

import h3
import pytest

from edge.rig import DEADLINE, HERE, NOWHERE, THERE, read_head, until
from tocsin.core import points
from tocsin.edge.live import Limits
from tocsin.warn.target import cover


async def test_hello_then_state_then_updates(rig):
    stream = await rig.live(HERE, extra="&lang=ru")
    await until(lambda: stream.named("state"))
    assert stream.status == 200
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.headers["access-control-allow-origin"] == "*"
    hello, state = stream.events
    assert hello.name == "hello"
    assert hello == {
        "protocol": 1,
        "server_time": "2024-01-04T20:00:00.000Z",
        "generated_at": "2024-01-04T20:00:00.000Z",
        "seq": 0,
        "cells": [HERE],
        "ping_s": 15,
        "source_age_s": 0.0,
        "next_poll_s": 5,
    }
    assert [area["id"] for area in state["areas"]] == ["here"]
    assert state["uncovered"] == []
    frame = rig.city.update()
    rig.publish(frame)
    await until(lambda: stream.named("update"))
    assert stream.named("update")[0] == frame["data"]
    assert stream.ids() == [1]


async def test_inside_boundary_and_outside(rig):
    """An alert for a polygon reaches a device in it and one in a cell that it only grazes, not one beyond."""
    lat, lon = h3.cell_to_boundary(HERE)[0]
    polygon = [[lon, lat], [lon + 0.2, lat], [lon + 0.2, lat + 0.2], [lon, lat + 0.2], [lon, lat]]
    cells = cover({"type": "Polygon", "coordinates": [polygon]})
    inside = h3.latlng_to_cell(lat + 0.1, lon + 0.1, 7)
    outside = h3.latlng_to_cell(lat - 0.2, lon - 0.2, 7)
    streams = [await rig.live(cell) for cell in (inside, HERE, outside)]
    for stream in streams:
        await until(lambda s=stream: s.named("state"))
    rig.publish({**rig.city.update(), "cells": list(cells)})
    rig.publish({**rig.city.update(), "cells": [outside]})
    await until(lambda: streams[2].ids() == [2])
    assert [stream.ids() for stream in streams] == [[1], [1], [2]]


async def test_a_client_with_many_cells_is_written_once(rig):
    stream = await rig.live(HERE, *sorted(set(h3.grid_disk(HERE, 2)) - {HERE}), THERE)
    await until(lambda: stream.named("state"))
    assert [area["id"] for area in stream.named("state")[0]["areas"]] == ["here", "there"]
    frame = rig.city.update()
    rig.publish({**frame, "cells": [h3.cell_to_parent(HERE, 3), HERE, THERE]})
    rig.publish(rig.city.update("there"))
    await until(lambda: len(stream.ids()) == 2)
    assert stream.ids() == [1, 2]


async def test_a_cell_outside_every_area_is_said(rig):
    stream = await rig.live(NOWHERE, HERE)
    await until(lambda: stream.named("state"))
    assert stream.named("state")[0]["uncovered"] == [NOWHERE]


async def test_a_late_client_reads_the_alert_in_its_state(rig):
    rig.publish(rig.city.update())
    await rig.caught_up()
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    state = stream.named("state")[0]
    assert (state.id, state["areas"][0]["phase"], state["alerts"][0]["id"]) == (1, "alert", "w-here")
    other = await rig.live(THERE)
    await until(lambda: other.named("state"))
    assert other.named("state")[0]["alerts"] == []


async def test_resume_replays_what_was_missed_and_no_more(rig):
    for area in ("here", "there", "here", "here"):
        rig.publish(rig.city.update(area))
    await rig.caught_up()
    for asked in ({"last": 1}, {"extra": "&last_event_id=1"}):
        stream = await rig.live(HERE, **asked)
        await until(lambda s=stream: s.named("state"))
        assert [e.name for e in stream.events] == ["hello", "update", "update", "state"]
        assert stream.ids() == [3, 4]


@pytest.mark.parametrize("last", ["999", "x", "", "-1", "٣", "9" * 30])
async def test_an_id_that_means_nothing_gets_a_fresh_state(rig, last):
    rig.publish(rig.city.update())
    await rig.caught_up()
    stream = await rig.live(HERE, last=last.encode().decode("latin-1") if last.isascii() else "3x")
    await until(lambda: stream.named("state"))
    assert stream.ids() == []
    rig.publish(rig.city.update())
    await until(lambda: stream.ids() == [2])


async def test_a_backlog_that_does_not_reach_back_gives_a_fresh_state(rig):
    for _ in range(1005):
        rig.publish(rig.city.update())
    await rig.caught_up()
    stream = await rig.live(HERE, last=2)
    await until(lambda: stream.named("state"))
    assert stream.ids() == []
    assert stream.named("state")[0].id == 1005
    near = await rig.live(HERE, last=1000)
    await until(lambda: near.named("state"))
    assert near.ids() == [1001, 1002, 1003, 1004, 1005]


@pytest.mark.parametrize("seed", range(3))
async def test_random_disconnects_lose_and_repeat_nothing(rig, seed):
    """Every matching update exactly once and in order, whenever the client drops out while updates pour in."""
    rng = random.Random(seed)
    published = []

    async def publish():
        for _ in range(400):
            frame = rig.city.update(rng.choice(["here", "there"]))
            published.append(frame)
            rig.publish(frame)
            await asyncio.sleep(rng.choice([0, 0, 0.001]))

    async def client(cell):
        got, last, start = [], None, None
        while not (done.is_set() and last is not None and last >= goal[cell]):
            stream = await rig.live(cell, last=last)
            enough = rng.randint(0, 15)
            async with asyncio.timeout(DEADLINE):
                while len(stream.events) < enough and not (done.is_set() and (stream.last_id() or 0) >= goal[cell]):
                    await asyncio.sleep(0.001)
            await stream.stop()
            got += stream.ids()
            if start is None and stream.last_id() is not None:
                start = stream.named("state")[0].id
            last = last if stream.last_id() is None else stream.last_id()
        return start, got

    done, goal = asyncio.Event(), {}
    clients = [asyncio.create_task(client(cell)) for cell in (HERE, THERE, HERE, THERE)]
    await publish()
    for cell, area in ((HERE, "here"), (THERE, "there")):
        goal[cell] = max(f["seq"] for f in published if f["data"]["siren_areas"] == [area])
    await rig.caught_up()
    done.set()
    for task, area in zip(clients, ("here", "there") * 2, strict=True):
        start, got = await asyncio.wait_for(task, DEADLINE)
        assert got == [f["seq"] for f in published if f["data"]["siren_areas"] == [area] and f["seq"] > start]
        assert got, "the run was long enough to mean something"


async def test_a_hub_that_restarts_loses_and_repeats_nothing(rig):
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    old = [rig.city.update() for _ in range(3)]
    for frame in old:
        rig.publish(frame)
    await until(lambda: stream.ids() == [1, 2, 3])
    await rig.hub.close()
    missed = rig.city.update()
    plain = rig.city.state
    rig.city.state = lambda: {**plain(), "backlog": [*old, missed], "backlog_after": 0}
    await rig.start_hub()
    await until(lambda: stream.ids() == [1, 2, 3, 4])
    rig.publish(missed)
    rig.publish(rig.city.update())
    await until(lambda: 5 in stream.ids())
    assert stream.ids() == [1, 2, 3, 4, 5]


async def test_when_updates_were_missed_for_good_everyone_gets_a_state(rig):
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    rig.publish(rig.city.update())
    await until(lambda: stream.ids() == [1])
    await rig.hub.close()
    rig.city.update()
    await rig.start_hub()
    await until(lambda: stream.named("state")[-1]["seq"] == 2)
    assert stream.ids() == [1]
    rig.publish(rig.city.update())
    await until(lambda: stream.ids() == [1, 3])
    back = await rig.live(HERE, last=1)
    await until(lambda: back.named("state"))
    assert back.ids() == [], "what cannot be replayed whole is not replayed in part"


async def test_after_a_gap_no_update_goes_before_the_fresh_state(rig):
    """Else a client that drops in between would resume above what it missed."""
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    rig.publish(rig.city.update())
    await until(lambda: stream.ids() == [1])
    await rig.hub.close()
    rig.city.update()
    newest, plain = rig.city.update(), rig.city.state
    rig.city.state = lambda: {**plain(), "backlog": [newest], "backlog_after": 2}
    await rig.start_hub()
    await until(lambda: stream.named("state")[-1]["seq"] == 3)
    assert [event.name for event in stream.events if event.id == 3] == ["state"]
    rig.publish(rig.city.update())
    await until(lambda: stream.ids() == [1, 4])


async def test_a_ledger_that_was_replaced_starts_everyone_afresh(rig):
    for _ in range(5):
        rig.publish(rig.city.update())
    await rig.caught_up()
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    await rig.hub.close()
    rig.city.seq, rig.city.alerts = 0, {}
    await rig.start_hub()
    await until(lambda: len(stream.named("state")) >= 2)
    assert stream.named("state")[-1]["alerts"] == []
    rig.publish(rig.city.update())
    await until(lambda: stream.ids() == [1])


async def test_an_update_published_twice_is_written_once(rig):
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    frame = rig.city.update()
    for _ in range(3):
        rig.publish(frame)
    rig.publish(rig.city.update())
    await until(lambda: 2 in stream.ids())
    assert stream.ids() == [1, 2]


async def test_a_client_from_before_the_first_state_is_told_when_it_comes(tmp_path):
    from edge.rig import Rig

    rig = Rig(tmp_path, Limits())
    await rig.start(hub=False)
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    assert stream.named("state")[0]["source_age_s"] is None
    assert stream.named("state")[0]["uncovered"] == [HERE]
    assert (await rig.get(f"/api/v1/now/{HERE}.json")).status == 503
    await rig.start_hub()
    await until(lambda: stream.named("state")[-1]["areas"])
    await rig.stop()


async def an_edge_that_starts_before_the_hub(tmp_path):
    """As after a power cut: three updates are in the ledger, one of them elsewhere, and the edge knows nothing yet."""
    from edge.rig import Rig

    rig = Rig(tmp_path, Limits())
    before, plain = [rig.city.update(), rig.city.update("there"), rig.city.update(phase="ended")], rig.city.state
    rig.city.state = lambda: {**plain(), "backlog": before, "backlog_after": 0}
    await rig.start(hub=False)
    return rig


async def test_who_resumes_before_the_first_state_gets_what_was_missed_with_it(tmp_path):
    rig = await an_edge_that_starts_before_the_hub(tmp_path)
    back, new, level = await rig.live(HERE, last=0), await rig.live(HERE), await rig.live(HERE, last=3)
    streams = (back, new, level)
    for stream in streams:
        await until(lambda stream=stream: stream.named("state"))
    assert [stream.last_id() for stream in streams] == [None, None, None], "they resume where they were"
    await rig.start_hub()
    for stream in streams:
        await until(lambda stream=stream: len(stream.named("state")) == 2)
    rig.publish(rig.city.update())
    await until(lambda: all(4 in stream.ids() for stream in streams))
    assert [stream.ids() for stream in streams] == [[1, 3, 4], [4], [4]]
    assert [event.name for event in back.events[2:]] == ["update", "update", "state", "update"]
    assert [stream.ids("state") for stream in streams] == [[None, 3]] * 3
    await rig.stop()


async def test_what_cannot_be_told_whole_before_the_first_state_is_the_state_alone(tmp_path):
    rig = await an_edge_that_starts_before_the_hub(tmp_path)
    ahead = await rig.live(HERE, last=99)
    await until(lambda: ahead.named("state"))
    await rig.start_hub()
    await until(lambda: len(ahead.named("state")) == 2)
    assert ahead.ids() == []
    await rig.stop()


async def test_redefined_areas_are_pushed(rig):
    stream = await rig.live(NOWHERE)
    await until(lambda: stream.named("state"))
    rig.city.cells["far"], rig.city.phases["far"] = [h3.cell_to_parent(NOWHERE, 4)], "ok"
    rig.publish(rig.city.state())
    await until(lambda: len(stream.named("state")) == 2)
    assert stream.named("state")[1]["areas"][0]["id"] == "far"
    assert stream.named("state")[1]["uncovered"] == []


async def test_old_data_turns_unknown_and_back(rig):
    rig.publish(rig.city.update("there", "ended"))
    stream = await rig.live(THERE)
    await until(lambda: stream.named("state"))
    rig.clock.advance(30)
    rig.edge.tick()
    rig.clock.advance(0.001)
    assert len(stream.named("state")) == 1
    rig.edge.tick()
    await until(lambda: len(stream.named("state")) == 2)
    state = stream.named("state")[1]
    assert (state["areas"][0]["phase"], state["source_age_s"]) == ("unknown", 30.001)
    late = await rig.live(THERE)
    await until(lambda: late.named("state"))
    assert late.named("state")[0]["areas"][0]["phase"] == "unknown"
    assert (await rig.get(f"/api/v1/now/{THERE}.json")).json()["areas"][0]["phase"] == "unknown"
    resumed = await rig.live(THERE, last=0)
    await until(lambda: resumed.named("state"))
    assert resumed.events[-1]["areas"][0]["phase"] == "unknown", "unknown is the last word after a replay too"
    rig.publish(rig.city.beat())
    rig.edge.tick()
    await until(lambda: rig.edge.truth.age_s(rig.clock.now()) == 0)
    rig.edge.tick()
    await until(lambda: len(stream.named("state")) == 3)
    assert stream.named("state")[2]["areas"][0]["phase"] == "ended"


async def test_a_warning_is_said_at_once_even_when_the_data_is_old_and_an_end_is_not(rig):
    here, there = await rig.live(HERE), await rig.live(THERE)
    await until(lambda: here.named("state") and there.named("state"))
    rig.clock.advance(60)
    rig.edge.tick()
    old_alert, old_end = rig.city.update("here", "alert"), rig.city.update("there", "ended")
    for frame in (old_alert, old_end):
        frame["data"]["at"] = "2024-01-04T20:00:01Z"
        rig.publish(frame)
    await until(lambda: here.ids() and there.ids())
    assert here.named("update")[0]["areas"][0]["phase"] == "alert"
    assert there.named("update")[0]["areas"][0]["phase"] == "unknown"


async def test_everyone_is_pinged_with_the_age_of_the_data(rig):
    streams = [await rig.live(HERE) for _ in range(20)] + [await rig.live(HERE, path="/drill")]
    await until(lambda: all(s.named("hello") for s in streams))
    rig.clock.advance(3)
    for _ in range(15):
        rig.edge.tick()
    await until(lambda: all(s.named("ping") for s in streams))
    assert all(len(s.named("ping")) <= 2 for s in streams)
    assert streams[0].named("ping")[0] == {"server_time": "2024-01-04T20:00:03.000Z", "data_age_s": 3.0, "seq": 0}


async def test_drills_and_live_never_meet(rig):
    live, drill = await rig.live(HERE), await rig.live(HERE, path="/drill")
    await until(lambda: live.named("state") and drill.named("hello"))
    for _ in range(3):
        rig.publish(rig.city.drill())
        rig.publish(rig.city.update())
    await until(lambda: len(live.ids()) == 3 and len(drill.ids("drill")) == 3)
    assert {e.name for e in live.events} == {"hello", "state", "update"}
    assert {e.name for e in drill.events} == {"hello", "drill"}
    assert "Exercise" not in json.dumps(live.events)
    assert "wail" not in json.dumps(drill.events)
    resumed, resumed_drill = await rig.live(HERE, last=1), await rig.live(HERE, last=2, path="/drill")
    await until(lambda: resumed.named("state") and resumed_drill.ids("drill") == [3, 5])
    assert resumed.ids() == [2, 4, 6]


async def test_receipts_tell_how_many_were_written(rig):
    streams = [await rig.live(HERE) for _ in range(3)] + [await rig.live(THERE)]
    await until(lambda: all(s.named("state") for s in streams))
    rig.publish(rig.city.update())
    rig.publish({**rig.city.update(), "cells": [NOWHERE]})
    await until(lambda: len(rig.receipts) == 2)
    at = "2024-01-04T20:00:00.000Z"
    shared = {"subject": "live.written", "edge": "edge-t"}
    assert rig.receipts[0] == {**shared, "seq": 1, "clients": 3, "first_at": at, "last_at": at}
    assert rig.receipts[1] == {**shared, "seq": 2, "clients": 0, "first_at": None, "last_at": None}


async def test_the_crash_point_stands_before_the_first_write(rig, monkeypatch):
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    reached = []
    monkeypatch.setattr(points, "on_reach", lambda point: reached.append((point, rig.edge.live.last)))
    rig.publish(rig.city.update())
    await until(stream.ids)
    assert reached == [("edge.before_write", 1)]


class TestSlow:
    @pytest.fixture
    def limits(self):
        return Limits(buffer_bytes=64 * 1024)

    async def test_a_slow_client_is_closed_and_the_others_get_all(self, rig):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", rig.port))
        sock.send(f"GET /live?cells={HERE} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
        quick = await rig.live(HERE)
        await until(lambda: len(rig.edge.live.clients) == 2)
        sent = 0
        async with asyncio.timeout(DEADLINE):
            while rig.edge.live.slow == 0:
                rig.publish(rig.city.update(pad=20_000))
                sent += 1
                await until(lambda: rig.edge.live.last == rig.city.seq)
        await until(lambda: quick.ids() == list(range(1, sent + 1)))
        assert len(rig.edge.live.clients) == 1
        assert sent < 100, "the bound holds: the kernel's buffers and 64 KiB, not more"
        sock.close()


async def test_a_bad_frame_harms_nobody(rig):
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    for frame in ({"subject": "live.update"}, {"subject": "live.beat", "as_of": "yesterday"}, {"x": 1, "subject": 3}):
        rig.hub._peers.copy().pop().push(__import__("tocsin.bus.frames", fromlist=["pack"]).pack(frame))
    rig.publish(rig.city.update())
    await until(lambda: stream.ids() == [1])
    assert rig.edge.bad_frames >= 2


async def test_stopping_tells_streams_when_to_return_and_lets_them_finish(rig):
    readers = []
    for _ in range(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(f"GET /live?cells={HERE} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
        await read_head(reader)
        readers.append((reader, writer))
    await until(lambda: len(rig.edge.live.clients) == 5)
    rig.publish(rig.city.update())
    await rig.caught_up()
    rig.task.cancel()
    for reader, writer in readers:
        async with asyncio.timeout(DEADLINE):
            rest = (await reader.read()).decode()
        assert "event: update\nid: 1\n" in rest
        waits = re.findall(r"^retry: (\d+)$", rest, re.MULTILINE)
        assert len(waits) == 2
        assert all(1000 <= int(wait) <= 5000 for wait in waits)
        writer.close()
