"""Requests, well-formed and not: each is answered, none harms the others."""

import asyncio
import time

import h3
import pytest

from edge.rig import DEADLINE, HERE, NOWHERE, read_head, read_reply, until
from tocsin.edge.live import Limits

ALIVE = b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n"


async def test_health_tells_the_numbers(rig):
    reply = await rig.get("/healthz")
    assert reply.status == 200
    assert reply.json()["ok"] is True
    assert reply.json()["live"]["clients"] == 0


async def test_now_says_what_the_stream_says(rig):
    rig.publish(rig.city.update())
    await rig.caught_up()
    reply = await rig.get(f"/api/v1/now/{HERE}.json")
    stream = await rig.live(HERE)
    await until(lambda: stream.named("state"))
    body = reply.json()
    assert body.pop("next_poll_s") == 2
    assert body == stream.named("state")[0]
    assert reply.headers["cache-control"] == "public, max-age=2"
    assert reply.headers["tocsin-source-age"] == "0.000"


async def test_now_answers_304_until_something_changes(rig):
    target = f"/api/v1/now/{HERE}.json"
    first = await rig.get(target)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for given in (tag, f'"x", {tag}', "*", f"W/{tag}"):
        again = await rig.get(target, If_None_Match=given)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert (await rig.get(target, If_None_Match='"x"')).body == first.body
    rig.publish(rig.city.update())
    await rig.caught_up()
    changed = await rig.get(target, If_None_Match=tag)
    assert changed.status == 200
    assert changed.headers["etag"] != tag


async def test_now_is_never_older_than_it_says(rig):
    target = f"/api/v1/now/{HERE}.json"
    tag = (await rig.get(target)).headers["etag"]
    rig.clock.advance(9)
    reply = await rig.get(target, If_None_Match=tag)
    assert (reply.status, reply.headers["tocsin-source-age"]) == (304, "9.000")
    rig.clock.advance(2)
    assert (await rig.get(target, If_None_Match=tag)).json()["source_age_s"] == 11.0
    rig.clock.advance(20)
    assert (await rig.get(target)).json()["areas"][0]["phase"] == "unknown"


async def test_head_and_options(rig):
    for target in (f"/live?cells={HERE}", f"/api/v1/now/{HERE}.json", "/healthz"):
        reply = await rig.get(target, method="HEAD")
        assert (reply.status, reply.body) == (200, b"")
    reply = await rig.get("/live", method="OPTIONS")
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "GET" in reply.headers["access-control-allow-methods"]


async def test_short_gets_share_a_connection(rig):
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    writer.write(ALIVE * 3)
    for _ in range(3):
        assert (await read_reply(reader)).status == 200
    writer.write(ALIVE)
    assert (await read_reply(reader)).headers["connection"] == "keep-alive"
    writer.write(f"GET /live?cells={HERE} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
    assert (await read_head(reader))[0] == 200
    writer.close()


async def test_a_request_may_come_byte_by_byte(rig):
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    for byte in f"GET /live?cells={HERE} HTTP/1.1\r\nHost: t\r\nLast-Event-ID: 0\r\n\r\n".encode():
        writer.write(bytes([byte]))
        await asyncio.sleep(0)
    status, _ = await read_head(reader)
    assert status == 200
    await until(lambda: len(rig.edge.live.clients) == 1)
    writer.close()
    await until(lambda: not rig.edge.live.clients)


GET = b"GET %s HTTP/1.1\r\nHost: t\r\n\r\n"

MALFORMED = [
    pytest.param(GET % b"/live", 400, "TOC-5001", id="no-cells"),
    pytest.param(GET % b"/live?cells=zz", 400, "TOC-5001", id="bad-cell"),
    pytest.param(GET % f"/live?cells={h3.cell_to_parent(HERE, 6)}".encode(), 400, "TOC-5001", id="wrong-resolution"),
    pytest.param(
        GET % ("/live?cells=" + ",".join(sorted(h3.grid_disk(HERE, 5))[:65])).encode(), 400, "TOC-5001", id="65-cells"
    ),
    pytest.param(GET % f"/live?cells={HERE}&lang=%00".encode(), 400, "TOC-5002", id="bad-language"),
    pytest.param(GET % b"/api/v1/now/zz.json", 400, "TOC-5001", id="now-bad-cell"),
    pytest.param(GET % f"/api/v1/now/{HERE},{NOWHERE}.json".encode(), 400, "TOC-5001", id="now-two-cells"),
    pytest.param(GET % b"/nothing", 404, "TOC-6004", id="no-such-path"),
    pytest.param(GET % b"/live/../../etc/passwd", 404, "TOC-6004", id="traversal"),
    pytest.param(GET % ("/live?" + "&".join(f"a{n}=1" for n in range(20))).encode(), 400, "TOC-5002", id="fields"),
    pytest.param(GET % b"/live?cells=%ff", 400, "TOC-5002", id="not-utf8"),
    pytest.param(GET % "/live?cells=я".encode(), 400, "TOC-5002", id="raw-utf8"),
    pytest.param(b"POST /live HTTP/1.1\r\nHost: t\r\n\r\n", 405, "TOC-5002", id="post"),
    pytest.param(b"DELETE / HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n", 405, "TOC-5002", id="delete"),
    pytest.param(b"GET /live HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello", 413, "TOC-5002", id="body"),
    pytest.param(
        b"GET /live HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        413,
        "TOC-5002",
        id="chunked",
    ),
    pytest.param(b"GET /live HTTP/1.1\r\n\r\n", 400, "TOC-5002", id="no-host"),
    pytest.param(b"GET /live\r\n\r\n", 400, "TOC-5002", id="http-0.9"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "TOC-5002", id="tls"),
    pytest.param(b"hello there\r\n\r\n", 400, "TOC-5002", id="words"),
    pytest.param(b"GET / HTTP/1.1\r\nHo st: t\r\n\r\n", 400, "TOC-5002", id="bad-header"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: t\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431, "TOC-5002", id="long-header"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: t\r\n" + b"a" * 90_000, 431, "TOC-5002", id="endless-header-name"),
    pytest.param(GET % (b"/" + b"a" * 9000), 431, "TOC-5002", id="long-target"),
    pytest.param(b"GET /" + b"a" * 9000, 431, "TOC-5002", id="endless-target"),
]


@pytest.mark.parametrize(("raw", "status", "code"), MALFORMED)
async def test_a_malformed_request_is_answered_with_an_error_document(rig, raw, status, code):
    reply = await rig.ask(raw)
    assert (reply.status, reply.json()["error"]["code"]) == (status, code)
    assert reply.json()["error"]["remedy"]
    assert reply.headers["access-control-allow-origin"] == "*"
    assert (await rig.ask(ALIVE)).status == 200


@pytest.mark.parametrize(("raw", "status", "code"), MALFORMED)
async def test_a_malformed_request_in_small_pieces_is_answered_the_same(rig, raw, status, code):
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    for at in range(0, len(raw), 1500):
        writer.write(raw[at : at + 1500])
        await asyncio.sleep(0)
    reply = await read_reply(reader)
    assert (reply.status, reply.json()["error"]["code"]) == (status, code)
    writer.close()


UPGRADE = (
    b"GET %s HTTP/1.1\r\nHost: t\r\nOrigin: https://evil.example\r\nCookie: sessionid=stolen\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.parametrize("path", [f"/live?cells={HERE}", "/healthz", "/ws"])
async def test_there_is_no_socket_for_another_site_to_open(rig, path):
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    writer.write(UPGRADE % path.encode())
    async with asyncio.timeout(DEADLINE):
        head = await reader.readline()
    assert b" 101 " not in head
    writer.close()


@pytest.mark.parametrize("path", [f"/live?cells={HERE}", f"/api/v1/now/{HERE}.json"])
async def test_every_site_may_read_it_and_none_with_a_readers_cookie(rig, path):
    """What the edge says is the same for everybody: it reads no cookie, and no browser is told to send one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    asked = b"GET %s HTTP/1.1\r\nHost: t\r\nOrigin: https://evil.example\r\nCookie: sessionid=stolen\r\n\r\n"
    writer.write(asked % path.encode())
    async with asyncio.timeout(DEADLINE):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert b"access-control-allow-origin: *\r\n" in head
    assert b"access-control-allow-credentials" not in head
    assert b"evil.example" not in head
    assert b"set-cookie" not in head
    assert b"stolen" not in head
    writer.close()


class TestDeadlines:
    @pytest.fixture
    def limits(self):
        return Limits(request_s=0.5, idle_s=0.5)

    async def test_a_request_that_dawdles_is_ended(self, rig):
        """Bytes that keep dripping do not put the deadline off."""
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nX: ")
        task = asyncio.create_task(read_reply(reader))
        async with asyncio.timeout(DEADLINE):
            while not task.done():
                writer.write(b"a")
                await asyncio.sleep(0.05)
        assert (await task).status == 408
        writer.close()

    async def test_a_silent_connection_is_closed(self, rig):
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        async with asyncio.timeout(DEADLINE):
            assert await reader.read() == b""
        writer.close()

    async def test_a_kept_connection_is_closed_when_idle(self, rig):
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(ALIVE)
        await read_reply(reader)
        async with asyncio.timeout(DEADLINE):
            assert await reader.read() == b""
        writer.close()

    async def test_a_stream_has_no_deadline(self, rig):
        stream = await rig.live(HERE)
        begun = time.monotonic()
        silent = await asyncio.open_connection("127.0.0.1", rig.port)
        async with asyncio.timeout(DEADLINE):
            await silent[0].read()
        silent[1].close()
        assert time.monotonic() - begun > 0.4
        rig.publish(rig.city.update())
        await until(lambda: stream.ids() == [1])


class TestFull:
    @pytest.fixture
    def limits(self):
        return Limits(connections=2)

    async def test_one_too_many_is_told_to_come_back(self, rig):
        streams = [await rig.live(HERE) for _ in range(2)]
        await until(lambda: len(rig.edge.live.clients) == 2)
        reply = await rig.get("/healthz")
        assert (reply.status, reply.headers["retry-after"]) == (429, "5")
        rig.publish(rig.city.update())
        await until(lambda: all(stream.ids() == [1] for stream in streams))
        await streams[0].stop()
        await until(lambda: len(rig.edge.live.clients) == 1)
        assert (await rig.get("/healthz")).status == 200


async def test_what_a_stream_client_sends_later_is_ignored(rig):
    stream = await rig.live(HERE)
    stream.writer.write(b"x" * 100_000)
    await stream.writer.drain()
    rig.publish(rig.city.update())
    await until(lambda: stream.ids() == [1])


async def test_an_edge_tells_prometheus_what_it_tells_everybody_and_is_ready_while_it_knows(rig):
    from prometheus_client.parser import text_string_to_metric_families

    answer = await rig.get("/metrics")
    told = {s.name: s.value for f in text_string_to_metric_families(answer.body.decode()) for s in f.samples}
    assert told["tocsin_edge_fresh"] == 1
    assert told["tocsin_edge_entry"] == rig.city.seq
    assert (await rig.get("/readyz")).status == 200
    rig.clock.advance(31)
    assert (await rig.get("/readyz")).status == 503
