"""Importing alert histories: every quirk is counted, named and settled in the open. The files here are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tocsin.core.errors import Invalid
from tocsin.record.history import forms, read_history
from tocsin.record.rows import HistoryRead, MemoryHistory, Row, digest, slug

OFFICIAL = """\
oblast,raion,hromada,level,started_at,finished_at,source
Sample oblast,,,oblast,2023-03-25 20:00:00+00:00,2023-03-26 02:00:00+00:00,official
Lake raion,Sample oblast,Reed hromada,hromada,2023-03-27 08:00:00+00:00,2023-03-27 08:00:40+00:00,official
Other oblast,Lake raion,Reed hromada,hromada,2023-03-27 08:00:00+00:00,2023-03-27 09:00:00+00:00,official
Other oblast,,,oblast,2023-03-28 22:30:00+00:00,2023-03-30 22:30:01+00:00,official
Other oblast,,,oblast,2023-03-28 22:30:00+00:00,2023-03-30 22:30:01+00:00,official
Other oblast,,,oblast,2023-04-02 12:00:00+00:00,2023-04-02 11:00:00+00:00,official
,,,oblast,2023-04-02 12:00:00+00:00,2023-04-02 13:00:00+00:00,official
Other oblast,,,oblast,2023-04-02 12:00:00,2023-04-02 13:00:00,official
"""

VOLUNTEER = """\
region,started_at,finished_at,naive
Luhanska oblast,2022-03-24 11:00:00+00:00,2022-03-24 11:30:00+00:00,True
Khersonska oblast,2022-04-14 21:00:00+00:00,2022-04-14 21:40:00+00:00,False
Khersonska oblast,2022-08-11 10:00:00+00:00,2022-08-11 11:00:00+00:00,False
Khersonska oblast,2022-03-29 10:00:00+00:00,2022-03-29 11:00:00+00:00,False
"""

ISRAEL = """\
data,date,time,alertDate,category,category_desc,matrix_id,rid
"נמל, גבעה - א,ב",24.07.2014,17:05:26,2014-07-24T17:05:00,1,ירי,1,1
"נמל, גבעה - א,ב",24.07.2014,17:05:26,2014-07-24T17:05:00,1,ירי,1,2
נמל,24.07.2014,17:05:26,2014-07-24T17:05:00,1,ירי,1,3
נמל,07.06.2023,09:05:00,2023-06-07T09:05:00,15,תרגיל ירי,101,4
בדיקה ידנית 1,07.06.2023,09:05:00,2023-06-07T09:05:00,1,ירי,1,5
בחר הכל,07.06.2023,10:05:00,2023-06-07T10:05:00,1,ירי,1,6
נמל,31.10.2021,01:30:00,2021-10-31T01:30:00,1,ירי,1,7
נמל,26.03.2021,02:30:00,2021-03-26T02:30:00,1,ירי,1,8
נמל,never,02:30:00,2021-03-26T02:30:00,1,ירי,1,9
"""

GENERIC = """\
area,start,end,place,kind
Harbour,2024-01-04T23:58:00+03:00,2024-01-05T00:31:00+03:00,Pier,alert
Harbour,2024-01-06T10:00:00,,,
Harbour,2024-01-07T10:00:00,2024-01-07T11:00:00,,drill
Harbour,tomorrow,,,
"""


def read(text: str, **more: str) -> HistoryRead:
    return read_history(text.encode(), **more)


def quirks(found: HistoryRead) -> dict[str, tuple[int, tuple[int, ...]]]:
    return {one.name: (one.count, one.rows) for one in found.quirks}


def test_a_form_is_known_by_its_header() -> None:
    assert set(forms()) == {"generic", "israel", "ukraine_official", "ukraine_volunteer"}
    for text, form in ((OFFICIAL, "ukraine_official"), (VOLUNTEER, "ukraine_volunteer"), (ISRAEL, "israel")):
        assert read(text).form == form
    assert read(GENERIC).form == "generic"


def test_the_official_file_with_its_quirks() -> None:
    found = read(OFFICIAL)
    said = quirks(found)
    assert (found.read, len(found.rows)) == (8, 4)
    assert said["oblast_and_raion_swapped"] == (1, (3,))
    assert said["lasts_exactly_an_hour"] == (1, (4,))
    assert said["shorter_than_a_minute"] == (1, (3,))
    assert said["longer_than_a_day"] == (1, (5,)) or said["longer_than_a_day"] == (2, (5, 6))
    assert said["over_a_clock_change"] == (1, (2,))
    assert said["duplicate"] == (1, (6,))
    assert said["end_before_start"] == (1, (7,))
    assert said["unreadable"] == (2, (8, 9))
    assert said["same_name_elsewhere"][0] == 1
    assert said["other_day_than_in_utc"][0] >= 1
    assert found.rows[1] == Row(
        number=3,
        region="sample-oblast",
        name="Sample oblast",
        place="Lake raion / Reed hromada",
        start=int(datetime(2023, 3, 27, 8, tzinfo=UTC).timestamp()),
        end=int(datetime(2023, 3, 27, 8, 0, 40, tzinfo=UTC).timestamp()),
    )
    assert (found.first, found.last) == (date(2023, 3, 25), date(2023, 3, 29))


def test_the_volunteers_file_says_which_ends_are_invented_and_of_whom_it_says_nothing() -> None:
    found = read(VOLUNTEER)
    said = quirks(found)
    assert said["end_invented_by_the_source"] == (1, (2,))
    assert said["not_in_order"] == (1, (5,))
    assert found.rows[0].flags == ("invented_end",)
    whys = {(one.region, one.gap.why) for one in found.gaps}
    assert ("luhanska-oblast", "permanent_alert") in whys
    kherson = [one.gap for one in found.gaps if one.region == "khersonska-oblast"]
    assert [(gap.why, gap.start.date(), gap.end and gap.end.date()) for gap in kherson] == [
        ("occupied", date(2022, 3, 29), date(2022, 4, 14)),
        ("occupied", date(2022, 4, 14), date(2022, 8, 11)),
    ]


def test_the_israeli_file_is_split_at_commas_with_a_space_and_drills_do_not_count() -> None:
    found = read(ISRAEL)
    said = quirks(found)
    assert [row.name for row in found.rows] == ["נמל", "גבעה - א,ב", "נמל", "נמל"]
    assert said["many_areas_in_a_row"] == (1, (2,))
    assert said["comma_in_a_name"] == (1, (2,))
    assert said["duplicate_row"] == (1, (3,))
    assert said["duplicate"] == (1, (4,))
    assert said["drill"] == (1, (5,))
    assert said["named_a_test"] == (1, (6,))
    assert said["pseudo_area"] == (1, (7,))
    assert said["local_time_twice"] == (1, (8,))
    assert said["local_time_skipped"] == (1, (9,))
    assert said["unreadable"] == (1, (10,))
    assert "shorter_than_a_minute" not in said
    assert all(row.start == row.end and row.flags == ("instant",) for row in found.rows)
    assert found.rows[0].start == int(datetime(2014, 7, 24, 14, 5, 26, tzinfo=UTC).timestamp())


def test_a_plain_table_takes_local_times_of_the_zone_that_is_said() -> None:
    found = read(GENERIC, zone="Europe/Moscow", name="harbour")
    said = quirks(found)
    assert (found.dataset, found.zone, len(found.rows)) == ("harbour", "Europe/Moscow", 2)
    assert said["time_without_offset"] == (1, (3,))
    assert said["no_end"] == (1, (3,))
    assert said["drill_or_test"] == (1, (4,))
    assert said["unreadable"] == (1, (5,))
    assert found.rows[1].start == int(datetime(2024, 1, 6, 7, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("data", "more", "field"),
    [
        (b"name,when\nx,y\n", {}, "file"),
        (b"", {}, "file"),
        (b"\xff\xfe", {}, "file"),
        (b"area,start,end\n", {"form": "nothing"}, "form"),
        (b"area,start,end\n", {"form": "israel"}, "file"),
        (b'area,start,end\nx,"y\n', {}, "line 1"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(data: bytes, more: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_history(data, **more)
    assert (caught.value.code, caught.value.field) == ("TOC-12001", field)
    assert caught.value.remedy


def test_progress_counts_every_row_once() -> None:
    rows = "".join(f"Harbour,2024-01-04T00:{n // 60:02}:{n % 60:02}Z,2024-01-04T02:00:00Z\n" for n in range(2500))
    seen: list[int] = []
    found = read_history(f"area,start,end\n{rows}".encode(), progress=seen.append)
    assert sum(seen) == found.read == 2500


def test_the_digest_tells_rows_apart_and_knows_them_again() -> None:
    found = read(OFFICIAL)
    assert digest(found.rows) == found.rows_sha256 == read(OFFICIAL).rows_sha256
    assert digest(found.rows[:-1]) != found.rows_sha256
    kept = MemoryHistory()
    kept.keep(found.rows_sha256, found.rows)
    kept.keep(found.rows_sha256, ())
    assert digest(kept.rows(found.rows_sha256)) == found.rows_sha256
    assert kept.rows("0" * 64) == ()


def test_names_of_any_script_make_a_key() -> None:
    assert slug("  Kyiv City ") == "kyiv-city"
    assert slug("אשדוד - א,ב") == "אשדוד-א-ב"
