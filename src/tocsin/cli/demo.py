"""A demonstration's home folder: the bundled city, its own keys, officers and sources, and a fleet of sirens."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tocsin.app.actor import Grant, Role
from tocsin.cli.city import CITIES, EVERY_DUTY, bundled, officer_grants, prepare
from tocsin.core.errors import Refused
from tocsin.core.text import pick
from tocsin.siren.config import SirenConfig
from tocsin.warn.city import read_city
from tocsin.wiring import Settings, keys
from tocsin.wiring.border import BORDER_FILE
from tocsin.wiring.parts import CITY_FILE
from tocsin.wiring.playbill import nights
from tocsin.wiring.settings import split_bind

DEMO_FILE = "demo.json"
FLEET_FILE = "fleet.json"

SEATS: dict[str, tuple[Role, ...]] = {
    "duty": EVERY_DUTY,
    "second": EVERY_DUTY,
    "records": ("records", "observer"),
    "dispatcher": ("dispatcher", "observer"),
    "crew": ("crew",),
}
"""The invented people of a demonstration, and what each may do."""


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """The secrets of a demonstration: they open nothing but this home folder, and are made anew for each.

    Attributes:
        duty, second: API keys of the two officers who warn.
        sources: owner of a source → API key.
        passwords: login → password of the invented officers.
        seats: login → API key of those who come after the all clear: ``records``, ``dispatcher``.
    """

    city: str
    duty: str
    second: str
    sources: dict[str, str]
    passwords: dict[str, str]
    seats: dict[str, str] = {}


def fresh(home: Path) -> None:
    """Remove an earlier demonstration; anything else in that place is left alone.

    Raises:
        Refused: the folder holds a real city, or something else (TOC-8003).
    """
    if not home.exists() or not any(home.iterdir()):
        return
    path = home / CITY_FILE
    if not path.exists() or not read_city(path.read_bytes()).demo:
        raise Refused(
            "TOC-8003",
            f"{home} is not a demonstration's.",
            field="TOCSIN_HOME",
            remedy="Choose another home folder; a demonstration begins by clearing its own.",
        )
    shutil.rmtree(home)


def make(own: Settings, city_name: str) -> Demo:
    """Set up the demonstration of a bundled city in the home folder."""
    city, *files = bundled(city_name)
    made, _ = prepare(own, city, *files)
    border = CITIES / city_name / BORDER_FILE
    if border.exists():
        shutil.copyfile(border, own.home / BORDER_FILE)
    demo = _people(city_name)
    keys.write_private(own.home / DEMO_FILE, msgspec.json.encode(demo))
    state = made.desk.state()
    accepted = keys.command_keys(own.keys)
    host, port = split_bind(own.mqtt_bind, "TOCSIN_MQTT_BIND")
    fleet = [
        SirenConfig(
            id=siren.siren.id,
            folder=str((own.home / "sirens" / siren.siren.id).absolute()),
            name=pick(siren.siren.name, city.languages[0]),
            area=siren.siren.area,
            host=host,
            port=port,
            public_keys=accepted,
            hard_limit_s=siren.siren.hard_limit_s,
            tones=siren.siren.tones,
            manual_mqtt=True,
            drills=True,
            demo=True,
        )
        for siren in state.sirens.values()
    ]
    (own.home / FLEET_FILE).write_bytes(msgspec.json.encode(fleet))
    return demo


def _people(city_name: str) -> Demo:
    from tocsin.store import accounts

    passwords = {login: secrets.token_urlsafe(12) for login in SEATS}
    officer_keys = {}
    for login, roles in SEATS.items():
        actor = accounts.create_officer(login, password=passwords[login], grants=officer_grants(roles))
        officer_keys[login] = accounts.new_api_key(f"{login} (demonstration)", "officer", officer=actor).secret
    sources = {
        owner: accounts.new_api_key(owner, "sensor", [Grant(role="sensor")]).secret for owner in _owners(city_name)
    }
    duty, second = officer_keys.pop("duty"), officer_keys.pop("second")
    return Demo(city=city_name, duty=duty, second=second, sources=sources, passwords=passwords, seats=officer_keys)


def _owners(city_name: str) -> Iterable[str]:
    """Who may report in the nights of that city: the part of a trusted source's name before the slash."""
    return sorted(
        {
            name.split("/")[0]
            for night in nights().values()
            if night.city == city_name
            for name, source in night.sources.items()
            if source.trusted
        }
    )


def read(home: Path) -> Demo:
    """The secrets of the demonstration in a home folder.

    Raises:
        Refused: there is none (TOC-8003).
    """
    path = home / DEMO_FILE
    if not path.exists():
        raise Refused(
            "TOC-8003",
            f"There is no demonstration in {home}.",
            field="TOCSIN_HOME",
            remedy="Start one with `tocsin up --demo`. A night is only ever played into a demonstration.",
        )
    return msgspec.json.decode(path.read_bytes(), type=Demo)
