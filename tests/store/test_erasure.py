"""What a person wants forgotten is gone from the files of this machine, and the chain of the ledger stays whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from doors import Api, SetClock, a_desk
from pictures_kit import picture
from repair_kit import SECRET, a_need, street
from tocsin.app import erasure
from tocsin.app.actor import Grant
from tocsin.app.erasure import Forgotten
from tocsin.app.publication import Publication
from tocsin.cli import root
from tocsin.cli.city import CITIES
from tocsin.core.errors import Refused, Unknown
from tocsin.store import accounts
from tocsin.store.check import check_tables
from tocsin.store.evidence import EvidenceRoom
from tocsin.store.files import FolderFiles
from tocsin.store.ledger import DjangoLedger
from tocsin.store.vault import DjangoVault
from tocsin.wiring.keys import make_keys

OLENA, STREET = "Olena Example +7 000", "Lantern Street 48"


class City:
    """A city over a database in a file, with somebody's data in it."""

    def __init__(self, folder: Path, home: Path) -> None:
        from tocsin.web import intake
        from tocsin.web.api import auth
        from tocsin.web.desk import repairs, reports, set_desk, set_evidence

        auth.key_limits.cache_clear()
        auth.address_limits.cache_clear()
        intake.limits.cache_clear()
        self.home, self.clock, self.vault = home, SetClock(), DjangoVault()
        self.files = FolderFiles(folder)
        self.folder = folder
        set_desk(a_desk(self.clock, ledger=DjangoLedger()), vault=self.vault)
        self.evidence = EvidenceRoom(self.files, ffmpeg="")
        set_evidence(self.evidence)
        self.repairs, self.reports = repairs, reports
        grants = [Grant(role="dispatcher"), Grant(role="records"), Grant(role="duty")]
        actor = accounts.create_officer("olena.duty", name=OLENA, password="correct horse battery", grants=grants)
        self.api = Api(accounts.new_api_key("key", "officer", officer=actor).secret)

    def states(self) -> tuple:
        return self.repairs().state(), self.reports().state()

    def forget(self, found: Forgotten) -> None:
        for reference in found.references:
            self.vault.erase(reference)
        for sha256 in found.files:
            self.evidence.erase(sha256)

    def holds(self, text: str | bytes) -> bool:
        """Whether the bytes stand in any file of the database or of the evidence."""
        raw = text.encode() if isinstance(text, str) else text
        connections["default"].close()
        files = [*self.home.glob("db.sqlite3*"), *(path for path in self.folder.rglob("*") if path.is_file())]
        return any(raw in path.read_bytes() for path in files)


@pytest.fixture
def city(db: str, tmp_path: Path, django_home: Path) -> Iterator[City]:
    from tocsin.web.desk import set_desk, set_evidence

    with connections[db].cursor() as cursor:
        cursor.execute("VACUUM")  # what earlier tests left behind is not ours to judge
    yield City(tmp_path / "evidence", django_home)
    set_desk(None)
    set_evidence(None)


def close(city: City) -> None:
    for move in ({"state": "on_the_way"}, {"state": "temporarily_closed", "cover": "film2"}):
        answer = city.api.post("/needs/need-1/move", {"crew": "crew-1", **move})
        assert answer.status_code == 201, answer.content


def test_an_address_is_forgotten_when_its_windows_are_closed(city: City) -> None:
    street(city.api, 1)
    with pytest.raises(Refused, match="still open"):
        erasure.of_need("need-1", *city.states())
    close(city)
    assert city.holds(SECRET)
    city.forget(erasure.of_need("need-1", *city.states()))
    assert not city.holds(SECRET)
    assert city.api.get("/needs/need-1").status_code == 200
    assert check_tables([]) == (DjangoLedger().head()[0], [])
    with pytest.raises(Unknown):
        erasure.of_need("none", *city.states())


def test_a_report_is_forgotten_with_its_photos(city: City) -> None:
    shot = picture(5, notes=True)
    photo = SimpleUploadedFile("a.jpg", shot, "image/jpeg")
    form = {"client_id": "resident-1", "area": "north", "address": STREET, "flat": "12", "contact": OLENA, "note": "x"}
    answer = city.api.client.post("/report", form | {"photo": photo})
    assert answer.status_code == 200, answer.content[:500]
    (report_id,) = city.states()[1].reports
    assert city.holds(STREET)
    assert city.holds(shot[:400])
    before = DjangoLedger().head()
    city.forget(erasure.of_report(report_id, *city.states()))
    assert not city.holds(STREET)
    assert not city.holds(shot[:400])
    assert DjangoLedger().head() == before
    assert check_tables([]) == (before[0], [])


def test_bytes_that_somebody_else_handed_in_too_stay(city: City) -> None:
    ids = []
    for _ in range(2):
        file = SimpleUploadedFile("a.jpg", picture(6), "image/jpeg")
        answer = city.api.client.post("/api/v1/evidence", {"file": file, "collector": "x"}, headers=city.api._headers())
        ids.append(answer.json()["id"])
    assert erasure.of_evidence(ids[0], city.states()[1]).files == ()


def test_an_officer_loses_the_name_and_the_ledger_goes_on(city: City) -> None:
    assert city.holds(OLENA)
    actor = accounts.forget("OLENA.duty")
    assert not city.holds(OLENA)
    assert not city.holds("olena.duty")
    (row,) = accounts.officers()
    assert (row.actor, row.name, row.active, row.grants) == (actor, "", False, ())
    assert city.api.get("/sirens").status_code == 401
    assert check_tables([])[1] == []


def test_what_was_kept_long_enough_comes_due(city: City) -> None:
    city.api.post("/needs", a_need("open"))
    street(city.api, 1)
    close(city)
    policy, now = Publication(keep_homes_days=30), city.clock.now()

    def told(days: int, by: Publication = policy) -> list[str]:
        return [f"{one.what} {one.of}" for one in erasure.due(now + timedelta(days=days), by, *city.states())]

    assert told(29) == []
    assert told(31) == ["need need-1"]
    assert told(9999, Publication(keep_homes_days=0)) == []


def test_the_command_erases_what_is_due_and_says_so(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, policy = tmp_path / "home", tmp_path / "policy.json"
    home.mkdir()
    shutil.copy(CITIES / "port-almen" / "city.json", home)
    make_keys(home / "keys", city="Port Almen", now=city.clock.at)
    policy.write_text('{"keep_homes_days": 1}')
    monkeypatch.setenv("TOCSIN_HOME", str(home))
    monkeypatch.setenv("TOCSIN_PUBLICATION_FILE", str(policy))
    monkeypatch.setattr("tocsin.wiring.parts.Wake", lambda _path: lambda _seq: None)
    street(city.api, 1)
    close(city)
    tried = CliRunner().invoke(root, ["erase", "due", "--dry-run"], catch_exceptions=False)
    assert tried.output == "need need-1\n"
    assert city.holds(SECRET)
    before = DjangoLedger().head()[0]
    done = CliRunner().invoke(root, ["erase", "due"], catch_exceptions=False)
    assert done.output == "need need-1\nerased: 1 sealed document, 0 files\n"
    assert not city.holds(SECRET)
    assert CliRunner().invoke(root, ["erase", "due"], catch_exceptions=False).output == ""
    (reference,) = next(iter(city.states()[0].needs.values())).sealed
    (entry,) = DjangoLedger().read(before)
    digest = hashlib.sha256(json.dumps([reference]).encode()).hexdigest()
    counted = {"digest": digest, "documents": 1, "files": 0, "rule": "keep_homes_days=1"}
    assert entry.event.body == {"what": "need", "of": "need-1"} | counted
    assert (entry.event.kind, entry.event.actor) == ("record.data_erased", "system:operator")
    assert CliRunner().invoke(root, ["erase", "officer", "olena.duty"], catch_exceptions=False).exit_code == 0
    assert_nothing_personal_is_said(before)


def assert_nothing_personal_is_said(after: int) -> None:
    """Neither what was erased nor a digest from which it could be guessed back; and the chain holds."""
    said = "".join(row.text for row in DjangoLedger().stored(after))
    told = [entry.event.kind for entry in DjangoLedger().read(after)]
    assert "record.data_erased" in told
    for secret in (SECRET, OLENA, STREET, "olena.duty"):
        assert secret not in said
        assert hashlib.sha256(secret.encode()).hexdigest() not in said
    assert check_tables([])[1] == []


def test_who_asked_for_an_erasure_is_recorded_once_and_also_after_a_crash(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(CITIES / "port-almen" / "city.json", home)
    make_keys(home / "keys", city="Port Almen", now=city.clock.at)
    monkeypatch.setenv("TOCSIN_HOME", str(home))
    monkeypatch.setattr("tocsin.wiring.parts.Wake", lambda _path: lambda _seq: None)
    actor = accounts.create_officer("piotr", password="correct horse battery")
    photo = SimpleUploadedFile("a.jpg", picture(5, notes=True), "image/jpeg")
    form = {"client_id": "resident-1", "area": "north", "address": STREET, "flat": "12", "contact": OLENA, "note": "x"}
    assert city.api.client.post("/report", form | {"photo": photo}).status_code == 200
    (report_id,) = city.states()[1].reports
    before = DjangoLedger().head()[0]
    city.forget(erasure.of_report(report_id, *city.states()))  # and a crash before the entry
    for _ in range(2):
        asked = ["erase", "report", report_id, "--by", "piotr"]
        assert CliRunner().invoke(root, asked, catch_exceptions=False).exit_code == 0
    (entry,) = DjangoLedger().read(before)
    assert (entry.event.actor, entry.event.subject) == (actor, f"erased/report/{report_id}")
    assert (entry.event.body["rule"], entry.event.body["documents"]) == ("request", 2)
    assert_nothing_personal_is_said(before)
    assert CliRunner().invoke(root, ["erase", "report", report_id, "--by", "nobody"]).exit_code == 1
