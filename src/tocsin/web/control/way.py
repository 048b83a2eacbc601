"""The way of a warning, stage by stage: how long after its issue pages were written, sirens told, sound measured.

Only what receipts say. A page that was written to is not a person who has read it, and a siren that was told may be
silent: so each stage stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tocsin.core.event import Entry, fact_of
from tocsin.warn import events as ev
from tocsin.web.control.scene import Scene

LONGEST = timedelta(minutes=5)
"""What comes later belongs to other acts, or to a siren that was away."""

_WIDE, _THIN = 100.0, 0.8
"""Of the bar's picture, and of the thinnest thing in it."""


def way(seen: Scene, warning_id: str, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """A row for each stage that has receipts; none for a warning that has not gone out.

    Args:
        entries: of the ledger, from before the issue on, in order.
    """
    issued: Entry | None = None
    pages = 0
    moments: dict[str, list[datetime]] = {"pages": [], "told": [], "sounding": []}
    for entry in entries:
        fact = fact_of(entry.event)
        if isinstance(fact, ev.WarningIssued) and fact.warning_id == warning_id:
            issued = entry
        elif issued is None:
            continue
        elif entry.event.at - issued.event.at > LONGEST:
            break
        elif isinstance(fact, ev.LiveDelivered) and fact.seq == issued.seq:
            moments["pages"] += [fact.first_at, fact.last_at]
            pages += fact.clients
        elif isinstance(fact, ev.SirenCommanded) and _of(fact.command_id, issued):
            moments["told"].append(entry.event.at)
        elif isinstance(fact, ev.SirenReported) and fact.state == "sounding" and _of(fact.command_id, issued):
            moments["sounding"].append(fact.measured_at)
    if issued is None:
        return []
    counts = {name: len(found) for name, found in moments.items()} | {"pages": pages}
    return _rows(seen, {name: _after(issued.event.at, found) for name, found in moments.items() if found}, counts)


def _of(command_id: str, issued: Entry) -> bool:
    """Whether a command follows from the issue: its id begins with the event's."""
    return command_id.partition(".")[0] == issued.event.id


def _after(begin: datetime, found: list[datetime]) -> list[float]:
    """Milliseconds after the issue, in order. Another machine's clock may be behind ours: nothing arrives before."""
    return sorted(max(0.0, (at - begin).total_seconds() * 1000) for at in found)


def _rows(seen: Scene, stages: dict[str, list[float]], counts: dict[str, int]) -> list[dict[str, Any]]:
    longest = max((found[-1] for found in stages.values()), default=0.0) or 1.0
    rows = []
    for name, found in stages.items():
        # Of pages an edge says the first and the last alone: what lies between is not known, and not guessed.
        half, most = (None, None) if name == "pages" else (_share(found, 0.5), _share(found, 0.99))
        rows.append(
            {
                "stage": seen.w[f"ctl_way_{name}"],
                "count": counts[name],
                "first": round(found[0]),
                "half": None if half is None else round(half),
                "most": None if most is None else round(most),
                "last": round(found[-1]),
                "x": f"{min(_WIDE * found[0] / longest, _WIDE - _THIN):.1f}",
                "wide": f"{max(_THIN, _WIDE * (found[-1] - found[0]) / longest):.1f}",
                "mark": None if half is None else f"{min(_WIDE * half / longest, _WIDE - _THIN):.1f}",
            }
        )
    return rows


def _share(found: list[float], part: float) -> float:
    return found[min(len(found) - 1, int(len(found) * part))]
