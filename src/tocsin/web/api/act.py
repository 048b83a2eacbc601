"""The one way from a request to the ledger: name the crash points, let the desk decide."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest

from tocsin.core.points import reach
from tocsin.core.time import rfc3339
from tocsin.warn.commands import Command
from tocsin.web.api.auth import caller
from tocsin.web.desk import desk

if TYPE_CHECKING:
    from tocsin.app.desk import Outcome

POLL_S = 10.0
"""How often pollers are asked to come; listeners of the live edge hear at once."""


def do(request: HttpRequest, command: Command) -> Outcome:
    """Give a command to the desk as the caller. What the rules say against it is raised."""
    reach("web.before_append")
    outcome = desk().do(command, caller(request).actor)
    reach("web.before_answer")
    return outcome


def now() -> datetime:
    """The desk's clock."""
    return desk().clock.now()


def stamp() -> dict[str, str]:
    """``generated_at`` of an answer (rule R20)."""
    return {"generated_at": rfc3339(now())}


def polled() -> dict[str, str | float]:
    """The three times of an answer that is asked for again and again (rule R20).

    The state is caught up with the ledger for every answer, so its age is zero; nothing here is cached.
    """
    return {**stamp(), "source_age_s": 0.0, "next_poll_s": POLL_S}
