"""``tocsin channel``: an operator adds, tries and removes addresses; nothing personal is printed back."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from doors import SetClock, a_desk
from tocsin.app.memory_addresses import MemoryAddressBook
from tocsin.cli import root
from tocsin.wiring import Settings


class Home:
    """The command over a city in memory."""

    def __init__(self) -> None:
        desk = a_desk(SetClock())
        self.parts = SimpleNamespace(
            desk=desk,
            sender=desk.sender,
            clock=desk.clock,
            addresses=MemoryAddressBook(),
            settings=Settings(),
            city=SimpleNamespace(demo=False),
            push=None,
        )

    def run(self, *words: str, ok: bool = True) -> str:
        done = CliRunner().invoke(root, words)
        raised = "" if isinstance(done.exception, SystemExit | None) else str(done.exception)
        assert (done.exit_code == 0) is ok, done.output + raised
        return done.output + raised


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Home:
    made = Home()
    monkeypatch.setattr("tocsin.cli.channel.parts", lambda: made.parts)
    return made


def row(home: Home, name: str) -> dict[str, object]:
    rows = json.loads(home.run("channel", "list", "--json"))
    return next(row for row in rows if row["channel"] == name)


def test_addresses_come_and_go(home: Home) -> None:
    assert row(home, "webhook")["ready"]
    assert not row(home, "email")["ready"]
    home.run("channel", "add", "email", "Ann@People.example", "--area", "north", "--lang", "ru")
    home.run("channel", "add", "email", "ann@people.example", "--record")
    assert (row(home, "email")["followers"], row(home, "email")["record_followers"]) == ({"active": 1}, {"active": 1})
    said = home.run("channel", "remove", "email", "Ann@people.example")
    assert "people.example" not in said
    assert (row(home, "email")["followers"], row(home, "email")["record_followers"]) == ({}, {"active": 1})
    home.run("channel", "remove", "email", "ann@people.example", ok=False)  # they have left already


def test_a_webhook_is_told_its_secret_once(home: Home) -> None:
    added = json.loads(home.run("channel", "add", "webhook", "https://a.example/hook", "--area", "north", "--json"))
    assert added["secret"].startswith("whsec_")
    assert added["secret"] not in home.run("channel", "list", "--json")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "email", "nobody", "--area", "north"), "TOC-13001"),
        (("add", "email", "a@b.example", "--area", "nowhere"), "TOC-13001"),
        (("add", "pigeon", "a@b.example", "--area", "north"), "TOC-13003"),
        (("test", "email", "a@b.example"), "TOC-13003"),
        (("remove", "email", "a@b.example"), "TOC-6004"),
        (("add", "email", "a@b.example"), "--record"),
    ],
)
def test_what_cannot_be_is_refused(home: Home, words: tuple[str, ...], code: str) -> None:
    said = home.run("channel", *words, ok=False)
    assert code in said
    assert "a@b.example" not in said


def test_a_test_says_what_came_of_it(home: Home) -> None:
    said = home.run("channel", "test", "webhook", "http://127.0.0.1:9/", ok=False)
    assert said.strip() == "webhook: failed not https"
