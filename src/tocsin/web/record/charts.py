"""Charts as geometry: what a template draws as SVG. Nothing here colours; a class says what a shape means.

Units are those of the drawing. Every chart has its numbers in words beside it, so that nobody needs to see it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

WIDE = 720.0
HIGH = 220.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 12.0, 14.0, 30.0
"""What stays free around the figure: numbers at the left, words below."""

STEPS = (1, 2, 2.5, 5, 10)
MOST_LINES = 5
GAP = 0.22
"""Part of a column's room that stays free between columns."""

LABEL_EVERY = 44.0
"""Units that a word below the figure needs at least."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A number at the left edge and the height of its line."""

    y: float
    text: str


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A word below the figure."""

    x: float
    text: str


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column. ``mark``: what it means, for its class; ``said``: in words, for whoever rests on it."""

    x: float
    y: float
    width: float
    height: float
    said: str
    mark: str = ""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """A chart of columns."""

    width: float
    height: float
    base: float
    left: float
    right: float
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What a column stands for. ``label``: the word below it, "" for none."""

    label: str
    value: float
    said: str
    mark: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was known of one quantity from an instant on; ``high`` None is open."""

    at: datetime
    low: int
    best: int
    high: int | None


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity through the night. ``band``: low to high; ``line``: the best figure; ``open_from``: where no top is.

    Attributes:
        dots: ``(x, y, said)`` where something became known.
        open_band: the same as ``band`` where the top is open; it fades upwards.
    """

    width: float
    height: float
    base: float
    left: float
    right: float
    band: str
    open_band: str
    line: str
    dots: tuple[tuple[float, float, str], ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]


def nice(top: float) -> tuple[float, float]:
    """``(top, step)`` of a scale that people can read: at least ``top``, in steps of 1, 2, 2.5, 5 or 10."""
    if top <= 0:
        return 1.0, 1.0
    rough = top / MOST_LINES
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in STEPS if power * one >= rough)
    return math.ceil(top / step) * step, step


def columns(values: Sequence[Value], *, whole: bool = True) -> Columns:
    """Columns side by side. ``whole``: the scale counts things, and has no line between two of them."""
    top, step = nice(max((one.value for one in values), default=0.0))
    if whole and step < 1:
        top, step = max(1.0, math.ceil(top)), 1.0
    room = (WIDE - LEFT - RIGHT) / max(1, len(values))
    base = HIGH - BOTTOM

    def y(value: float) -> float:
        return round(base - value / top * (base - TOP), 1)

    drawn = [
        Column(
            x=round(LEFT + i * room + room * GAP / 2, 1),
            y=y(one.value),
            width=round(max(1.0, room * (1 - GAP)), 1),
            height=round(base - y(one.value), 1),
            said=one.said,
            mark=one.mark,
        )
        for i, one in enumerate(values)
    ]
    words = [(LEFT + (i + 0.5) * room, one.label) for i, one in enumerate(values)]
    return Columns(
        width=WIDE,
        height=HIGH,
        base=base,
        left=LEFT,
        right=WIDE - RIGHT,
        columns=tuple(drawn),
        lines=_lines(top, step, y),
        labels=_labels(words),
    )


def growth(known: Sequence[Known], start: datetime, end: datetime, clocks: Sequence[tuple[datetime, str]]) -> Growth:
    """What was known of a quantity, from ``start`` to ``end``, as steps: it holds until something new is known.

    Args:
        known: oldest first, not empty.
        clocks: instants between start and end and how a clock says them; for below the figure.
    """
    span = max(1.0, (end - start).total_seconds())
    top, step = nice(max(one.best if one.high is None else one.high for one in known) * 1.1)
    if step < 1:
        top, step = max(1.0, math.ceil(top)), 1.0
    base = HIGH - BOTTOM

    def x(at: datetime) -> float:
        part = min(1.0, max(0.0, (at - start).total_seconds() / span))
        return round(LEFT + part * (WIDE - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(base - value / top * (base - TOP), 1)

    spans = [(one, x(one.at), x(then.at)) for one, then in pairwise(known)]
    spans.append((known[-1], x(known[-1].at), x(end)))
    closed = [(a, b, y(one.low), y(one.high)) for one, a, b in spans if one.high is not None]
    opened = [(a, b, y(one.low), TOP) for one, a, b in spans if one.high is None]
    line = "".join(f"{'L' if i else 'M'}{a:g} {y(one.best):g}H{b:g}" for i, (one, a, b) in enumerate(spans))
    return Growth(
        width=WIDE,
        height=HIGH,
        base=base,
        left=LEFT,
        right=WIDE - RIGHT,
        band=_boxes(closed),
        open_band=_boxes(opened),
        line=line,
        dots=tuple((a, y(one.best), "") for one, a, _ in spans),
        lines=_lines(top, step, y),
        labels=_labels([(x(at), text) for at, text in clocks]),
    )


def _boxes(boxes: Sequence[tuple[float, float, float, float]]) -> str:
    # A range without width is still a line that can be seen.
    return "".join(f"M{a:g} {low + 1:g}H{b:g}V{high - 1:g}H{a:g}Z" for a, b, low, high in boxes)


def _lines(top: float, step: float, y: object) -> tuple[Line, ...]:
    assert callable(y)  # noqa: S101 - a closure of this module
    return tuple(Line(y=y(step * i), text=f"{step * i:g}") for i in range(round(top / step) + 1))


def _labels(words: Sequence[tuple[float, str]]) -> tuple[Label, ...]:
    """As many of the words as have room, the first one always."""
    found: list[Label] = []
    for x, text in words:
        if text and (not found or x - found[-1].x >= LABEL_EVERY):
            found.append(Label(x=round(x, 1), text=text))
    return tuple(found)
