"""What a resident hands in, from whichever door: photos kept, everything personal sealed, the report recorded once."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from tocsin.app.actor import Actor, Grant
from tocsin.core.errors import Invalid
from tocsin.core.text import fold
from tocsin.repair.commands import OpenNeed
from tocsin.repair.events import Opening
from tocsin.report import commands as cmd
from tocsin.report.events import Channel, ReportReceived
from tocsin.web import custody
from tocsin.web.api.reporting import carry_out, new_id, sealing
from tocsin.web.desk import repairs, reports
from tocsin.web.errors import TooMany
from tocsin.web.limits import Limiter, address_of

if TYPE_CHECKING:
    from tocsin.app.report import Outcome

MOST_PHOTOS = 4
PEOPLE = ("adults", "over_65", "under_5", "dependent")
_CALLED = {"over_65": "elderly", "under_5": "small"}
"""What the repair room calls them (``repair.urgency.People``)."""

_TEXT = {"address": 200, "flat": 20, "name": 100, "contact": 100, "note": 1000}
_MOST_PEOPLE = 99


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of their home.

    Attributes:
        client_id: made by their device; the same one twice is one report.
        area: id of the district.
        address, flat, name, contact, note: sealed.
        windows: broken ones; None when they did not say.
        heating: whether it still warms; None when they did not say.
        people: who is at home: how many of ``adults``, ``over_65``, ``under_5``, ``dependent`` (on a machine or on
            medicine that must be kept warm or cold). Sealed.
        exact: ``(lon, lat)``; sealed.
    """

    client_id: str
    area: str
    address: str
    flat: str = ""
    windows: int | None = None
    flats: int = 1
    heating: bool | None = None
    people: dict[str, int] = {}
    name: str = ""
    contact: str = ""
    note: str = ""
    exact: tuple[float, float] | None = None
    channel: Channel = "web"


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """The report's id, and whether it is a new one."""

    id: str
    new: bool
    entries: tuple[int, ...] = ()


def hand_in(given: Resident, photos: Sequence[UploadedFile[Any]], actor: Actor) -> Received:
    """Take a report in. Sent again, it is the same report, and its photos are not taken twice.

    Raises:
        Invalid: it cannot be used (TOC-10008), or a photo cannot (TOC-10005); nothing is recorded then.
    """
    _checked(given, photos)
    known = reports().state().report_by_client(given.client_id)
    if known is not None:
        return Received(id=known.report.report_id, new=False)
    bare = _report(given, new_id())
    reports().weigh(cmd.ReceiveReport(report=bare), actor)  # what is refused leaves no photo behind
    handed = custody.hand_all(photos)
    ids = tuple(custody.record(one, actor, collector="resident")[0] for one in handed)
    report_id = bare.report_id

    def do(reference: str) -> Outcome:
        report = msgspec.structs.replace(bare, evidence=ids, sealed=reference)
        return carry_out(actor, cmd.ReceiveReport(report=report))

    outcome = sealing("home", _private(given), do)
    if outcome.entries and given.windows:
        _open_need(given, outcome.state.reports[report_id].report)
    there = outcome.state.report_by_client(given.client_id)
    id_ = report_id if there is None else there.report.report_id
    return Received(id=id_, new=bool(outcome.entries), entries=tuple(entry.seq for entry in outcome.entries))


def _report(given: Resident, report_id: str) -> ReportReceived:
    """What the ledger will hold of it, still without photos and without what is sealed."""
    return ReportReceived(
        report_id=report_id,
        client_id=given.client_id,
        channel=given.channel,
        area=given.area,
        windows=given.windows,
        flats=given.flats,
        heating=given.heating,
    )


INTAKE = Actor(id="system:intake", grants=(Grant(role="dispatcher"),))
"""The agreed rule that a report of broken windows opens a need for repair."""


def _open_need(given: Resident, report: ReportReceived) -> None:
    """Let the repair room know. The report stands whatever becomes of this: a dispatcher sees both."""
    opening = Opening(windows=given.windows or 0, heating=given.heating)
    command = OpenNeed(
        need_id=f"n-{report.report_id}",
        area=given.area,
        building=_building(given),
        opening=opening,
        report=report.report_id,
        sealed=report.sealed,
    )
    repairs().do(command, INTAKE)


def _building(given: Resident) -> str:
    """The same for the flats of one house, and for nobody outside a way back to its address."""
    house = f"{given.area}\n{fold(given.address)}".encode()
    return "b-" + hmac.new(settings.SECRET_KEY.encode(), house, "sha256").hexdigest()[:20]


def _private(given: Resident) -> dict[str, Any]:
    kept: dict[str, Any] = {name: text for name in _TEXT if (text := getattr(given, name))}
    if given.people:
        kept["people"] = {_CALLED.get(name, name): n for name, n in given.people.items()}
    if given.exact is not None:
        kept["lon"], kept["lat"] = given.exact
    return kept


def _checked(given: Resident, photos: Sequence[UploadedFile[Any]]) -> None:
    if not given.address.strip():
        raise _unusable("The address is missing.", "address", "Write the street and the house.")
    for name, most in _TEXT.items():
        text = getattr(given, name)
        if len(text) > most or any(ord(char) < 32 and char not in "\r\n\t" for char in text):
            raise _unusable("The text is too long or has signs that cannot be kept.", name, f"Keep it within {most}.")
    if set(given.people) - set(PEOPLE) or not all(0 <= n <= _MOST_PEOPLE for n in given.people.values()):
        raise _unusable("The number of people is out of range.", "people", f"Give 0 to {_MOST_PEOPLE} for each.")
    if len(photos) > MOST_PHOTOS:
        raise _unusable("Too many photos.", "photo", f"Send at most {MOST_PHOTOS}.")


def _unusable(message: str, field: str, remedy: str) -> Invalid:
    return Invalid("TOC-10008", message, field=field, remedy=remedy)


@lru_cache(maxsize=1)
def limits() -> Limiter:
    """Reports by address. Many neighbours may share one, so that it lets thirty in at once."""
    return Limiter(rate=0.2, burst=30)


def limit(request: HttpRequest) -> None:
    """Raise ``TooMany`` (TOC-6005) when one address hands in too fast."""
    wait = limits().take(address_of(request))
    if wait:
        raise TooMany(wait)
