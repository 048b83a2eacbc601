"""The part of the tutorial that sets up a city, word for word, with the real command line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.kit import ROOT, blocks

pytestmark = pytest.mark.processes

TUTORIAL = ROOT / "docs" / "tutorial.md"


def _block(holds: str) -> str:
    (found,) = (block for block in blocks(TUTORIAL, "sh") if holds in block)
    return found


def _run(folder: Path, script: str, *, ok: bool = True) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    env |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
        "TOCSIN_FIRST_PASSWORD": "a pass phrase for anna",
        "TOCSIN_NEW_PASSWORD": "a pass phrase for ben",
    }
    command = [shutil.which("sh") or "sh", "-eu", "-c", script]
    done = subprocess.run(command, check=False, cwd=folder, env=env, capture_output=True, text=True, timeout=240)
    assert (done.returncode == 0) is ok, done.stderr
    return done


def test_a_city_is_set_up_as_the_tutorial_says(tmp_path: Path) -> None:
    made = _run(tmp_path, _block("tocsin init"))
    assert "little-town: 2 areas, 1 siren, 0 shelters;" in made.stdout
    assert re.search(r"^ +export TOCSIN_API_KEY=tocsin_", made.stdout, re.MULTILINE)

    home = "export TOCSIN_HOME=my-city/home\n"
    second = _block("tocsin officer add").replace("tocsin up\n", "")
    looked = _run(tmp_path, home + second)
    assert "ok      officers: 2 on duty, 2 may approve" in looked.stdout
    assert "error" not in looked.stdout

    config = re.sub(r"^tocsin siren my-city/s01.json$", "", _block("tocsin sirens config"), flags=re.MULTILINE)
    _run(tmp_path, home + config)
    assert json.loads((tmp_path / "my-city" / "s01.json").read_text())["area"] == "harbour"

    checked = _run(tmp_path, home + _block("tocsin ledger export"))
    assert checked.stdout.count("3 entries, 0 findings") == 2

    forgery = _block("forged.jsonl").replace("Launch sounds", "Town hall").replace("No sounds", "Elsewhere")
    refused = _run(tmp_path, home + forgery, ok=False)
    assert "entry 3: changed" in refused.stderr
