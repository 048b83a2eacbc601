"""Our own schema: its verdict on some 700 mutations of a full message is the one that the standard's schema gives."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import etree

from tocsin.warn.cap_rules import schema_findings
from tocsin.warn.cap_schema import schema_valid
from warn.cap_kit import found, spoiled
from warn.cap_mutations import GOLDEN, mutations

EXPECTED = GOLDEN / "schema-mutations.json"
OASIS = Path(__file__).parents[3] / "shared" / "data" / "cap" / "CAP-v1.2.xsd"


def test_rule_03_the_verdict_on_every_mutation_is_the_expected_one():
    expected = json.loads(EXPECTED.read_text())
    verdicts = {name: schema_valid(data) for name, data in mutations()}
    assert len(verdicts) > 600
    assert {True, False} == set(verdicts.values())
    assert {name: verdict for name, verdict in verdicts.items() if expected.get(name) is not verdict} == {}
    assert set(verdicts) == set(expected)


@pytest.mark.corpus
@pytest.mark.skipif(not OASIS.exists(), reason="no CAP-v1.2.xsd beside the checkout")
def test_rule_03_the_expectations_are_those_of_the_standards_schema():
    schema = etree.XMLSchema(etree.parse(OASIS))
    expected = json.loads(EXPECTED.read_text())
    for name, data in mutations():
        try:
            verdict = schema.validate(etree.fromstring(data))
        except etree.XMLSyntaxError:
            verdict = False
        assert expected[name] is verdict, name


def test_schema_findings_say_where_and_what():
    [finding] = schema_findings(spoiled(("<event>Air raid</event>", "")))
    assert (finding.rule, finding.severity) == (3, "error")
    assert finding.path.startswith("/alert/info[1]/")
    assert "event" in finding.message
    assert "urn:oasis" not in finding.message
    assert schema_findings(spoiled()) == []
    assert schema_findings(b"<alert")[0].rule == 2


def test_a_value_that_only_the_schema_minds_is_found_under_the_rule_of_its_element():
    assert found(spoiled(("<language>en", "<language> en")), 22) == []
    assert found(spoiled(("<status>Actual", "<status> Actual")), 9, "error")
    size = "<resource><resourceDesc>a</resourceDesc><mimeType>b</mimeType><size>1.5</size></resource>"
    assert found(spoiled(("</instruction>", "</instruction>" + size)), 29, "error")


def test_many_threads_may_validate_at_once():
    good, bad = spoiled(), spoiled(("<event>Air raid</event>", ""))
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda n: len(schema_findings(bad if n % 2 else good)), range(400)))
    assert counts == [n % 2 for n in range(400)]
