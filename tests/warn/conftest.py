"""What several tests of the warning room use."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin.warn import cap_write
from tocsin.warn.cap_rules import check_output


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The messages that were gone through by the rules, with no memory of earlier ones."""
    found: list[bytes] = []

    def counted(data: bytes) -> list[Any]:
        found.append(data)
        return check_output(data)

    monkeypatch.setattr(cap_write, "check_output", counted)
    monkeypatch.setattr(cap_write, "_SOUND", set())
    return found
