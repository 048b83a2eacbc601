"""Officers before real browsers: sign in without a password, act on the desk from the side, wait for the board."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from browser.kit import aside, complains
from doors import ADMIN
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.warn import commands as cmd
from tocsin.warn.events import Detection, LiveDelivered, SirenCommanded, SirenReported
from tocsin.warn.state import Thread

PASSWORD = "correct horse battery"
SENSOR = Actor(id="key:sensor", grants=(Grant(role="sensor"),))
OTHER = Actor(id="officer:another1", grants=(Grant(role="duty"), Grant(role="approver")))


def detect(desk: Desk, threat: str = "drone", areas: tuple[str, ...] = ("north",), id_: str = "d-1") -> Thread:
    """A detection by a sensor; the draft that it made or fed."""
    seen = Detection(
        id=id_, source="radar-a", trusted=True, threat=threat, areas=areas, observed_at=desk.clock.now(), note=""
    )
    facts = desk.do(cmd.ReportDetection(detection=seen), SENSOR).facts
    return desk.state().threads[facts[-1].warning_id]  # type: ignore[attr-defined]


def send(desk: Desk, thread: Thread, confirm: str = "north") -> Thread:
    """Another officer sends a draft."""
    desk.do(cmd.Issue(warning_id=thread.id, sha256=thread.message.sha256, confirm=confirm), OTHER)
    return desk.state().threads[thread.id]


def sound(desk: Desk, thread: Thread, siren: str = "s01") -> None:
    """The siren was told and measures that it sounds; phones were written to."""
    entries = list(desk.ledger.read())
    seq = next(e.seq for e in entries if e.event.kind == "warning.issued" and thread.id in e.event.subject)
    now = desk.clock.now()
    desk.note(
        [
            SirenCommanded(
                siren_id=siren,
                command_id="c1",
                warning_id=thread.id,
                action="ON",
                tone="wail",
                duration_s=60,
                expires=now,
            ),
            SirenReported(siren_id=siren, state="sounding", tone="wail", command_id="c1", measured_at=now),
            LiveDelivered(edge="e1", seq=seq, clients=12, first_at=now, last_at=now),
        ],
        ADMIN,
    )


def fixtures() -> tuple[Any, Any]:
    """The fixtures ``officers`` and ``screen`` for a test module."""

    @pytest.fixture
    def officers(_sqlite_tables: None, web_desk: Desk) -> Callable[..., tuple[str, str]]:
        """Make an officer; gives the actor and the session's cookie."""
        from conftest import empty
        from tocsin.store import accounts

        aside(lambda: empty("default"))

        def signed(login: str, roles: tuple[str, ...], area: str) -> tuple[str, str]:
            from django.contrib.auth import get_user_model
            from django.test import Client

            grants = [Grant(role=role, area=area) for role in roles]  # type: ignore[arg-type]
            actor = accounts.create_officer(login, password=PASSWORD, grants=grants)
            client = Client()
            client.force_login(get_user_model().objects.get(login=login))
            return actor, client.cookies["sessionid"].value

        def make(login: str, *roles: str, area: str = "*") -> tuple[str, str]:
            return aside(lambda: signed(login, roles, area))

        return make

    @pytest.fixture
    def screen(
        browser: Any, site: str, officers: Callable[..., tuple[str, str]], complaints: list[str]
    ) -> Iterator[Callable[..., Any]]:
        """An officer's screen in a browser of its own, on the page Now."""
        contexts = []

        def go(
            login: str = "duty",
            *roles: str,
            area: str = "*",
            path: str = "/control",
            width: int = 1440,
            clock: bool = False,
            chart: bool = False,
            **more: Any,
        ) -> Any:
            actor, cookie = officers(login, *(roles or ("duty",)), area=area)
            context = browser.new_context(
                viewport={"width": width, "height": 900}, locale=more.pop("locale", "en-GB"), **more
            )
            contexts.append(context)
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.asked = []
            page.actor = actor
            page.on("request", lambda request: page.asked.append(request.url))
            page.on("console", lambda said: complaints.append(said.text) if complains(said) else None)
            page.on("pageerror", lambda fault: complaints.append(str(fault)))
            if not chart:  # the map takes seconds to draw without a graphics card
                page.add_init_script("localStorage.setItem('tocsin.control.map', 'off')")
            if clock:
                page.clock.install()
            page.goto(site + path)
            return page

        yield go
        for context in contexts:
            context.close()

    return officers, screen
