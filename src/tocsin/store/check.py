"""Checking the ledger's tables as they lie, every column of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connections

from tocsin.core.errors import Broken
from tocsin.core.ports import Checkpoint
from tocsin.record.audit import Audit, Finding
from tocsin.record.chain import Stored, checkpoint_of, event_of

_PAGE = 500
_TEXTS = ("prev", "hash", "event", "event_id", "kind", "subject")


def check_tables(
    public_keys: Iterable[bytes],
    *,
    using: str = "default",
    checkpoints: Iterable[Checkpoint] = (),
    origin: str | None = None,
) -> tuple[int, list[Finding]]:
    """Recompute everything in the ledger's tables.

    Args:
        public_keys: raw Ed25519 keys that may sign checkpoints.
        using: Django's alias of the database.
        checkpoints: those kept outside the database, so that one who can write it cannot remove them.
        origin: the ledger's name.

    Returns:
        How many entries there are, and what is wrong; an empty list means that nothing is.
    """
    audit = Audit(public_keys, origin=origin)
    for checkpoint in checkpoints:
        audit.checkpoint(checkpoint)
    _checkpoints(audit, using)
    count = 0
    for row, columns in _rows(using):
        count += 1
        audit.entry(row)
        _columns(audit, row, columns)
    return count, audit.finish()


def _checkpoints(audit: Audit, using: str) -> None:
    for seq, text in _query(using, "SELECT seq, {text} FROM ledger_checkpoint ORDER BY id", ("text",)):
        try:
            checkpoint = checkpoint_of(text)
        except (Broken, UnicodeError):
            audit.say(seq, "checkpoint_signature", f"The checkpoint at entry {seq} cannot be read.")
            continue
        audit.checkpoint(checkpoint)
        if checkpoint.seq != seq:
            audit.say(seq, "checkpoint_mismatch", f"A checkpoint of entry {checkpoint.seq} is kept as one of {seq}.")


def _rows(using: str) -> Iterator[tuple[Stored, dict[str, str]]]:
    after = None
    sql = "SELECT seq, {prev}, {hash}, {event}, {event_id}, {kind}, {subject} FROM ledger_entry"
    while True:
        where, values = ("", ()) if after is None else (" WHERE seq > %s", (after,))
        page = _query(using, f"{sql}{where} ORDER BY seq LIMIT {_PAGE}", _TEXTS, values)
        for seq, prev, sealed, text, event_id, kind, subject in page:
            columns = {"event_id": event_id, "kind": kind, "subject": subject}
            yield Stored(seq=seq, prev=prev, hash=sealed, text=text), columns
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def _query(using: str, sql: str, texts: tuple[str, ...], values: tuple[int, ...] = ()) -> list[tuple[Any, ...]]:
    connection = connections[using]
    # SQLite may hold anything in a text column; as bytes it can be read whatever it is.
    form = "CAST({} AS BLOB)" if connection.vendor == "sqlite" else "{}"
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**{name: form.format(name) for name in texts}), values)
        return [tuple(_text(value) for value in row) for row in cursor.fetchall()]


def _text(value: object) -> object:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _columns(audit: Audit, row: Stored, columns: dict[str, str]) -> None:
    try:
        event = event_of(row.text, row.seq)
    except (Broken, UnicodeError):
        return  # said already: the text is not what was hashed
    said = {"event_id": event.id, "kind": event.kind, "subject": event.subject}
    for name, value in columns.items():
        if value != said[name]:
            audit.say(row.seq, "changed", f"The column {name} of entry {row.seq} says {value[:80]!r}.")
