"""The database's own errors, turned into ours in one place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import Error, connections

from tocsin.core.errors import Unavailable


def unavailable(code: str, what: str, why: str) -> Unavailable:
    """The error for a database that does not do its part; ``what`` reads like "the ledger could not be read"."""
    return Unavailable(
        code,
        f"{what[:1].upper()}{what[1:]}: {why}.",
        remedy="Look at the disk and the database; `tocsin doctor` says which of them does not answer.",
    )


@contextlib.contextmanager
def trouble(using: str, code: str, what: str) -> Iterator[None]:
    """Raise :class:`Unavailable` for any database error inside, and let go of a connection that is of no more use."""
    try:
        yield
    except Error as fault:
        connection = connections[using]
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        raise unavailable(code, what, str(fault).strip() or type(fault).__name__) from fault
