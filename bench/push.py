"""Web Push: a message of 1 KB encrypted for one browser, and handed over to a push service.

The floor of encryption is AES-128-GCM alone, called from Python on the same bytes with a ready key. Ours seals with a
context that was prepared ahead; *dry* is the same message without one. Peers encrypt with a key pair of their own for
each message, as they always do. *Handed over* is the whole way for each message: taken from the pool, encrypted (random
bytes stand for a context here: preparing is a case of its own), signed for once a service, sent by HTTP/2 over TLS to a
push service on this machine that speaks real HTTP/2 (Node's), and answered. Peers do it their own way: with a signature
each, over HTTP/1.1 on connections that are kept. Service and sender share the machine. *The link alone* sends the same
requests, encrypted before; peers are other HTTP clients with 100 requests under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from _report import case, full, say

ROUNDS = 5
SEALED, BLOCKS, BLOCK, PEERS_SEALED, PEERS_SENT = 5_000, 40, 25, 500, 100
HERE = Path(__file__).parent
VENV = HERE.parent / ".venv-peers"


def main(json_only: bool) -> None:
    import uvloop

    count = 1_000_000 if full() else 20_000
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as name:
        folder = Path(name)
        cases = _encryption(folder)
        with _service(folder) as url:
            if url:
                cases += uvloop.run(_handed_over(folder, url, count))
    say("push", cases, floor="AES-GCM alone", json_only=json_only)


def _per(work: Callable[[], object], count: int) -> float:
    """Microseconds of each."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) / count * 1e6


def _browser() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), os.urandom(16)


def _encryption(folder: Path) -> list[dict[str, Any]]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from tocsin.store.push_pool import PushPool
    from tocsin.warn import push_crypto as crypto

    to = crypto.Receiver(*_browser())
    record = crypto.padded(os.urandom(1024))
    pool = PushPool(folder / "measured.sqlite3")
    took: dict[str, list[float]] = {name: [] for name in ("prepare", "take", "seal", "dry", "floor")}
    peers: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        pool.put({n: [os.urandom(crypto.CONTEXT)] for n in range(SEALED)})
        took["take"].append(_per(lambda: pool.take(range(SEALED)), SEALED))
        for _ in range(BLOCKS):  # in turn and short, so that what else the machine does meets all of them alike
            ready = [crypto.prepare(to) for _ in range(BLOCK)]
            took["seal"].append(_per(lambda: [crypto.seal(one, record) for one in ready], BLOCK))  # noqa: B023
            keys = [(one[:16], one[16:28]) for one in ready]
            took["floor"].append(_per(lambda: [AESGCM(k).encrypt(n, record, None) for k, n in keys], BLOCK))  # noqa: B023
            took["prepare"].append(_per(lambda: [crypto.prepare(to) for _ in range(BLOCK)], BLOCK))
            took["dry"].append(_per(lambda: [crypto.seal(crypto.prepare(to), record) for _ in range(BLOCK)], BLOCK))
        for name, command in _programs().items():
            said = _ask([*command, "encrypt", str(PEERS_SEALED)])
            peers.setdefault(name, []).append(said)
    pool.close()
    floor = statistics.median(took["floor"])
    beside = {name: statistics.median(some) for name, some in peers.items()}
    us = {name: statistics.median(some) for name, some in took.items()}
    return [
        case("encrypt 1 KB at send time, prepared", us["seal"], floor, unit="µs", digits=2, peers=beside),
        case("encrypt 1 KB, the pool is dry", us["dry"], floor, unit="µs", digits=2, peers=beside),
        case("prepare one context, ahead", us["prepare"], None, unit="µs", digits=2),
        case(f"take one context from the pool, {SEALED} at once", us["take"], None, unit="µs", digits=2),
    ]


def _programs() -> dict[str, list[str]]:
    """Peers that are installed: how each is called."""
    found = {}
    if (VENV / "bin" / "python").is_file() and any(VENV.glob("lib/*/site-packages/pywebpush")):
        found["pywebpush"] = [str(VENV / "bin" / "python"), str(HERE / "peers" / "push.py")]
    if shutil.which("node") and (VENV / "node_modules" / "web-push").is_dir():
        found["npm web-push"] = ["node", str(HERE / "peers" / "push.cjs")]
    return found


def _ask(command: list[str]) -> float:
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        timeout=300,
        env={**os.environ, "NODE_PATH": str(VENV / "node_modules")},
    )
    return float(json.loads(done.stdout)["us"])


@contextlib.contextmanager
def _service(folder: Path) -> Iterator[str]:
    """The push service's origin; "" where Node is not installed."""
    if shutil.which("node") is None:
        yield ""
        return
    sys.path.insert(0, str(HERE.parent / "tests"))
    from channels.push_service import certificate

    certificate(folder)
    program = ["node", str(HERE / "peers" / "push_service.mjs"), str(folder)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"https://localhost:{process.stdout.readline().strip()}"
        finally:
            process.kill()


async def _handed_over(folder: Path, url: str, count: int) -> list[dict[str, Any]]:
    public, secret = _browser()
    people = _people(url, count, public, secret)
    rounds = 1 if full() else ROUNDS
    whole, link, peers, clients = [], [], {}, {}
    for number in range(rounds):
        whole.append(await _whole(folder / f"pool{number}.sqlite3", folder, people))
        link.append(await _link(folder, url, min(count, 20_000)))
        for name, command in _programs().items():
            sent = str(PEERS_SENT * 20 if full() else PEERS_SENT)
            us = await asyncio.to_thread(_ask, [*command, "send", sent, url, str(folder / "cert.pem")])
            peers.setdefault(name, []).append(us)
        for name in ("aiohttp", "httpx HTTP/2"):
            if any(VENV.glob(f"lib/*/site-packages/{name.split()[0]}")):
                asked = str(5_000 if full() else 500)
                command = [*_programs()["pywebpush"], name.split()[0], asked, url, str(folder / "cert.pem")]
                clients.setdefault(name, []).append(await asyncio.to_thread(_ask, command))
    beside = {name: statistics.median(some) for name, some in peers.items()}
    others = {name: statistics.median(some) for name, some in clients.items()}
    name = f"handed over, {count:,} subscriptions, a message"
    return [
        case(name, statistics.median(whole), None, unit="µs", digits=1, peers=beside),
        case("the link alone, a request", statistics.median(link), None, unit="µs", digits=1, peers=others),
    ]


def _people(url: str, count: int, public: bytes, secret: bytes) -> list[Any]:
    from tocsin.core.subscription import Subscription
    from tocsin.warn.push_crypto import base64url

    keys = {"p256dh": base64url(public), "auth": base64url(secret)}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Subscription(
            id=n,
            channel="webpush",
            address={"endpoint": f"{url}/send/{n:0120d}", **keys},
            cells=(),
            language="en",
            level="alert",
            created=at,
            state="active",
            token="",
        )
        for n in range(1, count + 1)
    ]


async def _whole(path: Path, folder: Path, people: list[Any]) -> float:
    """Through the channel itself, as the worker calls it."""
    from tocsin.channels._outside import Allowed
    from tocsin.channels._port import Place
    from tocsin.channels.webpush import QUALITY, WebPushChannel
    from tocsin.core.notice import Said, WarningNotice
    from tocsin.store.push_pool import PushPool
    from tocsin.warn import push_crypto as crypto
    from tocsin.warn.vapid import Vapid, new_key
    from tocsin.wiring.clock import SystemClock

    pool, clock = PushPool(path), SystemClock()
    for start in range(0, len(people), 1000):
        pool.put({one.id: [os.urandom(crypto.CONTEXT)] for one in people[start : start + 1000]})
    place = Place(options={}, site_url="https://city.example", sender={"en": "City"}, clock=clock)
    vapid = Vapid(new_key(), "https://city.example")
    channel = WebPushChannel(place, vapid, Allowed("localhost,127.0.0.0/8"), _tls(folder), pool, connections=2)
    notice = WarningNotice(
        id="01BENCH",
        seq=1,
        sent=clock.now(),
        expires=clock.now() + timedelta(hours=1),
        said={"en": (Said(headline="Rocket danger: Old Town", instruction="Go to shelter now. " * 10),)},
        sender={"en": "City"},
        act="alert",
        warning="w1",
        threat="missile",
        level="alert",
        urgency="Immediate",
        cells=(),
    )
    accepted, began = 0, time.perf_counter()
    for start in range(0, len(people), QUALITY.batch):
        async for outcome in channel.send(notice, people[start : start + QUALITY.batch]):
            accepted += outcome.stage == "accepted"
    took = (time.perf_counter() - began) / len(people) * 1e6
    assert accepted == len(people), f"{accepted} of {len(people)} were accepted"
    await channel.close()
    pool.close()
    return took


def _tls(folder: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    made.set_alpn_protocols(["h2"])
    return made


async def _link(folder: Path, url: str, count: int) -> float:
    from tocsin.channels._h2_frames import Head, Request
    from tocsin.channels._origins import Origins
    from tocsin.channels._outside import Allowed

    origins = Origins(_tls(folder), Allowed("localhost,127.0.0.0/8"), connections=2, timeout=60)
    head = Head(url.partition("://")[2].encode(), [(b"ttl", b"60"), (b"content-encoding", b"aes128gcm")])
    body, left, ended = os.urandom(1127), count, asyncio.get_running_loop().create_future()

    def answered(_key: object, status: int, _after: bytes, detail: str) -> None:
        nonlocal left
        assert status == 201, detail
        left -= 1
        if not left:
            ended.set_result(None)

    began = time.perf_counter()
    origins.post(url, [Request(n, b"/send/%0120d" % n, head, body, answered) for n in range(count)])
    await ended
    took = (time.perf_counter() - began) / count * 1e6
    await origins.close()
    return took


if __name__ == "__main__":
    main("--json" in sys.argv)
