"""What residents hand in. Address, flat, contact and who is at home are sealed before they get here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from tocsin.core.event import Fact
from tocsin.report import commands as cmd
from tocsin.report import events as ev
from tocsin.report.context import Context
from tocsin.report.rules import _checks as check
from tocsin.report.state import ReportState

MOST_WINDOWS = 10_000
MOST_FLATS = 1_000
MOST_PHOTOS = 20

_BAD = "TOC-10008"


def receive(state: ReportState, command: cmd.ReceiveReport, context: Context) -> Iterator[Fact]:
    """A resident reported damage. The same client id a second time says nothing new."""
    report = command.report
    check.an_id(report.report_id, "report.report_id", _BAD)
    check.a_client_id(report.client_id, "report.client_id", _BAD)
    if not report.client_id:
        raise check.bad("The report has no client id.", "report.client_id", "Send an id made on the device.", _BAD)
    if state.report_by_client(report.client_id) is not None:
        return
    if report.report_id in state.reports:
        raise check.bad("There is such a report already.", "report.report_id", "Give it an id of its own.", _BAD)
    check.a_choice(report.channel, get_args(ev.Channel), "report.channel", _BAD)
    if not report.area:
        raise check.bad("The report names no area.", "report.area", "Choose the district.", _BAD)
    check.an_area(report.area, "report.area", context, _BAD)
    check.a_reference(report.sealed, "report.sealed", _BAD)
    if report.windows is not None and not 0 <= report.windows <= MOST_WINDOWS:
        raise check.bad("The windows are out of range.", "report.windows", f"Give 0 to {MOST_WINDOWS}.", _BAD)
    if not 1 <= report.flats <= MOST_FLATS:
        raise check.bad("The flats are out of range.", "report.flats", f"Give 1 to {MOST_FLATS}.", _BAD)
    if len(report.evidence) > MOST_PHOTOS:
        raise check.bad("Too many photos.", "report.evidence", f"Send at most {MOST_PHOTOS}.", _BAD)
    for evidence_id in report.evidence:
        check.evidence_of(state, evidence_id, "report.evidence")
    yield report


def handle(state: ReportState, command: cmd.HandleReport, _context: Context) -> Iterator[Fact]:
    """Somebody, or an agreed rule, decided what becomes of it; a change of mind needs a reason."""
    known = state.reports.get(command.report_id)
    if known is None:
        raise check.unknown("report", command.report_id, "report_id")
    check.a_choice(command.outcome, get_args(ev.Outcome), "outcome", _BAD)
    for name, ref in (("need", command.need), ("claim", command.claim)):
        if ref:
            check.an_id(ref, name, _BAD)
    if command.claim:
        check.claim_of(state, command.claim, "claim")
    handled = ev.ReportHandled(
        report_id=command.report_id,
        outcome=command.outcome,
        reason=command.reason,
        need=command.need,
        claim=command.claim,
    )
    if known.handled == handled:
        return
    if command.reason or known.handled is not None or command.outcome != "accepted":
        check.a_reason(command.reason, _BAD)
    yield handled
