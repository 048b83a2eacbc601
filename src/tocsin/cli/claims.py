"""``tocsin import claims``: what sources said, from a CSV file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tocsin.app.actor import Actor, Grant
from tocsin.cli.areas import FILE, report
from tocsin.cli.common import json_option, parts
from tocsin.core.errors import TocsinError
from tocsin.core.finding import Finding
from tocsin.report.claims_csv import read_claims
from tocsin.wiring import Parts

IMPORT = Actor(id="system:import", grants=(Grant(role="records"),))


def take(made: Parts, data: bytes, *, only_check: bool = False) -> tuple[list[Finding], int, int]:
    """What is wrong with a file, how many claims it holds, and how many entries it made: all of it or none."""
    desk = made.desk
    rows, findings = read_claims(data, now=desk.clock.now(), new_id=lambda: desk.ids.new().lower())
    if any(one.severity == "error" for one in findings) or only_check:
        return findings, len(rows), 0

    def refused(place: int, fault: TocsinError) -> None:
        line, command = rows[place]
        field, name = f"line {line}, {fault.field}", command.claim.client_id
        findings.append(
            Finding(
                severity="error", code=fault.code, field=field, name=name, message=fault.message, remedy=fault.remedy
            )
        )

    entries = made.reports.do_all([command for _, command in rows], IMPORT, refused)
    return findings, len(rows), len(entries)


@click.command("claims")
@click.argument("file", type=FILE)
@click.option("--check", "only_check", is_flag=True, help="Only say what is wrong with the file itself.")
@json_option
def import_claims(file: Path, only_check: bool, as_json: bool) -> None:
    """Import claims from CSV, all of them or none. docs/reference/claims-csv.md says what the file holds."""
    findings, count, entries = take(parts(), file.read_bytes(), only_check=only_check)
    report(findings, count, entries, as_json)
    if any(one.severity == "error" for one in findings):
        sys.exit(1)
