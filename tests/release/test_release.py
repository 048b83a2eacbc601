"""A release is rehearsed: built, signed with a key made for it, checked, tampered with, and installed into nothing."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
SOURCE = ROOT / "src" / "tocsin"
PASSPHRASE = "a passphrase for one test"


@pytest.fixture(scope="module")
def release() -> Callable[..., Result]:
    sys.path.insert(0, str(SCRIPTS))
    try:
        spec = importlib.util.spec_from_file_location("release", SCRIPTS / "release.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        import sbom  # noqa: F401  # while its folder is on the path
    finally:
        sys.path.remove(str(SCRIPTS))
    return lambda *words: CliRunner().invoke(module.main, [str(word) for word in words])


@pytest.fixture(scope="module")
def keys(release: Callable[..., Result], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "throw-away.pem"
    assert release("key", path, "--password", PASSPHRASE).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    return path


@pytest.fixture(scope="module")
def made(release: Callable[..., Result], keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("release") / "dist"
    done = release("make", dist, "--key", keys, "--password", PASSPHRASE, "--rehearse")
    assert done.exit_code == 0, done.output
    return dist


@pytest.fixture
def dist(made: Path, tmp_path: Path) -> Path:
    """A copy, to be spoiled."""
    return shutil.copytree(made, tmp_path / "dist")


def test_a_rehearsed_release_verifies_and_says_that_it_is_a_rehearsal(release, dist, keys):
    done = release("verify", dist, "--pub", f"{keys}.pub")
    assert done.exit_code == 0, done.output
    assert re.search(r"tocsin [0-9a-f]{40} rehearsal", done.output)
    assert {path.suffix for path in dist.iterdir()} == {".whl", ".gz", ".json", ".minisig", ""}


def test_minisign_itself_agrees(dist, keys):
    minisign = shutil.which("minisign")
    if minisign is None:
        assert "minisig" in (dist / "SHA256SUMS.minisig").name  # the form is held by the other tests
        return
    subprocess.run([minisign, "-Vqm", dist / "SHA256SUMS", "-p", f"{keys}.pub"], check=True)


@pytest.mark.parametrize("name", ["tocsin.cdx.json", "SHA256SUMS"])
def test_a_changed_file_is_found(release, dist, keys, name):
    with (dist / name).open("a") as file:
        file.write("\n")
    assert release("verify", dist, "--pub", f"{keys}.pub").exit_code == 1


def test_a_changed_comment_an_added_file_and_a_lost_file_are_found(release, dist, keys):
    signature = dist / "SHA256SUMS.minisig"
    kept = signature.read_text()
    signature.write_text(kept.replace(" rehearsal", ""))
    assert "does not fit" in release("verify", dist, "--pub", f"{keys}.pub").output
    signature.write_text(kept)
    (dist / "extra.whl").write_bytes(b"x")
    assert "extra.whl" in release("verify", dist, "--pub", f"{keys}.pub").output
    (dist / "extra.whl").unlink()
    (dist / "tocsin.cdx.json").unlink()
    assert "tocsin.cdx.json" in release("verify", dist, "--pub", f"{keys}.pub").output


def test_another_key_is_refused_and_so_is_a_wrong_passphrase(release, dist, keys, tmp_path):
    other = tmp_path / "other.pem"
    release("key", other, "--password", PASSPHRASE)
    assert "another key" in release("verify", dist, "--pub", f"{other}.pub").output
    done = release("make", tmp_path / "new", "--key", keys, "--password", "wrong", "--rehearse")
    assert (done.exit_code, "cannot be opened" in done.output) == (1, True)
    assert release("make", dist, "--key", keys, "--password", PASSPHRASE, "--rehearse").exit_code == 1, "not empty"


def test_the_bill_of_materials_is_valid_and_holds_every_locked_part(made):
    text = (made / "tocsin.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    purls = {part["purl"] for part in bill["components"]}
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", lock, re.MULTILINE)
    assert {f"pkg:pypi/{name.lower()}@{version}" for name, version in locked} <= purls
    assert {purl.split("@")[0] for purl in purls} >= {"pkg:npm/maplibre-gl", "pkg:npm/pmtiles"}
    needs = {one["ref"]: set(one.get("dependsOn", ())) for one in bill["dependencies"]}
    reached, todo = set(), [bill["metadata"]["component"]["bom-ref"]]
    while todo:
        ref = todo.pop()
        if ref not in reached:
            reached.add(ref)
            todo.extend(needs[ref])
    assert reached >= {part["bom-ref"] for part in bill["components"]}, "every part is there for somebody"


def test_the_wheel_holds_every_file_of_the_package_and_the_built_pages(made):
    [wheel] = made.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    git = shutil.which("git") or "git"
    tracked = subprocess.run([git, "ls-files", "src/tocsin"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert {name.removeprefix("src/") for name in tracked.stdout.split()} - inside == set()
    manifest = json.loads((SOURCE / "web/static/tocsin/built/manifest.json").read_text())
    assert manifest
    for entry in manifest.values():
        assert f"tocsin/web/static/tocsin/built/{entry['file']}" in inside
    catalogues = {str(path.relative_to(ROOT / "src")) for path in SOURCE.rglob("*.po")}
    assert {name.removesuffix(".po") + ".mo" for name in catalogues} <= inside
    assert not [name for name in inside if "node_modules" in name or "__pycache__" in name]


def test_the_wheel_works_in_an_empty_environment_without_node(made, tmp_path):
    [wheel] = made.glob("*.whl")
    uv, empty = Path(sys.executable).parent / "uv", tmp_path / "env"
    python = empty / "bin" / "python"
    env = {"PATH": str(empty / "bin"), "HOME": str(tmp_path), "LANG": "C.UTF-8", "TOCSIN_HOME": str(tmp_path / "city")}
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, empty], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", python]
    lock = ["--require-hashes", "--no-build", "-r", ROOT / "requirements" / "run.txt"]
    subprocess.run([*install, *lock], check=True)
    subprocess.run([*install, "--no-deps", "--offline", wheel], check=True)

    def said(*words: object) -> str:
        done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
        return done.stdout

    assert said(python, "-c", "import tocsin; print(tocsin.__file__)").startswith(str(empty))
    assert "cap" in said(empty / "bin" / "tocsin", "--help")
    example = shutil.copy(ROOT / "tests" / "golden" / "cap" / "rules" / "01-pass.xml", tmp_path)
    assert json.loads(said(empty / "bin" / "tocsin", "cap", "check", "--json", example))[0]["ok"] is True
    assert shutil.which("node", path=env["PATH"]) is None
    nights = said(empty / "bin" / "tocsin", "night", "list")
    assert "belgorod-2024-01-05" in nights
