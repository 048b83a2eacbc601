"""``tocsin trace WARNING``: one warning from the first detection to the last receipt, stage by stage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import click

from tocsin.app.trace import Span, otlp, spans, trace_id
from tocsin.cli.common import parts, say
from tocsin.core.errors import Unknown
from tocsin.core.event import Entry
from tocsin.core.time import rfc3339


@click.command()
@click.argument("warning")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--otlp", "as_otlp", is_flag=True, help="Print OTLP/JSON, which OpenTelemetry collectors take in.")
def trace(warning: str, as_json: bool, as_otlp: bool) -> None:
    """Show what became of WARNING, by its id or by its trace id in a log."""
    ledger = parts().ledger
    found, name = spans(ledger.read(), warning), warning
    if not found and len(warning) == 32:
        name = _by_trace(ledger.read(), warning.lower())
        found = spans(ledger.read(), name) if name else ()
    if not found:
        raise Unknown(
            "TOC-6004",
            f"There is no warning {warning!r} in the ledger.",
            field="warning",
            remedy="Give the id of a warning, as the control room and the API name it.",
        )
    if as_otlp:
        say(otlp(name, found))
    elif as_json:
        say({"trace": trace_id(name), "warning": name, "spans": [_row(span) for span in found]})
    else:
        _print(name, found)


def _by_trace(entries: Iterable[Entry], wanted: str) -> str:
    ids = (str(e.event.body["warning_id"]) for e in entries if e.event.kind == "warning.drafted")
    return next((one for one in ids if trace_id(one) == wanted), "")


def _row(span: Span) -> dict[str, Any]:
    return {
        "span": span.id,
        "parent": span.parent,
        "name": span.name,
        "start": rfc3339(span.start),
        "end": rfc3339(span.end),
        "entry": span.entry,
        "attributes": span.attributes,
    }


def _print(warning: str, found: tuple[Span, ...]) -> None:
    click.echo(f"trace {trace_id(warning)} of warning {warning}")
    began = found[0].start
    for span in found:
        after, took = (at / timedelta(milliseconds=1) for at in (span.start - began, span.end - span.start))
        more = " ".join(f"{key}={value}" for key, value in span.attributes.items())
        indent = "  " if span.parent else ""
        click.echo(f"{after:>10.0f} ms {took:>9.0f} ms  {indent}{span.name:<14} entry {span.entry:<6} {more}".rstrip())
