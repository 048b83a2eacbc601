"""What every rule is given and what it answers with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Literal

import msgspec

from tocsin.core.time import parse_cap_time
from tocsin.warn.cap_xml import NS, Element, path_of, text_of

_CAP = f"{{{NS}}}"

Severity = Literal["error", "warning"]
Box = tuple[float, float, float, float]
"""South, west, north, east in degrees."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One broken rule: its number in ``docs/reference/cap-rules.md``, where, what, and whether it forbids use."""

    rule: int
    path: str
    message: str
    severity: Severity


class Subject:
    """A parsed alert under examination.

    Attributes:
        root: the ``alert`` element.
        raw: the bytes that it was parsed from.
        strict: the message is ours and about to go out, so what is tolerated from others is an error.
        profile: name of the profile to check besides, or None.
        bbox: the city's bounding box, or None.
    """

    def __init__(
        self, root: Element, raw: bytes, *, strict: bool = False, profile: str | None = None, bbox: Box | None = None
    ) -> None:
        self.root = root
        self.raw = raw
        self.strict = strict
        self.profile = profile
        self.bbox = bbox
        self.infos: list[Element] = root.findall(f"{{{NS}}}info")
        self.areas: list[Element] = [area for info in self.infos for area in every(info, "area")]
        self.seen: dict[object, object] = {}
        """Memory for costly answers, since translations repeat the same shapes."""

    def text(self, name: str) -> str:
        """An alert-level value, trimmed; "" when absent."""
        return value(self.root, name)

    def error(self, rule: int, where: Element | str, message: str) -> Finding:
        """A finding that forbids use."""
        return Finding(rule=rule, path=_path(where), message=message, severity="error")

    def warning(self, rule: int, where: Element | str, message: str) -> Finding:
        """A finding that a person should see."""
        return Finding(rule=rule, path=_path(where), message=message, severity="warning")

    def strictly(self, rule: int, where: Element | str, message: str) -> Finding:
        """A warning in what others wrote, an error in what we are about to send."""
        return Finding(rule=rule, path=_path(where), message=message, severity="error" if self.strict else "warning")


Check = Callable[[Subject], Iterable[Finding]]
CHECKS: dict[int, Check] = {}
"""The rules that one message alone decides, by number."""


def rule(number: int) -> Callable[[Check], Check]:
    """Make a function known as the check of that rule."""

    def known(check: Check) -> Check:
        if number in CHECKS and CHECKS[number].__qualname__ != check.__qualname__:
            raise ValueError(f"rule {number} has two checks")
        CHECKS[number] = check
        return check

    return known


def _path(where: Element | str) -> str:
    return where if isinstance(where, str) else path_of(where)


_Children = dict[str, list[Element]]
_known: ContextVar[dict[Element, _Children] | None] = ContextVar("children", default=None)


@contextmanager
def indexed(root: Element) -> Iterator[None]:
    """While the block lasts, :func:`every`, :func:`first` and :func:`value` look CAP children of the tree up by name
    instead of going through them: the rules ask for some hundred of a message. The tree must not change meanwhile.
    """
    made: dict[Element, _Children] = {}
    for parent in root.iter(_CAP + "*"):
        if len(parent):
            named: _Children = {}
            for child in parent.iterchildren(_CAP + "*"):
                named.setdefault(child.tag[len(_CAP) :], []).append(child)
            made[parent] = named
    before = _known.set(made)
    try:
        yield
    finally:
        _known.reset(before)


def every(element: Element, name: str) -> Iterator[Element]:
    """The CAP children of that name."""
    known = _known.get()
    if known is not None:
        children = known.get(element)
        if children is not None:
            return iter(children.get(name, ()))
    return element.iterchildren(_CAP + name)  # type: ignore[no-any-return]


def first(element: Element, name: str) -> Element | None:
    """The first CAP child of that name, or None."""
    return next(every(element, name), None)


def value(element: Element, name: str) -> str:
    """The text of the first CAP child of that name, trimmed; "" when absent."""
    found = first(element, name)
    return "" if found is None else text_of(found).strip()


def instant(text: str) -> datetime | None:
    """The instant of a CAP time, or None when it is none."""
    try:
        return parse_cap_time(text)
    except ValueError:
        return None
