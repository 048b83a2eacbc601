"""``tocsin doctor``: what is missing, and how to mend it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click
from shapely.geometry import box, shape

from tocsin.cli.common import json_option, parts, say
from tocsin.cli.doctor_bus import bus, letters, seat
from tocsin.cli.supervise import broker_answers
from tocsin.core.errors import TocsinError
from tocsin.warn.city import check_languages
from tocsin.wiring import Parts, keys
from tocsin.wiring.key_change import PURPOSES
from tocsin.wiring.key_change import look as look_at


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. ``level``: ok, warning or error."""

    name: str
    level: str
    said: str
    remedy: str = ""


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Look at the whole installation. Exit code 1 when something stands in the way of warning people."""
    checks = list(examine())
    if as_json:
        say([{"name": c.name, "level": c.level, "said": c.said, "remedy": c.remedy} for c in checks])
    else:
        for check in checks:
            colour = {"ok": "green", "warning": "yellow", "error": "red"}[check.level]
            click.secho(f"{check.level:8}", fg=colour, nl=False)
            click.echo(f"{check.name}: {check.said}{' → ' + check.remedy if check.remedy else ''}")
    if any(check.level == "error" for check in checks):
        sys.exit(1)


def examine() -> Iterator[Check]:
    """Every check, as far as one can be made."""
    try:
        made = parts()
        city = made.city
    except TocsinError as fault:
        yield Check("set-up", "error", fault.message, fault.remedy)
        return
    yield Check("city", "ok", f"{city.id}, zone {city.zone}, languages {', '.join(city.languages)}")
    for look in (
        _languages,
        _keys,
        _key_modes,
        _database,
        _people,
        _areas,
        _sirens,
        _shelters,
        _broker,
        bus,
        letters,
        seat,
        _basemap,
        _space,
    ):
        yield from _guarded(look, made)


def _languages(made: Parts) -> Iterator[Check]:
    try:
        check_languages(made.city)
    except TocsinError as fault:
        yield Check("languages", "error", fault.message, fault.remedy)


def _guarded(look: Callable[[Parts], Iterator[Check]], made: Parts) -> Iterator[Check]:
    try:
        yield from look(made)
    except TocsinError as fault:
        yield Check(look.__name__.strip("_"), "error", fault.message, fault.remedy)


def _keys(made: Parts) -> Iterator[Check]:
    for purpose in (keys.LEDGER, keys.COMMAND):
        keys.signing_key(made.settings.keys, purpose)
    keys.cap_signer(made.settings.keys)
    yield Check("keys", "ok", "the ledger's, the sirens' and the CAP key can be used")
    for line in (look_at(made.settings.keys, purpose) for purpose in PURPOSES):
        if line.next:
            said, remedy = f"the {line.purpose} key {line.next} waits to follow", f"tocsin keys use {line.purpose}"
            yield Check("keys", "warning", said, remedy)
        if line.before:
            said, remedy = f"the {line.purpose} key {line.before} still counts", f"tocsin keys retire {line.purpose}"
            yield Check("keys", "warning", said, remedy)


def _key_modes(made: Parts) -> Iterator[Check]:
    loose = [
        p.name for p in made.settings.keys.iterdir() if p.stat().st_mode & 0o077 and not p.name.endswith("cert.pem")
    ]
    if loose:
        remedy = f"chmod 600 {' '.join(str(made.settings.keys / name) for name in loose)}"
        yield Check("keys", "error", f"{', '.join(loose)} can be read by others", remedy)


def _database(made: Parts) -> Iterator[Check]:
    seq, _ = made.ledger.head()
    where = urlsplit(made.settings.database_url).scheme or "sqlite"
    yield Check("ledger", "ok", f"{seq} entries in {where}; `tocsin ledger verify` checks each")


def _people(_made: Parts) -> Iterator[Check]:
    from tocsin.store import accounts

    officers = [row for row in accounts.officers() if row.active]
    duty = [row for row in officers if any(g.role == "duty" for g in row.grants)]
    approve = [row for row in officers if any(g.role == "approver" for g in row.grants)]
    if not duty:
        yield Check("officers", "error", "nobody may issue a warning", "tocsin officer add LOGIN --role duty")
    elif len({row.actor for row in approve} | {row.actor for row in duty}) < 2:
        yield Check(
            "officers",
            "warning",
            "one officer only: wide and missile-class warnings need two persons",
            "tocsin officer add LOGIN --role duty --role approver",
        )
    else:
        yield Check("officers", "ok", f"{len(duty)} on duty, {len(approve)} may approve")


def _areas(made: Parts) -> Iterator[Check]:
    state = made.desk.state()
    blank = [area.id for area in state.areas if not area.cells and not state.areas.children(area.id)]
    uncounted = sum(1 for area in state.areas if area.population is None)
    if not len(state.areas):
        yield Check("areas", "error", "there are none", "tocsin import areas FILE")
        return
    yield Check("areas", "ok", f"{len(state.areas)} areas")
    if blank:
        yield Check("areas", "warning", f"{len(blank)} have no outline and cannot be warned", "import their outlines")
    if uncounted:
        yield Check("areas", "warning", f"{uncounted} have no population, so reach is unknown there", "add population")


def _sirens(made: Parts) -> Iterator[Check]:
    state = made.desk.state()
    if not state.sirens:
        yield Check("sirens", "warning", "there are none", "tocsin import sirens FILE")
        return
    lost = sorted(
        s for s, siren in state.sirens.items() if siren.report and siren.report.state in ("link_lost", "fault")
    )
    heard = sum(1 for siren in state.sirens.values() if siren.report is not None)
    if lost:
        yield Check("sirens", "error", f"no link, or a fault: {', '.join(lost)}", "look at them; run a quiet test")
    elif 0 < heard < len(state.sirens):
        yield Check(
            "sirens",
            "warning",
            f"{len(state.sirens) - heard} of {len(state.sirens)} have never reported",
            "see that their agents run; `tocsin sirens list` names them",
        )
    else:
        said = "all have reported" if heard else "none was commanded yet, so none has reported"
        yield Check("sirens", "ok", f"{len(state.sirens)} registered, {said}")


def _shelters(made: Parts) -> Iterator[Check]:
    known = made.shelters.state().in_use()
    places = made.places()
    if not known:
        yield Check("shelters", "warning", "there are none", "tocsin import shelters FILE")
        return
    hidden = sum(1 for one in known if one.shelter.hidden)
    yield Check("shelters", "ok", f"{len(known)} registered, {hidden} of them hidden from the public")
    lost = [one.shelter.id for one in known if one.shelter.id not in places]
    if lost:
        said = f"nobody knows where {len(lost)} of them stand"
        yield Check("shelters", "warning", said, "restore shelter-places.json, or import their file again")


def _broker(made: Parts) -> Iterator[Check]:
    where = urlsplit(made.settings.broker)
    address = f"{where.hostname}:{where.port or 1883}"
    if where.scheme == "mqtts":
        yield Check("broker", "ok", f"{address} speaks TLS; the worker's log says whether it lets us in")
    elif broker_answers(where.hostname or "", where.port or 1883):
        yield Check("broker", "ok", f"answers at {address}")
    else:
        yield Check("broker", "warning", f"nothing answers at {address}", "tocsin up starts it")


def _basemap(made: Parts) -> Iterator[Check]:
    from tocsin.web import basemap

    if not made.settings.basemap:
        yield Check("basemap", "ok", "none; the map shows the areas alone")
        return
    try:
        found = basemap.inspect(Path(made.settings.basemap).expanduser())
    except TocsinError as fault:
        # The areas are drawn all the same: no warning waits for a map.
        yield Check("basemap", "warning", fault.message, fault.remedy)
        return
    here = box(*found.bounds)
    outside = sorted(a.id for a in made.desk.state().areas if a.geometry and not shape(a.geometry).intersects(here))
    if outside:
        yield Check("basemap", "warning", f"it shows nothing of {', '.join(outside)}", "take one that covers the city")
    else:
        yield Check("basemap", "ok", f"{found.size >> 20} MiB, zoom {found.min_zoom} to {found.max_zoom}")


def _space(made: Parts) -> Iterator[Check]:
    free = shutil.disk_usage(made.settings.home).free
    if free < 1 << 30:
        yield Check("disk", "error", f"{free >> 20} MiB free", "make room: a full disk stops the ledger")
    else:
        yield Check("disk", "ok", f"{free >> 30} GiB free")
