"""CAP messages and feeds from anybody: read, judged, written again; signatures looked at."""

from __future__ import annotations

from fuzz.place import ROOT
from tocsin.core.errors import TocsinError
from tocsin.warn.cap import check, check_feed, parse, render, schema_findings
from tocsin.warn.cap_rules import profile_titles
from tocsin.warn.feed import parse_feed
from tocsin.warn.sign import judge_alone, unsigned_of

RULES = ROOT / "tests" / "golden" / "cap" / "rules"
SEEDS = [path.read_bytes() for path in sorted([*RULES.glob("*.xml"), *RULES.glob("*.atom")])]
WORDS = [
    b"<!DOCTYPE a [<!ENTITY b '",
    b"&b;",
    b"<![CDATA[",
    b"]]>",
    b"<?x y?>",
    b"<!---->",
    b' xmlns:a="',
    b"1e999",
    b"NaN",
]
WORDS += [b"-00:00", b"Z", b"24:00:00", b",", b'"', b"90,180", b"-90,-180", b"</info><info>", b"<circle>", b"<polygon>"]
WORDS += [b' encoding="UTF-16"', b"\xef\xbb\xbf", b"&#0;", b"&#xD800;", b"<derefUri>", b"<references>", b"<geocode/>"]
PROFILES = (None, *sorted(profile_titles()))


def take(data: bytes) -> None:
    """Every door that CAP bytes may knock at."""
    profile = PROFILES[len(data) % len(PROFILES)]
    found = check(data, profile=profile, strict_output=len(data) % 2 == 0)
    assert all(1 <= finding.rule <= 44 and finding.message for finding in found)
    schema_findings(data)
    check_feed(data, [])
    for door in (parse_feed, judge_alone, unsigned_of, _round):
        try:
            door(data)
        except TocsinError as refusal:
            assert refusal.code
            assert refusal.remedy


def _round(data: bytes) -> None:
    """What was understood says the same when it was written and read again."""
    alert = parse(data)
    assert parse(render(alert)) == alert
