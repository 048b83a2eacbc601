"""The claims of the shipped nights, by the rules of the report room alone: every tally is what its row says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tocsin
from tocsin.app import night as nt
from tocsin.cli import acts
from tocsin.cli.recorded import order, reordered
from tocsin.core.area import AreaTree
from tocsin.core.event import Entry, Fact, record
from tocsin.core.text import fold as folded
from tocsin.core.time import parse_instant
from tocsin.report import commands as cmd
from tocsin.report import events as ev
from tocsin.report.context import Context
from tocsin.report.decide import decide
from tocsin.report.state import ReportState, fold
from tocsin.report.tally import tally_of, wording
from tocsin.warn.area_import import read_areas

ROOT = Path(tocsin.__file__).parent
BELGOROD = nt.read_night((ROOT / "nights" / "belgorod-2024-01-05.json").read_bytes())
TIMES = ("happened_from", "happened_to", "said_at", "learned_at")


def made(kind: type[Any], body: dict[str, Any], **more: Any) -> Any:
    """A fact's struct from the body that the API is sent, times read as the API reads them."""
    given = {key: parse_instant(value, field=key) if key in TIMES else value for key, value in body.items()}
    given.pop("exact", None)
    lists = {key: tuple(value) for key, value in given.items() if isinstance(value, list)}
    return kind(**given | lists | more)


class Clerk:
    """Carries the claims of a night out in the report room."""

    def __init__(self, night: nt.Night) -> None:
        self.night = night
        self.state = ReportState()
        self.facts: list[Fact] = []
        self.areas = AreaTree()
        for area in read_areas((ROOT / "cities" / night.city / "areas.geojson").read_bytes()).areas:
            self.areas = self.areas.with_area(area)

    def do(self, command: cmd.Command, at: datetime) -> None:
        context = Context(now=at, areas=self.areas, warnings={"W1": None})  # type: ignore[dict-item]  # only ids are asked for
        for fact in decide(self.state, command, context):
            self.facts.append(fact)
            event = record(fact, id=f"01TEST{len(self.facts):020d}", actor="officer:records", at=at)
            self.state = fold(self.state, Entry(seq=len(self.facts), prev="", hash="", event=event))

    def play(self) -> Clerk:
        for step in self.night.steps:
            at = self.night.instant(step.at)
            for command in self.commands(step, at):
                self.do(command, at)
        return self

    def commands(self, step: nt.AnyStep, at: datetime) -> Iterator[cmd.Command]:
        if isinstance(step, nt.SourceStep):
            yield cmd.NameSource(source=ev.Source(**acts.source(step).body))
        elif isinstance(step, nt.IncidentStep):
            yield cmd.OpenIncident(
                incident=made(ev.Incident, acts.incident(step, self.night, "W1" if step.warning else "").body)
            )
        elif isinstance(step, nt.ClaimStep):
            yield cmd.MakeClaim(claim=made(ev.Claim, acts.claim(step, self.night).body, learned_at=at))
        elif isinstance(step, nt.EvidenceStep):
            yield cmd.TakeEvidence(
                evidence=ev.Evidence(
                    id=step.id, kind="photo", mime="image/jpeg", sha256="0" * 64, size=1, collected_at=at
                )
            )
        elif isinstance(step, nt.RelateStep):
            yield cmd.RelateIncidents(incident_id=step.incident, **acts.relate(step).body)
        elif isinstance(step, nt.MarkStep):
            yield cmd.MarkClaim(claim_id=step.claim, **acts.mark(step).body)


@pytest.fixture(scope="module")
def clerk() -> Clerk:
    return Clerk(BELGOROD).play()


def test_every_tally_is_what_its_row_says(clerk: Clerk) -> None:
    wants = [(row, want) for row in BELGOROD.rows for want in row.tallies]
    assert {row.row for row, _ in wants} == {3, 6, 8, 9, 10, 15}
    for row, want in wants:
        _, end = BELGOROD.window(row)
        tally = tally_of(clerk.state, want.incident, want.subject, want.category, end)
        assert (tally.low, tally.best, tally.high, tally.status) == (want.low, want.best, want.high, want.status), (
            row.name
        )
        assert not want.claims or sorted(want.claims) == sorted(tally.claim_ids)
        for language, text in want.wording.items():
            assert folded(wording(tally, language)) == folded(text)


def test_the_words_stay_words_and_the_stamp_stays_as_printed(clerk: Clerk) -> None:
    claims = {name: one.claim for name, one in clerk.state.claims.items()}
    assert "several" in claims["buildings-several"].wording
    assert "Dozens" in claims["square-killed"].wording
    stamped = [one for one in claims.values() if one.said_at_printed]
    assert {one.said_at_printed for one in stamped} == {"4 Jan, 2024 21:27"}
    assert all(one.said_at is None for one in stamped)
    assert len(stamped) == 7


def test_two_dates_of_what_may_be_one_event_are_kept_apart(clerk: Clerk) -> None:
    square, december = clerk.state.incidents["square-new-years-eve"], clerk.state.incidents["attack-2023-12-30"]
    assert not square.withdrawn
    assert not december.withdrawn
    assert [one.relation for one in square.relations] == [one.relation for one in december.relations] == ["maybe_same"]
    assert {one.claim.incident for one in clerk.state.claims.values() if one.claim.subject == "killed"} == {
        "square-new-years-eve"
    }


def test_what_a_source_without_a_name_alleged_is_attributed_and_counts_for_nothing(clerk: Clerk) -> None:
    alleged = clerk.state.claims["allegations"]
    assert "unnamed" in alleged.claim.attribution
    assert (alleged.claim.op, alleged.claim.grade, alleged.mark) == ("said", 4, "unverifiable")
    assert clerk.state.claims["strikes-elsewhere"].claim.out_of_area


def test_no_address_and_no_position_of_the_night_is_in_a_fact(clerk: Clerk) -> None:
    said = msgspec.json.encode([msgspec.to_builtins(fact) for fact in clerk.facts]).decode()
    for step in BELGOROD.steps:
        for secret in (*(getattr(step, "exact", None) or ()), getattr(step, "address", "")):
            assert not secret or str(secret) not in said


def test_an_order_changed_when_what_stands_in_both_plans_changed_places() -> None:
    stops = [{"need": "a", "arrive": "2024-01-05T01:00:00Z"}, {"need": "b", "arrive": "2024-01-05T02:00:00Z"}]
    assert order([{"stops": stops[1:]}, {"stops": stops[:1]}]) == ["a", "b"]
    assert reordered(["a", "b", "c"], ["b", "a"])
    assert reordered(["a", "c"], ["x", "a", "c"])
    assert reordered(["a", "c"], ["a", "x", "c"])
    assert not reordered(["a", "b", "c"], ["a", "c", "x"])
    assert not reordered(["a", "b"], ["x"])
