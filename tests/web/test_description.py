"""What the OpenAPI document allows breaks no operation, what it forbids is refused, each answer is one that it names.

The requests and the checks are Schemathesis's own, all of them. A run is like the last one: nothing is drawn by chance.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ninja
import pytest
import schemathesis
import werkzeug.test
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema

from city_of_doors import World
from docs.kit import ROOT
from doors import Api, draft
from repair_kit import a_need
from tocsin.app.desk import Desk

EXAMPLES = 20 if os.environ.get("LONG") == "1" else 2
"""Requests an operation, of each mode."""

WANTED = {
    "allow_header_conformance",
    "content_type_conformance",
    "ensure_resource_availability",
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
    "use_after_free",
    "what_the_document_allows_is_well_formed",
}
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@schemathesis.check
def what_the_document_allows_is_well_formed(_ctx: Any, response: Any, case: Any) -> None:
    """A city's rules may refuse what the document allows (422 with a code of their own); its own form may not."""
    allowed = case.meta is not None and case.meta.generation.mode.is_positive
    if allowed and "multipart" in (case.media_type or ""):
        allowed = bytes(getattr(case.body.get("file"), "data", b"x")) != b""  # an empty file is sent as none at all
    if allowed and response.status_code == 422 and response.json()["error"]["code"] == "TOC-6003":
        raise Failure(operation=case.operation.label, title="Allowed, and called malformed", message=response.text)


@pytest.fixture
def world(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from tocsin.app.memory_addresses import MemoryAddressBook
    from tocsin.web import intake
    from tocsin.web.api import auth
    from tocsin.web.desk import set_evidence
    from tocsin.web.push import set_push

    send = werkzeug.test.Client.open

    def in_process(self: Any, *args: Any, **given: Any) -> Any:
        # Schemathesis hands over what only a network has when it asks again without a key.
        return send(
            self, *args, **{k: v for k, v in given.items() if k not in ("max_redirects", "verify", "cert", "proxies")}
        )

    monkeypatch.setattr(werkzeug.test.Client, "open", in_process)
    with override_settings(TOCSIN_KEY_RATE=(1e6, 10**6), TOCSIN_IP_RATE=(1e6, 10**6)):
        auth.key_limits.cache_clear()
        auth.address_limits.cache_clear()
        intake.limits.cache_clear()
        set_push(MemoryAddressBook(), "B" * 87)
        yield World(desk, tmp_path / "evidence")
    set_push(None)
    set_evidence(None)


# The multipart writer of the client in this process leaves its buffer to the collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning"
)


@dataclass
class Told:
    """What a run met."""

    statuses: Counter[int] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    followed: set[tuple[str, str, int]] = field(default_factory=set)


def run(world: World, *phases: str, paths: str = "", examples: int = EXAMPLES) -> Told:
    """Ask every operation, or those whose path fits; after each the world is as it was."""
    schema = schemathesis.openapi.from_path(ROOT / "docs" / "reference" / "openapi.json")
    schema.app = get_wsgi_application()
    schema = schema.include(path_regex=paths) if paths else schema
    config = schema.config
    headers = {"Authorization": f"Bearer {world.all.secret}", "Host": "localhost"}
    config.update(headers=headers, workers=1, continue_on_failure=True)
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    config.generation.update(modes=modes, max_examples=examples, deterministic=True, database="none", no_shrink=True)
    config.checks.positive_data_acceptance.expected_statuses.append("422")
    config.checks.negative_data_rejection.expected_statuses.append("413")  # too long for the door before it is read
    for phase in PHASES:
        getattr(config.phases, phase).enabled = phase in phases
    if "stateful" in phases:
        # What is made must be possible here, or nothing would ever be there to be read again.
        config.generation.update(modes=[GenerationMode.POSITIVE])
        schema.hook("map_body")(_possible)
    else:
        # Names that are there, so that more than "no such thing" is answered. A file is sent in pieces, which this
        # client does not close.
        there = world.ids | {"warning_id": world.ids["draft"]}
        names = {name: value for name, value in there.items() if name.endswith("_id") and name != "evidence_id"}
        config.parameters.update(
            {f"path.{name}": value for name, value in names.items()}, **{"path.page": there["page"]}
        )
    told = Told()
    for event in from_schema(schema).execute():
        _take(event, told)
        if isinstance(event, events.ScenarioFinished):
            world.again()
    return told


def _possible(_context: Any, body: Any) -> Any:
    if isinstance(body, dict) and "areas" in body:
        return draft()
    return a_need("made") if isinstance(body, dict) and "opening" in body else body


def _take(event: Any, told: Told) -> None:
    if isinstance(event, events.NonFatalError | events.FatalError):
        told.faults.append(str(event))
    if not isinstance(event, events.ScenarioFinished):
        return
    met = event.recorder
    for name, call in met.interactions.items():
        told.calls[met.cases[name].value.operation.label] += 1
        before = met.cases[name].parent_id
        if before in met.cases and call.response is not None:
            made = met.cases[before].value.operation.label
            told.followed.add((made, met.cases[name].value.operation.label, call.response.status_code))
        if call.response is not None:
            told.statuses[call.response.status_code] += 1
    for name, checks in met.checks.items():
        for one in checks:
            told.checked[one.name] += 1
            if one.failure_info is not None:
                case = met.cases[name].value
                body = f"{case.path_parameters} {case.query} {case.body}"
                told.faults.append(f"{one.failure_info.failure}\n{case.method} {case.path} {body}"[:2000])


def test_no_operation_breaks_by_its_own_description(world: World) -> None:
    told = run(world, "examples", "fuzzing")
    assert told.faults == []
    assert {200, 201, 401, 404, 409, 422} <= set(told.statuses)
    assert len(told.calls) > 80


def test_every_check_is_made() -> None:
    load_all_checks()
    known = set(CHECKS.get_all_names()) - {"max_response_time", "object_level_authorization"}
    assert known == WANTED


def test_what_was_made_is_there(world: World) -> None:
    told = run(world, "stateful", paths="^/api/v1/(warnings|needs)(/[^/]*)?$", examples=6)
    assert told.faults == []
    read_again = {("warnings", "warning_id"), ("needs", "need_id")}
    assert {(f"POST /api/v1/{many}", f"GET /api/v1/{many}/{{{one}}}", 200) for many, one in read_again} <= told.followed


def test_the_corners_of_some_operations(world: World) -> None:
    told = run(world, "coverage", paths="^/api/v1/(weather|drills/{drill_id}/end|tallies)$")
    assert told.faults == []
    assert told.checked["unsupported_method"]
    assert 405 in told.statuses


def test_the_headers_of_a_refusal_are_as_described(world: World) -> None:
    from tocsin.web.api import auth

    described = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())["components"]["headers"]
    nobody = Api()
    with override_settings(TOCSIN_IP_RATE=(0.1, 1)):
        auth.address_limits.cache_clear()
        answers = {401: nobody.get("/sirens"), 405: nobody.client.put("/api/v1/areas"), 200: nobody.get("/areas")}
        answers[429] = nobody.get("/areas")
    for status, name in ((401, "WWW-Authenticate"), (405, "Allow"), (429, "Retry-After")):
        assert answers[status].status_code == status
        assert re.search(described[name]["schema"]["pattern"], answers[status].headers[name])
    assert set(described) == {"WWW-Authenticate", "Allow", "Retry-After"}


def test_a_whole_number_is_one_however_it_is_written(world: World) -> None:
    for floor, status in ((4.0, 201), (4.5, 422)):
        body = a_need(f"need-{floor}", opening={"windows": 3, "heating": False, "floor": floor})
        assert world.all.post("/needs", body).status_code == status


def test_no_two_shapes_share_a_name() -> None:
    """The document knows a shape by the name of its class: the later one would describe the earlier one's bodies."""
    shapes = [ninja.Schema]
    for shape in shapes:
        shapes += shape.__subclasses__()
    ours = [shape.__name__ for shape in shapes if shape.__module__.startswith("tocsin.")]
    assert {name for name, count in Counter(ours).items() if count > 1} == set()
    assert len(ours) > 100


@pytest.mark.long
def test_the_corners_of_every_operation(world: World) -> None:
    told = run(world, "coverage")
    assert told.faults == []
    assert sum(told.statuses.values()) > 4000
