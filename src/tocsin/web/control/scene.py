"""One look at the state through an officer's eyes: whose areas, which language, whose clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from tocsin.app.actor import Actor, Role
from tocsin.core.errors import Denied
from tocsin.core.subscription import Wanted
from tocsin.core.text import pick
from tocsin.core.time import zone
from tocsin.store import accounts
from tocsin.warn import threats
from tocsin.warn import words as agreed
from tocsin.warn.context import Sender
from tocsin.warn.events import Content
from tocsin.warn.live import cells_of
from tocsin.warn.policy import Policy
from tocsin.warn.rules import common
from tocsin.warn.state import Thread, WarnState
from tocsin.web import documents
from tocsin.web.desk import desk, reach
from tocsin.web.words import current, words

_HALF_DAY_S = 12 * 3600
_GROUP = {"en": ",", "de": "."}


@dataclass(frozen=True, slots=True)
class Scene:
    """The folded state at one instant, and the officer who looks at it. ``w``: the officer's fixed strings."""

    state: WarnState
    now: datetime
    actor: Actor
    policy: Policy
    sender: Sender
    language: str
    w: dict[str, str]

    def may(self, role: Role, areas: Iterable[str]) -> bool:
        """Whether the officer holds the role in every one of these areas."""
        return self.actor.may(role, [a for a in areas if a in self.state.areas], self.state.areas)

    def holds(self, role: Role) -> bool:
        """Whether the officer holds the role anywhere."""
        return any(grant.role == role for grant in self.actor.grants)

    def sees(self, areas: Iterable[str]) -> bool:
        """Whether the officer may see what is not public of at least one of these areas."""
        return documents.sees(self.actor, areas, self.state)

    def concerns(self, thread: Thread) -> bool:
        """Whether a warning belongs on this officer's screen: it is of their areas, or went out above them."""
        areas = (*thread.content.areas, *thread.cleared)
        return self.sees(areas) or (bool(thread.messages) and self.sees(self.state.areas.closure(areas)))

    def name(self, area_id: str) -> str:
        """An area's name in the officer's language."""
        area = self.state.areas.get(area_id)
        return pick(area.names, self.language) if area else area_id

    def names(self, areas: Iterable[str]) -> str:
        """Names of areas, joined by commas."""
        return ", ".join(self.name(a) for a in areas)

    def first_name(self, content: Content) -> str:
        """The name that an officer is asked to type."""
        return self.name(content.areas[0])

    def title(self, content: Content) -> str:
        """What the danger is called at its level."""
        return pick(agreed.title(threats.threat(content.threat), content.level), self.language)

    def who(self, actor_id: str) -> str:
        """A person or a rule by reference; no name is in the ledger, and none on this screen."""
        if actor_id == self.actor.id:
            return self.w["ctl_you"]
        kind, _, ref = actor_id.partition(":")
        if kind == "system":
            return self.w["ctl_rule" if ref == "detections" else "ctl_system"]
        word = {"officer": "ctl_officer", "key": "ctl_key"}.get(kind)
        return f"{self.w[word]} {ref[:8]}" if word else actor_id

    def clock(self, at: datetime | None) -> str:
        """``23:58:04`` by the clocks of the city; with the date when it is half a day away or more."""
        if at is None:
            return "–"
        near = abs((at - self.now).total_seconds()) < _HALF_DAY_S
        return at.astimezone(zone(self.sender.zone)).strftime("%H:%M:%S" if near else "%Y-%m-%d %H:%M:%S")

    def since(self, at: datetime) -> str:
        """How long ago, as :meth:`span` says it."""
        return self.span((self.now - at).total_seconds())

    def span(self, seconds: float) -> str:
        """``90`` seconds → ``1 min 30 s``; never below zero."""
        whole = max(0, int(seconds))
        hours, rest = divmod(whole, 3600)
        minutes, left = divmod(rest, 60)
        w = self.w
        if hours:
            return f"{hours} {w['unit_h']} {minutes:02d} {w['unit_min']}"
        return f"{minutes} {w['unit_min']} {left:02d} {w['unit_s']}" if minutes else f"{left} {w['unit_s']}"

    def number(self, value: int) -> str:
        """``20000`` → ``20,000``, grouped as the language does."""
        return f"{value:,}".replace(",", _GROUP.get(self.language, "\u00a0"))

    def people(self, areas: Iterable[str]) -> str:
        """About how many people live there, or that nobody counted them."""
        count, _, _ = common.reach(self.state, [a for a in areas if a in self.state.areas])
        return self.w["ctl_people_unknown"] if count is None else self.w["ctl_about"].format(n=self.number(count))

    def subscriptions(self, areas: Iterable[str], level: Wanted) -> str:
        """About how many subscriptions such a warning there concerns; "" where nobody keeps an address book."""
        counter = reach()
        if counter is None:
            return ""
        count = counter.count(cells_of(self.state, [a for a in areas if a in self.state.areas]), level)
        return self.w["ctl_not_counted"] if count is None else self.w["ctl_about"].format(n=self.number(count))


def called(code: str) -> str:
    """A language by its own name; its tag for one in which warnings are written and pages are not."""
    return str(dict(settings.LANGUAGES).get(code, code))


def scene(request: HttpRequest) -> Scene:
    """The scene of the signed-in officer.

    Raises:
        Denied: the officer holds no role in the control room (TOC-6002).
        Unavailable: the ledger cannot be read.
    """
    actor = accounts.actor_for_user(request.user)
    if actor is None or not documents.insider(actor):
        raise Denied(
            "TOC-6002",
            "This account has no role in the control room.",
            field="actor",
            remedy="Ask an administrator for a role.",
        )
    here = desk()
    return Scene(
        state=here.state(),
        now=here.clock.now(),
        actor=actor,
        policy=here.policy,
        sender=here.sender,
        language=current(),
        w=words(current()),
    )
