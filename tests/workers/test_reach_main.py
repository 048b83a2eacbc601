"""The whole process in one: the ledger, the address book, and a real mail server at the end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from channels.rigs import EmailRig
from doors import AREAS, SetClock, a_desk
from tocsin.app.memory_addresses import MemoryAddressBook
from tocsin.app.receipts import note
from tocsin.core.subscription import Wish
from tocsin.workers.reach_main import ReachWorker, run
from workers.kit import alarm, all_clear, bodies, until


async def test_from_two_sensors_to_a_mailbox_and_back_into_the_ledger(db: str) -> None:
    from tocsin.store.deliveries import DjangoDeliveries

    mail = EmailRig()
    await mail.start()
    desk, book = a_desk(SetClock(datetime.now(UTC))), MemoryAddressBook()
    north = next(area for area in AREAS if area.id == "north").cells
    wish = Wish(channel="email", address=mail.address("ann"), cells=tuple(north[:1]), language="ru")
    book.add(wish, desk.clock.now())
    stop = asyncio.Event()
    worker = ReachWorker(
        ledger=desk.ledger,
        sender=desk.sender,
        clock=desk.clock,
        book=book,
        deliveries=DjangoDeliveries(db),
        channels=lambda heard: {"email": mail.channel(heard)},
        record=lambda told: note(desk, [told]),
    )
    running = asyncio.create_task(run(worker, stop))
    warning = alarm(desk, "north")
    await until(lambda: len(mail.messages) == 1 and bodies(desk, "channel.told"), "the warning")
    all_clear(desk, warning)
    await until(lambda: len(mail.messages) == 2, "the all clear")
    stop.set()
    await running
    await mail.stop()
    first, second = (message for _, message in mail.messages)
    assert "Северный район" in first["Subject"]
    assert "отбой" in second.get_content().lower()
    assert first["Message-ID"] != second["Message-ID"]
    (told,) = bodies(desk, "channel.told")[:1]
    assert (told["channel"], told["targeted"], told["accepted"]) == ("email", 1, 1)
