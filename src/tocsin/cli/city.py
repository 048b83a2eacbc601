"""``tocsin init``: set up a city. ``tocsin manage``: Django's own administration commands."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec

from tocsin.app.actor import Actor, Grant, Role
from tocsin.cli.common import counted, settings, web_options
from tocsin.core.area import Area, AreaTree
from tocsin.core.errors import Invalid, Refused
from tocsin.shelter.shelter_import import Home
from tocsin.warn.city import City, check_languages, read_city
from tocsin.wiring import Parts, Settings, keys
from tocsin.wiring.clock import SystemClock
from tocsin.wiring.parts import CITY_FILE

SETUP = Actor(id="system:setup", grants=(Grant(role="admin"),))
EVERY_DUTY: tuple[Role, ...] = ("duty", "approver", "records", "dispatcher", "crew", "observer", "admin")


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a set-up made."""

    keys: list[str]
    areas: int
    sirens: int
    shelters: int = 0


def prepare(
    own: Settings,
    city: City,
    areas: bytes,
    sirens: bytes | None,
    shelters: bytes | None = None,
    *,
    allow: Collection[str] = (),
) -> tuple[Parts, SetUp]:
    """Make a home folder ready: city file, keys, tables, areas, sirens, shelters. Files are checked before that.

    Raises:
        Invalid: a file has errors; every one of them is listed.
        Refused: the home folder belongs to another city (TOC-8001).
    """
    from tocsin.cli.areas import areas_of, sirens_of, write_positions
    from tocsin.cli.shelters import home_of, shelters_of, take
    from tocsin.store.django import migrate
    from tocsin.warn.commands import DefineAreas, RegisterSirens
    from tocsin.web.wsgi import configure

    check_languages(city)
    read = areas_of(areas, city, allow)
    found = sirens_of(sirens, {area.id for area in read}) if sirens is not None else None
    if shelters is not None:
        shelters_of(shelters, Home(areas=tree_of(read), within=city.within, demo=city.demo))
    _claim(own.home, city)
    own.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = keys.make_keys(own.keys, city=city.names.get("en", city.id), now=SystemClock().now())
    configure(web_options(own))  # with the web's own tables, which the store alone does not know
    ready = Parts(own)
    migrate()
    ready.desk.do(DefineAreas(areas=tuple(read)), SETUP)
    if found is not None:
        ready.desk.do(RegisterSirens(sirens=found.sirens), SETUP)
        write_positions(own.home, found.positions)
    places = shelters_of(shelters, home_of(ready, city)) if shelters is not None else None
    if places is not None:
        take(ready, places)
    return ready, SetUp(
        keys=made,
        areas=len(read),
        sirens=len(found.sirens) if found else 0,
        shelters=len(places.shelters) if places else 0,
    )


def tree_of(areas: Iterable[Area]) -> AreaTree:
    """The areas as a tree."""
    tree = AreaTree()
    for area in areas:
        tree = tree.with_area(area)
    return tree


def _claim(home: Path, city: City) -> None:
    """Write the city's file, or take over what changed in it; a home folder never changes its city or its voice."""
    path = home / CITY_FILE
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        before = read_city(path.read_bytes())
        if (before.id, before.sender) != (city.id, city.sender):
            raise Refused(
                "TOC-8001",
                f"{home} belongs to {before.id}, which speaks as {before.sender}.",
                field="TOCSIN_HOME",
                remedy="Choose another home folder for another city or sender.",
            )
    path.write_bytes(msgspec.json.format(msgspec.json.encode(city), indent=2))


@click.command()
@click.option("--city", "city_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--areas", "areas_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--sirens", "sirens_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shelters", "shelters_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--officer", required=True, help="Login of the first officer.")
@click.option("--password", envvar="TOCSIN_FIRST_PASSWORD", help="Asked for without it; 12 characters or more.")
@click.option("--allow", multiple=True, metavar="ID", help="An area that may come without an outline; never drawn.")
def init(  # noqa: PLR0917 - one parameter an option
    city_file: Path,
    areas_file: Path,
    sirens_file: Path | None,
    shelters_file: Path | None,
    officer: str,
    password: str | None,
    allow: tuple[str, ...],
) -> None:
    """Set up a city in TOCSIN_HOME: keys, tables, areas, sirens, shelters, the first officer.

    Running it again changes what differs and leaves the rest. docs/how-to/adapt-to-a-city.md says what the files hold.
    """
    city = read_city(city_file.read_bytes())
    own = settings()
    sirens = sirens_file.read_bytes() if sirens_file else None
    shelters = shelters_file.read_bytes() if shelters_file else None
    _, made = prepare(own, city, areas_file.read_bytes(), sirens, shelters, allow=allow)
    size = ", ".join(
        counted(n, noun) for n, noun in ((made.areas, "area"), (made.sirens, "siren"), (made.shelters, "shelter"))
    )
    click.echo(f"{city.id}: {size}; keys made: {', '.join(made.keys) or 'none'}")
    _first_officer(officer, password)
    click.echo(f"Back up {own.keys} now; without it nobody can prove that the ledger is yours.")
    click.echo(f"Next: TOCSIN_HOME={own.home} tocsin doctor, then tocsin up.")


def _first_officer(login: str, password: str | None) -> None:
    from tocsin.store import accounts

    if any(row.login == login for row in accounts.officers()):
        click.echo(f"officer {login} exists already")
        return
    chosen = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    actor = accounts.create_officer(login, password=chosen, grants=officer_grants(EVERY_DUTY))
    secret = accounts.new_api_key("first officer's command line", "officer", officer=actor).secret
    click.echo(f"officer {login} may do everything, everywhere. Give further officers only what they need.")
    click.echo(f"API key of this officer, shown once:\n  export TOCSIN_API_KEY={secret}")


def officer_grants(roles: Iterable[Role], area: str = "*") -> tuple[Grant, ...]:
    """These roles in one area."""
    return tuple(Grant(role=role, area=area) for role in roles)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Django's administration commands, e.g. `tocsin manage migrate` after an upgrade."""
    from django.core.management import execute_from_command_line

    from tocsin.web.wsgi import configure

    configure(web_options(settings()))
    execute_from_command_line(["tocsin manage", *arguments])


def bundled(name: str) -> tuple[City, bytes, bytes, bytes]:
    """A demonstration city of this package: ``(city, areas, sirens, shelters)``.

    Raises:
        Invalid: there is none of that name (TOC-8001).
    """
    folder = CITIES / name
    if not (folder / CITY_FILE).is_file():
        known = ", ".join(sorted(path.parent.name for path in CITIES.glob(f"*/{CITY_FILE}")))
        raise Invalid("TOC-8001", f"There is no demonstration city {name!r}.", field="city", remedy=f"Use {known}.")
    return (
        read_city((folder / CITY_FILE).read_bytes()),
        (folder / "areas.geojson").read_bytes(),
        (folder / "sirens.json").read_bytes(),
        (folder / "shelters.geojson").read_bytes(),
    )


CITIES = Path(__file__).parent.parent / "cities"

__all__ = ["SETUP", "bundled", "init", "manage", "officer_grants", "prepare"]
