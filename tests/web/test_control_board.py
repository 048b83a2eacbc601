"""The screen Now and its refresh: what it says of sirens, phones, detections and expiry; ETags; who may ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from control_kit import Screen, detected, enter
from doors import ADMIN, Officer, SetClock
from tocsin.app.actor import SYSTEM
from tocsin.app.desk import Desk
from tocsin.warn import commands as cmd
from tocsin.warn.events import LiveDelivered, SirenCommanded, SirenReported, SirenSilent

Sensor = Callable[..., Any]


@pytest.fixture
def duty(officer: Callable[..., Officer], desk: Desk) -> Screen:
    return enter(officer, desk, "duty1", "duty")


def board(screen: Screen, tag: str = "") -> Any:
    return screen.client.get("/control/board", headers={"If-None-Match": tag} if tag else {})


def test_a_304_until_the_ledger_or_the_second_moves_on(duty: Screen, clock: SetClock, sensor: Sensor) -> None:
    first = board(duty)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache, private"
    assert board(duty, first.headers["ETag"]).status_code == 304
    clock.move(1)
    second = board(duty, first.headers["ETag"])
    assert second.status_code == 200
    detected(duty.desk, sensor)
    third = board(duty, second.headers["ETag"])
    assert third.status_code == 200
    assert third.json()["seq"] > first.json()["seq"]
    assert set(third.json()["parts"]) == set(first.json()["parts"])


def test_two_officers_and_two_languages_never_share_an_answer(
    duty: Screen, officer: Callable[..., Officer], desk: Desk
) -> None:
    tags = {board(duty).headers["ETag"], board(enter(officer, desk, "o2", "duty", area="south")).headers["ETag"]}
    duty.client.get("/control?lang=ru")
    tags.add(board(duty).headers["ETag"])
    assert len(tags) == 3


def test_who_is_not_signed_in_gets_no_redirect_that_looks_like_an_answer(
    desk: Desk, officer: Callable[..., Officer]
) -> None:
    assert Client().get("/control/board").status_code == 401
    assert board(enter(officer, desk, "nobody")).status_code == 401


def test_the_siren_board_says_what_was_measured_and_what_was_not(duty: Screen, clock: SetClock, sensor: Sensor) -> None:
    desk = duty.desk
    thread = detected(desk, sensor, areas=["north"])
    duty.send(thread)
    told = {"warning_id": thread.id, "action": "ON", "tone": "wail", "duration_s": 60}
    expires = clock.now() + timedelta(seconds=120)
    for siren in ("s01", "s02"):
        command = SirenCommanded(siren_id=siren, command_id=f"c-{siren}", expires=expires, **told)  # type: ignore[arg-type]
        desk.note([command], ADMIN)
    page = duty.get()
    assert "0 of 2 sounding, as measured" in page  # a command is no sound
    assert "told, no sound measured yet" in page
    clock.move(3)
    desk.note(
        [SirenReported(siren_id="s01", state="sounding", tone="wail", command_id="c-s01", measured_at=clock.now())],
        ADMIN,
    )
    assert "1 of 2 sounding, as measured" in duty.get()
    clock.move(9)
    desk.note([SirenSilent(siren_id="s02", command_id="c-s02", warning_id=thread.id, waited_s=12)], ADMIN)
    page = duty.get()
    assert "did not sound when told to" in page
    assert "silent when told: 1" in page
    assert "silent-Town hall" in board(duty).json()["news"]
    clock.move(60)
    desk.note([SirenReported(siren_id="s01", state="link_lost", measured_at=clock.now())], ADMIN)
    page = duty.get()
    assert 'data-siren="link_lost"' in page
    assert "Sirens answering: 0 of 2" in page


def test_sirens_that_nobody_told_are_not_shown_as_if_they_sounded(
    duty: Screen, clock: SetClock, sensor: Sensor
) -> None:
    thread = detected(duty.desk, sensor, areas=["north"])
    duty.send(thread)
    assert "sounded, measured: 0/1" not in duty.get()  # a command takes a moment
    clock.move(11)
    assert "sounded, measured: 0/1" in duty.get()
    told = {"warning_id": thread.id, "action": "ON", "tone": "wail", "duration_s": 60, "expires": clock.now()}
    duty.desk.note([SirenCommanded(siren_id="s01", command_id="c", **told)], ADMIN)  # type: ignore[arg-type]
    assert "ctl-bad" not in duty.get().partition('id="part-live"')[2].partition("</section>")[0]


def test_receipts_grow_with_what_is_measured(duty: Screen, clock: SetClock, sensor: Sensor) -> None:
    thread = detected(duty.desk, sensor)
    duty.send(thread)
    assert "waiting for receipts of phones" in duty.get()
    seq = duty.desk.state().seq
    at = clock.now()
    two = [(7, 84), (5, 210)]
    duty.desk.note(
        [
            LiveDelivered(
                edge=f"e{n}",
                seq=seq,
                clients=clients,
                first_at=at + timedelta(milliseconds=ms),
                last_at=at + timedelta(milliseconds=ms + 5),
            )
            for n, (clients, ms) in enumerate(two)
        ],
        ADMIN,
    )
    page = duty.get()
    assert "84 ms" in page
    assert '<strong class="num">12</strong>' in page
    clock.move(16 * 60)
    assert "What became of your acts" not in duty.get()


def test_a_draft_escalates_in_sight_and_alerts_come_first(duty: Screen, clock: SetClock, sensor: Sensor) -> None:
    made = {"threat": "drone", "level": "pre_alert", "areas": ["south"], "preset": "seen"}
    duty.client.post("/control/new", made)
    calm = duty.desk.state().draft_threads()[0]
    clock.move(45)
    urgent = detected(duty.desk, sensor, observed_at="2024-01-04T20:58:40Z")
    duty.desk.do(cmd.Tick(), SYSTEM)
    page = duty.get()
    assert page.index(f"draft-{urgent.id}") < page.index(f"draft-{calm.id}")
    assert 'data-step="1"' in page
    assert "Unsent for 45 s" in page
    assert f"draft-{calm.id}-1" in board(duty).json()["news"]


def test_an_expiry_is_told_and_is_no_all_clear(duty: Screen, clock: SetClock, sensor: Sensor) -> None:
    thread = detected(duty.desk, sensor)
    duty.send(thread)
    clock.move(3 * 3600 - 200)
    assert "Decide now" in duty.get()
    clock.move(201)
    duty.desk.do(cmd.Tick(), SYSTEM)
    page = duty.get()
    assert "Ran out, no all clear" in page
    assert "Nobody said that it is clear" in page
    assert 'data-shown="ended_other"' in page


def test_an_exercise_is_named_and_kept_out(duty: Screen) -> None:
    from tocsin.app.actor import Actor, Grant

    trainer = Actor(id="officer:trainer", grants=(Grant(role="duty"),))
    duty.desk.do(cmd.StartDrill(exercise="Autumn", areas=("north",)), trainer)
    page = duty.get()
    assert "An exercise is running" in page
    assert 'href="/drill/control"' in page
    assert page.count("Autumn") == 1


def test_a_ledger_that_was_replaced_is_followed_from_its_start(duty: Screen, sensor: Sensor) -> None:
    from tocsin.record.memory import MemoryLedger
    from tocsin.web.control.tail import Tail

    detected(duty.desk, sensor)
    tail = Tail(duty.desk.ledger)
    assert next(tail.catch_up().newest_first()).seq == duty.desk.state().seq
    tail.ledger = MemoryLedger()
    assert list(tail.catch_up().newest_first()) == []


def test_the_page_of_a_warning_shows_how_far_it_has_come(duty: Screen, clock: SetClock, sensor: Sensor) -> None:
    thread = detected(duty.desk, sensor)
    assert 'id="way"' not in duty.get(f"/control/warnings/{thread.id}"), "a draft has gone nowhere"
    assert duty.send(thread).status_code == 302
    issued = next(e for e in reversed(list(duty.desk.ledger.read())) if e.event.kind == "warning.issued")
    at, command = issued.event.at, f"{issued.event.id}.s1"
    assert 'id="way"' not in duty.get(f"/control/warnings/{thread.id}"), "no receipt yet"
    ms = timedelta(milliseconds=1)
    live = [
        LiveDelivered(edge=f"e{n}", seq=issued.seq, clients=40, first_at=at + n * ms, last_at=at + n * 100 * ms)
        for n in (1, 2)
    ]
    told = SirenCommanded(
        siren_id="s1",
        command_id=command,
        warning_id=thread.id,
        action="ON",
        tone="wail",
        duration_s=60,
        expires=at + timedelta(minutes=1),
    )
    sounds = SirenReported(siren_id="s1", state="sounding", command_id=command, measured_at=at + 900 * ms)
    other = SirenReported(siren_id="s1", state="sounding", command_id="e9.s1", measured_at=at + 999 * ms)
    duty.desk.note([*live, told, sounds, other], SYSTEM)
    page = duty.get(f"/control/warnings/{thread.id}")
    rows = re.findall(r"<tr>(.*?)</tr>", page[page.index('id="way"') : page.index("line-title")], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*data-label[^>]*>(.*?)</t", row) for row in rows[1:]]
    assert cells == [
        ["Pages written to", "80", "1 ms", "–", "–", "200 ms"],
        ["Sirens told", "1", "0 ms", "0 ms", "0 ms", "0 ms"],
        ["Sirens measured to sound", "1", "900 ms", "900 ms", "900 ms", "900 ms"],
    ]
