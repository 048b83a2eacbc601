"""The reference says what the code says: settings, errors, policy, channels, commands."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import click
import msgspec
import pytest

from docs.kit import ROOT, anchors, commands, table
from tocsin.channels._registry import channels
from tocsin.core.errors import CATALOGUE, Invalid
from tocsin.repair.heat import Flat, hours_to_cold, network
from tocsin.repair.policy import UrgencyPolicy
from tocsin.warn.policy import Policy
from tocsin.warn.tones import EDGE_S, TONES, Segment
from tocsin.wiring.settings import ELSEWHERE, PREFIX, Settings

REFERENCE = ROOT / "docs" / "reference"


def test_settings_table_equals_the_settings() -> None:
    rows = table(REFERENCE / "settings.md", "| name | default | meaning |")
    shown = {row[0]: "" if row[1] == "empty" else row[1] for row in rows}
    fields = {f"{PREFIX}{field.name.upper()}": str(field.default) for field in msgspec.structs.fields(Settings)}
    assert shown == fields
    assert all(len(row[2]) > 10 for row in rows)


def test_settings_of_the_command_line_are_listed() -> None:
    text = (REFERENCE / "settings.md").read_text()
    listed = set(re.findall(r"^\| `(TOCSIN_\w+)`", text.split("## Read by the command line alone")[1], re.MULTILINE))
    assert listed == ELSEWHERE


def test_every_error_code_is_explained_once_and_in_order() -> None:
    text = (REFERENCE / "errors.md").read_text()
    assert re.findall(r"^### (TOC-\d{4,5})$", text, re.MULTILINE) == list(CATALOGUE)
    for code, meaning in CATALOGUE.items():
        part = text.split(f"### {code}\n")[1].split("\n#")[0]
        assert f"**{meaning[0].upper()}{meaning[1:]}.**" in part, code
        assert re.search(r"^- Cause: .{15,}$", part, re.MULTILINE), code
        assert re.search(r"^- Remedy: .{10,}$", part, re.MULTILINE), code


@pytest.mark.parametrize("code", list(CATALOGUE))
def test_the_link_of_an_error_leads_to_its_entry(code: str) -> None:
    page, _, wanted = Invalid(code, "Said.", remedy="Done.").docs.partition("#")
    assert (ROOT / page).is_file()
    assert wanted in anchors(ROOT / page)


def test_policy_table_equals_the_policy() -> None:
    rows = table(REFERENCE / "policy.md", "| field | default | meaning |")
    shown = {row[0]: json.loads(row[1]) for row in rows}
    assert shown == json.loads(msgspec.json.encode(Policy()))
    assert list(shown) == [field.name for field in msgspec.structs.fields(Policy)]


def test_policy_example_can_be_used() -> None:
    from docs.kit import blocks

    for example in blocks(REFERENCE / "policy.md", "json"):
        assert msgspec.json.decode(example, type=Policy) != Policy()


def test_repair_policy_table_equals_the_policy() -> None:
    from docs.kit import blocks

    rows = table(REFERENCE / "repair.md", "| field | default | meaning |")
    assert {row[0]: json.loads(row[1]) for row in rows} == json.loads(msgspec.json.encode(UrgencyPolicy()))
    for example in blocks(REFERENCE / "repair.md", "json"):
        assert msgspec.json.decode(example, type=UrgencyPolicy) != UrgencyPolicy()


def test_the_hours_in_the_repair_page_are_what_the_model_says() -> None:
    for case, *told in table(REFERENCE / "repair.md", "| case | 16 °C |"):
        cover, heating = case.split(", heating ")
        net = network([Flat(hole_m2=3, cover=cover, heating=heating == "on")], -10.0)  # type: ignore[arg-type]
        for row, shown in zip(hours_to_cold(net), told, strict=True):
            digits = len(shown.partition(".")[2])
            assert shown == ("never" if math.isinf(row[0]) else f"{row[0] + 1e-9:.{digits}f}"), case


def test_channels_table_equals_what_channels_declare() -> None:
    declared = {
        (name, quality): str(value)
        for name, module in channels().items()
        for quality, value in msgspec.structs.asdict(module.QUALITY).items()
    }
    rows = table(REFERENCE / "channels.md", "| channel | quality | value |")
    assert {(row[0], row[1]): row[2] for row in rows} == declared
    explained = {row[0] for row in table(REFERENCE / "channels.md", "| quality | meaning |")}
    assert explained == {quality for _, quality in declared}


def test_map_table_equals_the_states_that_are_drawn() -> None:
    shown = [row[0] for row in table(REFERENCE / "map.md", "| state | hatch | outline |")]
    look = (ROOT / "frontend" / "src" / "lib" / "map" / "look.ts").read_text("utf-8")
    order = re.search(r"SHOWN = \[(.*?)\]", look)
    assert order is not None
    assert shown == re.findall(r'"(\w+)"', order[1])[::-1]


def test_sounds_table_equals_the_tones() -> None:
    page = REFERENCE / "sounds.md"
    shown = [
        (tone, int(number), Segment(*map(float, rest)))
        for tone, number, *rest in table(page, "| tone | segment | from Hz | to Hz | seconds | level |")
    ]
    assert shown == [(t.name, n, s) for t in TONES.values() for n, s in enumerate(t.segments, 1)]
    kinds = [row[:3] for row in table(page, "| tone | urgent | repeats | says |")]
    said = {True: "yes", False: "no"}
    assert kinds == [[t.name, said[t.urgent], said[t.repeats]] for t in TONES.values()]
    assert f"within {EDGE_S * 1000:.0f} ms" in page.read_text("utf-8")


def _sections(page: Path) -> dict[str, str]:
    parts = re.split(r"^## (tocsin .+)$", page.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_its_part_and_no_other() -> None:
    assert set(_sections(REFERENCE / "cli.md")) == {path for path, _ in commands()}


@pytest.mark.parametrize(
    ("path", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_option_of_a_command_is_listed(path: str, command: click.Command) -> None:
    part = _sections(REFERENCE / "cli.md")[path]
    names = {name for row in re.findall(r"^\| (`.*?) \|", part, re.MULTILINE) for name in re.findall("`([^`]+)`", row)}
    wanted = set()
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            wanted.update([*parameter.opts, *parameter.secondary_opts])
        else:
            wanted.add(parameter.make_metavar(click.Context(command)))
    assert names == wanted
