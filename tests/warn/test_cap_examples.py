"""Every rule by examples of our own in ``tests/golden/cap/rules``, run through ``tocsin cap check`` as anyone would."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from tocsin.cli import root
from tocsin.core.errors import Invalid
from tocsin.warn.cap import check_together, parse, render
from tocsin.warn.cap_rules import profile_titles

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("conformance", ROOT / "scripts" / "conformance.py")
assert SPEC is not None
conformance = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(conformance)
EXAMPLES = conformance.examples()
ids = [f"{one.rule:02d} {one.shows}" for one in EXAMPLES]


@pytest.mark.parametrize("example", EXAMPLES, ids=ids)
def test_an_example_has_the_finding_that_it_shows_and_a_sound_one_has_no_error(example):
    done = CliRunner().invoke(root, ["cap", "check", "--json", *example.arguments()])
    answer = json.loads(done.stdout)
    found = [finding for entry in answer for finding in entry["findings"]]
    named = {finding["severity"] for finding in found if finding["rule"] == example.rule}
    if example.finds:
        assert example.finds in named, found
    else:
        assert named == set(), found
        assert all(entry["ok"] for entry in answer), found
    assert done.exit_code == (0 if all(entry["ok"] for entry in answer) else 1)


@pytest.mark.parametrize("rule", range(1, 45))
def test_every_rule_has_an_example_that_keeps_it_and_one_that_breaks_it(rule):
    outcomes = {bool(one.finds) for one in EXAMPLES if one.rule == rule}
    assert outcomes == {True, False}


@pytest.mark.parametrize("profile", sorted(profile_titles()))
def test_every_profile_has_an_example_that_keeps_it_and_one_that_breaks_it(profile):
    assert {bool(one.finds) for one in EXAMPLES if profile in one.options} == {True, False}


def test_every_file_of_the_folder_is_part_of_an_example():
    used = {name for one in EXAMPLES for name in (*one.files, *one.options)} | {"examples.toml"}
    assert {path.name for path in conformance.EXAMPLES.iterdir()} - used == set()


@pytest.mark.parametrize("path", sorted(conformance.EXAMPLES.glob("*.xml")), ids=lambda path: path.name)
def test_whatever_can_be_read_says_the_same_when_it_was_written_and_read_again(path):
    try:
        alert = parse(path.read_bytes())
        written = render(alert)
    except Invalid:
        return  # refused by name, which its example shows
    assert parse(written) == alert


def test_the_page_is_what_the_run_found():
    assert conformance.PAGE.read_text(encoding="utf-8") == conformance.page(), "run scripts/conformance.py"


def test_a_profile_of_nobody_is_refused_for_several_messages_too():
    with pytest.raises(Invalid, match="no profile"):
        check_together([], profile="mars")


@pytest.mark.parametrize("fault", conformance.faults(), ids=lambda fault: f"{fault.product} {fault.number}")
def test_every_fault_seen_elsewhere_has_a_test_of_that_name(fault):
    for test in fault.tests:
        path, _, name = test.partition("::")
        assert re.search(rf"def {name}\(", (ROOT / path).read_text(encoding="utf-8")), test
