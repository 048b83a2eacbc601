"""What the report room's addresses share: carry a command out, seal a place, read times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from django.http import HttpRequest
from ninja import Status

from tocsin.app.actor import Actor
from tocsin.core.points import reach
from tocsin.core.time import parse_instant, rfc3339
from tocsin.report import commands as cmd
from tocsin.report.state import ReportState
from tocsin.web.api import act
from tocsin.web.api.auth import caller
from tocsin.web.desk import desk, reports, vault

if TYPE_CHECKING:
    from tocsin.app.report import Outcome


def new_id() -> str:
    """A fresh id for something of the report room."""
    return desk().ids.new().lower()


def instant(text: str | None, field: str) -> datetime | None:
    """The time, or None when none was given."""
    return None if text is None else parse_instant(text, field=field)


def carry_out(actor: Actor, command: cmd.Command, check: Callable[[ReportState], None] | None = None) -> Outcome:
    """Give a command to the desk as that actor."""
    reach("web.before_append")
    outcome = reports().do(command, actor, check=check)
    reach("web.before_answer")
    return outcome


def did(request: HttpRequest, command: cmd.Command, id_: str) -> Status[dict[str, Any]]:
    """Carry it out as the caller, and say what was recorded."""
    outcome = carry_out(caller(request).actor, command)
    return Status(201, {**act.stamp(), "id": id_, "entries": [entry.seq for entry in outcome.entries]})


def sealing(kind: str, document: dict[str, Any] | None, do: Callable[[str], Outcome]) -> Outcome:
    """Seal a document and act with its reference; when nothing comes of the act, nothing stays sealed."""
    if not document:
        return do("")
    reference = vault().keep(kind, document)
    done = False
    try:
        outcome = do(reference)
        done = bool(outcome.entries)
    finally:
        if not done:
            vault().erase(reference)
    return outcome


def plain(value: Any) -> Any:
    """A frozen value as JSON has it, times in RFC 3339."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.structs.asdict(value))
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return value
