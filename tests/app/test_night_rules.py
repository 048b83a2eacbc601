"""Both shipped nights, played through the rules of the room alone: every row that the ledger can prove holds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tocsin
from tocsin.app import night as nt
from tocsin.app.night.story import WARNS
from tocsin.core.event import Entry, record
from tocsin.core.text import fold as folded
from tocsin.warn import commands as cmd
from tocsin.warn.area_import import read_areas
from tocsin.warn.cap_read import parse
from tocsin.warn.city import read_city
from tocsin.warn.context import Context, Sender
from tocsin.warn.decide import decide
from tocsin.warn.events import Detection
from tocsin.warn.phase import phases
from tocsin.warn.siren_import import read_sirens
from tocsin.warn.state import WarnState, fold
from tocsin.warn.target import cover

ROOT = Path(tocsin.__file__).parent
NIGHTS = sorted((ROOT / "nights").glob("*.json"))


class Play:
    """A night on its way: the state, the entries, and which label is which warning."""

    def __init__(self, night: nt.Night) -> None:
        folder = ROOT / "cities" / night.city
        city = read_city((folder / "city.json").read_bytes())
        self.night = night
        self.sender = Sender(
            id=city.sender, names=city.sender_name, languages=city.languages, zone=city.zone, demo=city.demo
        )
        self.state = WarnState()
        self.entries: list[Entry] = []
        self.labels: dict[str, str] = {}
        self.ids = (f"01TEST{n:020d}" for n in itertools.count())
        areas = read_areas((folder / "areas.geojson").read_bytes(), cover).areas
        begin = night.instant(night.start) - timedelta(hours=1)
        self.do(cmd.DefineAreas(areas=areas), "system:setup", begin)
        self.do(
            cmd.RegisterSirens(sirens=read_sirens((folder / "sirens.json").read_bytes()).sirens), "system:setup", begin
        )

    def do(self, command: cmd.Command, actor: str, at: datetime) -> list[Entry]:
        context = Context(
            now=at, actor=actor, new_id=lambda: next(self.ids), sign=lambda unsigned: unsigned, sender=self.sender
        )
        new = []
        for fact in decide(self.state, command, context):
            event = record(fact, id=next(self.ids), actor=actor, at=at)
            entry = Entry(seq=len(self.entries) + 1, prev="", hash="", event=event)
            self.entries.append(entry)
            self.state = fold(self.state, entry)
            new.append(entry)
        return new

    def step(self, step: nt.AnyStep) -> None:
        at = self.night.instant(step.at)
        if not isinstance(step, WARNS):
            return
        if isinstance(step, nt.DetectionStep):
            detection = Detection(
                id=step.id,
                source=step.source,
                trusted=self.night.sources[step.source].trusted,
                threat=step.threat,
                areas=step.areas,
                observed_at=at,
                note=step.note,
            )
            new = self.do(cmd.ReportDetection(detection=detection), f"source:{step.source}", at)
            about = [e.event.body["warning_id"] for e in new if "warning_id" in e.event.body]
            assert about, step
            assert self.labels.setdefault(step.warning, about[0]) == about[0]
            return
        new = self.do(self.command(step), f"officer:{step.by}", at)
        if isinstance(step, nt.DraftStep):
            self.labels[step.warning] = new[0].event.body["warning_id"]

    def command(self, step: Any) -> cmd.Command:
        if isinstance(step, nt.DraftStep):
            return cmd.Draft(
                threat=step.threat,
                level=step.level,
                areas=step.areas,
                reason=step.reason,
                duration_s=step.duration_s,
                headline=step.headline,
                description=step.description,
                instruction=step.instruction,
            )
        warning = self.labels[step.warning]
        if isinstance(step, nt.ApproveStep | nt.IssueStep):
            sha256 = self.state.threads[warning].message.sha256
            if isinstance(step, nt.ApproveStep):
                return cmd.Approve(warning_id=warning, sha256=sha256)
            return cmd.Issue(warning_id=warning, sha256=sha256, confirm=step.confirm)
        if isinstance(step, nt.PartialClearStep):
            return cmd.PartialClear(warning_id=warning, areas=step.areas, reason=step.reason)
        kinds = {nt.AllClearStep: cmd.AllClear, nt.CancelStep: cmd.Cancel}
        return kinds[type(step)](warning_id=warning, reason=step.reason)

    def tick(self, at: datetime) -> None:
        self.do(cmd.Tick(), "system:watch", at)


def at_path(body: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(body, list | tuple):
            body = body[int(part)] if int(part) < len(body) else None
        else:
            body = body.get(part) if isinstance(body, dict) else None
    return body


def proof(play: Play, row: nt.Row, want: nt.LedgerWant) -> Iterator[int]:
    begin, end = play.night.window(row)
    for entry in play.entries:
        event = entry.event
        fits = event.kind == want.kind and begin <= event.at <= end and event.actor.startswith(want.actor)
        about = not want.warning or event.body.get("warning_id") == play.labels.get(want.warning)
        body = msgspec.to_builtins(event.body)
        if fits and about and all(at_path(body, path) == value for path, value in want.where.items()):
            if want.texts:
                said = {
                    info.language: folded(f"{info.headline} {info.description} {info.instruction}")
                    for info in parse(body["message"]["xml"].encode()).infos
                }
                assert all(folded(piece) in said[tag] for tag, pieces in want.texts.items() for piece in pieces)
            yield entry.seq


@pytest.mark.parametrize("path", NIGHTS, ids=lambda p: p.stem)
def test_the_rules_make_of_a_shipped_night_what_its_rows_say(path):
    night = nt.read_night(path.read_bytes())
    play = Play(night)
    seen: dict[str, set[tuple[str, str]]] = {}
    for step in night.steps:
        at = night.instant(step.at)
        play.tick(at)
        play.step(step)
        now = phases(play.state, at)
        for row in night.rows:
            begin, end = night.window(row)
            if begin <= at <= end:
                seen.setdefault(row.name, set()).update((area, state["phase"]) for area, state in now.items())
    for row in night.rows:
        for want in row.ledger:
            if want.kind.startswith(("warning.", "detection.")):
                assert len(list(proof(play, row, want))) >= want.at_least, (row.name, want)
        for live in row.live:
            if live.phase is not None:
                assert {(area, live.phase) for area in live.areas} <= seen[row.name], (row.name, live)
        for sounded in row.sirens:
            covered = play.state.areas.closure(sounded.areas)
            assert sum(s.siren.area in covered for s in play.state.sirens.values()) >= sounded.at_least
    assert play.state.live_threads() == play.state.draft_threads() == []
    ends = [e.event.body["end"] for e in play.entries if e.event.kind == "warning.ended"]
    assert "expired" not in ends
