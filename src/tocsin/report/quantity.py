"""What a bound says of the number it bounds: an interval of whole numbers, and the figure that was named.

The readings are part of rule version 1 (``docs/reference/claims.md``). A word for a number keeps its wording in the
claim; its reading here is the least that the word can mean.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tocsin.core.errors import Invalid
from tocsin.report.events import Op

Interval = tuple[int, int | None]
"""The least and the greatest number that agree with a claim; None where nothing bounds it from above."""

MOST = 1_000_000_000
"""The greatest number that a claim may name."""

WORDS: dict[str, int] = {"several": 2, "tens": 10, "dozens": 12, "hundreds": 100, "thousands": 1000}
"""A word for a number → the least that it means; each is read as ``ge``."""


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """A bound as somebody put it.

    Attributes:
        op, n, n2: the bound; ``n2`` is the upper end of a ``range``.
        subject: what is counted, as in a claim; "" when the words do not say.
        category: ``civilian``, ``child``, or "".
        unit: what ``n`` is given in, when it is not a count of the subject.
        quote: the whole text as it was, with nothing put right.
        start, end: where in it the number and what it counts stand, in characters.
    """

    op: Op
    n: int | None = None
    n2: int | None = None
    subject: str = ""
    category: str = ""
    unit: str = ""
    quote: str = ""
    start: int = 0
    end: int = 0


Reading = tuple[int, int | None, int, int]
"""What a bound says: the interval (None: open), then the least and the greatest figure that it names."""

_READINGS: dict[Op, Callable[[int, int], Reading]] = {
    "eq": lambda n, _: (n, n, n, n),
    "ge": lambda n, _: (n, None, n, n),
    "gt": lambda n, _: (n + 1, None, n + 1, n + 1),
    "le": lambda n, _: (0, n, n, n),
    "lt": lambda n, _: (0, n - 1, n - 1, n - 1),
    "approx": lambda n, _: (n - n // 10, n + n // 10, n, n),
    "range": lambda n, n2: (n, n2, n, n2),
}


def reading(op: Op, n: int | None, n2: int | None = None) -> Reading | None:
    """What a bound says of its number; None for ``said``, which names none."""
    if n is None or op == "said":
        return None
    return _READINGS[op](n, n if n2 is None else n2)


def interval(op: Op, n: int | None, n2: int | None = None) -> Interval | None:
    """The numbers that agree with a bound; None for ``said``."""
    read = reading(op, n, n2)
    return None if read is None else read[:2]


def checked(op: Op, n: int | None, n2: int | None, *, field: str = "") -> None:
    """Refuse a bound that bounds nothing.

    Raises:
        Invalid: no number, one too many, one out of range, or a range whose ends are turned round (TOC-10001).
    """

    def bad(message: str, name: str, remedy: str) -> Invalid:
        return Invalid("TOC-10001", message, field=f"{field}{name}", remedy=remedy)

    if op == "said":
        if n is not None or n2 is not None:
            raise bad("A statement without a number has one.", "n", "Leave n and n2 out, or choose another op.")
        return
    least = 1 if op == "lt" else 0
    if n is None or isinstance(n, bool) or not least <= n <= MOST:
        raise bad(f"The number is missing or not {least} to {MOST}.", "n", "Give the number that was said.")
    if (op == "range") != (n2 is not None):
        raise bad("Only a range has an upper end, and it needs one.", "n2", "Give n2 with op range, and only then.")
    if n2 is not None and not n < n2 <= MOST:
        raise bad("The upper end is not above the lower.", "n2", "Give the lower end first.")
