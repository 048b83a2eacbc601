"""The public record: what the archive finds, the page of a night, its downloads and feed, and what stays back."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from control_kit import Screen, enter
from doors import Officer, SetClock
from pictures_kit import picture
from record_story import PAGE, RECORDS, Story, show, tell
from tocsin.app.desk import Desk
from tocsin.app.publication import Publication
from tocsin.record import commands as rec
from tocsin.report import commands as rep
from tocsin.web.words import words


@pytest.fixture
def story(desk: Desk, clock: SetClock) -> Story:
    return tell(desk, clock)


def get(path: str, **query: Any) -> str:
    response = Client().get(path, {"lang": "en"} | query)
    assert response.status_code == 200, response.content
    return response.content.decode()


def test_the_archive_lists_days_newest_first(story: Story):
    said = get("/record")
    assert (
        said.index('datetime="2024-01-05"') < said.index('datetime="2024-01-04"') < said.index('datetime="2023-12-31"')
    )
    assert "Rockets before midnight" in said


def test_a_released_photo_comes_whole_and_in_ranges(story: Story, tmp_path: Path):
    from tocsin.store.evidence import EvidenceRoom
    from tocsin.store.files import FolderFiles
    from tocsin.web.desk import set_evidence

    set_evidence(EvidenceRoom(FolderFiles(tmp_path), ffmpeg=""), Publication(delay_s=0))
    address = f"/record/evidence/{show(story, 'photo', picture(notes=True))}"
    whole = b"".join(Client().get(address).streaming_content)
    size = len(whole)
    for asked, first, last in (
        ("0-9", 0, 9),
        ("5-", 5, size - 1),
        ("-7", size - 7, size - 1),
        ("9-99999999", 9, size - 1),
    ):
        part = Client().get(address, headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part["Content-Range"]) == (206, f"bytes {first}-{last}/{size}")
        assert b"".join(part.streaming_content) == whole[first : last + 1]
        assert part["Cache-Control"] == "no-cache"
    for asked in (f"{size}-", "-0"):
        part = Client().get(address, headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part["Content-Range"]) == (416, f"bytes */{size}")
    for asked in ("bytes=-", "pages=1-2", "bytes=0-1,4-5"):
        answer = Client().get(address, headers={"Range": asked})
        assert (answer.status_code, len(b"".join(answer.streaming_content))) == (200, size)
    story.report("hide", rep.WithdrawEvidence(evidence_id="photo", reason="a face"))
    assert Client().get(address, headers={"Range": "bytes=0-9"}).status_code == 404


def test_a_search_finds_in_any_spelling_and_filters_join(story: Story):
    assert "Rockets before midnight" in get("/record", q="ROCKETS   midnight")
    assert "Взрыв" not in get("/record", q="взрыв")
    assert "Ракеты перед полуночью" in get("/record", q="взрЫв", lang="ru")
    assert "Nothing in the record matches" in get("/record", q="nowhere")
    assert "/record/2023-12-31" not in get("/record", **{"from": "2024-01-01"})
    assert f"/record/{PAGE}" not in get("/record", to="2023-12-31")
    assert "Rockets before midnight" in get("/record", tag="windows", happened="damage", area="city")
    assert "Rockets before midnight" not in get("/record", happened="alerts")


@pytest.mark.parametrize("query", [{"from": "yesterday"}, {"page": "-1"}, {"page": "9" * 30}, {"happened": "<b>"}])
def test_what_cannot_be_read_is_said_and_harms_nothing(story: Story, query: dict[str, str]):
    said = get("/record", **query)
    assert "Rockets before midnight" in said
    assert "<b>" not in said
    assert ("is no day" in said) is ("from" in query)


def test_figures_stand_with_range_status_sources_and_rule(story: Story):
    said = get(f"/record/{PAGE}")
    windows = said.split('id="tally-blast-windows"')[1].split("</li>")[0]
    assert "168 (sources differ: 142 to 168)" in windows
    assert "sources differ" in windows
    assert "2 sources" in windows
    assert "rule 1" in windows
    assert "142 to 168" in windows
    cars = said.split('id="tally-blast-cars"')[1]
    assert "more than 30" in cars.split("</li>")[0]
    assert "31 or more" in cars.split("</li>")[0]


def test_a_replaced_claim_is_struck_and_still_there(story: Story):
    said = get(f"/record/{PAGE}")
    assert "<s>At least 130 windows are broken.</s>" in said
    assert "replaced by a later word: a later count" in said


def test_every_sentence_of_the_bulletin_leads_to_its_entries(story: Story):
    said = get(f"/record/{PAGE}")
    for number, names in ((2, ("ten",)), (3, ("w1", "w3"))):
        behind = said.split(f'id="behind-{number}"')[1].split("</li>")[0]
        for name in names:
            assert f'href="/record/entry/{story.entries[name]}"' in behind
    shown = get(f"/record/entry/{story.entries['ten']}")
    entry = next(iter(story.desk.ledger.read(after=story.entries["ten"] - 1, limit=1)))
    assert entry.hash in shown
    assert entry.prev in shown


def test_the_story_as_known_at_an_hour(story: Story):
    said = get(f"/record/{PAGE}", at="2024-01-05T02:00")
    windows = said.split('id="tally-blast-windows"')[1].split("</li>")[0]
    assert "at least 130" in windows
    assert "168" not in said.split("<main")[1].split("rec-side")[0].replace("2024", "")
    assert "<s>At least 130" not in said
    assert 'value="2024-01-05T02:00"' in said
    assert "is no time" in get(f"/record/{PAGE}", at="soon")


def test_claimed_stands_beside_recorded_with_the_missing_days_named(story: Story):
    counter = get(f"/record/{PAGE}").split('id="streak-impacts"')[1].split('id="streak-casualties"')[0]
    assert ">7<" in counter
    assert ">1<" in counter
    missing = counter.split("Claimed and not in the record:")[1].split("</p>")[0]
    assert missing.count("January 2024") == 4


def test_two_dates_of_one_event_stay_two_and_say_so(story: Story):
    for page, other in (("2023-12-30", "2023-12-31"), ("2023-12-31", "2023-12-30")):
        said = get(f"/record/{page}")
        assert "May be the same as" in said
        assert f'href="/record/{other}#incident-' in said


def test_nothing_that_the_policy_holds_back_is_on_any_page(story: Story):
    from tocsin.app.publication import Publication
    from tocsin.web import desk as door

    story.claim("secret", "Ninety-one shops burnt.", incident="blast", subject="shops", op="eq", n=91)
    door.set_evidence(None, Publication(delay_s=3600))
    for path in (
        "/record",
        f"/record/{PAGE}",
        "/record/days",
        "/record/feed.atom",
        f"/record/{PAGE}/text",
        f"/record/{PAGE}/csv",
    ):
        assert "inety-one" not in get(path), path
        assert "shops" not in get(path), path
    assert Client().get(f"/record/entry/{story.entries['secret']}").status_code == 404


def test_a_withdrawn_page_says_only_that_and_why(story: Story):
    story.record.do(rec.WithdrawPage(page=PAGE, reason="Written of the wrong night."), RECORDS)
    said = get(f"/record/{PAGE}")
    assert "Written of the wrong night." in said
    for gone in ("Rockets", "130", "governor", "wail"):
        assert gone not in said
    assert Client().get(f"/record/{PAGE}/text").status_code == 404
    assert "Rockets before midnight" not in get("/record")


def test_downloads_say_what_the_page_says(story: Story):
    text = get(f"/record/{PAGE}/text")
    assert "168 (sources differ: 142 to 168)" in text
    rows = list(csv.DictReader(io.StringIO(get(f"/record/{PAGE}/csv"))))
    assert {row["id"] for row in rows} >= {"ten", "w1", "w2", "w3", "cars"}
    shape = json.loads(get(f"/record/{PAGE}/geojson"))
    assert [one["properties"]["id"] for one in shape["features"]] == ["city"]
    packed = zipfile.ZipFile(io.BytesIO(Client().get(f"/record/{PAGE}/cap").content))
    assert len(packed.namelist()) == 2
    assert Client().get(f"/record/{PAGE}/exe").status_code == 404


def test_a_cell_is_no_formula(story: Story):
    story.claim("sly", '=HYPERLINK("http://x.invalid")', incident="blast")
    rows = csv.DictReader(io.StringIO(get(f"/record/{PAGE}/csv")))
    assert next(row for row in rows if row["id"] == "sly")["wording"].startswith("'=")


def test_the_feed_is_atom_and_tells_of_bulletins_and_corrections(story: Story):
    root = ElementTree.fromstring(get("/record/feed.atom"))  # noqa: S314 - our own feed
    names = {"a": "http://www.w3.org/2005/Atom"}
    titles = [one.text for one in root.findall("a:entry/a:title", names)]
    assert set(titles) == {"Correction for 5 January 2024", "Bulletin for 5 January 2024, revision 1"}
    assert all(one.text for one in root.findall("a:entry/a:updated", names))
    assert root.findtext("a:id", namespaces=names)


def test_share_links_are_plain_and_tell_the_services_nothing_of_the_reader(story: Story):
    said = get(f"/record/{PAGE}")
    for one in ("telegram", "vk", "ok", "x", "facebook", "whatsapp", "mail"):
        tag = re.search(rf'<a href="[^"]*"[^>]*data-to="{one}"[^>]*>', said)
        assert tag, one
        assert 'rel="noopener noreferrer' in tag[0]
    assert not re.search(r'<(script|iframe|img|link)[^>]+(src|href)="https?://(?!localhost)', said)


def test_an_unchanged_page_is_not_sent_again(story: Story):
    for path in ("/record", f"/record/{PAGE}", "/record/days", "/record/corrections", "/record/feed.atom"):
        first = Client().get(path)
        again = Client().get(path, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
    story.claim("more", "Three more.", incident="blast", subject="fires", op="eq", n=3)
    again = Client().get(f"/record/{PAGE}", headers={"If-None-Match": Client().get("/record")["ETag"]})
    assert again.status_code == 200


@pytest.mark.parametrize("path", ["/record/2024-13-01", "/record/1999-01-01", "/record/entry/0", "/record/entry/99999"])
def test_what_is_not_there_is_not_found(story: Story, path: str):
    assert Client().get(path).status_code == 404


def test_days_have_words_and_lead_to_their_pages(story: Story):
    said = get("/record/days", year="2024")
    cell = re.search(r'<td data-mark="casualties"><a href="/record/2024-01-05">.*?</a>', said)
    assert cell
    assert "5 January 2024: people hurt, damage, interception, warning" in cell[0]
    assert said.count("<caption>") == 12


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
def test_every_language_has_the_pages(story: Story, language: str):
    for path in (
        "/record",
        f"/record/{PAGE}",
        "/record/days",
        "/record/corrections",
        f"/record/entry/{story.entries['ten']}",
    ):
        said = get(path, lang=language)
        assert f'<html lang="{language}"' in said
        assert words(language)["rec_title"] in said


def test_no_day_is_said_to_be_quiet_before_the_record_began(story: Story):
    said = get("/record/days", year="2023")
    assert re.search(
        r'<td data-mark="unknown"><span class="num">1</span><span class="visually-hidden"> 1 March 2023', said
    )


# Editors


@pytest.fixture
def editor(story: Story, officer: Callable[..., Officer]) -> Screen:
    return enter(officer, story.desk, "editor", "records")


def send(editor: Screen, act: str, **given: str) -> Any:
    path = f"/control/record/{PAGE}"
    return editor.client.post(f"{path}/{act}", editor.form(path, f"{PAGE}/{act}") | given)


def test_an_edit_is_a_new_revision_with_its_reason(story: Story, editor: Screen):
    answer = send(
        editor, "revise", **{"title.en": "The night of rockets", "tags": "#rockets, new", "reason": "clearer"}
    )
    assert answer.status_code == 302
    said = editor.get(f"/control/record/{PAGE}")
    assert "words, revision 2" in said
    assert "clearer" in said
    assert "The night of rockets" in get(f"/record/{PAGE}")
    assert [one.words.revision for one in story.record.state().pages[PAGE].revisions] == [1, 2]


def test_of_two_people_who_edit_at_once_the_second_is_told_and_keeps_the_words(editor: Screen, story: Story):
    path = f"/control/record/{PAGE}"
    seen = editor.form(path, f"{PAGE}/revise")
    send(editor, "revise", **{"title.en": "First", "reason": "one"})
    late = editor.client.post(f"{path}/revise", seen | {"title.en": "Second", "reason": "two", "once": "abcdef"})
    assert late.status_code == 409
    assert "TOC-10004" in late.content.decode()
    assert 'value="Second"' in late.content.decode()
    assert "First" in get(f"/record/{PAGE}")


def test_a_form_that_is_sent_twice_acts_once(editor: Screen, story: Story):
    path = f"/control/record/{PAGE}"
    form = editor.form(path, f"{PAGE}/revise") | {"title.en": "Once", "reason": "once"}
    for _ in range(2):
        assert editor.client.post(f"{path}/revise", form).status_code == 302
    assert len(story.record.state().pages[PAGE].revisions) == 2


def test_a_page_is_withdrawn_with_a_reason_and_shown_again(editor: Screen, story: Story):
    assert send(editor, "withdraw", reason="").status_code == 422
    send(editor, "withdraw", reason="Of another night.")
    assert "Of another night." in get(f"/record/{PAGE}")
    send(editor, "restore", reason="It was the right night.")
    assert "Rockets before midnight" in get(f"/record/{PAGE}")


def test_a_correction_is_public_on_its_page_and_in_the_list(editor: Screen, story: Story):
    given = {
        "before.en": "two buildings",
        "after.en": "several buildings",
        "reason.en": "As he said it.",
        "entries": "1, 2",
    }
    assert send(editor, "correct", **given).status_code == 302
    for path in (f"/record/{PAGE}", "/record/corrections"):
        assert "several buildings" in get(path)
        assert "As he said it." in get(path)
    assert send(editor, "correct", **given | {"entries": "soon"}).status_code == 422


def test_the_bulletin_is_published_from_the_record_as_it_stands(editor: Screen, story: Story):
    assert send(editor, "bulletin", reason="").status_code == 422  # a later revision says why
    assert send(editor, "bulletin", reason="Later figures.").status_code == 302
    told = story.record.state().pages[PAGE].bulletins[-1].bulletin
    assert told.revision == 2
    said = get(f"/record/{PAGE}")
    assert "Why it was revised: Later figures." in said
    first = told.sentences["en"][0].text
    assert html.escape(first, quote=False) in said or html.escape(first) in said


@pytest.mark.parametrize("roles", [("duty",), ("observer",), ("dispatcher",)])
def test_only_whoever_keeps_the_record_edits_it(story: Story, officer: Callable[..., Officer], roles: tuple[str, ...]):
    other = enter(officer, story.desk, "other", *roles)
    for path in ("/control/record", f"/control/record/{PAGE}"):
        assert other.client.get(path).status_code == 403
    answer = other.client.post(f"/control/record/{PAGE}/withdraw", {"reason": "no"})
    assert answer.status_code == 403
    assert not story.record.state().pages[PAGE].withdrawn
    assert Client().get("/control/record").status_code == 302


def test_a_day_of_which_nothing_is_known_can_be_opened_and_refuses_an_empty_bulletin(editor: Screen):
    said = editor.get("/control/record/1999-01-01")
    assert "The record knows nothing of this day yet." in said
    assert editor.client.get("/control/record?day=1999-01-01").status_code == 302
    assert editor.client.get("/control/record/1999-02-30").status_code == 404
