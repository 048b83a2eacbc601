"""What each entry has to say to subscribers, and which entries have nothing to say."""

from __future__ import annotations

from datetime import date

import pytest

from doors import SetClock, a_desk
from tocsin.app.actor import SYSTEM, Actor, Grant
from tocsin.core.notice import RecordNotice, TestNotice, WarningNotice
from tocsin.record import events as record_ev
from tocsin.record.notice import notice as record_notice
from tocsin.warn import commands as cmd
from tocsin.warn import events as ev
from tocsin.warn.notice import notice, over
from tocsin.warn.state import WarnState, fold
from workers.kit import DUTY, SENSOR, alarm, all_clear, cancel


@pytest.fixture
def desk():
    return a_desk(SetClock())


def told(desk) -> list[WarningNotice]:
    state, found = WarnState(), []
    for entry in desk.ledger.read():
        state = fold(state, entry)
        if (said := notice(state, entry, desk.sender)) is not None:
            found.append(said)
    return found


def test_an_alert_says_everything_in_every_language(desk) -> None:
    warning = alarm(desk)
    (said,) = told(desk)
    assert (said.act, said.warning, said.level, said.status, said.lane) == ("alert", warning, "alert", "Actual", 0)
    assert set(said.said) == {"en", "ru", "uk", "de"}
    for language in said.said:
        tag, (one,) = said.told(language)
        assert tag == language
        assert one.headline
        assert one.instruction
    assert said.told("ru-RU")[0] == "ru"
    assert said.told("fr")[0] == "en"
    assert said.cap.startswith("/cap/")
    assert said.cells
    assert said.expires == desk.state().threads[warning].expires


def test_a_partial_clear_says_where_it_is_over_and_where_it_is_not(desk) -> None:
    for source in ("radar", "ears"):
        seen = ev.Detection(
            id="1", source=source, trusted=True, threat="drone", areas=("north", "south"), observed_at=desk.clock.now()
        )
        desk.do(cmd.ReportDetection(detection=seen), SENSOR)
    (warning,) = desk.state().threads
    desk.do(cmd.PartialClear(warning_id=warning, areas=("north",), reason="over"), DUTY)
    said = told(desk)[-1]
    assert said.act == "update"
    _, parts = said.told("en")
    assert len(parts) == 2
    assert any("South District" in one.headline for one in parts)
    assert any("North District" in one.headline for one in parts)


def test_ends_say_how_it_ended(desk) -> None:
    all_clear(desk, alarm(desk, "north"))
    cancel(desk, alarm(desk, "south"))
    alarm(desk, "east")
    desk.clock.move(24 * 3600)
    desk.do(cmd.Tick(), SYSTEM)
    acts = [one.act for one in told(desk)]
    assert acts == ["alert", "all_clear", "alert", "cancel", "alert", "end"]
    expired = told(desk)[-1].told("en")[1][0]
    assert "not an all clear" in expired.headline
    assert "{" not in expired.headline + expired.description + expired.instruction


def test_an_end_by_hand_says_nothing_and_still_stops_what_is_on_its_way(desk) -> None:
    warning = alarm(desk)
    desk.do(cmd.EndManually(warning_id=warning, reason="by telephone"), DUTY)
    assert [one.act for one in told(desk)] == ["alert"]
    assert [found for entry in desk.ledger.read() if (found := over(entry))] == [warning]


def test_the_record_names_its_page_and_nothing_that_stands_there(desk) -> None:
    admin = Actor(id="system:record", grants=(Grant(role="admin"),))
    fact = record_ev.CorrectionPublished(
        page="2024-01-05", correction_id="c1", before={"en": "12"}, after={"en": "15"}, reason={"en": "a hospital"}
    )
    (entry,) = desk.note([fact], admin)
    said = record_notice(entry, desk.sender.names)
    assert isinstance(said, RecordNotice)
    assert (said.act, said.page, said.lane) == ("correction", f"/record/{date(2024, 1, 5).isoformat()}", 3)
    assert said.told("de")[1][0].headline == "Die Chronik vom 5. Januar 2024: eine Berichtigung wurde veröffentlicht"
    words = " ".join(one.headline + one.description for parts in said.said.values() for one in parts)
    assert "15" not in words
    assert "hospital" not in words


def test_a_test_has_nothing_that_could_sound() -> None:
    assert not {"level", "urgency", "cells", "cap", "act", "warning"} & set(TestNotice.__struct_fields__)
    assert TestNotice.status == "Test"
