"""How the night stands, in the reader's words: everything that the page of the night shows, made on the server."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import h3
from django.conf import settings
from django.urls import reverse

from tocsin.app import night as nt
from tocsin.app.night.pace import lasts_s
from tocsin.core.text import pick
from tocsin.core.time import rfc3339, zone
from tocsin.warn.phase import WORST_FIRST, phases
from tocsin.warn.state import SirenState, WarnState
from tocsin.web.desk import desk
from tocsin.web.watch.after import After
from tocsin.web.watch.drawing import draw, place_labels
from tocsin.web.watch.told import ICONS, Speech
from tocsin.web.words import words
from tocsin.wiring.clock import ReplayClock
from tocsin.wiring.playbill import Playbill, Proved, Taken, Told, nights

SPEEDS = (10, 30, 60, 150)
RESOLUTION = 7
MOST_CELLS = 64


def playbill() -> Playbill:
    """The files that the player and the pages share."""
    return Playbill(Path(settings.TOCSIN_RUN))


def city_night() -> nt.Night | None:
    """The night that is on, else one of this demonstration's city, else none."""
    told, known = playbill().told(), nights()
    if told is not None and told.night in known:
        return known[told.night]
    areas = desk().state().areas
    return next(
        (one for one in known.values() if all(a in areas for row in one.rows for w in row.live for a in w.areas)), None
    )


def concerned(night: nt.Night) -> str:
    """The area in which the night is felt most: the first in which a phone must show danger."""
    live = [want for row in night.rows for want in row.live]
    alert = [want for want in live if want.phase == "alert"] or live
    return alert[0].areas[0] if alert else ""


class Scene:
    """One look at the night, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words = words(language)
        self.told: Told | None = playbill().told()
        self.night = city_night()
        here = desk()
        self.state: WarnState = here.state()
        self.now = here.clock.now()
        self.zone: ZoneInfo = zone(self.night.zone if self.night else here.sender.zone)
        self._rate = here.clock.rate() if isinstance(here.clock, ReplayClock) else 1.0
        self._phases = phases(self.state, self.now)
        self.drawing = draw(self.state.areas)

    def context(self) -> dict[str, Any]:
        """Everything for the template."""
        told, night, w = self.told, self.night, self.words
        rows, sirens, phones, begins_in = self.rows(), self.sirens(), self.phones(), self.begins_in()
        area = concerned(night) if night else ""
        return {
            "told": told,
            "round": told.round if told else "",
            "stage": told.stage if told else "absent",
            "title": pick(night.title, self.language) if night else w["wat_card_night"],
            "clock": self.local(self.now),
            "day": self.now.astimezone(self.zone).strftime("%Y-%m-%d"),
            "now": rfc3339(self.now),
            "rate": f"{self._rate:g}",  # a number for the script, whatever the language writes for a point
            "begins_in": begins_in,
            "begins_say": w["wat_in_s"].format(s=begins_in),
            "pace": self._pace(),
            "steps": self.steps(),
            "drawing": self.drawing,
            "areas": self.areas(),
            "sirens": sirens,
            "sounding": sum(1 for siren in sirens if siren["tone"]),
            "of_sirens": w["wat_of"].format(n=len(sirens)),
            "phones": phones,
            "reached": sum(1 for phone in phones if phone["headline"]),
            "of_phones": w["wat_of"].format(n=len(phones)),
            "rows": rows,
            "held": sum(1 for row in rows if row["ok"]),
            "of_rows": w["wat_of"].format(n=len(rows)),
            "times": self.times(),
            "speeds": SPEEDS,
            "street": f"{reverse('home')}?{urlencode({'area': area})}" if area else reverse("home"),
            "home": Path(settings.TOCSIN_RUN).parent,
            **self.later().context(),
        }

    def later(self) -> After:
        """The second half of the night."""
        return After(self.night, self.now, self.language, self.words, area=self.name, entries=self._entries)

    def local(self, at: datetime) -> str:
        """The night's own time."""
        return at.astimezone(self.zone).strftime("%H:%M:%S")

    def name(self, area: str) -> str:
        """An area by its name."""
        known = self.state.areas.get(area)
        return pick(known.names, self.language) if known else area

    def begins_in(self) -> int | None:
        """Seconds until the night begins by itself; None when it does not."""
        if self.told is None or self.told.begins_at is None:
            return None
        return max(0, round(self.told.begins_at - time.time()))

    def _pace(self) -> str:
        told = self.told
        if told is None or told.stage != "playing":
            return ""
        if told.paused:
            return self.words["wat_paused"]
        if self._rate == 1.0:
            return self.words["wat_own_pace"]
        return self.words["wat_faster"].format(speed=f"{self._rate:g}")

    def _told(self, text: str) -> tuple[str, str]:
        """A text of the night in the reader's language if it was put into that, and the language that it is in."""
        own = self.night.translations.get(self.language, {}).get(text) if self.night else None
        return (own, "") if own else (text, "" if self.language == "en" else "en")

    # The story

    def steps(self) -> list[dict[str, Any]]:
        """What has happened, oldest first."""
        if self.told is None or self.night is None:
            return []
        speech = Speech(self.night, self.language, self.words, self.name)
        return [
            self._step(taken, self.night.steps[taken.step], speech)
            for taken in self.told.steps
            if taken.step < len(self.night.steps)
        ]

    def _step(self, taken: Taken, step: nt.AnyStep, speech: Speech) -> dict[str, Any]:
        act = str(step.__struct_config__.tag)
        quote, quote_lang = self._told(quoted(step))
        remark, remark_lang = self._told(step.remark)
        return {
            "id": taken.step,
            "at": self.local(datetime.fromisoformat(taken.at)),
            "icon": ICONS[act],
            "act": act,
            "who": speech.who(step),
            "what": speech.what(step, act),
            "quote": quote,
            "quote_lang": quote_lang,
            "became": self._became(taken),
            "outcome": taken.outcome,
            "remark": remark,
            "remark_lang": remark_lang,
            "entries": self._entries(taken.entries),
        }

    def _became(self, taken: Taken) -> str:
        if taken.refused:
            return self.words["wat_refused"].format(code=taken.refused)
        return self.words.get(f"wat_out_{taken.outcome}", "")

    # What is measured

    def areas(self) -> list[dict[str, Any]]:
        """Each area that people live in, with its state by the ledger; the page then follows the live stream."""
        tree, drawn = self.state.areas, {one.id: one for one in self.drawing.areas}
        leaves = [area for area in tree if not tree.children(area.id) and area.id in drawn]
        labels = place_labels([(drawn[area.id], self.name(area.id)) for area in leaves])
        return [
            {
                "id": area.id,
                "name": self.name(area.id),
                "path": drawn[area.id].path,
                "x": drawn[area.id].x,
                "label_y": labels[area.id],
                **self._shown(*self._worst(area.id)),
            }
            for area in sorted(leaves, key=lambda one: self.name(one.id).casefold())
        ]

    def _worst(self, area: str) -> tuple[str, str | None]:
        over = (area, *self.state.areas.ancestors(area))
        worst = min((self._phases[one] for one in over), key=lambda one: WORST_FIRST.index(one["phase"]))
        return worst["phase"], worst["kind"]

    def _shown(self, phase: str, kind: str | None) -> dict[str, str]:
        shown = shown_as(phase, kind)
        return {"shown": shown, "word": self.words[f"state_{shown}"]}

    def sirens(self) -> list[dict[str, Any]]:
        """Each siren with what it measures: by the player's ear on the broker, else by the last report."""
        marks = {one.id: one for one in self.drawing.areas}
        found = []
        for name, known in sorted(self.state.sirens.items()):
            tone = self._tone(name, known)
            mark = marks.get(known.siren.area)
            found.append(
                {
                    "id": name,
                    "name": self.name(known.siren.area),
                    "sounds": "sounding" if tone else "silent",
                    "tone": tone,
                    "word": self.words[f"wat_tone_{tone}"] if tone in TONES else self.words["wat_silent"],
                    "x": mark.x if mark else 0,
                    "y": mark.y if mark else 0,
                    "drawn": mark is not None,
                }
            )
        return found

    def _tone(self, name: str, known: SirenState) -> str:
        """What sounds there; before and after the night the player has no ear, and the ledger's last report counts."""
        if self.told is not None and self.told.stage == "playing":
            return self.told.sounding.get(name, "")
        sounds = known.report is not None and known.report.state in {"sounding", "manual"}
        return known.report.tone if sounds and known.report else ""

    def phones(self) -> list[dict[str, Any]]:
        """The live clients of the player, with what they show."""
        return [
            {
                "area": self.name(phone.area),
                "headline": pick(phone.headline, self.language),
                **self._shown(phone.phase, "all_clear" if phone.phase == "ended" else None),
            }
            for phone in (self.told.phones if self.told else ())
        ]

    def rows(self) -> list[dict[str, Any]]:
        """Each row of the story, proved or not yet."""
        if self.night is None:
            return []
        proved = {one.name: one for one in self.told.rows} if self.told else {}
        over = self.told is not None and self.told.stage == "over"
        return [self._row(row, proved.get(row.name), over) for row in self.night.rows]

    def _row(self, row: nt.Row, proved: Proved | None, over: bool) -> dict[str, Any]:
        ok = proved is not None and proved.ok
        said, said_lang = self._told(row.said)
        return {
            "name": row.name,
            "label": self.words["wat_row"].format(row=row.row) if row.row else self.words["wat_row_added"],
            "said": said,
            "said_lang": said_lang,
            "ok": ok,
            "mark": "ok" if ok else ("missing" if over else "open"),
            "word": self.words["wat_holds" if ok else ("wat_missing" if over else "wat_not_yet")],
            "entries": self._entries(proved.entries) if ok and proved else "",
        }

    def _entries(self, entries: tuple[int, ...]) -> str:
        if not entries:
            return ""
        return self.words["wat_entry" if len(entries) == 1 else "wat_entries"].format(entries=span(entries))

    def times(self) -> list[dict[str, str]]:
        """The measured times, once there are any."""
        said = self.told.times_ms if self.told else {}
        return [
            {"word": self.words[f"wat_time_{name}"], "ms": f"{value:.0f}"}
            for name in ("detection_to_siren", "detection_to_live")
            if (value := said.get(name)) is not None
        ]

    def choices(self) -> list[dict[str, Any]]:
        """The nights to choose from, and how many minutes each takes at each speed."""
        mine = self.night.id if self.night else ""
        return [
            {
                "id": one.id,
                "title": pick(one.title, self.language),
                "chosen": one.id == mine,
                "say": self.words["wat_minutes"].format(minutes=minutes(one)),
            }
            for one in nights().values()
        ]


def quoted(step: nt.AnyStep) -> str:
    """The words of an act as they are recorded."""
    return getattr(step, "wording", "") or getattr(step, "reason", "") or getattr(step, "note", "")


TONES = ("wail", "steady", "all_clear")


def shown_as(phase: str, kind: str | None) -> str:
    """The name of a phase on the page. Only an observed all clear is shown as one."""
    if phase != "ended":
        return phase
    return "ended" if kind == "all_clear" else "ended_other"


def span(entries: tuple[int, ...]) -> str:
    """Entry numbers; a long list as its ends."""
    if len(entries) <= 4:
        return ", ".join(str(one) for one in entries)
    return f"{entries[0]}–{entries[-1]}"


def minutes(night: nt.Night, speed: float = 30) -> int:
    """How long a night takes at a speed, in whole minutes, at least 1."""
    return max(1, round(lasts_s(night, speed) / 60))


def cells() -> list[str]:
    """A cell of resolution 7 inside each area that people live in, for the live stream; at most 64."""
    tree = desk().state().areas
    found: dict[str, None] = {}
    for area in tree:
        if area.cells and not tree.children(area.id):
            cell = min(area.cells, key=lambda one: (h3.get_resolution(one), one))
            found[h3.cell_to_center_child(cell, RESOLUTION)] = None
    return list(found)[:MOST_CELLS]
