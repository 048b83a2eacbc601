"""Exports of the public record: what is written and read back is the same record, and holds nothing that is sealed."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from record.rig import DAY, Night, local, story
from tocsin.core.errors import Invalid
from tocsin.record.bundle import TABLES, Bundle, Kind
from tocsin.record.exports import form, forms, hxl
from tocsin.record.paper import Paper, html, plain
from tocsin.wiring.pdf import pdf_of


@pytest.fixture(scope="module")
def night() -> Night:
    made = story()
    made.clock.at = local(5, 9)
    return made


@pytest.fixture(scope="module")
def bundle(night: Night) -> Bundle:
    return night.desk.bundle()


LOSSLESS = ("json", "csv")

_text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
_json = st.one_of(st.lists(_text, max_size=3), st.dictionaries(_text, _text, max_size=3))
_values: dict[Kind, st.SearchStrategy[Any]] = {
    "text": _text,
    "int": st.one_of(st.none(), st.integers(-(2**53) + 1, 2**53 - 1)),
    "number": st.floats(0, 1e9, allow_nan=False).map(lambda one: float(round(one, 3)) + 0.5),
    "bool": st.booleans(),
    "time": st.one_of(st.none(), st.datetimes().map(lambda at: at.isoformat() + "Z")),
    "json": _json,
}


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    tables = {}
    for name, columns in TABLES.items():
        row = st.fixed_dictionaries({column: _values[kind] for column, kind in columns.items()})
        tables[name] = tuple(draw(st.lists(row, max_size=3)))
    return Bundle(city={"en": draw(_text)}, as_of=draw(st.integers(0, 10**9)), at="2024-01-05T00:00:00Z", tables=tables)


@settings(max_examples=60, deadline=None)
@given(bundles(), st.sampled_from(LOSSLESS))
def test_what_is_exported_is_imported_again_as_the_same_record(given_bundle: Bundle, name: str) -> None:
    module = form(name)
    assert module.read(module.write(given_bundle)) == given_bundle


@pytest.mark.parametrize("name", LOSSLESS)
def test_the_record_of_a_night_comes_back_whole(bundle: Bundle, name: str) -> None:
    module = form(name)
    assert module.read(module.write(bundle)) == bundle
    assert len(bundle.tables["claims"]) == 8


@pytest.mark.parametrize("name", sorted(forms()))
def test_the_same_record_gives_the_same_bytes(night: Night, name: str) -> None:
    module = form(name)
    assert module.write(night.desk.bundle()) == module.write(night.desk.bundle())


@pytest.mark.parametrize("name", LOSSLESS)
@pytest.mark.parametrize("data", [b"", b"{}", b"PK\x03\x04", b"\xff"])
def test_what_is_no_export_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        form(name).read(data)
    assert caught.value.code == "TOC-12003"


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(Invalid) as caught:
        form("papyrus")
    assert caught.value.code == "TOC-12003"


def test_no_cell_is_taken_for_a_formula() -> None:
    night = story()
    night.claim("formula", "flats", "eq", 3, wording="=HYPERLINK(1)")
    data = form("csv").write(night.desk.bundle())
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        text = packed.read("claims.csv").decode()
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_geojson_draws_areas_and_no_point(bundle: Bundle) -> None:
    made = json.loads(form("geojson").write(bundle))
    kinds = {one["geometry"]["type"] for one in made["features"] if one["geometry"]}
    assert kinds <= {"Polygon", "MultiPolygon"}
    windows = next(one for one in made["features"] if one["id"] == "windows")
    assert {one["subject"] for one in windows["properties"]["tallies"]} == {"windows", "cars", "injured"}


def test_cap_messages_are_those_that_went_out(night: Night, bundle: Bundle) -> None:
    with zipfile.ZipFile(io.BytesIO(form("cap").write(bundle))) as packed:
        found = [packed.read(name).decode() for name in packed.namelist()]
    (thread,) = [one for one in night.desk.desk.state().threads.values() if one.issued_at is not None]
    assert found == [message.xml for message in thread.messages]


def test_hxl_has_a_row_of_hashtags_below_the_header(bundle: Bundle) -> None:
    rows = list(csv.reader(io.StringIO(form("hxl").write(bundle).decode())))
    assert rows[0] == list(TABLES["claims"])
    assert all(tag == "" or tag.startswith("#") for tag in rows[1])
    assert set(hxl.TAGS) <= set(TABLES["claims"])
    assert len(rows) == 2 + len(bundle.tables["claims"])


def test_parquet_holds_the_same_rows(bundle: Bundle) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    with zipfile.ZipFile(io.BytesIO(form("parquet").write(bundle))) as packed:
        assert packed.namelist() == [f"{name}.parquet" for name in TABLES]
        rows = pq.read_table(io.BytesIO(packed.read("claims.parquet"))).to_pylist()
    assert [row["id"] for row in rows] == [row["id"] for row in bundle.tables["claims"]]
    assert rows[0]["n"] == 130


def test_no_export_holds_what_the_policy_does_not_let_out() -> None:
    night = story()
    sealed = night.desk.reports.vault.keep("place", {"address": "Secret Lane 7"})
    night.incident("sealed", local(5, 0, 20), "Sealed place", sealed=sealed)
    night.claim("flat", "flats", "eq", 1, incident="sealed", scope="flat", wording="flat 14, Secret Lane 7")
    night.clock.at = local(5, 9)
    made = night.desk.bundle()
    for name in forms():
        data = form(name).write(made)
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                data = b"".join(packed.read(one) for one in packed.namelist())
        assert b"Secret Lane" not in data, name
        assert sealed.encode() not in data, name


def test_a_bulletin_on_paper_in_every_language(night: Night) -> None:
    for language, sentences in night.desk.draft(DAY).items():
        paper = Paper.of({"en": "Sample <City>"}, DAY, language, sentences, as_of=34)
        assert len(paper.lines) == len(sentences)
        made = pdf_of(paper)
        assert made.startswith(b"%PDF-")
        assert made == pdf_of(paper)
        assert "Sample &lt;City&gt;" in html(paper)
        assert "<City>" not in html(paper)
        assert plain(paper).count("\n[") == 0
        assert all(text in plain(paper) for text, _ in paper.lines)


def test_nothing_written_is_read_as_markup() -> None:
    said = '#import "x.typ" $ * _ ` \\ ] [ <b> @label'
    made = pdf_of(Paper(language="en", title=said, foot=said, lines=((said, "1"),)))
    assert made.startswith(b"%PDF-")


def test_an_empty_day_says_so() -> None:
    assert "Nothing is on record" in plain(Paper.of({"en": "City"}, date(2024, 2, 1), "en", (), as_of=1))


def test_a_source_that_is_not_named_is_told_by_its_kind() -> None:
    night = story()
    night.source("neighbour", "witness", 3, en="J. Doe")
    night.claim("seen", "cars", "ge", 2, source="neighbour", grade=3, wording="two cars")
    night.clock.at = local(5, 9)
    for name in ("json", "hxl"):
        assert b"J. Doe" not in form(name).write(night.desk.bundle())
    assert "a witness" in " ".join(one.text for one in night.desk.bulletin(DAY, "en"))
