"""Contexts for Web Push that were prepared ahead, each used exactly once.

The pool is a SQLite file of this machine, beside the database and no part of it. A context is taken out, and that is
committed, before anything is sealed with it. Only then does the *mark* move on: a count in a file in memory
(``/dev/shm``), which lives as long as the machine runs and which no backup holds. A pool that is behind its mark was
restored from a copy; one whose mark is gone comes from before a restart. Both are thrown away. So a crash, a fork, a
second worker or a restored copy wastes contexts and never uses one again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from tocsin.core.errors import Unavailable
from tocsin.warn.push_crypto import CONTEXT

MEMORY = Path("/dev/shm")  # noqa: S108 - the point is that it does not outlive the machine
BUSY_S = 10.0
_TABLES = """
CREATE TABLE IF NOT EXISTS pool (subscription INTEGER PRIMARY KEY, ready BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS book (generation TEXT NOT NULL, taken INTEGER NOT NULL);
"""


class PushPool:
    """Ready contexts by subscription. For one thread; any number of processes may open the same file.

    Args:
        path: the SQLite file. It is made if it is not there.
        memory: a folder that lies in memory. Where it does not, or is not there, the pool lasts as long as this object.

    Raises:
        Unavailable: the file cannot be used (TOC-8002).
    """

    def __init__(self, path: Path, *, memory: Path = MEMORY) -> None:
        self._path = path
        self._pid = os.getpid()
        name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:24]
        with self._trouble():
            self._mark = _Mark(memory / f"tocsin-push-{name}" if _in_memory(memory) else None)
            self._base = self._open()

    def _open(self) -> sqlite3.Connection:
        base = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        self._path.chmod(0o600)
        # Against the loss of power nothing needs to be on the disk: the mark is lost with it, and so is the pool.
        base.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_TABLES}")
        return base

    def close(self) -> None:
        """Close the file."""
        self._base.close()
        self._mark.close()

    def take(self, subscriptions: Sequence[int]) -> dict[int, bytes]:
        """One context for each of these that has one, by subscription. They are gone from the pool when this returns.

        Seal with them at once; what is not sealed with is wasted. Take thousands at a time: it is one transaction.

        Raises:
            Unavailable: the pool cannot be read or written (TOC-8002).
        """
        wanted = msgspec.json.encode(list(subscriptions)).decode()
        with self._writing() as base:
            found = dict(
                base.execute(
                    "SELECT subscription, substr(ready, 1, ?) FROM pool"
                    " WHERE subscription IN (SELECT value FROM json_each(?)) AND length(ready) >= ?",
                    (CONTEXT, wanted, CONTEXT),
                )
            )
            base.execute(
                "UPDATE pool SET ready = substr(ready, ?) WHERE subscription IN (SELECT value FROM json_each(?))"
                " AND length(ready) >= ?",
                (CONTEXT + 1, wanted, CONTEXT),
            )
        return found

    def lacking(self, subscriptions: Iterable[int], wanted: int) -> dict[int, int]:
        """How many each of these lacks of ``wanted``; those that lack none are left out.

        Raises:
            Unavailable: the pool cannot be read (TOC-8002).
        """
        asked = list(subscriptions)
        with self._writing() as base:
            found = dict(
                base.execute(
                    "SELECT subscription, length(ready) / ? FROM pool"
                    " WHERE subscription IN (SELECT value FROM json_each(?))",
                    (CONTEXT, msgspec.json.encode(asked).decode()),
                )
            )
        return {one: wanted - found.get(one, 0) for one in asked if found.get(one, 0) < wanted}

    def put(self, contexts: Mapping[int, Sequence[bytes]]) -> None:
        """Add fresh contexts.

        Raises:
            Unavailable: the pool cannot be written (TOC-8002).
        """
        with self._writing() as base:
            # What is there is read under the same lock: a context that is taken meanwhile must not come back.
            base.executemany(
                "INSERT INTO pool VALUES (?, ?) ON CONFLICT (subscription)"
                " DO UPDATE SET ready = CAST(excluded.ready || ready AS BLOB)",
                [(one, b"".join(fresh)) for one, fresh in contexts.items()],
            )

    def forget(self, subscriptions: Iterable[int]) -> None:
        """Drop what is ready for those who are gone.

        Raises:
            Unavailable: the pool cannot be written (TOC-8002).
        """
        with self._writing() as base:
            base.executemany("DELETE FROM pool WHERE subscription = ?", [(one,) for one in subscriptions])

    def ready(self) -> int:
        """How many contexts are ready.

        Raises:
            Unavailable: the pool cannot be read (TOC-8002).
        """
        with self._writing() as base:
            (n,) = base.execute("SELECT coalesce(sum(length(ready)), 0) / ? FROM pool", (CONTEXT,)).fetchone()
        return int(n)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction in this pool's present generation; the mark moves on once it is committed."""
        with self._trouble():
            self._own()
        with self._trouble(), self._mark.held() as mark:
            self._base.execute("BEGIN IMMEDIATE")
            try:
                taken = self._belongs(mark)
                yield self._base
                self._base.execute("UPDATE book SET taken = ?", (taken + 1,))
                self._base.execute("COMMIT")
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._mark.write(self._mark.generation, taken + 1)

    def _own(self) -> None:
        """After a fork neither the connection nor the lock is this process's own."""
        if os.getpid() != self._pid:
            self._inherited = self._base  # SQLite must not close in a child what its parent opened
            self._pid, self._base = os.getpid(), self._open()
            self._mark.reopen()

    def _belongs(self, mark: tuple[str, int]) -> int:
        """The count of the pool, emptied if it is not the one that the mark belongs to."""
        row = self._base.execute("SELECT generation, taken FROM book").fetchone()
        # One ahead: the process ended after the commit and before the mark; nobody has what it took.
        if row is not None and row[0] == mark[0] and row[1] in (mark[1], mark[1] + 1):
            return int(row[1])
        self._base.execute("DELETE FROM pool")
        self._base.execute("DELETE FROM book")
        self._mark.generation = secrets.token_hex(16)
        self._base.execute("INSERT INTO book VALUES (?, 0)", (self._mark.generation,))
        return 0

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as fault:
            raise Unavailable(
                "TOC-8002",
                f"The pool of push contexts cannot be used: {fault}.",
                field=self._path.name,
                remedy="Look at the disk. The file may be deleted: it is made anew and filled again.",
            ) from fault


class _Mark:
    """Which pool is the true one, and how often it was changed. Without a file it lives in this process alone."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: int | None = None
        self._pid = os.getpid()
        self._own = ("", 0)
        self.generation = ""
        self.reopen()

    def reopen(self) -> None:
        self._own = ("", 0)  # a child's memory is a copy: what it knows is not the truth
        if self._path is not None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            if os.fstat(self._file).st_uid != os.geteuid():
                os.close(self._file)
                self._file = self._path = None

    @contextlib.contextmanager
    def held(self) -> Iterator[tuple[str, int]]:
        """Hold it against other processes; ``(generation, count)``."""
        if self._file is None:
            self.generation = self._own[0]
            yield self._own
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            generation, _, count = os.pread(self._file, 128, 0).decode("ascii", "replace").partition(" ")
            self.generation = generation
            yield (generation, int(count) if count.strip().isdigit() else -2)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def write(self, generation: str, count: int) -> None:
        if self._file is None:
            self._own = (generation, count)
        else:
            os.pwrite(self._file, f"{generation} {count:020d}".encode(), 0)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _in_memory(folder: Path) -> bool:
    """Whether the folder lies in memory, and so ends with the machine's run."""
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        place = folder.resolve(strict=True)
    except OSError:
        return False
    kinds = {}
    for line in lines:
        mount, _, rest = line.partition(" - ")
        kinds[Path(mount.split()[4])] = rest.split()[0]
    holder = next(one for one in (place, *place.parents) if one in kinds or one == one.parent)
    return kinds.get(holder) in ("tmpfs", "ramfs")
