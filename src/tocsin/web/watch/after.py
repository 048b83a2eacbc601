"""The second half of the night on its page: what is said of it, which flats are open to the cold, the bulletin.

No address, no exact place and no picture comes here: whoever watches sees areas, as everybody may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tocsin.app import night as nt
from tocsin.app.repair import QueueRow, RepairDesk
from tocsin.core.text import pick
from tocsin.repair.urgency import Range
from tocsin.report.state import KnownIncident, ReportState
from tocsin.report.tally import Tally, status_words, tallies, wording
from tocsin.web.desk import record, repairs, reports
from tocsin.web.watch.told import outside

COLD = "10"
"""The level, in °C, up to which hours are counted: below it a flat is too cold to stay in."""

MINUTE_S = 60

MOST_ROWS = 12
"""The longest queue that is shown whole."""


class After:
    """One look at the second half, in one language.

    Args:
        night: the night that is on, or None.
        now: its own time.
        language: tag.
        words: key → text.
        area: id of an area → its name.
        entries: entry numbers in words.
    """

    def __init__(
        self,
        night: nt.Night | None,
        now: datetime,
        language: str,
        words: Mapping[str, str],
        *,
        area: Callable[[str], str],
        entries: Callable[[tuple[int, ...]], str],
    ) -> None:
        self.night, self.now, self.language, self.words = night, now, language, words
        self._area, self._entries = area, entries

    def context(self) -> dict[str, Any]:
        """Everything for the template."""
        state = reports().state()
        said, queue = self.said(state), self.queue()
        begun = bool(said) or queue["flats_known"]
        return {"second_half": begun, "said": said, **queue, "bulletin": self.bulletin()}

    # Claims

    def said(self, state: ReportState) -> list[dict[str, Any]]:
        """Each incident with its tallies, the newest incident of the night last."""
        known = sorted(state.incidents.values(), key=lambda one: one.opened)
        return [self._incident(state, one) for one in known if not one.withdrawn]

    def _incident(self, state: ReportState, known: KnownIncident) -> dict[str, Any]:
        others = [one.other for one in known.relations if one.relation == "maybe_same"]
        names = [pick(state.incidents[other].incident.names, self.language) for other in others]
        return {
            "name": pick(known.incident.names, self.language),
            "conflict": self.words["wat_conflict"].format(other=", ".join(names)) if names else "",
            "tallies": [self._tally(state, one) for one in tallies(state, known.incident.id, self.now)],
        }

    def _tally(self, state: ReportState, tally: Tally) -> dict[str, Any]:
        count = len(tally.claim_ids)
        key = f"wat_subject_{tally.subject}"
        return {
            "key": tally.subject,
            "subject": self.words.get(key, self.words["wat_subject_other"]),
            "wording": wording(tally, self.language),
            "status": status_words(tally, self.language),
            "mark": tally.status,
            "claims": self.words["wat_claims_one" if count == 1 else "wat_claims_n"].format(n=count),
            "entries": self._entries(tuple(state.claims[one].entry for one in tally.claim_ids)),
        }

    # Repairs

    def queue(self) -> dict[str, Any]:
        """Open flats in the order in which the crews come, and how many are closed."""
        desk = repairs()
        state = desk.state()
        rows = queue_of(desk, self.now)
        known = [need for need in state.needs.values() if not need.merged_into]
        weather = state.weather_at(self.now)
        closed = sum(1 for need in known if not need.open)
        shown = [self._row(row, place) for place, row in enumerate(rows[:MOST_ROWS], 1)]
        said = outside(self.words, weather.op, weather.temperature_c) if weather is not None else ""
        return {
            "flats": shown,
            "flats_open": len(rows),
            "flats_known": bool(known),
            "flats_closed": self.words["wat_closed_of"].format(closed=closed, n=len(known)),
            "outside": self.words["wat_outside"].format(weather=said) if said else "",
        }

    def _row(self, row: QueueRow, place: int) -> dict[str, Any]:
        need, urgency = row.need, row.urgency
        n = need.opening.windows
        flat = self.words["wat_flat_one" if n == 1 else "wat_flat"].format(area=self._area(need.area), n=n)
        return {
            "need": need.id,
            "place": place,
            "flat": flat,
            "band": urgency.band,
            "cold": self._cold(urgency.hours.get(COLD)),
            "under_way": need.state == "on_the_way",
        }

    def _cold(self, reach: Range | None) -> str:
        """When it is too cold inside: between the pessimistic and the textbook hour."""
        if reach is None or reach.sooner is None:
            return self.words["wat_cold_never"] if reach is not None else ""
        low, high = hours(reach.sooner), None if reach.later is None else hours(reach.later)
        if reach.sooner <= 0:
            return self.words["wat_cold_now"]
        if high is None:
            return self.words["wat_cold_from"].format(low=low)
        return self.words["wat_cold_about" if low == high else "wat_cold_in"].format(low=low, high=high)

    # The bulletin

    def bulletin(self) -> list[dict[str, Any]]:
        """The published sentences in the reader's language, or else in English."""
        day = next((step.page for step in self._steps() if isinstance(step, nt.BulletinStep)), "")
        page = record().state().pages.get(day)
        if page is None or not page.bulletins or page.withdrawn:
            return []
        sentences = page.bulletins[-1].bulletin.sentences
        return [
            {"text": one.text, "entries": self._entries(one.entries)}
            for one in sentences.get(self.language) or sentences.get("en", ())
        ]

    def _steps(self) -> Sequence[nt.AnyStep]:
        return self.night.steps if self.night is not None else ()


_last: tuple[tuple[int, int], list[QueueRow]] | None = None


def queue_of(desk: RepairDesk, now: datetime) -> list[QueueRow]:
    """The queue as of this minute of the night: whoever watches asks twice a second, and flats cool slowly."""
    global _last  # noqa: PLW0603 - one answer for everybody who watches
    key = (desk.state().seq, int(now.timestamp()) // MINUTE_S)
    kept = _last
    if kept is None or kept[0] != key:
        kept = _last = (key, list(desk.queue(now)))
    return kept[1]


def hours(value: float) -> str:
    """Hours as people say them: to a tenth below ten."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".rstrip("0").rstrip(".")
