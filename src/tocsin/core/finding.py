"""What the check of a file found: every fault, each with its place and its cure."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong (``error``: nothing is imported) or worth a look (``warning``).

    ``field`` is a path into the file such as ``features[3].geometry.coordinates[0]``; ``name`` is for people.
    """

    severity: Severity
    code: str
    field: str
    name: str
    message: str
    remedy: str


class Findings:
    """Collects findings."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def add(self, code: str, field: str, name: str, message: str, remedy: str, *, severity: Severity = "error") -> None:
        """Note one."""
        self.all.append(Finding(severity=severity, code=code, field=field, name=name, message=message, remedy=remedy))

    @property
    def failed(self) -> bool:
        """Whether any of them is an error."""
        return any(one.severity == "error" for one in self.all)
