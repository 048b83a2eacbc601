"""Shelters from the command line, in a home folder of their own: import, import again, reveal, withdraw, export."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shelter.rig import collection, feature, square_city

pytestmark = pytest.mark.processes


# One process for all commands: each starts as the command line does, and only the interpreter is shared.
DRIVER = """
import json, sys
from click.testing import CliRunner
from tocsin.cli import root
for line in sys.stdin:
    done = CliRunner().invoke(root, json.loads(line))
    raised = "" if isinstance(done.exception, (SystemExit, type(None))) else str(done.exception)
    print(json.dumps([done.exit_code, done.output + raised]), flush=True)
"""


class Home:
    """A set-up city and a process that runs commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "home"
        env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        env |= {"TOCSIN_HOME": str(self.path), "TOCSIN_FIRST_PASSWORD": "a pass phrase for anna"}
        self.driver = subprocess.Popen(
            [sys.executable, "-c", DRIVER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *words: str, ok: bool = True) -> str:
        assert self.driver.stdin is not None
        assert self.driver.stdout is not None
        self.driver.stdin.write(json.dumps(words) + "\n")
        self.driver.stdin.flush()
        code, said = json.loads(self.driver.stdout.readline())
        assert (code == 0) is ok, said
        return str(said)

    def close(self) -> None:
        self.driver.communicate()

    def file(self, *features: Any) -> str:
        path = self.folder / "shelters.geojson"
        path.write_bytes(collection(*features))
        return str(path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = Home(tmp_path_factory.mktemp("city"))
    city, areas = square_city(made.folder)
    told = made.run(
        *("init", "--city", city, "--areas", areas, "--officer", "anna", "--shelters"),
        made.file(feature("h1", area="north"), feature("h2", area="north", hidden_from_public=True, lon=36.515)),
    )
    assert "1 area, 0 sirens, 2 shelters;" in told
    yield made
    made.close()


def listed(home: Home) -> dict[str, Any]:
    return {one["id"]: one for one in json.loads(home.run("shelters", "list", "--json"))}


def test_a_city_with_shelters_from_set_up_to_export(home: Home) -> None:
    places = home.path / "shelter-places.json"
    assert stat.S_IMODE(places.stat().st_mode) == 0o600
    rows = listed(home)
    assert [(one["hidden"], one["placed"], one["door"]) for one in rows.values()] == [
        (False, True, "unknown"),
        (True, True, "unknown"),
    ]
    assert rows["h2"]["name"] == "Shelter h2"  # on this machine, from beside the ledger

    # A file with a fault changes nothing; a check changes nothing either.
    before = places.read_bytes()
    wrong = home.run("import", "shelters", home.file(feature("h3", area="north"), feature("h4", area="x")), ok=False)
    assert "error TOC-9003 features[1].properties.area" in wrong
    fresh = home.file(feature("h1", area="north", capacity=9, lon=36.512), feature("h3", area="north", lon=36.505))
    assert "2 read, 0 new or changed" in home.run("import", "shelters", fresh, "--check")
    assert (places.read_bytes(), set(listed(home))) == (before, {"h1", "h2"})

    # Importing takes over what differs: h1 changed and moved, h3 is new, h2 stays.
    assert "2 read, 3 new or changed, 0 findings" in home.run("import", "shelters", fresh)
    assert "2 read, 0 new or changed, 0 findings" in home.run("import", "shelters", fresh)
    assert {one: row["capacity"] for one, row in listed(home).items()} == {"h1": 9, "h2": None, "h3": None}

    # What is hidden is brought out only by its name.
    plain = home.file(feature("h2", area="north", lon=36.515))
    assert "--reveal h2" in home.run("import", "shelters", plain)
    assert listed(home)["h2"]["hidden"]
    home.run("import", "shelters", plain, "--reveal", "h2")
    assert not listed(home)["h2"]["hidden"]

    # A whole list withdraws the rest, and their places are forgotten.
    home.run("import", "shelters", plain, "--whole")
    assert set(listed(home)) == set(json.loads(places.read_bytes())) == {"h2"}

    assert "shelters: 1 registered, 0 of them hidden" in home.run("doctor")
    assert "0 groups; lead time 0 s" in home.run("shelters", "times", "h2", "--season", "winter")
    assert "TOC-6004" in home.run("shelters", "times", "h1", "--season", "winter", ok=False)  # it was withdrawn
    assert "0 findings" in home.run("ledger", "verify")
    exported = home.run("ledger", "export")
    assert "shelter.withdrawn" in exported
    assert "36.51" not in "".join(line for line in exported.splitlines() if "shelter." in line)
    places.unlink()
    assert "nobody knows where 1 of them stand" in home.run("doctor")
