"""Claims from a file: all or nothing, every bad row named, twice is once."""

from __future__ import annotations

import csv
import io

import pytest

from docs.kit import ROOT, blocks, table
from report.rig import at, incident, source
from tocsin.app.actor import Actor, Grant
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.report import ReportDesk
from tocsin.core.errors import TocsinError
from tocsin.report import commands as cmd
from tocsin.report.claims_csv import COLUMNS, NEEDED, read_claims
from warn.rig import Rig

HEAD = "client_id,source,incident,wording,language,n,op,subject"
GOOD = ("a-1,mayor,strike,at least 130 windows,en,,,", "a-2,police,strike,142,en,142,eq,windows")
CLERK = Actor(id="system:import", grants=(Grant(role="records"),))


def made(*rows: str, head: str = HEAD) -> tuple[list[tuple[int, cmd.MakeClaim]], list[str]]:
    count = iter(range(1000))
    data = "\n".join((head, *rows)).encode()
    commands, findings = read_claims(data, now=at(0), new_id=lambda: f"id-{next(count)}")
    return commands, [f"{one.code} {one.field}" for one in findings]


def test_a_number_is_read_from_the_words_or_given() -> None:
    commands, findings = made(*GOOD)
    assert findings == []
    one, other = (command.claim for _, command in commands)
    assert (one.op, one.n, one.subject, one.wording) == ("ge", 130, "windows", "at least 130 windows")
    assert (other.op, other.n, other.subject) == ("eq", 142, "windows")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (",mayor,strike,130 windows,en,,,", "client_id"),
        ("a-3,mayor,strike,,en,,,", "wording"),
        ("a-3,mayor,strike,more than 30,en,,,", "subject"),
        ("a-3,mayor,strike,x,en,many,eq,cars", "n"),
        ("a-3,mayor,strike,x,en,3,about,cars", "op"),
        ("a-3,mayor,strike,x,en,3,eq,cars,too,many", "row"),
        ("a-3,mayor", "row"),
    ],
)
def test_every_bad_row_is_named_with_its_line(row: str, field: str) -> None:
    _, findings = made(GOOD[0], row, GOOD[1])
    assert findings == [f"TOC-10009 line 3, {field}"]


@pytest.mark.parametrize("head", ["client_id,source,wording", HEAD + ",windows"])
def test_columns_that_are_missing_or_unknown(head: str) -> None:
    commands, findings = made(*GOOD, head=head)
    assert commands == []
    assert findings[0] in ("TOC-10009 language", "TOC-10009 windows")


def test_what_is_no_csv_is_refused() -> None:
    for data in (b"\xff\xfe\x00", b'a,b\n"open'):
        commands, findings = read_claims(data, now=at(0), new_id=str)
        assert commands == []
        assert findings[0].code == "TOC-10009"


def test_nothing_of_a_file_with_a_row_that_is_refused_is_kept() -> None:
    rig = Rig()
    desk = ReportDesk(rig.desk, MemoryVault())
    for command in (
        cmd.NameSource(source=source("mayor")),
        cmd.NameSource(source=source("police")),
        cmd.OpenIncident(incident=incident()),
    ):
        desk.do(command, CLERK)
    said: list[tuple[int, str]] = []

    def refused(place: int, fault: TocsinError) -> None:
        said.append((place, str(fault.field)))

    def commands(*rows: str) -> list[cmd.MakeClaim]:
        read, _ = read_claims("\n".join((HEAD, *rows)).encode(), now=rig.clock.now(), new_id=iter_ids())
        return [command for _, command in read]

    bad = commands(GOOD[0], "a-3,nobody,strike,3 cars,en,,,", GOOD[1], "a-4,mayor,elsewhere,3 cars,en,,,")
    assert desk.do_all(bad, CLERK, refused) == ()
    assert said == [(1, "claim.source"), (3, "claim.incident")]
    assert len(desk.state().claims) == 0
    assert len(desk.do_all(commands(*GOOD, GOOD[0]), CLERK, refused)) == 2  # a row that stands twice counts once
    assert desk.do_all(commands(*GOOD), CLERK, refused) == ()
    assert len(desk.state().claims) == 2


def iter_ids():  # type: ignore[no-untyped-def]
    import os

    return lambda: f"id-{os.urandom(4).hex()}"


def test_the_page_has_the_columns_and_its_example_can_be_read() -> None:
    page = ROOT / "docs" / "reference" / "claims-csv.md"
    assert {row[0]: row[1] for row in table(page, "| column | holds |")} == COLUMNS
    (example,) = blocks(page, "csv")
    commands, findings = read_claims(example.encode(), now=at(9), new_id=iter_ids())
    assert findings == []
    assert [command.claim.n for _, command in commands] == [130, 30]
    assert set(NEEDED) <= set(next(csv.reader(io.StringIO(example))))
