"""One of everything in the north, and everybody who might knock: for the test of who may come in where."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from channels.push_service import KEYS
from doors import ADMIN, START, Api, detection, draft
from pictures_kit import picture
from repair_kit import COLD, a_crew, a_need
from tocsin.app.actor import Grant, Role
from tocsin.app.desk import Desk
from tocsin.app.letters import Letter
from tocsin.app.memory_vault import MemoryVault
from tocsin.app.publication import Publication
from tocsin.app.shelters import ShelterDesk
from tocsin.core.event import Entry
from tocsin.core.time import rfc3339
from tocsin.record.memory import MemoryLedger
from tocsin.shelter.commands import RegisterShelters
from tocsin.shelter.events import Place, Shelter
from tocsin.store import accounts
from tocsin.web import ways

ROLES: tuple[Role, ...] = get_args(Role)
AREAS = {"inside": ("north", "east"), "outside": ("south",), "everywhere": ("*",)}
PHONE = {"subscription": {"endpoint": "https://push.example/send/abc", "keys": KEYS}}
PAGE = "2024-01-04"
CAP = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>p-1</identifier><sender>p@partner.example</sender>'
    "<sent>2024-01-04T20:58:00-00:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
    "<info><category>Security</category><event>Drone</event><urgency>Immediate</urgency><severity>Extreme</severity>"
    "<certainty>Observed</certainty><eventCode><valueName>TOCSIN-THREAT</valueName><value>drone</value></eventCode>"
    "<area><areaDesc>North</areaDesc><geocode><valueName>TOCSIN-AREA</valueName><value>north</value></geocode></area>"
    "</info></alert>"
)


@dataclass(frozen=True)
class Person:
    """Somebody at a door: a role in areas, or nobody. ``name`` stands in failures."""

    name: str
    role: str
    where: str
    kind: str
    api: Api
    screen: Client


def people() -> list[Person]:
    """Every role inside, outside and everywhere; machine keys of each kind; somebody without a role; nobody."""
    found = [Person("nobody", "", "", "", Api(), _screen(""))]
    for role in ROLES:
        for where, areas in AREAS.items():
            if where == "everywhere" and role not in ("records", "admin"):
                continue  # only what is of the whole city tells it from inside
            name = f"{role} {where}"
            actor = accounts.create_officer(name, grants=[Grant(role=role, area=area) for area in areas])
            key = accounts.new_api_key(name, "officer", officer=actor).secret
            found.append(Person(name, role, where, "officer", Api(key), _screen(name)))
    for kind, label in (("sensor", "radar-a"), ("partner", "p@partner.example")):
        for where in ("inside", "outside"):
            areas = AREAS[where]
            grants = [Grant(role=kind, area=area) for area in areas]  # type: ignore[arg-type]  # both are roles
            key = accounts.new_api_key(label, kind, grants).secret  # type: ignore[arg-type]
            found.append(Person(f"{kind} key {where}", kind, where, kind, Api(key), _screen("")))
    actor = accounts.create_officer("no role")
    key = accounts.new_api_key("no role", "officer", officer=actor).secret
    return [*found, Person("no role", "", "", "officer", Api(key), _screen("no role"))]


def _screen(login: str) -> Client:
    client = Client(raise_request_exception=False)
    if login:
        client.force_login(get_user_model().objects.get(login=login))
    return client


@dataclass
class World:
    """The things, by name. After each act :meth:`again` puts the ledger back, so that everybody meets the same world.

    Args:
        desk: the desk of the web door.
        folder: for files of evidence.
    """

    desk: Desk
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)
    kept: list[Entry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vault = MemoryVault()
        self._open(self.desk)
        everything = accounts.create_officer("everything", grants=[Grant(role=role) for role in ROLES])
        self.all = Api(accounts.new_api_key("everything", "officer", officer=everything).secret)
        ShelterDesk(self.desk, self._places).do(
            RegisterShelters(
                shelters=(Shelter(id="h01", names={"en": "School cellar"}, area="north", kind="school", demo=True),)
            ),
            ADMIN,
        )
        self._warnings()
        self._claims()
        self._repair()
        self.kept = list(self.desk.ledger.read())

    def _places(self) -> dict[str, Place]:
        return {"h01": Place(lon=36.58, lat=50.62)}

    def _open(self, desk: Desk) -> None:
        from tocsin.store.evidence import EvidenceRoom
        from tocsin.store.files import FolderFiles
        from tocsin.web.desk import set_desk, set_evidence

        self.desk = desk
        set_desk(desk, ShelterDesk(desk, self._places), vault=self.vault)
        set_evidence(EvidenceRoom(FolderFiles(self.folder), ffmpeg=""), Publication(delay_s=0, hold_during_alert=False))

    def head(self) -> int:
        return self.desk.ledger.head()[0]

    def again(self) -> None:
        """The world as it was."""
        old = self.desk
        if self.head() == len(self.kept):
            return
        ledger = MemoryLedger()
        ledger.append([entry.event for entry in self.kept])
        self._open(Desk(ledger=ledger, clock=old.clock, ids=old.ids, signer=old.signer, sender=old.sender))

    def made(self, path: str, body: Any) -> Any:
        answer = self.all.post(path, body)
        assert answer.status_code in (200, 201), (path, answer.content)
        return answer.json()

    def _warnings(self) -> None:
        self.ids["draft"] = self.made("/warnings", draft())["warning"]
        self.ids["live"] = self._live(("north", "east"))
        self.ids["drill_id"] = self.made("/drills", {"exercise": "x", "areas": ["north"], "status": "Exercise"})[
            "drill"
        ]["id"]

    def _live(self, areas: Iterable[str]) -> str:
        made = str(self.made("/warnings", draft(areas=list(areas), threat="artillery"))["warning"])
        self.made("/warnings/break-glass", {"reason": "under fire"})  # two of three areas need a second person
        self.made(f"/warnings/{made}/issue", {"sha256": self.sha(made), "confirm": "North District"})
        return made

    def sha(self, warning: str) -> str:
        return self.desk.state().threads[warning].message.sha256

    def _claims(self) -> None:
        self.made("/sources", {"id": "mayor", "names": {"en": "Mayor"}, "kind": "official", "grade": 2})
        for name in ("strike", "square"):
            self.made("/incidents", incident(id=name))
        self.ids["incident_id"] = "strike"
        self.ids["claim_id"] = self.made("/claims", claim("c-0"))["id"]
        self.ids["evidence_id"] = upload(self.all, 1).json()["id"]
        self.ids["released"] = upload(self.all, 2).json()["id"]
        self.made(f"/evidence/{self.ids['released']}/release", RELEASE)
        self.made("/record/pages/2024-01-03/withdraw", {"reason": "under review"})
        self.ids["report_id"] = self.made("/reports", report("resident-0"))["id"]
        self.made(f"/record/pages/{PAGE}/revise", {"title": {"en": "A night"}})

    def _repair(self) -> None:
        self.made("/weather", COLD)
        for name in ("need-1", "need-2"):
            self.made("/needs", a_need(name))
        self.made("/crews", a_crew(area="north"))
        self.made("/plan", None)
        self.ids |= {"need_id": "need-1", "crew_id": "crew-1", "shelter_id": "h01", "page": PAGE}
        ways.letters().keep(LETTER)
        self.ids["letter"] = LETTER.id


LETTER = Letter(
    id="0123456789abcdef",
    subject="written.edge-1",
    sender="edge-1",
    about="edge-1:7:none",
    reason="refused: ValueError",
    tries=1,
    first_at=START,
    last_at=START,
    text="{}",
)


RELEASE = {"incident": "strike", "alt": {"en": "Cars with broken windows"}}


def incident(**changes: Any) -> dict[str, Any]:
    told = {"names": {"en": "Debris"}, "kind": "debris", "area": "north", "happened_from": "2024-01-04T20:41:00Z"}
    return told | changes


def claim(client_id: str) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "incident": "strike",
        "source": "mayor",
        "wording": "at least 130 windows",
        "language": "en",
    }


def report(client_id: str) -> dict[str, Any]:
    return {"client_id": client_id, "area": "north", "address": "Example Street 1", "flat": "12", "windows": 3}


def upload(api: Api, seed: int, **fields: str) -> Any:
    file = SimpleUploadedFile("a.jpg", picture(seed), "image/jpeg")
    told = {"incident": "strike", "collector": "duty officer"} | fields
    return api.client.post("/api/v1/evidence", {"file": file, **told}, headers=api._headers())


def odk(api: Api) -> Any:
    form = (
        '<data id="damage"><meta><instanceID>uuid:5f0c</instanceID></meta><home><area>north</area>'
        "<address>Example Street 1</address></home><windows>3</windows></data>"
    )
    file = SimpleUploadedFile("s.xml", form.encode(), "text/xml")
    return api.client.post("/api/v1/odk/submission", {"xml_submission_file": file}, headers=api._headers())


def bodies(world: World) -> dict[str, Any]:
    """A good body for each act of the API, by ``METHOD path``; what is no JSON is a function that sends it."""
    draft_sha = world.sha(world.ids["draft"])
    why, opening = {"reason": "for a test"}, {"windows": 4, "hole_m2": 5.2}
    w, n, r = "POST /api/v1/warnings", "POST /api/v1/needs/{need_id}", "POST /api/v1/record/pages/{page}"
    return {
        "POST /api/v1/detections": detection(source="officer"),
        w: draft(threat="missile"),
        f"{w}/break-glass": why,
        f"{w}/{{warning_id}}/edit": why | {"duration_s": 900},
        f"{w}/{{warning_id}}/approve": {"sha256": draft_sha},
        f"{w}/{{warning_id}}/issue": {"sha256": draft_sha, "confirm": "North District"},
        f"{w}/{{warning_id}}/break-glass": why,
        f"{w}/{{warning_id}}/update": why | {"duration_s": 7200},
        f"{w}/{{warning_id}}/partial-clear": why | {"areas": ["north"]},
        **{f"{w}/{{warning_id}}/{act}": why for act in ("all-clear", "cancel", "end", "discard")},
        "POST /api/v1/shelters/{shelter_id}/door": {"state": "open", "observed_at": rfc3339(START)},
        "POST /api/v1/shelters/{shelter_id}/drills": {
            "group": "5A",
            "people": 24,
            "seconds": 170,
            "season": "winter",
            "on": "2024-01-03",
        },
        "POST /api/v1/shelters/{shelter_id}/withdraw": why,
        "POST /api/v1/sources": {"id": "police", "names": {"en": "Police"}, "kind": "official", "grade": 2},
        "POST /api/v1/incidents": incident(id="other"),
        "POST /api/v1/incidents/{incident_id}/revise": incident(revision=1, reason="the kind", kind="strike"),
        "POST /api/v1/incidents/{incident_id}/withdraw": why,
        "POST /api/v1/incidents/{incident_id}/relate": {
            "other": "square",
            "relation": "maybe_same",
            "reason": "two dates",
        },
        "POST /api/v1/claims": claim("c-1"),
        "POST /api/v1/claims/parse": {"text": "at least 130 windows", "language": "en"},
        "POST /api/v1/claims/{claim_id}/retract": why,
        "POST /api/v1/claims/{claim_id}/grade": {"grade": 3, "reason": "counted on the scene"},
        "POST /api/v1/claims/{claim_id}/mark": {"mark": "verified"},
        "POST /api/v1/evidence": lambda api: upload(api, 3),
        "POST /api/v1/evidence/{evidence_id}/release": RELEASE,
        "POST /api/v1/evidence/{evidence_id}/withdraw": why,
        "POST /api/v1/reports": report("resident-1"),
        "POST /api/v1/reports/{report_id}/handle": {"outcome": "duplicate", "reason": "the neighbour reported it"},
        "POST /api/v1/subscriptions": PHONE | {"cells": ["872c0a0caffffff"], "language": "en"},
        "DELETE /api/v1/subscriptions": lambda api: api.delete("/subscriptions", PHONE),
        "POST /api/v1/odk/submission": odk,
        "POST /api/v1/odk/json": {
            "results": [{"_uuid": "5f0c", "home/area": "north", "home/address": "Example Street 1", "windows": "3"}]
        },
        "POST /api/v1/needs": a_need("need-9"),
        f"{n}/assess": {"opening": opening, "skills": ["glazing"], "note": ""},
        f"{n}/merge": {"into": "need-2", "reason": "the same flat"},
        f"{n}/move": {"state": "on_the_way", "crew": "crew-1", "client_id": "p-1"},
        f"{n}/reopen": why,
        f"{n}/pin": {"crew": "crew-1", "position": 0},
        "POST /api/v1/crews": a_crew("crew-2", area="north"),
        "POST /api/v1/crews/{crew_id}/stop": why,
        "POST /api/v1/crews/{crew_id}/resume": None,
        "POST /api/v1/plan": None,
        "POST /api/v1/weather": {"temperature_c": -9.5, "wind_ms": 4, "source": "officer", "at": rfc3339(START)},
        "POST /api/v1/thermometers": {"need": "need-1", "temperature_c": 11.5, "at": rfc3339(START)},
        f"{r}/bulletin": why,
        f"{r}/revise": {"title": {"en": "Another title"}, "reason": "clearer", "revision": 1},
        f"{r}/withdraw": why,
        f"{r}/restore": why,
        f"{r}/corrections": {"id": "c1", "before": {"en": "3"}, "after": {"en": "2"}, "reason": {"en": "twice"}},
        "POST /api/v1/record/coverage": why
        | {"area": "north", "start": "2024-01-01T00:00:00Z", "coverage": "no_coverage"},
        "POST /api/v1/drills": {"exercise": "Autumn", "areas": ["north"], "status": "Exercise"},
        "POST /api/v1/drills/{drill_id}/end": why,
        "POST /api/v1/cap": lambda api: api.post("/cap", raw=CAP.encode(), type_="application/cap+xml"),
    }


def ask(person: Person, door: str, world: World, body: Any) -> Any:
    """Knock at a door of the API with a body that is in order."""
    method, _, path = door.partition(" ")
    warning = world.ids["draft" if path.endswith(("edit", "approve", "issue", "discard", "}/break-glass")) else "live"]
    named = dict(world.ids) | {"warning_id": warning}
    if "/restore" in path:
        named["page"] = "2024-01-03"
    if path.endswith(("/public", "/original", "}/withdraw")) and "evidence" in path:
        named["evidence_id"] = world.ids["released"]
    address = path.format(**named)
    if callable(body):
        return body(person.api)
    if method == "GET":
        return person.api.get(address.removeprefix("/api/v1"))
    source = getattr(person, "kind", "")
    if isinstance(body, dict) and body.get("source") == "officer" and source in ("sensor", "partner"):
        body = body | {"source": "radar-a"}
    return person.api.post(address.removeprefix("/api/v1"), body)


def words(answer: Any) -> str:
    """The start of an answer, for the message of a failed test."""
    return "a file" if answer.streaming else json.dumps(answer.content[:200].decode(errors="replace"))


def forms(world: World) -> dict[str, Any]:
    """A good form for acts of the control room, by address: with it the right officer writes, and nobody else."""
    draft_sha = world.sha(world.ids["draft"])
    from tocsin.web.control import lives

    thread = world.desk.state().threads[world.ids["live"]]
    kind, why = {"sha256": draft_sha}, {"reason": "for a test", "preset": ""}
    stands = why | {"seen": lives.version(thread), "heard": lives.heard_of(thread)}
    drafts, live = "/control/drafts/{warning_id}", "/control/warnings/{warning_id}"
    return {
        f"{drafts}/send": kind | {"confirm": "North District"},
        f"{drafts}/approve": kind,
        f"{drafts}/discard": kind | why,
        f"{drafts}/break-glass": kind | why,
        **{f"{live}/{act}": stands for act in ("all-clear", "cancel", "end")},
        f"{live}/partial-clear": stands | {"areas": "north"},
        "/control/repair/replan": {},
        "/control/repair/needs/{name}/pin": {"crew": "crew-1", "position": "0"},
        "/control/repair/crews/{name}/stop": why,
        "/control/record/{page}/withdraw": why,
        "/control/record/{page}/bulletin": {},
        "/control/letters/{letter}/again": {"once": ""},
        "/control/letters/{letter}/aside": {"once": ""},
    }
