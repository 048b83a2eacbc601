"""The ledger in a database: SQLite on one machine, PostgreSQL for many. One commit is one fsync."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connections, transaction

from tocsin.core import points
from tocsin.core.event import GENESIS, Entry, Event
from tocsin.core.ports import Checkpoint, Reader
from tocsin.record.chain import Stored, checkpoint_of, checkpoint_text, write
from tocsin.record.memory import nested, taken
from tocsin.store.django import BUSY_S
from tocsin.store.trouble import trouble, unavailable
from tocsin.store.turns import turn

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_LOCK_KEY = 0x544F4353494E  # "TOCSIN": the advisory lock of PostgreSQL that every writer takes
NEWS = "tocsin_ledger"
"""The channel of PostgreSQL on which each commit tells its new head to whoever listens, on whatever machine."""
_PAGE = 200
"""Entries read with one query, so that a slow reader holds neither a snapshot nor much memory."""

_ROW = "(%s,%s,%s,%s,%s,%s,%s)"
_ROWS_AT_ONCE = 100  # seven values each: below the 999 that an old SQLite takes in one statement

log = logging.getLogger(__name__)

_process_locks: dict[str, threading.Lock] = {}
_process_locks_guard = threading.Lock()


def _process_lock(name: str) -> threading.Lock:
    """One lock for all ledgers of this process on one database: threads queue here, where SQLite would poll."""
    with _process_locks_guard:
        return _process_locks.setdefault(name, threading.Lock())


class DjangoLedger:
    """A :class:`tocsin.core.ports.Ledger` in the database ``using``. Safe between threads and processes.

    Args:
        using: Django's alias of the database.
        wake: called with the new head after each commit. What it raises is logged: the commit stands.
    """

    def __init__(self, using: str = "default", *, wake: Callable[[int], None] | None = None) -> None:
        self._using = using
        self._wake = wake
        self._lock = _process_lock(using)

    @property
    def _connection(self) -> BaseDatabaseWrapper:
        return connections[self._using]

    def head(self) -> tuple[int, str]:
        """``(seq, hash)`` of the last entry; ``(0, GENESIS)`` of an empty ledger."""
        with self._trouble("read"):
            row = self._one("SELECT seq, hash FROM ledger_entry ORDER BY seq DESC LIMIT 1")
        return (row[0], row[1]) if row else (0, GENESIS)

    def read(self, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """Entries with ``seq > after`` in order.

        Raises:
            Broken: a stored text is no event (TOC-7001).
            Unavailable: the database does not answer (TOC-7005).
        """
        return (row.entry() for row in self.stored(after, limit))

    def stored(self, after: int = 0, limit: int | None = None) -> Iterator[Stored]:
        """:meth:`read` without reading the events: entries exactly as they lie in the table."""
        while limit is None or limit > 0:
            page = self._page(after, _PAGE if limit is None else min(limit, _PAGE))
            for seq, prev, sealed, text in page:
                yield Stored(seq=seq, prev=prev, hash=sealed, text=text)
            if len(page) < _PAGE:
                return
            after = page[-1][0]
            limit = None if limit is None else limit - len(page)

    def _page(self, after: int, size: int) -> list[tuple[int, str, str, str]]:
        with self._trouble("read"), self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT seq, prev, hash, event FROM ledger_entry WHERE seq > %s ORDER BY seq LIMIT %s", (after, size)
            )
            return list(cursor.fetchall())

    def transact(self, decide: Callable[[Reader], Sequence[Event]], *, first: bool = True) -> list[Entry]:
        """Run ``decide`` under the write lock and commit the events that it returns, all or none.

        ``decide`` must neither call the outside world nor wait: every other writer waits for it.

        Raises:
            Refused: an event id is recorded already, or the call stands inside another transaction (TOC-7005).
            Invalid: an event is not fit to be recorded (TOC-7005).
            Unavailable: the disk is full, the database is read-only, locked or gone (TOC-7005). Nothing was written,
                unless the connection was lost in the commit itself: send the same event ids again to find out.
        """
        if self._connection.in_atomic_block:
            raise nested()
        with (
            # In this order: whoever waits long for the turn, as nobody waits for it, must not hold up in its process
            # somebody who looks for it more often.
            turn(self._using, first=first),
            self._queue(),
            self._trouble("written"),
            transaction.atomic(using=self._using, durable=True),
        ):
            self._exclude_others()
            within = _Within(self)
            rows = write(*within.head(), decide(within))
            if rows:
                entries = [row.entry() for row in rows]
                self._insert(entries, rows)
                points.reach("ledger.before_commit")
        if not rows:
            return []
        points.reach("ledger.after_commit")
        self._tell(entries[-1].seq)
        return entries

    def append(self, events: Sequence[Event], *, first: bool = True) -> list[Entry]:
        """:meth:`transact` with a decision already taken."""
        return self.transact(lambda _reader: events, first=first)

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed head."""
        with self._trouble("written"), self._connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_checkpoint (seq, text) VALUES (%s, %s)",
                (checkpoint.seq, checkpoint_text(checkpoint)),
            )

    def checkpoints(self) -> list[Checkpoint]:
        """Every kept checkpoint, oldest first.

        Raises:
            Broken: one of them cannot be read (TOC-7004).
        """
        return [checkpoint_of(text) for text in self.checkpoint_texts()]

    def checkpoint_texts(self) -> list[str]:
        """:meth:`checkpoints` as they lie in the table."""
        with self._trouble("read"), self._connection.cursor() as cursor:
            cursor.execute("SELECT text FROM ledger_checkpoint ORDER BY id")
            return [text for (text,) in cursor.fetchall()]

    def _exclude_others(self) -> None:
        """Make this the only writer. SQLite has done so when the transaction began (IMMEDIATE)."""
        if self._connection.vendor == "postgresql":
            # A server that was told to answer before it has written would break "one commit, one fsync". And whoever
            # freezes while it holds the lock, with its machine perhaps, loses it while others still wait.
            self._one(
                "SELECT set_config('lock_timeout', %s, true),"
                " set_config('idle_in_transaction_session_timeout', %s, true), set_config('synchronous_commit',"
                " CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
                " ELSE current_setting('synchronous_commit') END, true)",
                (f"{BUSY_S}s", f"{BUSY_S // 2}s"),
            )
            # A statement of its own: the next one must see what the last writer has committed.
            self._one("SELECT pg_advisory_xact_lock(%s)", (_LOCK_KEY,))

    def _insert(self, entries: Sequence[Entry], rows: Sequence[Stored]) -> None:
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            values: list[Any] = []
            for entry, row in zip(entries[part], rows[part], strict=True):
                event = entry.event
                values += (row.seq, event.id, event.kind, event.subject, row.text, row.prev, row.hash)
            marks = ",".join([_ROW] * (len(values) // 7))
            news = ""
            if self._connection.vendor == "postgresql":
                # In the same round trip, and heard at the commit: no second transaction, no second fsync.
                news, values = "; SELECT pg_notify(%s, %s)", [*values, NEWS, str(entries[-1].seq)]
            try:
                with self._connection.cursor() as cursor:
                    cursor.execute(
                        f"INSERT INTO ledger_entry (seq,event_id,kind,subject,event,prev,hash) VALUES {marks}{news}",  # noqa: S608 - marks only
                        values,
                    )
            except IntegrityError as fault:
                if "event_id" not in str(fault):
                    raise
                raise taken(_repeated(entries, str(fault))) from fault

    def _one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()

    @contextlib.contextmanager
    def _queue(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=BUSY_S):
            raise unavailable(
                "TOC-7005", "the ledger could not be written", f"another thread has held it for {BUSY_S} s"
            )
        try:
            yield
        finally:
            self._lock.release()

    def _trouble(self, what: str) -> contextlib.AbstractContextManager[None]:
        return trouble(self._using, "TOC-7005", f"the ledger could not be {what}")

    def _tell(self, head: int) -> None:
        if self._wake is None:
            return
        try:
            self._wake(head)
        except Exception:
            log.exception("the entry %s is committed, but waking the relay failed; it polls", head)


class _Within:
    """The ledger as the one who holds its lock reads it: nothing comes behind its head."""

    def __init__(self, ledger: DjangoLedger) -> None:
        self._ledger = ledger
        self._head = ledger.head()

    def head(self) -> tuple[int, str]:
        """``(seq, hash)`` of the last entry."""
        return self._head

    def read(self, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """Entries behind ``after``; the database is asked only where there are some."""
        return self._ledger.read(after, limit) if after < self._head[0] else iter(())


def _repeated(entries: Sequence[Entry], fault: str) -> str:
    """Which id the database means; PostgreSQL names it, SQLite names the column only."""
    seen: set[str] = set()
    for entry in entries:
        if entry.event.id in seen or f"({entry.event.id})" in fault:
            return entry.event.id
        seen.add(entry.event.id)
    return ", ".join(entry.event.id for entry in entries[:3])
