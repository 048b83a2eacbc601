"""Broken input of every kind: a code, the field at fault, what to do, where to read on; and nothing is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import tocsin
from tocsin.app import partner
from tocsin.app.night import read_night
from tocsin.cli.areas import areas_of
from tocsin.cli.root import root
from tocsin.core.errors import TocsinError
from tocsin.warn import commands as cmd
from tocsin.warn.cap import check_files
from tocsin.warn.city import read_city
from tocsin.warn.events import Detection, Siren
from tocsin.wiring.settings import load, policy
from warn.rig import ADMIN, ANNA, BORIS, SENDER, SENSOR, START, Rig, area, key, whole

ROOT = Path(tocsin.__file__).parent
GOOD_CAP = (Path(__file__).parent / "golden").rglob("*.xml")


@pytest.fixture
def rig() -> Rig:
    return Rig()


def seen(**changes: Any) -> cmd.ReportDetection:
    given = {
        "id": "1",
        "source": "radar",
        "trusted": True,
        "threat": "drone",
        "areas": ("south",),
        "observed_at": START,
    }
    return cmd.ReportDetection(detection=Detection(**(given | changes)))


def draft(**changes: Any) -> cmd.Draft:
    return cmd.Draft(**({"threat": "drone", "areas": ("south",), "reason": "seen"} | changes))


def defined(**changes: Any) -> cmd.DefineAreas:
    import msgspec

    return cmd.DefineAreas(areas=(msgspec.structs.replace(area("x", "city", "X", at=(50.4, 36.4)), **changes),))


def siren(**changes: Any) -> cmd.RegisterSirens:
    given = {"id": "s77", "name": {"en": "S"}, "area": "south", "demo": True}
    return cmd.RegisterSirens(sirens=(Siren(**(given | changes)),))


NAIVE = datetime(2024, 1, 4, 20, 58)  # noqa: DTZ001 - the fault itself

COMMANDS: list[tuple[str, cmd.Command, str, str]] = [
    # detections
    ("a detection with a blank id", seen(id=""), "TOC-1001", "id"),
    ("a detection with a space in its id", seen(id="a b"), "TOC-1001", "id"),
    ("a detection with an endless source", seen(source="r" * 129), "TOC-1001", "source"),
    ("a detection with a bell in its source", seen(source="r\x07"), "TOC-1001", "source"),
    ("a detection with a long note", seen(note="x" * 1001), "TOC-1001", "note"),
    ("a detection from the future", seen(observed_at=START + timedelta(seconds=6)), "TOC-1002", "observed_at"),
    ("a detection without a zone", seen(observed_at=NAIVE), "TOC-1002", "observed_at"),
    ("a detection of nowhere", seen(areas=()), "TOC-1003", "areas"),
    ("a detection of an unknown area", seen(areas=("south", "atlantis")), "TOC-1003", "areas[1]"),
    ("a detection of a pseudo-area", seen(areas=("everywhere",)), "TOC-1003", "areas[0]"),
    ("a detection of a dragon", seen(threat="dragon"), "TOC-1012", "threat"),
    # drafts
    ("a draft without a reason", draft(reason="\n"), "TOC-1004", "reason"),
    ("a draft of a dragon", draft(threat="dragon"), "TOC-1012", "threat"),
    ("a draft of a panic", draft(level="panic"), "TOC-1004", "level"),
    ("a draft with markup", draft(headline={"en": "<blink>Run</blink>"}), "TOC-1004", "headline.en"),
    ("a draft with half a character", draft(headline={"ru": "\udc00"}), "TOC-1004", "headline.ru"),
    ("a draft in a language of nobody", draft(headline={"xx": "Run"}), "TOC-1004", "headline.xx"),
    ("a draft that is over at once", draft(duration_s=0), "TOC-1004", "duration_s"),
    ("a draft that replaces nothing", draft(supersedes="none"), "TOC-6004", "warning"),
    ("an approval of nothing", cmd.Approve(warning_id="none", sha256="0" * 64), "TOC-6004", "warning"),
    ("a cancel of nothing", cmd.Cancel(warning_id="none", reason="x"), "TOC-6004", "warning"),
    ("a drill that is real", cmd.StartDrill(exercise="A", areas=("south",), status="Actual"), "TOC-1011", "status"),
    ("the end of no drill", cmd.EndDrill(drill_id="none", reason="x"), "TOC-6004", "drill"),
    # areas and sirens
    ("an area with capitals in its id", defined(id="North"), "TOC-2005", "areas[0].id"),
    ("an area without a name", defined(names={}), "TOC-2005", "areas[0].names"),
    ("an area with a bell in its name", defined(names={"en": "X\x07"}), "TOC-2005", "areas[0].names.en"),
    ("an area in no zone", defined(zone="Mars/Base"), "TOC-2006", "areas[0].zone"),
    ("an area with an endless lead time", defined(lead_time_s=181), "TOC-2006", "areas[0].lead_time_s"),
    ("an area with fewer than no people", defined(population=-1), "TOC-2006", "areas[0].population"),
    ("an area that is a point", defined(geometry={"type": "Point"}), "TOC-2002", "areas[0].geometry"),
    ("an area below nothing", defined(parent="none"), "TOC-2004", "areas[0].parent"),
    ("an area below itself", defined(parent="x"), "TOC-2004", "areas[0].parent"),
    ("a siren that would break a topic", siren(id="s/1"), "TOC-4004", "sirens[0].id"),
    ("a siren nowhere", siren(area="none"), "TOC-4004", "sirens[0].area"),
    ("a siren that never stops", siren(hard_limit_s=0), "TOC-4004", "sirens[0].hard_limit_s"),
    ("a real siren in a demonstration", siren(demo=False), "TOC-8003", "sirens[0].demo"),
]


def actor(command: cmd.Command) -> Any:
    if isinstance(command, cmd.ReportDetection):
        return SENSOR
    if isinstance(command, cmd.Approve):
        return BORIS
    return ADMIN if isinstance(command, cmd.DefineAreas | cmd.RegisterSirens) else ANNA


@pytest.mark.parametrize("case", COMMANDS, ids=lambda case: case[0])
def test_a_broken_command(rig: Rig, case: tuple[str, cmd.Command, str, str]) -> None:
    _, command, code, field = case
    rig.refused(code, command, actor(command), field=field)


def cap(**changes: str) -> bytes:
    """A partner's message, one element changed."""
    parts = {
        "sender": "partner.example.invalid",
        "status": "Actual",
        "msgType": "Alert",
        "urgency": "Immediate",
        "polygon": "",
    } | changes
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>i-1</identifier><sender>{parts["sender"]}</sender>
<sent>2024-01-04T20:58:00-00:00</sent><status>{parts["status"]}</status><msgType>{parts["msgType"]}</msgType>
<scope>Public</scope><info><category>Safety</category><event>Drone</event><urgency>{parts["urgency"]}</urgency>
<severity>Severe</severity><certainty>Likely</certainty><area><areaDesc>South</areaDesc>{parts["polygon"]}</area></info>
</alert>""".encode()


CAPS: list[tuple[str, bytes, str]] = [
    ("no XML", b"warning!", "TOC-3001"),
    ("a document type", b"<!DOCTYPE x><x/>", "TOC-3001"),
    ("another document", b"<feed/>", "TOC-3002"),
    ("CAP 1.1", cap().replace(b"cap:1.2", b"cap:1.1"), "TOC-3002"),
    ("somebody else's name", cap(sender="other.example.invalid"), "TOC-6002"),
    ("an exercise", cap(status="Exercise"), "TOC-1011"),
    ("a draft", cap(status="Draft"), "TOC-3003"),
    ("an acknowledgement", cap(msgType="Ack"), "TOC-3003"),
]


@pytest.mark.parametrize("case", CAPS, ids=lambda case: case[0])
def test_a_broken_partners_message(rig: Rig, case: tuple[str, bytes, str]) -> None:
    _, data, code = case
    with pytest.raises(TocsinError) as caught:
        partner.read(
            data,
            speaks_for="partner.example.invalid",
            pinned={SENDER: (key()[1],)},
            now=START,
            policy=rig.policy,
            tree=rig.state.areas,
        )
    assert caught.value.code == code
    whole(caught.value)


def test_the_same_message_unbroken_is_read_and_can_only_propose(rig: Rig) -> None:
    read = partner.read(
        cap(),
        speaks_for="partner.example.invalid",
        pinned={},
        now=START,
        policy=rig.policy,
        tree=rig.state.areas,
    )
    assert read.areas == ("south",)
    assert read.verdict != "valid"


def test_a_partners_pseudo_area_is_kept_and_warns_nowhere(rig: Rig) -> None:
    read = partner.read(
        cap().replace(b">South<", b">Whole country<"),
        speaks_for="partner.example.invalid",
        pinned={},
        now=START,
        policy=rig.policy,
        tree=rig.state.areas,
    )
    assert read.areas == ()
    rig.do(read, officer_of_partner())
    assert len(rig.state.partner_messages) == 1


def officer_of_partner() -> Any:
    from warn.rig import PARTNER

    return PARTNER


def night(**changes: Any) -> bytes:
    path = sorted((ROOT / "nights").glob("*.json"))[0]
    return json.dumps(json.loads(path.read_bytes()) | changes).encode()


def city(**changes: Any) -> bytes:
    path = sorted((ROOT / "cities").glob("*/city.json"))[0]
    return json.dumps(json.loads(path.read_bytes()) | changes).encode()


def policy_file(tmp: Path, text: str) -> Any:
    path = tmp / "policy.json"
    path.write_text(text)
    return policy(load({"TOCSIN_POLICY_FILE": str(path)}))


FILES: list[tuple[str, Callable[[Path], Any], str]] = [
    ("a night that is no JSON", lambda _: read_night(b"{"), "TOC-8004"),
    ("a night with a word too many", lambda _: read_night(night(weather="fine")), "TOC-8004"),
    ("a night without steps", lambda _: read_night(night(steps="none")), "TOC-8004"),
    ("a city that is no JSON", lambda _: read_city(b"[]"), "TOC-8001"),
    ("a city in no zone", lambda _: read_city(city(zone="Mars/Base")), "TOC-8001"),
    ("a demonstration with a real sender", lambda _: read_city(city(demo=True, sender="city.example")), "TOC-8001"),
    ("a city inside out", lambda _: read_city(city(within=[30, 60, 40, 50])), "TOC-8001"),
    ("areas that are no GeoJSON", lambda _: areas_of(b"{}", read_city(city())), "TOC-2001"),
    ("a setting that does not exist", lambda _: load({"TOCSIN_COLOUR": "red"}), "TOC-8001"),
    ("a number that is none", lambda _: load({"TOCSIN_MAX_CLIENTS": "many"}), "TOC-8001"),
    ("an address without a port", lambda _: load({"TOCSIN_WEB_BIND": "127.0.0.1"}), "TOC-8001"),
    ("a site that is no address", lambda _: load({"TOCSIN_SITE_URL": "warn.example"}), "TOC-8001"),
    ("a broker of another kind", lambda _: load({"TOCSIN_MQTT_URL": "amqp://x"}), "TOC-8001"),
    ("a policy that is no JSON", lambda tmp: policy_file(tmp, "{"), "TOC-8001"),
    ("a policy with a misspelt rule", lambda tmp: policy_file(tmp, '{"wide_peoples": 1}'), "TOC-8001"),
    ("a policy without a policy", lambda tmp: policy(load({"TOCSIN_POLICY_FILE": str(tmp / "no")})), "TOC-8001"),
]


@pytest.mark.parametrize("case", FILES, ids=lambda case: case[0])
def test_a_broken_file_or_setting(tmp_path: Path, case: tuple[str, Callable[[Path], Any], str]) -> None:
    _, read, code = case
    with pytest.raises(TocsinError) as caught:
        read(tmp_path)
    assert caught.value.code == code
    whole(caught.value)


def test_there_are_at_least_thirty() -> None:
    names = [case[0] for table in (COMMANDS, CAPS, FILES) for case in table]
    assert len(names) == len(set(names)) >= 30


# the same at the command line


def run(*args: str) -> Any:
    return CliRunner().invoke(root, args)


def test_the_command_line_checks_a_cap_file_and_names_the_rule(tmp_path: Path) -> None:
    path = tmp_path / "bad.xml"
    path.write_bytes(cap(polygon="<polygon>50,36 abc</polygon>"))
    result = run("cap", "check", str(path), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == json.loads(json.dumps(check_files([(str(path), path.read_bytes())])))
    assert {f["rule"] for f in json.loads(result.stdout)[0]["findings"]} >= {31}


def test_the_command_line_says_usage_for_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert run("cap", "check", str(tmp_path / "none.xml")).exit_code == 2
    assert run("cap", "check").exit_code == 2
    assert run("warn", "draft", "--threat", "drone", "--level", "panic").exit_code == 2


@pytest.mark.parametrize(
    ("args", "env", "code"),
    [
        (("night", "play", "no-such-night"), {}, "TOC-8004"),
        (("areas", "--json"), {"TOCSIN_COLOUR": "red"}, "TOC-8001"),
        (("warn", "list"), {"TOCSIN_API_URL": "http://127.0.0.1:9"}, "TOC-8002"),
        (("officer", "list"), {}, "TOC-8002"),
        (("officer", "add", "olga", "--role", "duty"), {"TOCSIN_NEW_PASSWORD": "a pass phrase for olga"}, "TOC-8002"),
    ],
)
def test_the_command_line_raises_errors_that_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], env: dict[str, str], code: str
) -> None:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path))
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    result = run(*args)
    assert isinstance(result.exception, TocsinError), result.output
    assert result.exception.code == code
    whole(result.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("bind", "asked"),
    [("127.0.0.1:9", "http://127.0.0.1:9"), ("0.0.0.0:9", "http://127.0.0.1:9"), ("[::]:9", "http://[::1]:9")],
)
def test_commands_speak_to_the_port_that_was_chosen(monkeypatch: pytest.MonkeyPatch, bind: str, asked: str) -> None:
    monkeypatch.delenv("TOCSIN_API_URL", raising=False)
    monkeypatch.setenv("TOCSIN_WEB_BIND", bind)
    result = run("warn", "list")
    assert isinstance(result.exception, TocsinError), result.output
    assert f"does not answer at {asked}" in result.exception.message
