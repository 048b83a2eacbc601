"""Every page in an invented language: what stands outside its brackets is data, or went past gettext.

The sources are read for the same fault in ``tests/web/test_strays.py``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

import tocsin
from browser.kit import aside
from browser.pseudo import TAG, Pseudo, spoken, strays, untranslated
from browser.resident import CALM, alert, area, choose, greet, shows, update, whole
from doors import AREAS, SIRENS
from fake_edge import FakeEdge, served
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.warn import commands as cmd
from tocsin.wiring.playbill import Playbill, Told

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
REFUSED = "main [role=alert], main .error"
SAME_EVERYWHERE = ("Tocsin", "CAP Alert", "CAP Update", "CAP Cancel", "CAP", "UTC", "km", "m", "CSV", "GeoJSON")
"""Names of products, standards and units that are written alike in every language."""

PLACES = sorted({name for place in AREAS for name in place.names.values()})
THINGS = sorted({name for siren in SIRENS for name in siren.name.values()} | {siren.id for siren in SIRENS})
SENDER = ("Sample City", "Пример", "Приклад", "Musterstadt", "warn.example.invalid", "Europe/Moscow")


@pytest.fixture
def pseudo() -> Iterator[Pseudo]:
    """The invented language, while it is spoken."""
    with spoken() as made:
        yield made


@pytest.fixture
def pseudo_site(pseudo: Pseudo, web_desk: Desk, edge: FakeEdge) -> Iterator[str]:
    """The web door, which also speaks the invented language."""
    with served(edge.url) as url:
        yield url


@pytest.fixture(autouse=True)
def unlimited() -> None:
    """Every test begins with nobody held up at the door."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def officer(_sqlite_tables: None, web_desk: Desk) -> Actor:
    """An officer with every role everywhere."""
    from conftest import empty
    from tocsin.store import accounts

    aside(lambda: empty("default"))
    grants = [Grant(role=role) for role in ("duty", "approver", "records", "dispatcher", "observer", "admin")]
    aside(lambda: accounts.create_officer("olga", password=PASSWORD, grants=grants))
    return Actor(id="olga", grants=tuple(grants))


@pytest.fixture
def look(browser: Any, pseudo_site: str) -> Iterator[Callable[..., Any]]:
    """Open a page in the invented language."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()

    def go(path: str) -> Any:
        page.goto(f"{pseudo_site}{path}{'&' if '?' in path else '?'}lang={TAG}")
        return page

    yield go
    context.close()


def known(*more: str) -> list[str]:
    """What may stand outside the brackets: names and the languages' own names, besides what a test adds."""
    languages = [name for _, name in settings.LANGUAGES] + [tag for tag, _ in settings.LANGUAGES]
    return [*SAME_EVERYWHERE, *PLACES, *THINGS, *SENDER, *languages, *more]


def texts_of(message: dict[str, Any]) -> list[str]:
    """What a CAP message says, as it was sent: data, in the languages of its sender."""
    return [text for part in ("headline", "description", "instruction") for text in message[part].values()]


def test_the_invented_language_is_seen_and_a_stray_is_found(look: Callable[..., Any]):
    page = look("/")
    assert "⟦" in page.content()
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('p'), {textContent: 'North District and more'}))"
    )
    assert strays(page, known()) == ["North District and more"]


def test_the_residents_page(look: Callable[..., Any], edge: FakeEdge):
    greet(edge)
    page = look("/")
    assert strays(page, known()) == []
    choose(page, "North")
    shows(page, "ok")
    assert strays(page, known()) == []
    for number, (phase, kind) in enumerate(
        [("pre_alert", None), ("alert", None), ("partial_clear", None), ("ended", "all_clear"), ("ended", "expired")], 2
    ):
        one = alert(level="pre_alert" if phase == "pre_alert" else "alert", end=kind)
        edge.send("update", update([area(phase=phase, kind=kind)], one, number), number)
        shows(page, {"ended": "ended" if kind == "all_clear" else "ended_other"}.get(phase, phase))
        assert strays(page, known(*texts_of(one))) == [], phase
    edge.send("state", whole(CALM, [], age=300), 9)
    shows(page, "unknown")
    assert strays(page, known(*texts_of(alert()))) == []


def test_the_residents_page_without_script(browser: Any, pseudo_site: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in ("/", "/?area=north", "/?q=nowhere", "/areas"):
        page.goto(f"{pseudo_site}{path}{'&' if '?' in path else '?'}lang={TAG}")
        assert strays(page, known()) == [], path
    context.close()


@pytest.mark.parametrize("path", ["/design", "/accounts/login/", "/nowhere", "/accounts/signup/"])
def test_pages_that_anybody_may_open(look: Callable[..., Any], path: str):
    assert strays(look(path), known()) == []


def test_what_sign_in_refuses(look: Callable[..., Any], officer: Actor):
    page = look("/accounts/login/")
    page.fill("[name=login]", "olga")
    page.fill("[name=password]", "something else entirely")
    page.press("[name=password]", "Enter")
    page.wait_for_selector(REFUSED)
    assert strays(page, known()) == []


def sign_in(page: Any) -> None:
    page.fill("[name=login]", "olga")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    assert page.locator("#main").is_visible()


ACCOUNT = ["/accounts/", "/accounts/password/change/", "/accounts/logout/", "/accounts/second-factor"]
BEHIND_THE_PASSWORD = ["/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"]


def test_the_account_pages(look: Callable[..., Any], officer: Actor):
    sign_in(look("/accounts/login/"))
    for path in ACCOUNT:
        assert strays(look(path), known("olga", "Chrome", "Linux", "HeadlessChrome")) == [], path
    page = look("/accounts/reauthenticate/")
    assert strays(page, known("olga")) == []
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "reauthenticate" not in url)
    for path in BEHIND_THE_PASSWORD:
        page = look(path)
        secret = page.locator("#secret").inner_text() if page.locator("#secret").count() else "—"
        assert strays(page, known("olga", secret)) == [], path


def drafted(desk: Desk, officer: Actor, threat: str) -> str:
    """A draft for the north, by its id."""
    before = set(desk.state().threads)
    desk.do(cmd.Draft(threat=threat, level="alert", areas=("north",), reason="Seen from the tower"), officer)
    return next(iter(set(desk.state().threads) - before))


def issued(desk: Desk, officer: Actor) -> str:
    """A warning in force for the north, by its id."""
    made = drafted(desk, officer, "drone")
    thread = desk.state().threads[made]
    desk.do(cmd.Issue(warning_id=made, sha256=thread.message.sha256, confirm="North District"), officer)
    return made


def test_what_the_libraries_say_on_these_pages_is_translated(look: Callable[..., Any], officer: Actor, pseudo: Pseudo):
    from tocsin.web.languages import catalogues

    page = look("/accounts/login/")
    page.fill("[name=login]", "olga")
    page.fill("[name=password]", "something else entirely")
    page.press("[name=password]", "Enter")
    page.wait_for_selector(REFUSED)
    sign_in(look("/accounts/login/"))
    page = look("/accounts/password/change/")
    for field in page.locator("main input[type=password]").all():
        field.fill("short")
    page.locator("main input[type=password]").last.press("Enter")
    page.wait_for_selector(REFUSED)
    assert strays(page, known("olga")) == []
    page = look("/accounts/reauthenticate/")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "reauthenticate" not in url)
    page = look("/accounts/2fa/totp/activate/")
    page.fill("[name=code]", "000000")
    page.press("[name=code]", "Enter")
    page.wait_for_selector(REFUSED)
    assert strays(page, known("olga", page.locator("#secret").inner_text())) == []
    assert pseudo.asked
    for tag in catalogues():
        assert untranslated(pseudo.asked, tag) == [], tag


def test_the_control_room(look: Callable[..., Any], officer: Actor, web_desk: Desk):
    page = look("/accounts/login/")
    sign_in(page)
    data = known("olga", "Seen from the tower", "Two drones")
    for path in ("/control", "/control/new"):
        assert strays(look(path), data) == [], path
    for threat in ("drone", "missile"):  # one that an officer sends alone, one that takes two
        made = drafted(web_desk, officer, threat)
        for path in ("/control", f"/control/drafts/{made}", f"/control/warnings/{made}"):
            assert strays(look(path), data) == [], path
    live = issued(web_desk, officer)
    for path in ("/control", f"/control/warnings/{live}"):
        assert strays(look(path), data) == [], path
    page = look(f"/control/drafts/{made}")
    assert strays(page, data) == []
    web_desk.do(cmd.Cancel(warning_id=live, reason="Two drones"), officer)
    for path in ("/control", f"/control/warnings/{live}"):
        assert strays(look(path), data) == [], path


def test_what_the_control_room_refuses(look: Callable[..., Any], officer: Actor, web_desk: Desk):
    sign_in(look("/accounts/login/"))
    made = drafted(web_desk, officer, "drone")
    page = look(f"/control/drafts/{made}")
    page.fill(f"#confirm-{made}", "Somewhere else")
    page.press(f"#confirm-{made}", "Enter")
    page.wait_for_selector("[role=alert]")
    assert strays(page, known("olga", "Seen from the tower")) == []


def test_the_exercise_room_and_its_page(look: Callable[..., Any], officer: Actor, web_desk: Desk):
    sign_in(look("/accounts/login/"))
    for path in ("/drill/control", "/drill/control/start", "/exercise"):
        assert strays(look(path), known("olga")) == [], path
    web_desk.do(cmd.StartDrill(exercise="Schools of the north", areas=("north",)), officer)
    running, one = next(iter(web_desk.state().drills.items()))
    data = known("olga", "Schools of the north", "As planned", *one.headline.values(), *one.instruction.values())
    for path in ("/drill/control", "/exercise", "/exercise?area=north"):
        assert strays(look(path), data) == [], path
    web_desk.do(cmd.EndDrill(drill_id=running, reason="As planned"), officer)
    for path in ("/drill/control", "/exercise"):
        assert strays(look(path), data) == [], path


def test_the_chooser_and_the_night_of_a_demonstration(look: Callable[..., Any], tmp_path: Path):
    night = "belgorod-2024-01-05"
    nights = (Path(tocsin.__file__).parent / "nights").glob("*.json")
    titles = [text for path in nights for text in json.loads(path.read_text(encoding="utf-8"))["title"].values()]
    bill = Playbill(tmp_path)
    with override_settings(TOCSIN_RUN=str(tmp_path)):
        for stage in ("waiting", "playing", "over"):
            bill.tell(Told(round="r1", told_at=time.time(), night=night, stage=stage, speed=30))
            for path in ("/demo", "/demo/night"):
                assert strays(look(path), known(*titles, "tocsin up --demo")) == [], (stage, path)
