"""Push subscriptions for benches, and a push service on this machine that says when each message came."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
AT_ONCE = 1000


class Service:
    """Node's HTTP/2 server as a push service: takes every message and remembers when it had it whole."""

    def __init__(self, process: subprocess.Popen[str], certificate: Path) -> None:
        assert process.stdout is not None
        self._process = process
        self.certificate = certificate
        self.url = f"https://localhost:{process.stdout.readline().strip()}"

    def times(self, count: int) -> list[float]:
        """Wait until so many messages have come since the last call; when each did (monotonic, seconds)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return [at / 1000 for at in json.loads(self._process.stdout.readline())]


@contextmanager
def push_service(folder: Path) -> Iterator[Service | None]:
    """The service; None where Node is not installed."""
    if shutil.which("node") is None:
        yield None
        return
    sys.path.insert(0, str(HERE.parent / "tests"))
    from channels.push_service import certificate

    folder.mkdir()
    certificate(folder)
    program = ["node", str(HERE / "peers" / "push_service.mjs"), str(folder)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Service(process, folder / "cert.pem")
        finally:
            process.kill()


def subscribe(made: Any, url: str, cell: str, count: int, rounds: int) -> None:
    """Keep so many subscriptions for a cell, each with contexts ready for so many messages and as many as a worker
    keeps ready. Random bytes stand for a context: preparing is a case of the bench ``push``.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from tocsin.core.subscription import Wish
    from tocsin.warn.push_crypto import CONTEXT, base64url
    from tocsin.workers.prepare import WANTED

    browser = ec.generate_private_key(ec.SECP256R1()).public_key()
    keys = {
        "p256dh": base64url(browser.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
        "auth": base64url(os.urandom(16)),
    }
    wishes = (
        Wish(
            channel="webpush",
            address={"endpoint": f"{url}/send/{number:0120d}", **keys},
            cells=(cell,),
            language=("en", "ru", "uk", "de")[number % 4],
            level="alert",
        )
        for number in range(count)
    )
    pool = made.open_push_pool()
    ids = range(1, count + 1)  # the book is empty before, and counts from 1
    for start in range(0, count, AT_ONCE):
        pool.put({one: [os.urandom(CONTEXT) for _ in range(rounds + WANTED)] for one in ids[start : start + AT_ONCE]})
    pool.close()
    new = made.addresses.add_many(wishes, datetime.now(UTC))
    assert new == count, f"{new} of {count} subscriptions are new"
    assert [one for one, _ in made.addresses.cells("webpush")] == list(ids)
