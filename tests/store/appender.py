"""A process that appends: ``appender.py HOME URL NAME COUNT``. Says ``ready``, waits for a line, appends."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(home: str, url: str, name: str, count: str) -> None:
    from tocsin.store.django import configure

    configure(url, home=Path(home))
    from tocsin.core.event import Event
    from tocsin.store.ledger import DjangoLedger

    ledger = DjangoLedger()
    ledger.head()
    say("ready")
    sys.stdin.readline()
    for n in range(int(count)):
        ledger.transact(
            lambda reader, n=n: [
                Event(
                    id=f"{name}.{n}",
                    kind="test.said",
                    version=1,
                    subject=f"test/{name}",
                    body={"after": reader.head()[0]},
                    actor="source:t",
                    at=datetime.now(UTC),
                )
            ]
        )
        if n == 0:
            say("begun")


if __name__ == "__main__":
    main(*sys.argv[1:])
