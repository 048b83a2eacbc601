"""CAP 1.2 in one place: bytes ↔ :class:`~tocsin.warn.alert.Alert`, the rules, the schema."""

from __future__ import annotations

from tocsin.warn.cap_read import parse, parse_own
from tocsin.warn.cap_rules import Finding, active, check, check_files, schema_findings
from tocsin.warn.cap_together import check_feed, check_together
from tocsin.warn.cap_write import render, to_xml

__all__ = [
    "Finding",
    "active",
    "check",
    "check_feed",
    "check_files",
    "check_together",
    "parse",
    "parse_own",
    "render",
    "schema_findings",
    "to_xml",
]
