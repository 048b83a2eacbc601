"""One judgement for messages of one shape: it must be the judgement that each of them would get by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tocsin.core.errors import Invalid
from tocsin.core.time import cap_time
from tocsin.warn import cap_write
from tocsin.warn.alert import Alert, AreaBlock, Circle, Info, Reference, Value
from tocsin.warn.cap_judged import shapes
from tocsin.warn.cap_rules import check_output
from tocsin.warn.cap_write import render, to_xml
from tocsin.warn.cap_xml import MAX_CHILDREN
from warn.cap_kit import ALERT, AREA, INFO, RING, with_alert, with_info

WORDS = ("Take shelter now.", "Укрытие", "a\nb", " x ", "x" * 700, "ends in stop.", 'it\'s "so"', "nbsp\xa0in it")
ODD = ("", " ", "\n", "<b>bold</b>", "&amp;", "R&D", "a < b", "bell\x07", "\x85", "\ufffe", "\ud800")
TIMES = ("2024-01-04T20:58:00Z", "2024-01-04T20:58:00+00:00", "2024-01-04T22:58:00+02:00", "2024-13-04T20:58:00-00:00")
BORN = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)


def at(seconds: int) -> str:
    return cap_time(BORN + timedelta(seconds=seconds))


EARLIER = Reference(sender="alerts@city.example", identifier="X-1", sent=at(-60))
OTHER = Reference(sender="alerts@city.example", identifier="X-2", sent=at(-30))
SOUND = (
    ALERT,
    with_alert(msg_type="Update", references=(EARLIER, OTHER)),
    with_alert(msg_type="Cancel", references=(EARLIER,), infos=(msgspec.structs.replace(INFO, urgency="Past"),)),
    with_alert(infos=(INFO, msgspec.structs.replace(INFO, language="uk", headline="Тривога", description="Ракети"))),
    with_alert(status="Exercise", note="Exercise North"),
)


def changed(alert: Alert) -> Iterator[Alert]:
    """The message with one of the things changed that differ from message to message, soundly or not."""
    for name in ("X-9", "a.b:c_d", "two words", "a,b", "a<b", "a&b", "Ü", "", EARLIER.identifier):
        yield msgspec.structs.replace(alert, identifier=name)
    for sent in (at(-40), at(-90), at(5), at(3600), at(9000), "", *TIMES):
        yield msgspec.structs.replace(alert, sent=sent)
    for number, one in enumerate(alert.references):
        for other in (OTHER, alert.reference(), *_references(one)):
            rest = (*alert.references[:number], other, *alert.references[number + 1 :])
            yield msgspec.structs.replace(alert, references=rest)
    for number, info in enumerate(alert.infos):
        for other in _infos(info):
            yield msgspec.structs.replace(alert, infos=(*alert.infos[:number], other, *alert.infos[number + 1 :]))


def _references(one: Reference) -> Iterator[Reference]:
    for sent in (at(-9), at(0), at(1), *TIMES):
        yield msgspec.structs.replace(one, sent=sent)
    for name in ("X-7", "two words", "a,b", "", ALERT.identifier):
        yield msgspec.structs.replace(one, identifier=name)


def _infos(info: Info) -> Iterator[Info]:
    for part in ("headline", "description", "instruction"):
        for text in (*WORDS, *ODD, "This is not a drill", None):
            yield msgspec.structs.replace(info, **{part: text})
    for part in ("effective", "onset", "expires"):
        for time in (at(-1), at(0), at(1), at(3600), at(7200), None, *TIMES):
            yield msgspec.structs.replace(info, **{part: time})


AREAS = (
    AREA,
    msgspec.structs.replace(AREA, desc="South", polygons=()),
    msgspec.structs.replace(AREA, desc=""),
    msgspec.structs.replace(AREA, polygons=(RING[:3],)),
    msgspec.structs.replace(AREA, polygons=(RING[:-1],)),
    msgspec.structs.replace(AREA, circles=(Circle(lat=50.0, lon=36.0, radius_km=0.0),)),
    msgspec.structs.replace(AREA, circles=(Circle(lat=50.0, lon=36.0, radius_km=5.0),)),
    msgspec.structs.replace(AREA, geocodes=(Value(name="", value="x"),)),
    msgspec.structs.replace(AREA, altitude_ft=100.0, ceiling_ft=50.0),
    msgspec.structs.replace(AREA, ceiling_ft=50.0),
)


NOWHERE = AreaBlock(desc="North")


def forbidden(alert: Alert) -> bool:
    """Whether the rules themselves forbid sending it."""
    try:
        return any(finding.severity == "error" for finding in check_output(render(alert)))
    except Invalid:
        return True


@pytest.mark.parametrize("alert", SOUND, ids=["alert", "update", "cancel", "two languages", "exercise"])
def test_what_has_the_shape_of_a_sound_message_is_sound(alert: Alert) -> None:
    assert not forbidden(alert)
    known = shapes(alert)
    alike = [other for other in changed(alert) if known is not None and shapes(other) == known]
    assert [other for other in alike if forbidden(other)] == []
    assert len(alike) > 30 or alert.status == "Exercise"


@pytest.mark.parametrize("alert", SOUND[:4], ids=["alert", "update", "cancel", "two languages"])
def test_a_sound_message_about_sound_areas_is_sound_and_about_others_is_not(alert: Alert) -> None:
    alone = {area: forbidden(with_info(areas=(area,))) for area in AREAS}
    assert set(alone.values()) == {True, False}
    for one in AREAS:
        for other in AREAS:
            infos = tuple(msgspec.structs.replace(info, areas=(one, other)) for info in alert.infos)
            assert forbidden(msgspec.structs.replace(alert, infos=infos)) == (alone[one] or alone[other])


def test_an_info_without_an_area_has_a_shape_of_its_own() -> None:
    assert (shapes(with_info(areas=())) or [None])[0] != (shapes(ALERT) or [None])[0]


def test_an_ordinary_message_has_the_shape_of_the_next_one() -> None:
    later = msgspec.structs.replace(
        ALERT,
        identifier="tocsin-01HKZZZZZZZZZZZZZZZZZZZZZZ",
        sent=at(86400),
        infos=(
            msgspec.structs.replace(
                INFO, effective=at(86400), expires=at(90000), headline="Other words", description="x"
            ),
        ),
    )
    assert shapes(later) == shapes(ALERT) is not None


@pytest.mark.parametrize("text", ODD)
@pytest.mark.parametrize("part", ["headline", "description", "instruction"])
def test_odd_words_are_judged_by_themselves(part: str, text: str) -> None:
    assert shapes(with_info(**{part: text})) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": "two words"},
        {"sent": "2024-01-04T20:58:00Z"},
        {"sent": "2024-01-04T20:58:00+00:00"},
        {"status": "Exercise", "note": "North"},
        {"unknown": ("<x/>",)},
        {"references": (ALERT.reference(),)},
        {"references": (Reference(sender="a", identifier="b", sent=at(1)),)},
        {"references": (Reference(sender="a", identifier="b", sent=at(-1)),) * 2},
    ],
    ids=str,
)
def test_what_is_out_of_the_ordinary_is_judged_by_itself(changes: dict[str, Any]) -> None:
    assert shapes(with_alert(**changes)) is None


@pytest.mark.parametrize(
    "alert",
    [
        with_info(instruction=None),
        with_info(instruction="<b>now</b>"),
        with_info(urgency="Soon"),
        with_info(expires="2024-01-04T20:58:00-00:00"),
        with_info(areas=(NOWHERE,) * (MAX_CHILDREN + 1)),
        with_alert(msg_type="Cancel"),
        with_alert(identifier="two words"),
    ],
    ids=["no instruction", "tags", "no such urgency", "no time", "too many areas", "nothing to cancel", "identifier"],
)
def test_what_breaks_a_rule_is_refused_after_a_sound_message_of_the_same_city(alert: Alert) -> None:
    to_xml(with_info(areas=(AREA, NOWHERE)))
    for _ in range(2):
        with pytest.raises(Invalid):
            to_xml(alert)


def test_a_shape_that_was_found_sound_is_not_judged_again(judged: list[bytes]) -> None:
    first = to_xml(ALERT)
    second = to_xml(with_alert(identifier="tocsin-01HKZZZZZZZZZZZZZZZZZZZZZZ"))
    assert (len(judged), first != second) == (1, True)
    assert b"ZZZZ" in second


def test_a_new_area_after_a_sound_message_is_judged_in_one_language(judged: list[bytes]) -> None:
    to_xml(SOUND[3])
    infos = tuple(msgspec.structs.replace(info, areas=(NOWHERE,)) for info in SOUND[3].infos)
    wide = msgspec.structs.replace(SOUND[3], infos=infos)
    assert to_xml(wide) == to_xml(wide)
    assert [data.count(b"<info>") for data in judged] == [2, 1]


@pytest.mark.parametrize("alert", SOUND[:4], ids=["alert", "update", "cancel", "two languages"])
def test_an_area_is_judged_after_a_sound_message_as_it_is_in_one_of_its_own(
    alert: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    for area in AREAS:
        monkeypatch.setattr(cap_write, "_SOUND", set())
        to_xml(alert)
        infos = tuple(msgspec.structs.replace(info, areas=(NOWHERE, area)) for info in alert.infos)
        told = msgspec.structs.replace(alert, infos=infos)
        if not forbidden(told):
            assert to_xml(told) == render(told)
            continue
        with pytest.raises(Invalid) as after:
            to_xml(told)
        monkeypatch.setattr(cap_write, "_SOUND", set())
        with pytest.raises(Invalid) as alone:
            to_xml(told)
        assert str(after.value) == str(alone.value)


def test_the_memory_of_shapes_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cap_write, "_SOUND", set())
    monkeypatch.setattr(cap_write, "_MOST_SOUND", 3)
    for number in range(10):
        to_xml(with_alert(sender=f"city{number}@example.invalid"))
    assert len(cap_write._SOUND) <= 3
