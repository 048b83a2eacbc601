"""What every bus does, whatever carries it."""

import asyncio
import contextlib
import itertools
import os
import socket
import stat

import pytest

import nats_server
from tocsin.bus import frames, nats, nats_letters, nats_link
from tocsin.bus.listener import subscribe
from tocsin.bus.local import LocalHub
from tocsin.bus.nats import NatsHub, NatsSubscription
from tocsin.bus.subjects import DRILL_UPDATE, LIVE_BEAT, LIVE_UPDATE, LIVE_WRITTEN
from tocsin.core.errors import Invalid, Unavailable

DEADLINE = 20


class World:
    """A truth that updates are published from."""

    def __init__(self):
        self.seq = 0
        self.heard = []

    def state(self):
        return {"seq": self.seq, "as_of": "2024-01-01T00:00:00Z", "areas": [], "alerts": []}

    def update(self, subject=LIVE_UPDATE, pad=0):
        self.seq += 1
        return {"subject": subject, "seq": self.seq, "id": f"e{self.seq}", "cells": [], "data": {"pad": "x" * pad}}


class Follower:
    """Collects what a subscription yields."""

    def __init__(self, subscription):
        self.subscription = subscription
        self.frames = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.task = asyncio.create_task(self.follow())

    async def follow(self):
        async for frame in self.subscription:
            self.frames.append(frame)
            await self.gate.wait()

    def states(self):
        return [f for f in self.frames if f["subject"] == "live.state"]

    def seqs(self):
        """Every update once, in the order of its first arrival, those of a backlog included."""
        seen = {}
        for frame in self.frames:
            for one in frame.get("backlog", [frame]):
                if one["subject"] in (LIVE_UPDATE, DRILL_UPDATE):
                    seen.setdefault(one["seq"])
        return list(seen)

    async def stop(self):
        self.gate.set()
        await self.subscription.close()
        await asyncio.wait_for(self.task, DEADLINE)


async def until(condition):
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.005)


class LocalRig:
    """The local hub, reached over its socket or inside its process."""

    def __init__(self, folder, inside):
        self.path, self.inside = folder / "bus.sock", inside
        self.world, self.followers, self.hub = World(), [], None

    async def start(self, **bounds):
        self.hub = LocalHub(self.world.state, lambda name, f: self.world.heard.append((name, f)), **bounds)
        await self.hub.start(self.path)

    async def follow(self, name="edge-1"):
        follower = Follower(self.hub.listen(name) if self.inside else subscribe(self.path, name))
        self.followers.append(follower)
        await until(follower.states)
        return follower

    def early(self):
        """A subscriber that does not wait for the hub."""
        self.followers.append(Follower(subscribe(self.path, "early")))
        return self.followers[-1]

    def cut_off(self, _slow):
        return self.hub.cut_off

    def most_unsent(self, _slow):
        return self.hub.stats()["most_unsent"]

    async def stop(self):
        await self.hub.close()
        for follower in self.followers:
            await follower.stop()


class NatsRig:
    """The hub of many machines, on a server of the test run's own; each test has subjects and streams to itself."""

    spaces = itertools.count()

    def __init__(self, servers):
        self.to = servers.address(f"t{next(self.spaces)}")
        self.world, self.followers, self.hub, self.term = World(), [], None, 0

    async def start(self, **bounds):
        self.bounds = bounds
        self.term += 1
        kept = {k: v for k, v in bounds.items() if k.startswith("backlog")}
        self.hub = NatsHub(
            self.to, self.world.state, lambda name, f: self.world.heard.append((name, f)), term=self.term, **kept
        )
        await self.hub.start()

    async def follow(self, name="edge-1"):
        narrow = {} if name == "fast" else self.bounds  # the bounds are a subscriber's own
        follower = Follower(
            NatsSubscription(
                self.to,
                name,
                queue_frames=narrow.get("queue_frames", 2000),
                queue_bytes=narrow.get("buffer_bytes", 2**26),
            )
        )
        self.followers.append(follower)
        await until(follower.states)
        return follower

    def early(self):
        """A subscriber that does not wait for the hub."""
        self.followers.append(Follower(NatsSubscription(self.to, "early")))
        return self.followers[-1]

    def cut_off(self, slow):
        return slow.subscription.cut_off

    def most_unsent(self, slow):
        return slow.subscription.unread_bytes

    async def stop(self):
        if self.hub is not None:
            await self.hub.close()
        for follower in self.followers:
            await follower.stop()


@pytest.fixture(scope="module")
def servers():
    nats_server.required()
    made = nats_server.Servers(max_payload=64 * 1024).start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def cluster():
    """Three servers, which keep three copies."""
    nats_server.required()
    made = nats_server.Servers(3, max_payload=64 * 1024).start()
    yield made
    made.stop()


FAR = {"nats": "servers", "cluster": "cluster"}
CLUSTER = pytest.param("cluster", marks=pytest.mark.long)


@pytest.fixture(params=["socket", "process", "nats", CLUSTER])
async def rig(request, tmp_path):
    if request.param in FAR:
        rig = NatsRig(request.getfixturevalue(FAR[request.param]))
    else:
        rig = LocalRig(tmp_path, request.param == "process")
    yield rig
    await rig.stop()


@pytest.fixture(params=["socket", "nats", CLUSTER])
async def far(request, tmp_path):
    """Subscribers in processes of their own."""
    if request.param in FAR:
        rig = NatsRig(request.getfixturevalue(FAR[request.param]))
    else:
        rig = LocalRig(tmp_path, inside=False)
    yield rig
    await rig.stop()


async def test_a_subscriber_gets_the_state_first_and_then_every_frame_in_order(rig):
    await rig.start()
    rig.hub.publish(rig.world.update())
    follower = await rig.follow()
    for subject in (LIVE_UPDATE, DRILL_UPDATE, LIVE_UPDATE):
        rig.hub.publish(rig.world.update(subject))
    rig.hub.publish({"subject": LIVE_BEAT, "seq": 4, "as_of": "2024-01-01T00:00:01Z"})
    await until(lambda: len(follower.frames) == 5)
    state = follower.frames[0]
    assert state["seq"] == 1
    assert [f["seq"] for f in state["backlog"]] == [1]
    assert state["backlog_after"] == 0
    assert [f["subject"] for f in follower.frames[1:]] == [LIVE_UPDATE, DRILL_UPDATE, LIVE_UPDATE, LIVE_BEAT]
    assert follower.seqs() == [1, 2, 3, 4]


async def test_every_subscriber_gets_the_same(rig):
    await rig.start()
    followers = [await rig.follow(f"edge-{n}") for n in range(5)]
    for _ in range(50):
        rig.hub.publish(rig.world.update())
    for follower in followers:
        await until(lambda f=follower: len(f.seqs()) == 50)
        assert follower.seqs() == list(range(1, 51))


async def test_the_backlog_is_bounded_and_says_from_where_it_is_whole(rig):
    await rig.start(backlog=10)
    for _ in range(25):
        rig.hub.publish(rig.world.update())
    state = (await rig.follow()).frames[0]
    assert [f["seq"] for f in state["backlog"]] == list(range(16, 26))
    assert state["backlog_after"] == 15


async def test_the_backlog_is_bounded_in_bytes(rig):
    await rig.start(backlog_bytes=10_000)
    for _ in range(25):
        rig.hub.publish(rig.world.update(pad=1000))
    state = (await rig.follow()).frames[0]
    assert 1 <= len(state["backlog"]) < 10
    assert state["backlog_after"] == state["backlog"][0]["seq"] - 1
    assert rig.hub.stats()["backlog_bytes"] <= 10_000


async def test_a_providers_own_backlog_comes_before_what_the_hub_kept(rig):
    old = [rig.world.update() for _ in range(3)]
    rig.world.state = lambda: {"seq": rig.world.seq, "areas": [], "alerts": [], "backlog": old, "backlog_after": 0}
    await rig.start()
    rig.hub.publish(rig.world.update())
    state = (await rig.follow()).frames[0]
    assert [f["seq"] for f in state["backlog"]] == [1, 2, 3, 4]
    assert state["backlog_after"] == 0


async def test_a_slow_subscriber_is_cut_off_and_catches_up(rig):
    await rig.start(buffer_bytes=100_000, queue_frames=50)
    slow, fast = await rig.follow("slow"), await rig.follow("fast")
    slow.gate.clear()
    async with asyncio.timeout(DEADLINE):
        while rig.cut_off(slow) == 0:
            rig.hub.publish(rig.world.update(pad=20_000))
            await asyncio.sleep(0.001)
    assert rig.most_unsent(slow) <= 200_000
    last = rig.world.seq
    await until(lambda: fast.seqs()[-1:] == [last])
    assert len(fast.states()) == 1
    slow.gate.set()
    await until(lambda: slow.seqs()[-1:] == [last])
    assert len(slow.states()) == 2
    assert slow.seqs() == fast.seqs() == list(range(1, last + 1))


async def test_what_a_subscriber_sends_arrives_with_its_name(rig):
    await rig.start()
    follower = await rig.follow("edge-7")
    receipt = {"subject": LIVE_WRITTEN, "seq": 1, "clients": 3}
    assert follower.subscription.send(receipt)
    await until(lambda: rig.world.heard)
    assert rig.world.heard == [("edge-7", receipt)]


async def test_a_hub_that_comes_back_is_found_and_nothing_is_lost(far):
    rig = far
    await rig.start()
    follower = await rig.follow()
    rig.hub.publish(rig.world.update())
    await until(lambda: follower.seqs() == [1])
    await rig.hub.close()
    missed = [rig.world.update() for _ in range(2)]
    rig.world.state = lambda: {"seq": rig.world.seq, "areas": [], "alerts": [], "backlog": missed, "backlog_after": 1}
    await rig.start()
    await until(lambda: len(follower.states()) == 2)
    rig.hub.publish(rig.world.update())
    await until(lambda: follower.seqs() == [1, 2, 3, 4])


async def test_a_subscriber_may_start_before_the_hub(far):
    follower = far.early()
    assert follower.subscription.send({"subject": LIVE_WRITTEN}) is False
    await far.start()
    await until(follower.states)


# The socket alone.


async def test_a_closed_subscription_ends_and_leaves(tmp_path):
    rig = LocalRig(tmp_path, inside=False)
    await rig.start()
    follower = await rig.follow()
    await follower.stop()
    await until(lambda: rig.hub.stats()["subscribers"] == 0)
    await rig.stop()


async def test_the_socket_is_private_and_goes_with_the_hub(tmp_path):
    rig = LocalRig(tmp_path, inside=False)
    await rig.start()
    assert stat.S_IMODE(rig.path.stat().st_mode) == 0o600
    await rig.stop()
    assert not rig.path.exists()


async def test_a_dead_hubs_socket_is_replaced_and_a_live_ones_is_not(tmp_path):
    rig = LocalRig(tmp_path, inside=False)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(os.fspath(rig.path))
    assert rig.path.exists()
    await rig.start()
    with pytest.raises(Unavailable, match="Another hub"):
        await LocalHub(rig.world.state).start(rig.path)
    await rig.follow()
    await rig.stop()


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path):
    path = tmp_path / "bus.sock"
    path.write_text("precious")
    with pytest.raises(Invalid, match="not a socket"):
        await LocalHub(World().state).start(path)
    assert path.read_text() == "precious"


async def test_a_path_too_long_is_refused(tmp_path):
    with pytest.raises(Invalid, match="longer"):
        await LocalHub(World().state).start(tmp_path / ("x" * 120))


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\xff\xff\xff\xff", id="too-long"),
        pytest.param(b"\x00\x00\x00\x02{]", id="not-json"),
        pytest.param(b"\x00\x00\x00\x02[]", id="no-object"),
        pytest.param(b"\x00\x00\x00\x02{}", id="no-hello"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="another-protocol"),
        pytest.param(frames.pack({"hello": 1, "name": "x"}) + b"\x00\x00\x00\x01\xff", id="bad-after-hello"),
    ],
)
async def test_a_peer_that_speaks_nonsense_is_dropped_and_harms_nobody(tmp_path, sent):
    rig = LocalRig(tmp_path, inside=False)
    await rig.start()
    follower = await rig.follow()
    reader, writer = await asyncio.open_unix_connection(os.fspath(rig.path))
    writer.write(sent)
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(DEADLINE):
            await reader.read()
    writer.close()
    rig.hub.publish(rig.world.update())
    await until(lambda: follower.seqs() == [1])
    assert rig.hub.stats()["subscribers"] == 1
    await rig.stop()


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 10_000])
def test_frames_survive_any_cutting(cut):
    sent = [{"a": 1}, {"b": "Харьков"}, {"c": ["x"] * 100}]
    stream = b"".join(frames.pack(frame) for frame in sent)
    unpacker = frames.Unpacker(10_000)
    got = [frame for at in range(0, len(stream), cut) for frame in unpacker.feed(stream[at : at + cut])]
    assert got == sent


def test_a_frame_over_the_limit_is_not_packed():
    with pytest.raises(frames.BadFrame, match="limit"):
        frames.pack({"a": "x" * 100}, 50)


# NATS alone.


@pytest.fixture
async def nats_rigs(servers):
    """Makes rigs, and stops all of them."""
    made = []

    def make():
        made.append(NatsRig(servers))
        return made[-1]

    yield make
    for rig in made:
        await rig.stop()


async def test_an_update_is_kept_by_the_servers_once_whoever_published_it(nats_rigs):
    rig = nats_rigs()
    await rig.start()
    rig.hub.publish(rig.world.update())
    await until(lambda: rig.hub.stats()["stored"] == 1)
    await rig.hub.close()
    missed = [rig.world.update()]
    rig.world.state = lambda: {"seq": 2, "areas": [], "alerts": [], "backlog": [*missed], "backlog_after": 1}
    await rig.start()
    rig.hub.publish({**missed[0], "seq": 2})
    client = await nats_link.connect(rig.to, "reader")
    js = client.jetstream()

    async def stored():
        return (await js.stream_info(rig.to.stream("updates"))).state.messages

    async with asyncio.timeout(DEADLINE):
        while await stored() < 2 or rig.hub.stats()["unstored"]:
            await asyncio.sleep(0.01)
    assert await stored() == 2
    assert rig.hub.stats()["unstored"] == 0
    await client.close()


async def test_a_hub_of_an_older_term_is_not_listened_to_any_more(nats_rigs):
    old, new = nats_rigs(), nats_rigs()
    new.to, new.world, new.term = old.to, old.world, 1
    await old.start()
    follower = await old.follow()
    await new.start()
    await until(lambda: len(follower.states()) == 2)
    old.hub.publish({**old.world.update(), "id": "stale"})
    new.hub.publish(new.world.update())
    await until(lambda: follower.seqs()[-1:] == [2])
    assert "stale" not in [f.get("id") for f in follower.frames]


async def test_an_update_too_large_for_the_servers_goes_with_the_state(nats_rigs):
    rig = nats_rigs()
    await rig.start()
    follower = await rig.follow()
    rig.hub.publish(rig.world.update(pad=300_000))
    rig.hub.publish(rig.world.update())
    await until(lambda: follower.seqs() == [1, 2])
    assert len(follower.states()) == 2


async def test_what_a_worker_has_not_made_safe_is_given_again_and_what_nobody_can_take_is_kept_apart(servers):
    to = servers.address(f"t{next(NatsRig.spaces)}")
    seen = []

    def handle(_subject, frame):
        seen.append(frame)
        if frame.get("seq") == "bad":
            raise ValueError("no number")

    client = await nats_link.connect(to, "worker")
    js = client.jetstream()
    await nats_link.ensure_streams(to, client, js)
    for body in (b"{]", b'{"seq":"bad"}', b'{"seq":7}'):
        await js.publish(to.written("edge-1"), body)
    working = asyncio.create_task(nats_letters.Consumer(to, "written", "receipts", handle).run(client))

    async def letters():
        return await nats_letters.dead_letters(to, client)

    async with asyncio.timeout(DEADLINE):
        while (await letters())[0] < 2 or (await js.stream_info(to.stream("written"))).state.messages:
            await asyncio.sleep(0.02)
    count, kept = await letters()
    assert count == 2
    assert {one.text for one in kept} == {"{]", '{"seq":"bad"}'}
    assert {one.subject for one in kept} == {to.written("edge-1")}
    assert {one.reason for one in kept} == {"unreadable", "refused: ValueError"}
    assert all(one.first_at == one.at for one in kept)
    assert {"seq": 7} in seen
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await client.close()


async def test_a_message_that_kills_its_workers_is_a_dead_letter_in_the_end(servers, monkeypatch):
    monkeypatch.setattr(nats_letters, "SAFE_S", 0.05)
    to = servers.address(f"t{next(NatsRig.spaces)}")
    client = await nats_link.connect(to, "worker")
    js = client.jetstream()
    await nats_link.ensure_streams(to, client, js)
    await js.publish(to.written("edge-1"), b'{"seq":1}')
    tried = []

    def never_safe(_subject, frame):
        tried.append(frame)
        return asyncio.get_running_loop().create_future()

    working = asyncio.create_task(nats_letters.Consumer(to, "written", "receipts", never_safe).run(client))
    async with asyncio.timeout(DEADLINE):
        while not (await nats_letters.dead_letters(to, client))[0]:
            await asyncio.sleep(0.02)
    _, (letter,) = await nats_letters.dead_letters(to, client)
    assert letter.tries == len(tried) == nats_letters.TRIES
    assert letter.reason == "not safe"
    assert letter.first_at < letter.at
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await client.close()


async def test_each_dead_letter_is_handed_on_until_it_is_kept(servers):
    to = servers.address(f"t{next(NatsRig.spaces)}")
    given = []

    def keep(letter):
        given.append(letter)
        safe = asyncio.get_running_loop().create_future()
        safe.set_result(None)
        return safe

    def refuse(_name, _frame):
        raise ValueError("nothing that can be taken")

    hub = NatsHub(to, World().state, refuse, on_dead=keep, term=1)
    await hub.start()
    client = await nats_link.connect(to, "edge")
    js = client.jetstream()
    async with asyncio.timeout(DEADLINE):
        while not await _stored(js, to.written("edge-1"), b'{"seq":7}', "edge-1:7:t"):
            await asyncio.sleep(0.02)
    await until(lambda: given)
    assert [(one.subject, one.event, one.reason, one.text) for one in given] == [
        (to.written("edge-1"), "edge-1:7:t", "refused: ValueError", '{"seq":7}')
    ]
    assert (await nats_letters.dead_letters(to, client))[0] == 1
    await hub.close()
    await client.close()


async def _stored(js, subject, body, name):
    try:
        await js.publish(subject, body, headers={"Nats-Msg-Id": name})
    except Exception:  # the hub has not made its streams yet
        return False
    return True


async def test_what_the_local_hub_gives_to_nobody_is_handed_on_with_its_reason(tmp_path):
    given = []

    def refuse(_name, _frame):
        raise KeyError("seq")

    hub = LocalHub(World().state, refuse, on_dead=given.append)
    await hub.start(tmp_path / "bus.sock")
    follower = Follower(subscribe(tmp_path / "bus.sock", "edge-1"))
    await until(follower.states)
    assert follower.subscription.send({"subject": LIVE_WRITTEN, "seq": 7, "first_at": "t"})
    await until(lambda: given)
    (letter,) = given
    assert (letter.stream, letter.subject, letter.event) == ("local", "written.edge-1", "edge-1:7:t")
    assert letter.reason == "refused: KeyError"
    await hub.close()
    await follower.stop()


async def test_a_hub_that_is_stopped_while_it_makes_its_streams_ends(servers, monkeypatch):
    began = asyncio.Event()

    async def slow(*_given):
        began.set()
        try:
            await asyncio.sleep(10 * DEADLINE)
        except asyncio.CancelledError:
            raise TimeoutError from None  # as the client says it of a call that is under way

    monkeypatch.setattr(nats, "ensure_streams", slow)
    hub = NatsHub(servers.address(f"t{next(NatsRig.spaces)}"), World().state, term=1)
    await hub.start()
    await asyncio.wait_for(began.wait(), DEADLINE)
    done, _ = await asyncio.wait({asyncio.create_task(hub.close())}, timeout=DEADLINE)
    assert done
