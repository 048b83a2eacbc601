"""Sirens are commanded until they are, or until it is too late; what came of it is said once and truly."""

from __future__ import annotations

import asyncio

from tocsin.warn import events as ev
from tocsin.warn.siren_command import Command
from tocsin.workers.deliver import CURSOR
from workers.kit import Worker, alarm, all_clear, bodies, cancel, sirens, until


async def test_the_sirens_of_the_area_are_commanded_and_nobody_else(worker: Worker) -> None:
    await worker.start()
    warning = alarm(worker.desk)
    await worker.idle()
    (command,) = worker.broker.sent
    (entry,) = [e for e in worker.desk.ledger.read() if e.event.kind == "warning.issued"]
    assert (command.siren, command.state, command.tone) == ("s01", "ON", "wail")
    assert (command.id, command.warning) == (f"{entry.event.id}.s01", warning)
    assert worker.places.get(CURSOR) == entry.seq


async def test_a_command_is_tried_again_until_the_broker_is_back(worker: Worker) -> None:
    worker.broker.down = True
    await worker.start()
    alarm(worker.desk)
    await until(lambda: worker.broker.tried >= 3, "three attempts")
    assert bodies(worker.desk, "siren.commanded") == []
    worker.broker.down = False
    await worker.idle()
    assert len(worker.broker.sent) == len(bodies(worker.desk, "siren.commanded")) == 1


async def test_a_command_is_given_up_when_it_has_expired_and_that_is_said(worker: Worker) -> None:
    worker.broker.down = True
    await worker.start()
    alarm(worker.desk)
    await until(lambda: worker.broker.tried, "an attempt")
    worker.clock.move(worker.desk.policy.command_expiry_s)
    await worker.idle()
    worker.broker.down = False
    assert worker.broker.sent == []
    (skip,) = bodies(worker.desk, "siren.skipped")
    assert skip["reason"] == "expired before delivery"


async def test_a_warning_that_ended_before_delivery_is_not_sounded(worker: Worker) -> None:
    worker.broker.down = True
    await worker.start()
    warning = alarm(worker.desk)
    await until(lambda: worker.broker.tried, "an attempt")
    cancel(worker.desk, warning)
    await until(lambda: bodies(worker.desk, "siren.skipped"), "the skip")
    worker.broker.down = False
    await worker.idle()
    assert [c.state for c in worker.broker.sent] == ["OFF"]
    (skip,) = bodies(worker.desk, "siren.skipped")
    assert "cancelled" in skip["reason"]


async def test_a_siren_that_is_skipped_does_not_hide_one_that_still_waits(worker: Worker) -> None:
    """One siren has no such tone, one is not through yet: the second is tried again."""
    sirens(
        worker.desk,
        ev.Siren(id="s03", name={"en": "Mute"}, area="north", tones=("all_clear",), demo=True),
        ev.Siren(id="s04", name={"en": "Far"}, area="north", demo=True),
    )
    worker.broker.refuses = {"s04"}
    await worker.start()
    alarm(worker.desk)
    await until(lambda: bodies(worker.desk, "siren.skipped"), "the skip")
    await until(lambda: worker.broker.tried >= 4, "the one that waits is tried again")
    worker.broker.refuses = set()
    await worker.idle()
    assert sorted(c.siren for c in worker.broker.sent) == ["s01", "s04"]
    assert sorted(b["siren_id"] for b in bodies(worker.desk, "siren.commanded")) == ["s01", "s04"]
    assert [b["siren_id"] for b in bodies(worker.desk, "siren.skipped")] == ["s03"]


async def test_after_a_crash_the_same_command_goes_out_and_is_recorded_once(worker: Worker) -> None:
    await worker.start()
    alarm(worker.desk)
    await worker.idle()
    await worker.kill()
    worker.places.clear()  # as if the crash had come before the position was kept

    await worker.start()
    await worker.idle()

    first, again = worker.broker.ids()
    assert first == again
    assert len(bodies(worker.desk, "siren.commanded")) == 1


async def test_a_restart_sends_young_commands_again_for_sirens_that_were_away(worker: Worker) -> None:
    await worker.start()
    alarm(worker.desk)
    await worker.idle()
    await worker.kill()
    worker.clock.move(60)
    await worker.start()
    await until(lambda: len(worker.broker.sent) == 2, "the same command again")
    await worker.kill()
    worker.clock.move(worker.desk.policy.command_expiry_s)
    await worker.start()
    alarm(worker.desk, "south")
    await until(lambda: "s02" in {c.siren for c in worker.broker.sent}, "the next warning")
    assert len(set(worker.broker.ids())) == 2
    assert [c.siren for c in worker.broker.sent] == ["s01", "s01", "s02"], "an old command is not sent again"


async def test_a_restart_does_not_say_that_a_delivered_command_was_skipped(worker: Worker) -> None:
    await worker.start()
    warning = alarm(worker.desk)
    await worker.idle()
    all_clear(worker.desk, warning)
    await worker.idle()
    await worker.kill()
    worker.places.clear()

    await worker.start()
    await worker.idle()

    assert bodies(worker.desk, "siren.skipped") == []
    assert [b["tone"] for b in bodies(worker.desk, "siren.commanded")] == ["wail", "all_clear"]


async def test_a_restart_says_of_no_earlier_command_again_that_it_was_handed_over(worker: Worker) -> None:
    await worker.start()
    for _ in range(2):
        warning = alarm(worker.desk)
        await worker.idle()
        all_clear(worker.desk, warning)
        await worker.idle()
    await worker.kill()
    before = len(worker.broker.sent)

    await worker.start()
    await until(lambda: len(worker.broker.sent) > before, "what is young goes out again")
    await worker.idle()

    told = [b["command_id"] for b in bodies(worker.desk, "siren.commanded")]
    assert len(told) == len(set(told)) == 4


async def test_a_restart_does_not_say_a_skip_twice(worker: Worker) -> None:
    sirens(worker.desk, ev.Siren(id="s03", name={"en": "Mute"}, area="north", tones=("all_clear",), demo=True))
    await worker.start()
    alarm(worker.desk)
    await worker.idle()
    await worker.kill()
    await worker.start()
    await until(lambda: worker.broker.ids().count(worker.broker.ids()[0]) == 2, "the command again")
    alarm(worker.desk, "south")
    await worker.idle()
    assert [b["siren_id"] for b in bodies(worker.desk, "siren.skipped")] == ["s03"]


async def test_ten_thousand_receipts_wait_and_no_more(worker: Worker) -> None:
    await worker.start()
    await worker.kill()
    report = ev.SirenReported(siren_id="s01", state="silent", measured_at=worker.clock.now())
    for _ in range(10_050):
        worker.deliver.receipt(report)
    assert len(worker.deliver._receipts) == 10_000


async def test_the_first_siren_does_not_wait_for_the_last_to_be_begun(worker: Worker, monkeypatch) -> None:
    """The loop comes by between the first command and the others, so that its bytes are on their way."""
    sirens(worker.desk, *(ev.Siren(id=f"s1{n:02}", name={"en": "S"}, area="north", demo=True) for n in range(40)))
    begun: list[str] = []
    at_turn: list[int] = []
    send = worker.broker.send

    async def counted(command: Command) -> None:
        if not begun:
            asyncio.get_running_loop().call_soon(lambda: at_turn.append(len(begun)))
        begun.append(command.siren)
        await send(command)

    monkeypatch.setattr(worker.broker, "send", counted)
    await worker.start()
    alarm(worker.desk)
    await worker.idle()
    assert at_turn == [1]
    assert len(begun) == len(bodies(worker.desk, "siren.commanded")) == 41


async def test_it_is_idle_only_while_no_command_is_on_its_way(worker: Worker) -> None:
    worker.broker.down = True
    await worker.start()
    assert worker.deliver.idle.is_set()
    alarm(worker.desk)
    await until(lambda: worker.broker.tried, "an attempt")
    assert not worker.deliver.idle.is_set()
    await worker.deliver.free(0.0)  # waits no longer than it is told to
    worker.broker.down = False
    await worker.idle()
    await worker.deliver.free(20.0)
    assert worker.deliver.idle.is_set()
