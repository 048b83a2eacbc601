"""What is known now: areas, alerts and how old that knowledge is. Fed by the bus, read by every client."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tocsin.bus.subjects import Frame
from tocsin.core.time import rfc3339
from tocsin.warn.target import ancestors

STALE_AFTER = timedelta(seconds=30)
"""Knowledge older than this is shown as unknown (rule R2)."""
CANCEL_EXPIRY = timedelta(minutes=60)
"""An alert stays readable for so long after its expiry (rule R25)."""

_RAISED = ("alert", "pre_alert", "partial_clear")

Doc = dict[str, Any]


class Truth:
    """The state of every area and alert as of one instant."""

    __slots__ = ("_alerts", "_areas", "_by_cell", "as_of", "seq", "version")

    def __init__(self) -> None:
        self._areas: dict[str, tuple[int, Doc, frozenset[str]]] = {}
        self._by_cell: dict[str, list[str]] = {}
        self._alerts: dict[str, tuple[int, Doc, frozenset[str]]] = {}
        self.as_of: datetime | None = None
        self.seq = 0
        self.version = 0

    def replace(self, frame: Frame) -> bool:
        """Take over a ``live.state``; whether that changed what clients see."""
        seq = int(frame["seq"])
        areas = {row["state"]["id"]: (seq, row["state"], frozenset(row["cells"])) for row in frame["areas"]}
        alerts = {row["doc"]["id"]: (seq, row["doc"], frozenset(row["cells"])) for row in frame["alerts"]}
        changed = _plain(areas) != _plain(self._areas) or _plain(alerts) != _plain(self._alerts)
        self._areas, self._alerts, self.seq = areas, alerts, seq
        self._by_cell = {}
        for area_id, (_, _, cells) in areas.items():
            for cell in cells:
                self._by_cell.setdefault(cell, []).append(area_id)
        self.as_of = datetime.fromisoformat(frame["as_of"])
        self.version += 1
        return changed

    def update(self, frame: Frame) -> None:
        """Apply a ``live.update``; an area that is known from a later entry stays as it is."""
        seq, data = int(frame["seq"]), frame["data"]
        for state in data["areas"]:
            old = self._areas.get(state["id"])
            alone = len(data["areas"]) == 1
            if old is None or (alone and data.get("entry") == "area.defined" and seq > old[0]):
                self._add(seq, state, frozenset(frame["cells"]) if alone else frozenset())
            elif seq > old[0]:
                self._areas[state["id"]] = (seq, state, old[2])
        doc = data.get("alert")
        if doc is not None and seq > self._alerts.get(doc["id"], (0,))[0]:
            self._alerts[doc["id"]] = (seq, doc, self._cells_of(doc, frame["cells"]))
        self.seq = max(self.seq, seq)
        self._seen_at(data.get("at"))
        self.version += 1

    def beat(self, frame: Frame) -> None:
        """The truth is known as of a later instant."""
        self._seen_at(frame["as_of"])

    def age_s(self, now: datetime) -> float | None:
        """Seconds since the knowledge was fresh, or None when there is none yet."""
        return None if self.as_of is None else max(0.0, round((now - self.as_of).total_seconds(), 3))

    def stale(self, now: datetime) -> bool:
        """Whether the knowledge is too old to be shown as anything but unknown."""
        return self.as_of is None or now - self.as_of > STALE_AFTER

    def view(self, cells: Iterable[str], now: datetime) -> Doc:
        """The ``state`` document for these cells."""
        line: set[str] = set()
        found: dict[str, None] = {}
        uncovered = []
        for cell in cells:
            above = ancestors(cell)
            line.update(above)
            here = [area for one in above for area in self._by_cell.get(one, ())]
            found.update(dict.fromkeys(here))
            if not here:
                uncovered.append(cell)
        stale = self.stale(now)
        areas = [self._areas[area_id][1] for area_id in sorted(found)]
        return {
            "seq": self.seq,
            "generated_at": rfc3339(now),
            "source_age_s": self.age_s(now),
            "areas": [unknown(area) for area in areas] if stale else areas,
            "alerts": [doc for _, doc, where in self._alerts.values() if not where.isdisjoint(line)],
            "uncovered": uncovered,
        }

    def danger(self, data: Doc) -> set[str]:
        """Cells of the areas that this update raises, when it also says something of others; else none."""
        raised = [area["id"] for area in data["areas"] if area.get("phase") in _RAISED]
        if len(raised) == len(data["areas"]):
            return set()
        return {cell for area in raised if area in self._areas for cell in self._areas[area][2]}

    def prune(self, now: datetime) -> None:
        """Forget alerts that are past their expiry and the expiry of a cancel."""
        late = [key for key, (_, doc, _) in self._alerts.items() if _ended_before(doc, now - CANCEL_EXPIRY)]
        for key in late:
            del self._alerts[key]
            self.version += 1

    def _add(self, seq: int, state: Doc, cells: frozenset[str]) -> None:
        _, _, before = self._areas.get(state["id"], (0, {}, frozenset()))
        for cell in before:
            self._by_cell[cell].remove(state["id"])
        self._areas[state["id"]] = (seq, state, cells)
        for cell in cells:
            self._by_cell.setdefault(cell, []).append(state["id"])

    def _cells_of(self, doc: Doc, given: list[str]) -> frozenset[str]:
        """An update may concern a part of the alert's areas; the alert itself keeps the cells of all of them."""
        cells = set(given)
        for area_id in doc.get("areas", ()):
            known = self._areas.get(area_id)
            if known is not None:
                cells |= known[2]
        return frozenset(cells)

    def _seen_at(self, text: str | None) -> None:
        if text:
            at = datetime.fromisoformat(text)
            if self.as_of is None or at > self.as_of:
                self.as_of = at


def unknown(area: Doc) -> Doc:
    """The area as it is shown when the knowledge is stale."""
    return {**area, "phase": "unknown", "kind": None}


def stale_update(data: Doc) -> Doc:
    """An update that arrives while the knowledge is stale: a raised area is said at once, a calm one is unknown."""
    return {**data, "areas": [a if a.get("phase") in _RAISED else unknown(a) for a in data["areas"]]}


def _plain(rows: dict[str, tuple[int, Doc, frozenset[str]]]) -> dict[str, tuple[Doc, frozenset[str]]]:
    return {key: (doc, cells) for key, (_, doc, cells) in rows.items()}


def _ended_before(doc: Doc, limit: datetime) -> bool:
    try:
        return datetime.fromisoformat(doc["expires"]) < limit
    except (KeyError, TypeError, ValueError):
        return False
