"""Rules 7, 8, 14, 15 and 24: identity and what is in force, over several messages in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.ids import ulid
from tocsin.warn.alert import Alert, Reference
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import active, deduplicated, expires_at, identity, missing_references
from tocsin.warn.cap_write import to_xml
from warn.cap_kit import ALERT, INFO, spoiled, with_alert

NOW = datetime(2024, 1, 4, 21, 0, tzinfo=UTC)


def message(number: int, msg_type: str = "Alert", *targets: Alert, sender: str = "a@city.example", minutes: int = 120):
    sent = datetime(2024, 1, 4, 20, number, tzinfo=UTC)

    def text(at: datetime) -> str:
        return at.strftime("%Y-%m-%dT%H:%M:%S-00:00")

    info = msgspec.structs.replace(INFO, effective=text(sent), expires=text(sent + timedelta(minutes=minutes)))
    return with_alert(
        identifier=f"m-{number}",
        sender=sender,
        sent=text(sent),
        msg_type=msg_type,
        references=tuple(target.reference() for target in targets),
        infos=(info,),
    )


def names(messages: list[Alert]) -> list[str]:
    return sorted(one.identifier for one in messages)


def test_rule_07_the_same_instant_in_another_offset_is_the_same_message():
    moscow = with_alert(sent="2024-01-04T23:58:00+03:00")
    assert identity(moscow) == identity(ALERT)
    assert deduplicated([ALERT, moscow]) == [ALERT]
    assert moscow.reference().sent == "2024-01-04T23:58:00+03:00", "the text is kept for references"
    assert identity(with_alert(sent="2024-01-04T20:58:01-00:00")) != identity(ALERT)
    assert identity(with_alert(sender="other@city.example")) != identity(ALERT)


def test_rule_08_writing_again_changes_no_byte():
    data = to_xml(ALERT)
    assert to_xml(parse(data)) == data
    assert identity(parse(data)) == identity(ALERT)


def test_fault_01_two_alerts_in_one_second_have_two_identifiers():
    made = {ulid(1_704_401_880_000, n.to_bytes(10)) for n in range(1000)}
    assert len(made) == 1000
    one, two = (with_alert(identifier=f"tocsin-{name}") for name in sorted(made)[:2])
    assert one.sent == two.sent
    assert identity(one) != identity(two)


def test_rule_14_an_update_lists_the_whole_chain():
    first = message(0)
    second = message(1, "Update", first)
    third = message(2, "Update", second)
    assert missing_references(third, [first, second], NOW) == [first.reference()]
    assert missing_references(message(2, "Update", first, second), [first, second], NOW) == []
    assert missing_references(third, [first, second], NOW + timedelta(hours=3)) == [], "expired ones need no end"


def test_rule_15_an_update_supersedes_and_a_cancel_ends():
    first, other = message(0), message(5)
    second = message(1, "Update", first)
    assert names(active([first, second, other], NOW)) == ["m-1", "m-5"]
    assert names(active([first, second, other, message(2, "Cancel", first, second)], NOW)) == ["m-5"]


@given(st.permutations([message(0), message(1, "Update", message(0)), message(7), message(9, "Cancel", message(7))]))
def test_rule_15_the_order_of_arrival_does_not_matter(messages):
    assert names(active([*messages, messages[0]], NOW)) == ["m-1"]


def test_rule_15_nobody_ends_what_another_sent_or_what_came_later():
    first = message(3)
    assert names(active([first, message(4, "Cancel", first, sender="b@city.example")], NOW)) == ["m-3"]
    assert names(active([first, message(1, "Cancel", first)], NOW)) == ["m-3"], "an end is newer than what it ends"
    itself = with_alert(msg_type="Update", references=(ALERT.reference(),))
    assert names(active([itself], NOW)) == [ALERT.identifier]


def test_rule_15_an_update_that_ran_out_does_not_bring_the_old_one_back():
    first = message(0, minutes=600)
    assert active([first, message(1, "Update", first, minutes=5)], NOW) == []


def test_rule_15_exercises_and_drafts_touch_nothing():
    first = message(0)
    for status in ("Exercise", "Test", "Draft", "System"):
        cancel = msgspec.structs.replace(message(1, "Cancel", first), status=status)
        assert names(active([first, cancel], NOW)) == ["m-0"]
        assert active([msgspec.structs.replace(first, status=status)], NOW) == []


def test_rule_15_acknowledgements_and_errors_end_nothing():
    first = message(0)
    assert names(active([first, message(1, "Ack", first), message(2, "Error", first)], NOW)) == ["m-0"]


def test_rule_24_a_message_is_active_while_any_info_is():
    early = msgspec.structs.replace(INFO, expires="2024-01-04T20:59:00-00:00")
    late = msgspec.structs.replace(INFO, expires="2024-01-04T23:59:00-00:00")
    assert active([with_alert(infos=(early, late))], NOW)
    assert not active([with_alert(infos=(early,))], NOW)


def test_rule_23_a_message_without_expires_lasts_as_long_as_the_policy_says():
    endless = parse(spoiled(("<expires>2024-01-04T21:58:00-00:00</expires>", "")))
    assert expires_at(endless) == datetime(2024, 1, 5, 20, 58, tzinfo=UTC)
    assert active([endless], NOW, without=timedelta(hours=1))
    assert not active([endless], NOW, without=timedelta(minutes=1))


def test_rule_07_a_sent_that_is_no_time_never_crashes_the_fold():
    odd = with_alert(sent="yesterday", references=(Reference(sender="a", identifier="b", sent="c"),))
    assert active([odd, ALERT], NOW) == [ALERT]
