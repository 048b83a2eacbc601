"""Whether a played night holds what its story says: in the ledger, in the air, on people's screens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tocsin.app import night as nt
from tocsin.cli.observers import Ear, LiveClient
from tocsin.cli.recorded import Recorded, recorded
from tocsin.core.event import Entry
from tocsin.core.text import fold
from tocsin.core.time import parse_instant
from tocsin.warn.cap_read import parse_own as parse
from tocsin.warn.phase import WORST_FIRST
from tocsin.warn.state import WarnState


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One row: whether it holds, the ledger entries behind it, and what is missing."""

    row: int
    name: str
    ok: bool
    said: str
    entries: tuple[int, ...]
    missing: tuple[str, ...]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a night left behind: the ledger, what the broker carried, what each live client received."""

    entries: Sequence[Entry]
    state: WarnState
    warnings: dict[str, str]
    ear: Ear
    clients: dict[str, list[LiveClient]]
    record: Recorded


def prove(night: nt.Night, row: nt.Row, evidence: Evidence) -> Proof:
    """Look for everything that the row wants."""
    begin, end = night.window(row)
    used: set[int] = set()
    missing: list[str] = []
    for want in row.ledger:
        found = [e.seq for e in _between(evidence.entries, begin, end) if _fits(e, want, evidence.warnings)]
        used.update(found)
        if len(found) < want.at_least:
            missing.append(f"{want.at_least} entries {want.kind} {want.where or ''}: found {len(found)}")
        if want.at_most is not None and len(found) > want.at_most:
            missing.append(f"at most {want.at_most} entries {want.kind} {want.where or ''}: found {len(found)}")
    missing += [why for sound in row.sirens for why in _unheard(sound, begin, end, evidence)]
    missing += [why for live in row.live for why in _unseen(live, begin, end, evidence)]
    for found_there in recorded(row, begin, end, evidence.record):
        used.update(found_there.entries)
        missing += [found_there.missing] if found_there.missing else []
    return Proof(
        row=row.row, name=row.name, ok=not missing, said=row.said, entries=tuple(sorted(used)), missing=tuple(missing)
    )


def _between(entries: Sequence[Entry], begin: datetime, end: datetime) -> Iterator[Entry]:
    return (entry for entry in entries if begin <= entry.event.at <= end)


def _fits(entry: Entry, want: nt.LedgerWant, warnings: dict[str, str]) -> bool:
    event = entry.event
    if event.kind != want.kind or not event.actor.startswith(want.actor):
        return False
    if want.warning and event.body.get("warning_id") != warnings.get(want.warning):
        return False
    if any(_at(event.body, path) != value for path, value in want.where.items()):
        return False
    return not want.texts or _message_says(event.body, want.texts)


def _at(body: Any, path: str) -> Any:
    """The value at a dotted path; numbers are places in a list."""
    for name in path.split("."):
        if isinstance(body, dict):
            body = body.get(name)
        elif isinstance(body, list) and name.isdigit() and int(name) < len(body):
            body = body[int(name)]
        else:
            return None
    return body


def _message_says(body: dict[str, Any], texts: dict[str, tuple[str, ...]]) -> bool:
    """Whether the frozen bytes of the message, not a draft of them, hold the pieces in each language."""
    said: dict[str, str] = {}
    for info in parse(body["message"]["xml"].encode()).infos:
        said[info.language] = said.get(info.language, "") + _joined(info.headline, info.description, info.instruction)
    return _says(said, texts)


def _joined(*texts: str | None) -> str:
    return fold(" ".join(text or "" for text in texts)) + " "


def _says(said: dict[str, str], wanted: dict[str, tuple[str, ...]]) -> bool:
    return all(fold(piece) in said.get(language, "") for language, pieces in wanted.items() for piece in pieces)


def _unheard(want: nt.SirenWant, begin: datetime, end: datetime, evidence: Evidence) -> Iterator[str]:
    """Sirens that did not themselves report that sound."""
    covered = evidence.state.areas.closure(want.areas)
    mine = {s for s, known in evidence.state.sirens.items() if known.siren.area in covered}
    heard = {
        siren
        for _, siren, report in evidence.ear.reports
        if siren in mine
        and report["state"] == "sounding"
        and report["tone"] == want.tone
        and begin <= parse_instant(report["measured_at"], field="measured_at") <= end
    }
    if len(heard) < want.at_least:
        yield f"{want.at_least} sirens sounding {want.tone}: heard {len(heard)}"


def _unseen(want: nt.LiveWant, begin: datetime, end: datetime, evidence: Evidence) -> Iterator[str]:
    """Areas in which no live client came to show the phase with the texts."""
    for area in want.areas:
        if not any(_showed(client, want, begin, end) for client in evidence.clients.get(area, [])):
            yield f"a live client in {area} with phase {want.phase}"


def _showed(client: LiveClient, want: nt.LiveWant, begin: datetime, end: datetime) -> bool:
    """Whether an update in time made the client show that: the worst of the areas that cover it, as every page does.

    Where what the edge knew was old at that moment, the update shows a calm area as unknown, and the state that follows
    says what it is.
    """
    states: dict[str, dict[str, Any]] = {}
    told = False
    for _, event, document in client.received:
        states = heard_areas(states, event, document)
        if event == "update":
            ending = want.end is None or (document.get("alert") or {}).get("end") == want.end
            in_time = begin <= parse_instant(document["at"], field="at") <= end
            told = in_time and ending and _says(_texts(document), want.texts)
        elif event != "state" or parse_instant(document["generated_at"], field="at") > end:
            continue
        worst = min(states.values(), key=lambda state: WORST_FIRST.index(state["phase"]), default=None)
        if told and (want.phase is None or (worst is not None and worst["phase"] == want.phase)):
            return True
    return False


def heard_areas(states: dict[str, dict[str, Any]], event: str, document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The states of the areas that cover a client after one more event. A ``state`` says which areas those are; an
    update may also speak of others, which are not the client's concern.
    """
    said = {state["id"]: state for state in document.get("areas", ())}
    return said if event == "state" else states | {i: s for i, s in said.items() if i in states}


def shown_now(received: Sequence[tuple[float, str, dict[str, Any]]]) -> tuple[str, dict[str, str]]:
    """What a client shows: the worst phase among the areas that cover it, and the newest headline in its languages."""
    states: dict[str, dict[str, Any]] = {}
    headline: dict[str, str] = {}
    for _, event, document in received:
        states = heard_areas(states, event, document)
        alert = document.get("alert") if event == "update" else None
        if alert:
            headline = alert["headline"]
    return min((state["phase"] for state in states.values()), key=WORST_FIRST.index, default="unknown"), headline


def _texts(document: dict[str, Any]) -> dict[str, str]:
    alert = document.get("alert") or {}
    return {
        language: _joined(text, alert["description"].get(language), alert["instruction"].get(language))
        for language, text in alert.get("headline", {}).items()
    }
