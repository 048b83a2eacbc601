"""``tocsin import shelters`` and ``tocsin shelters``: where to go, and what is known of each place."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

import click
import msgspec

from tocsin.cli.areas import FILE, import_, refusal, report
from tocsin.cli.common import api, counted, json_option, parts, say
from tocsin.cli.warn import answer
from tocsin.core.text import pick
from tocsin.shelter.commands import RegisterShelters
from tocsin.shelter.decide import in_use
from tocsin.shelter.events import Season
from tocsin.shelter.guidance import groups
from tocsin.shelter.public import door_now
from tocsin.shelter.shelter_import import Home, ShelterImport, read_shelters
from tocsin.warn.city import City
from tocsin.wiring import Parts


def shelters_of(data: bytes, home: Home) -> ShelterImport:
    """The shelters of a file.

    Raises:
        Invalid: with the first error's code and field; the message lists all of them.
    """
    result = read_shelters(data, home)
    if not result.ok:
        raise refusal(result.findings)
    return result


def home_of(made: Parts, city: City, reveal: Collection[str] = ()) -> Home:
    """What a file is checked against in an installation that is set up."""
    own = made.shelters
    return Home(
        areas=made.desk.state().areas,
        within=city.within,
        state=own.state(),
        places=own.places(),
        reveal=reveal,
        demo=city.demo,
    )


def take(made: Parts, result: ShelterImport, *, reveal: Collection[str] = (), whole: bool = False) -> int:
    """Register what was read and keep where it stands; returns how many entries that made."""
    from tocsin.cli.city import SETUP

    before = made.places()
    moved = [i for i, now in result.places.items() if i in before and _spot(before[i]) != _spot(now)]
    command = RegisterShelters(shelters=result.shelters, moved=tuple(moved), reveal=tuple(reveal), whole=whole)
    outcome = made.shelters.do(command, SETUP)
    kept = {i: place for i, place in before.items() if not whole and i not in result.places}
    made.places.write(kept | result.places)
    return len(outcome.entries)


def _spot(place: object) -> tuple[float, float]:
    return getattr(place, "lon", 0.0), getattr(place, "lat", 0.0)


@import_.command("shelters")
@click.argument("file", type=FILE)
@click.option("--check", "only_check", is_flag=True, help="Only say what is wrong.")
@click.option("--whole", is_flag=True, help="The list is complete: withdraw every shelter that is not in it.")
@click.option("--reveal", multiple=True, metavar="ID", help="A hidden shelter that may be public from now on.")
@json_option
def import_shelters(file: Path, only_check: bool, whole: bool, reveal: tuple[str, ...], as_json: bool) -> None:
    """Import shelters from GeoJSON or CSV. docs/reference/shelters.md says what the file holds."""
    made = parts()
    result = read_shelters(file.read_bytes(), home_of(made, made.city, reveal))
    entries = 0
    if result.ok and not only_check:
        entries = take(made, result, reveal=reveal, whole=whole)
    report(result.findings, len(result.shelters), entries, as_json)
    if not result.ok:
        sys.exit(1)


@click.group()
def shelters() -> None:
    """Shelters: what is known of each, and who has seen its door."""


@shelters.command("list")
@click.option("--area", help="Only this area and its parts.")
@click.option("--lang", default="en")
@json_option
def list_shelters(area: str | None, lang: str, as_json: bool) -> None:
    """Every shelter with what is known of it. Where hidden ones stand is not said."""
    made = parts()
    own, now, tree = made.shelters, made.clock.now(), made.desk.state().areas
    wanted = None if area is None else tree.closure((area,))
    rows = []
    for known in own.state().in_use():
        shelter = known.shelter
        if wanted is not None and shelter.area not in wanted:
            continue
        door = door_now(known.door, now, own.door_for)
        place = own.places().get(shelter.id)
        names = shelter.names or (place.names if place else {})
        rows.append(
            {
                "id": shelter.id,
                "name": pick(names, lang),
                "area": shelter.area,
                "kind": shelter.kind,
                "capacity": shelter.capacity,
                "accessible": shelter.accessible,
                "opened_by": shelter.opened_by,
                "door": door.state if door else "unknown",
                "floors_below": shelter.floors_below,
                "hidden": shelter.hidden,
                "placed": place is not None,
            }
        )
    if as_json:
        say(rows)
        return
    for row in rows:
        people = "unknown" if row["capacity"] is None else row["capacity"]
        hidden = " hidden" if row["hidden"] else ""
        click.echo(f"{row['id']:14} {row['area']:28} {row['kind']:10} holds {people!s:8} door {row['door']:8}{hidden}")
    click.echo(counted(len(rows), "shelter"))


@shelters.command()
@click.argument("shelter_id")
@click.argument("state", type=click.Choice(["open", "closed", "unknown"]))
@click.option("--observed-at", help="When somebody looked, ISO 8601 with offset; now without it.")
@json_option
def door(shelter_id: str, state: str, observed_at: str | None, as_json: bool) -> None:
    """Report how the door of a shelter stands. It is believed for a time, then it is unknown again."""
    body = {"state": state} | ({"observed_at": observed_at} if observed_at else {})
    answer(api().post(f"/shelters/{shelter_id}/door", body), as_json)


@shelters.command()
@click.argument("shelter_id")
@click.option("--group", required=True, help="A class, a floor, a ward; never a person.")
@click.option("--people", type=int, required=True, help="How many they were.")
@click.option("--seconds", type=int, required=True, help="From the signal to the last one inside.")
@click.option("--season", type=click.Choice(["summer", "winter"]), required=True)
@click.option("--on", "day", required=True, metavar="YYYY-MM-DD", help="The day of the drill.")
@json_option
def drill(  # noqa: PLR0917 - one parameter an option
    shelter_id: str, group: str, people: int, seconds: int, season: str, day: str, as_json: bool
) -> None:
    """Record how long a class, floor or ward took to get in."""
    body = {"group": group, "people": people, "seconds": seconds, "season": season, "on": day}
    answer(api().post(f"/shelters/{shelter_id}/drills", body), as_json)


@shelters.command()
@click.argument("shelter_id")
@click.option("--reason", required=True, help="Why, in a few words; it is recorded.")
@json_option
def withdraw(shelter_id: str, reason: str, as_json: bool) -> None:
    """Say that a shelter can no longer be used."""
    answer(api().post(f"/shelters/{shelter_id}/withdraw", {"reason": reason}), as_json)


@shelters.command()
@click.argument("shelter_id")
@click.option("--season", type=click.Choice(["summer", "winter"]), required=True)
@json_option
def times(shelter_id: str, season: Season, as_json: bool) -> None:
    """Say which classes, floors or wards get in within the area's lead time, the slowest first."""
    made = parts()
    known = in_use(made.shelters.state(), shelter_id)
    area = made.desk.state().areas.get(known.shelter.area)
    lead_s = area.lead_time_s if area else 0
    found = groups(known.drills.values(), season, lead_s)
    if as_json:
        say({"shelter": shelter_id, "season": season, "lead_time_s": lead_s, "groups": msgspec.to_builtins(found)})
        return
    said = {True: "in time", False: "NOT in time: nearest cover", None: f"unknown: never timed in {season}"}
    for one in found:
        seconds = "-" if one.seconds is None else f"{one.seconds} s"
        click.echo(f"{one.group:14} {one.people:4} people  {seconds:8} {said[one.in_time]}")
    click.echo(f"{counted(len(found), 'group')}; lead time {lead_s} s")
