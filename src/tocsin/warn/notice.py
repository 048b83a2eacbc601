"""What an entry has to say to those who subscribed: the notice that every channel carries. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from tocsin.core.event import Entry, Fact, fact_of
from tocsin.core.notice import Said, WarningNotice
from tocsin.warn import events as ev
from tocsin.warn import live
from tocsin.warn.alert import Alert
from tocsin.warn.cap_read import parse_own as parse
from tocsin.warn.context import Sender
from tocsin.warn.state import Thread, WarnState

TOLD_LATE = timedelta(hours=1)
"""An end that comes later than this helps nobody any more."""

Act = Literal["alert", "update", "all_clear", "cancel", "end"]

_ENDS: dict[str, Act] = {"all_clear": "all_clear", "cancelled": "cancel", "expired": "end"}


def notice(state: WarnState, entry: Entry, sender: Sender) -> WarningNotice | None:
    """The notice of an entry, given the state after it; None when there is nothing to be told.

    A warning that another one took the place of says nothing at its end: the other one speaks.
    """
    fact = fact_of(entry.event)
    act = _act(fact)
    if act is None or not isinstance(fact, ev.WarningFact):
        return None
    thread = state.threads[fact.warning_id]
    cells = live.cells_touched(state, fact)
    said, cap = _said(thread, sender)
    return WarningNotice(
        id=entry.event.id,
        seq=entry.seq,
        sent=entry.event.at,
        expires=_expires(thread, entry.event.at, act),
        said=said,
        sender=dict(sender.names),
        act=act,
        warning=thread.id,
        threat=thread.content.threat,
        level=thread.content.level,
        urgency=thread.content.urgency,
        cells=tuple(cells),
        areas=tuple(dict(state.areas[area].names) for area in thread.content.areas if area in state.areas),
        cap=cap,
        demo=sender.demo,
    )


def over(entry: Entry) -> str:
    """The warning that an entry ends, in whatever way, or "": from now on nobody is told to take cover for it."""
    fact = fact_of(entry.event)
    return fact.warning_id if isinstance(fact, ev.WarningEnded) else ""


def _act(fact: Fact | None) -> Act | None:
    """Ends by hand say nothing, as no message goes out for them, and neither does one that a new warning explains."""
    if isinstance(fact, ev.WarningIssued):
        return "alert"
    if isinstance(fact, ev.WarningUpdated | ev.WarningPartlyCleared):
        return "update"
    if isinstance(fact, ev.WarningEnded):
        return _ENDS.get(fact.end)
    return None


def _expires(thread: Thread, at: datetime, act: Act) -> datetime:
    """A warning is worth telling while it is in force; an end for a while, whatever its message says."""
    if act in ("alert", "update") and thread.expires is not None:
        return thread.expires
    return at + TOLD_LATE


def _said(thread: Thread, sender: Sender) -> tuple[dict[str, tuple[Said, ...]], str]:
    """What the newest message says in each language, all of it, and the path of that message.

    An end that has no message of its own, such as an expiry, is said in the agreed words.
    """
    message = parse(live.newest_of(thread))
    cap = f"/cap/{message.identifier}.xml"
    if thread.end == "expired":
        texts = live.alert_texts(message, thread)
        return {
            language: (Said(**{part: texts[part][language] for part in texts}),) for language in sender.languages
        }, cap
    return _infos(message), cap


def _infos(message: Alert) -> dict[str, tuple[Said, ...]]:
    said: dict[str, tuple[Said, ...]] = {}
    for info in message.infos:
        one = Said(headline=info.headline or "", description=info.description or "", instruction=info.instruction or "")
        said[info.language] = (*said.get(info.language, ()), one)
    return said
