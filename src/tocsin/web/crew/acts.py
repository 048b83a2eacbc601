"""What a crew sends becomes commands: on the way, closed, glazed, could not, and that it cannot go on."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from django.http import HttpRequest

from tocsin.core.errors import Invalid, Refused
from tocsin.repair import commands as cmd
from tocsin.repair.events import Material
from tocsin.repair.state import WAITING
from tocsin.web import custody
from tocsin.web.control.repair.acts import number
from tocsin.web.crew.scene import REASONS, Look, own_needs
from tocsin.web.desk import repairs
from tocsin.web.words import words

if TYPE_CHECKING:
    from tocsin.repair.state import KnownCrew

_MOST = 500
_with = msgspec.structs.replace


def do(seen: Look, request: HttpRequest, client_id: str) -> None:
    """Carry out one word. The same ``client_id`` again does nothing more.

    Raises:
        TocsinError: the rules say no, a photo cannot be used, or the ledger cannot be written.
    """
    crew = seen.crew
    if crew is None:
        raise Refused("TOC-11003", "No crew was chosen.", field="crew", remedy="Choose your crew first.")
    word, named = request.POST.get("act", ""), _text(request, "need")
    if word in ("stop", "resume"):
        stop = cmd.StopCrew(crew_id=crew.crew.id, reason=_text(request, "reason"))
        repairs().do(stop if word == "stop" else cmd.ResumeCrew(crew_id=crew.crew.id), seen.actor)
        return
    known = seen.state.needs.get(named)
    if known is not None and client_id in known.clients:
        return  # it came before; the answer was lost
    if named not in own_needs(seen.state, crew.crew.id):
        raise Refused(
            "TOC-11002",
            "It is not in your crew's route any more.",
            field="need",
            remedy="Look at your next flat again.",
        )
    move = _move(seen, request, crew, client_id)
    if known is not None and known.state in WAITING and move.state in ("temporarily_closed", "glazed"):
        # Who closes a flat has gone there, whether or not they pressed the button before.
        repairs().do(_with(move, state="on_the_way", cover=None, materials={}, evidence="", client_id=""), seen.actor)
    repairs().do(move, seen.actor)


def _move(seen: Look, request: HttpRequest, crew: KnownCrew, client_id: str) -> cmd.MoveNeed:
    word, named = request.POST.get("act", ""), _text(request, "need")
    said_at = pressed_at(_text(request, "at"))
    going = cmd.MoveNeed(need_id=named, crew=crew.crew.id, client_id=client_id, state="on_the_way", said_at=said_at)
    if word == "on_the_way":
        return going
    if word == "closed":
        cover = _text(request, "cover")
        if cover not in ("film1", "film2", "plywood"):
            raise Invalid("TOC-11001", "It is not said what closes it.", field="cover", remedy="Choose one.")
        material: Material = "plywood" if cover == "plywood" else "film"
        used = _text(request, "used")
        amounts: dict[Material, float] = {material: number(used, "used", "TOC-11001")} if used else {}
        evidence = _photo(seen, request, client_id)
        return _with(going, state="temporarily_closed", cover=cover, materials=amounts, evidence=evidence)
    if word == "glazed":
        return _with(going, state="glazed", evidence=_photo(seen, request, client_id))
    if word == "could_not":
        return _could_not(request, going)
    raise Invalid("TOC-11001", f"There is no act {word[:40]!r}.", field="act", remedy="Load the page again.")


def pressed_at(text: str) -> datetime | None:
    """When the button was pressed, from the phone's milliseconds since 1970; None when it does not say so."""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        return None
    try:
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _could_not(request: HttpRequest, going: cmd.MoveNeed) -> cmd.MoveNeed:
    """Nothing was done: it is refused, or no longer needed, with the crew's reason in English for the record."""
    chosen, own = _text(request, "why"), _text(request, "reason")
    said = words("en").get(f"crw_reason_{chosen}", "") if chosen in REASONS else ""
    reason = ": ".join(part for part in (said, own) if part)
    return _with(going, state="no_longer_needed" if chosen == "not_needed" else "refused", reason=reason)


def _photo(seen: Look, request: HttpRequest, client_id: str) -> str:
    """The photo taken in as evidence, sealed; its id, "" without one. Sent again it is the same evidence."""
    given = custody.uploads(request, "photo")
    if not given:
        return ""
    name = f"crew-{hashlib.sha256(client_id.encode()).hexdigest()[:24]}"
    custody.record(custody.hand(given[0]), seen.actor, id_=name, collector="crew")
    return name


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").strip()[:_MOST]
