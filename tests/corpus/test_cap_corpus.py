"""Messages and feeds of real agencies, where they lie beside the checkout: verdicts, findings, round trips."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from tocsin.core.errors import Invalid
from tocsin.warn.cap_read import parse
from tocsin.warn.cap_rules import check, check_files, schema_findings
from tocsin.warn.cap_write import render
from tocsin.warn.feed import parse_feed
from tocsin.warn.sign import CapSigner, Result, judge_alone, make_self_signed, unsigned_of, verify

CORPUS = Path(__file__).parents[3] / "shared" / "data" / "cap"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file()) if CORPUS.is_dir() else []
SOUND = [path for path in FILES if path.parent.name in ("valid", "synthetic")]

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FILES, reason="no CAP corpus beside the checkout (../shared/data/cap)"),
]


def of(folder: str) -> list[Path]:
    return [path for path in FILES if path.parent.name == folder]


def named(*paths: Path):
    return {"argvalues": list(paths), "ids": [f"{path.parent.name}/{path.name}" for path in paths]}


def test_rule_03_the_schema_gives_the_standards_verdict_on_every_file():
    schema = etree.XMLSchema(etree.parse(CORPUS / "CAP-v1.2.xsd"))
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    verdicts = {True: 0, False: 0}
    for path in FILES:
        data = path.read_bytes()
        try:
            verdict = schema.validate(etree.fromstring(data, parser))
        except etree.XMLSyntaxError:
            verdict = False
        verdicts[verdict] += 1
        assert (schema_findings(data) == []) is verdict, path.name
    assert verdicts[True] >= 60
    assert verdicts[False] >= 30


@pytest.mark.parametrize("path", **named(*SOUND))
def test_rule_40_reading_and_writing_again_is_stable(path):
    alert = parse(path.read_bytes())
    written = render(alert)
    assert parse(written) == alert
    assert render(parse(written)) == written


@pytest.mark.parametrize("path", **named(*SOUND))
def test_what_the_schema_accepts_has_no_finding_of_structure(path):
    assert [finding for finding in check(path.read_bytes()) if finding.rule in (1, 2, 3)] == []


def test_no_file_makes_the_check_crash_and_the_form_is_the_documented_one():
    answer = check_files([(path.name, path.read_bytes()) for path in FILES])
    assert len(answer) == len(FILES)
    for entry in answer:
        assert set(entry) == {"file", "ok", "findings"}
        assert entry["ok"] is all(finding["severity"] != "error" for finding in entry["findings"])


FITTING = {
    "alphagov__invalid_area_with_hole": 31,
    "alphagov__invalid_area_with_intersections": 31,
    "alphagov__invalid_degenerate_area": 31,
    "alphagov__long_gsm7": 25,
    "defra__getMessage-invalid": 30,
    "google__no_optional_fields": 1,
    "google__noaa_errors": 1,
    "google__xee": 39,
    "kelvinn__invalid_xmlns": 1,
    "kelvinn__sweden": 3,
    "sahana__Fiji_Water_Shortage_Suva": 3,
    "wmo-im__sc_invalid_certificate": 38,
    "wmo-im__sc_invalid_digest": 38,
    "wmo-im__sc_invalid_signature": 38,
    "wmo-im__tg_invalid_signature": 38,
}


@pytest.mark.parametrize("path", **named(*of("broken")))
def test_every_broken_file_has_the_fitting_finding(path):
    assert FITTING[path.stem] in {finding.rule for finding in check(path.read_bytes())}


@pytest.mark.parametrize("path", **named(*of("legacy")))
def test_rule_01_older_versions_are_named(path):
    [finding] = check(path.read_bytes())
    assert finding.rule == 1
    assert "CAP 1.0" in finding.message or "CAP 1.1" in finding.message


NO_FEEDS = ("google__xee", "kelvinn__pelmorex", "kelvinn__rfs", "kelvinn__smhi.se.alerts")


@pytest.mark.parametrize("path", **named(*(path for path in of("feeds") if path.stem not in NO_FEEDS)))
def test_rule_43_feeds_are_read(path):
    entries = parse_feed(path.read_bytes(), url="https://feed.example/")
    assert all(entry.url or entry.problem for entry in entries)
    assert (entries == []) is (path.stem == "google__no_entries")


@pytest.mark.parametrize("path", **named(*(path for path in of("feeds") if path.stem in NO_FEEDS)))
def test_rule_43_what_is_no_feed_or_unreadable_is_refused_by_name(path):
    with pytest.raises(Invalid) as refusal:
        parse_feed(path.read_bytes())
    assert refusal.value.code in ("TOC-3001", "TOC-3002")


def test_rule_38_damaged_signatures_have_distinct_results():
    results = {path.stem: judge_alone(path.read_bytes()).result for path in of("broken") if "wmo-im" in path.name}
    assert results == {
        "wmo-im__sc_invalid_certificate": Result.WRONG_KEY,
        "wmo-im__sc_invalid_digest": Result.TAMPERED,
        "wmo-im__sc_invalid_signature": Result.BAD_SIGNATURE,
        "wmo-im__tg_invalid_signature": Result.BAD_SIGNATURE,
    }
    unsigned = (CORPUS / "valid" / "wmo-im__sc_no_signature.xml").read_bytes()
    assert judge_alone(unsigned).result is Result.MISSING


def test_rule_37_signatures_of_ipaws_hold_against_their_own_certificates():
    paths = [path for path in of("valid") if "ipaws" in path.name]
    assert len(paths) == 5
    for path in paths:
        data = path.read_bytes()
        root = etree.fromstring(data)
        inside = "".join(root.find(".//{*}X509Certificate").text.split())
        lines = [inside[at : at + 64] for at in range(0, len(inside), 64)]
        pem = "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
        sender = parse(data).sender
        assert verify(data, {sender: [pem]}).result in (Result.VALID, Result.EXPIRED), path.name
        assert verify(data, {}).result is Result.NOT_PINNED


@pytest.mark.parametrize("path", **named(*SOUND))
def test_rule_37_any_unsigned_message_can_be_signed_and_given_back(path):
    alert = parse(path.read_bytes())
    data = path.read_bytes()
    if alert.unknown or not data.rstrip().endswith(b"</alert>"):
        return
    key, certificate = make_self_signed("test", datetime(2000, 1, 1, tzinfo=UTC), bytes(range(64)), days=20_000)
    signed = CapSigner(key, certificate).sign_cap(data)
    assert verify(signed, {alert.sender: [certificate]}).ok
    assert unsigned_of(signed) == data
