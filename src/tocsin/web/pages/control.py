"""The control room at a glance, for officers: drafts that wait, warnings in force, what sirens measured."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tocsin.app.actor import Actor
from tocsin.core.text import pick
from tocsin.core.time import zone
from tocsin.store import accounts
from tocsin.warn.state import SirenState, Thread, WarnState
from tocsin.web import documents
from tocsin.web.desk import desk
from tocsin.web.pages.errors import page
from tocsin.web.words import current, words

LATEST = 20


@require_safe
@login_required
def control(request: HttpRequest) -> HttpResponse:
    """The page: read-only, of the officer's own areas."""
    actor = accounts.actor_for_user(request.user)
    if actor is None or not documents.insider(actor):
        return page(request, 403, "error_403")
    here = desk()
    state, now = here.state(), here.clock.now()
    shown = _Shown(state, now, here.sender.zone, actor)
    response = render(
        request,
        "tocsin/control.html",
        {
            "as_of": shown.clock(now),
            "drafts": [shown.draft(t) for t in state.draft_threads() if shown.mine(t)],
            "live": [shown.live(t) for t in state.live_threads() if shown.mine(t)],
            "sirens": [
                shown.siren(one)
                for _, one in sorted(state.sirens.items())
                if documents.sees(actor, (one.siren.area,), state)
            ],
            "detections": shown.detections(),
            "drills": [d for d in state.drills.values() if d.ended_at is None and d.expires > now],
        },
    )
    response["Cache-Control"] = "no-store"
    return response


class _Shown:
    """Turns the state into rows of text in the officer's language."""

    def __init__(self, state: WarnState, now: datetime, zone_name: str, actor: Actor) -> None:
        self.state = state
        self.now = now
        self.zone = zone(zone_name)
        self.actor = actor
        self.language = current()
        self.words = words(self.language)

    def mine(self, thread: Thread) -> bool:
        return documents.sees(self.actor, thread.content.areas, self.state)

    def clock(self, at: datetime | None) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S") if at else self.words["never"]

    def age(self, since: datetime) -> str:
        """``90`` seconds → ``1 min 30 s``."""
        seconds = max(0, int((self.now - since).total_seconds()))
        hours, rest = divmod(seconds, 3600)
        minutes, left = divmod(rest, 60)
        w = self.words
        if hours:
            return f"{hours} {w['unit_h']} {minutes} {w['unit_min']}"
        return f"{minutes} {w['unit_min']} {left} {w['unit_s']}" if minutes else f"{left} {w['unit_s']}"

    def areas(self, thread: Thread) -> str:
        known = (self.state.areas.get(a) for a in thread.content.areas)
        return ", ".join(pick(a.names, self.language) for a in known if a is not None)

    def _common(self, thread: Thread) -> dict[str, Any]:
        return {
            "id": thread.id,
            "threat": thread.content.threat,
            "level": self.words[f"state_{thread.content.level}"],
            "shown": thread.content.level,
            "areas": self.areas(thread),
        }

    def draft(self, thread: Thread) -> dict[str, Any]:
        return {
            **self._common(thread),
            "age": self.age(thread.drafted_at),
            "step": thread.escalated,
            "by": thread.author,
        }

    def live(self, thread: Thread) -> dict[str, Any]:
        return {
            **self._common(thread),
            "issued": self.clock(thread.issued_at),
            "expires": self.clock(thread.expires),
            "cap": documents.cap_path(thread.messages[-1].identifier) if thread.messages else "",
        }

    def siren(self, one: SirenState) -> dict[str, Any]:
        measured = one.report.state if one.report else "unknown"
        area = self.state.areas.get(one.siren.area)
        return {
            "name": pick(one.siren.name, self.language),
            "area": pick(area.names, self.language) if area else one.siren.area,
            "state": measured,
            "says": self.words[f"siren_{measured}"],
            "silent": one.silent_since is not None,
            "at": self.clock(one.report.measured_at if one.report else None),
            "command": f"{one.command.action} {one.command.tone}".strip() if one.command else "",
            "command_at": self.clock(one.commanded_at) if one.command else self.words["never"],
        }

    def detections(self) -> list[dict[str, str]]:
        """The newest detections that an open or past warning of the officer's areas rests on."""
        found = [
            (source.observed_at, source.source, thread)
            for thread in self.state.threads.values()
            if self.mine(thread)
            for source in thread.sources
        ]
        found.sort(key=lambda item: (item[0], item[1]), reverse=True)
        return [
            {"source": source, "threat": thread.content.threat, "areas": self.areas(thread), "at": self.clock(at)}
            for at, source, thread in found[:LATEST]
        ]
