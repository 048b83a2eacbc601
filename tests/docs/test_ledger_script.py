"""The script in the ledger's reference does what it says: it takes a true export and refuses every forged one."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from docs.kit import ROOT, blocks
from tocsin.core.event import Event
from tocsin.core.ids import key_id
from tocsin.record.chain import raw_public, sign_checkpoint
from tocsin.record.export import export, seal_head
from tocsin.record.memory import MemoryLedger

AT = datetime(2024, 1, 4, 20, 58, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
BODIES: list[dict[str, object]] = [
    {"note": "Launch sounds."},
    {"name": "Білгород — Белгород", "share": 0.6, "far": 1e20, "small": -0.0, "deep": [1, [2, {"z": None, "a": True}]]},
    {"note": "quiet"},
]


def _ledger() -> MemoryLedger:
    ledger = MemoryLedger()
    for number, body in enumerate(BODIES, 1):
        event = Event(id=f"id-{number}", kind="a.noted", version=1, subject="a/1", body=body, actor="officer:x", at=AT)
        ledger.append([event])
        if number != 2:
            seal_head(ledger, origin="port-almen", at=AT, private_key=KEY)
    return ledger


def _export(through: int | None = None) -> list[str]:
    return list(export(_ledger(), origin="port-almen", public_key=raw_public(KEY), through=through))


def _check(folder: Path, lines: list[str], *given: Ed25519PrivateKey) -> subprocess.CompletedProcess[str]:
    (script,) = (block for block in blocks(ROOT / "docs/reference/ledger.md", "python") if "sys.argv" in block)
    (folder / "check.py").write_text(script)
    (folder / "ledger.jsonl").write_bytes("".join(f"{line}\n" for line in lines).encode())
    keys = [base64.b64encode(raw_public(key)).decode() for key in given or (KEY,)]
    command = [sys.executable, "-I", "check.py", "ledger.jsonl", *keys]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=60)


def test_the_script_is_short_and_needs_nothing_of_ours() -> None:
    (script,) = (block for block in blocks(ROOT / "docs/reference/ledger.md", "python") if "sys.argv" in block)
    assert len(script.splitlines()) < 30
    assert "tocsin" not in script.replace("tocsin_ledger", "")


def test_a_true_export_is_taken(tmp_path: Path) -> None:
    checked = _check(tmp_path, _export())
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == "3 entries hold, 2 checkpoints are signed by the city\n"


def _word(lines: list[str]) -> list[str]:
    return [line.replace("Launch sounds.", "Nothing heard.") for line in lines]


def _rehashed(lines: list[str]) -> list[str]:
    """A forger who rebuilds the whole chain, and cannot sign."""
    ledger = MemoryLedger()
    for line in lines:
        if '"event"' in line:
            event = json.loads(line)["event"]
            event["body"].pop("far", None)
            ledger.append([Event(**{**event, "at": AT, "body": {**event["body"], "note": "Nothing heard."}})])
    made = list(export(ledger, origin="port-almen", public_key=raw_public(KEY)))
    return [lines[0], *(line for line in lines if "checkpoint" in line), *made[1:]]


FORGERIES: dict[str, Callable[[list[str]], list[str]]] = {
    "a word is changed": _word,
    "an entry is missing": lambda lines: [line for line in lines if '"seq":2}' not in line],
    "the end is cut": lambda lines: lines[:-1],
    "entries change places": lambda lines: [*lines[:-2], lines[-1], lines[-2]],
    "an entry is there twice": lambda lines: [*lines, lines[-1]],
    "the chain is made anew": _rehashed,
    "the end and its checkpoint are cut": lambda lines: [lines[0], lines[1], *lines[3:-1]],
    "a checkpoint is of another ledger": lambda lines: [lines[0].replace("port-almen", "port-bergen"), *lines[1:]],
    "a blank is added": lambda lines: [*lines[:-1], lines[-1].replace('"hash":', '"hash": ')],
    "a time is moved": lambda lines: [re.sub(r"20:58:00", "20:59:00", line) for line in lines],
}


@pytest.mark.parametrize("forge", list(FORGERIES.values()), ids=list(FORGERIES))
def test_a_forged_export_is_refused(tmp_path: Path, forge: Callable[[list[str]], list[str]]) -> None:
    true = _export()
    forged = forge(true)
    assert forged != true
    assert _check(tmp_path, forged).returncode != 0


def test_another_citys_key_is_refused(tmp_path: Path) -> None:
    checked = _check(tmp_path, _export(), OTHER)
    assert checked.returncode != 0
    assert "KeyError" in checked.stderr


def test_a_signature_by_another_key_under_the_citys_id_is_refused(tmp_path: Path) -> None:
    ledger = _ledger()
    false = sign_checkpoint("port-almen", *ledger.head(), AT, OTHER)
    ledger.add_checkpoint(msgspec.structs.replace(false, key=key_id(raw_public(KEY))))
    checked = _check(tmp_path, list(export(ledger, origin="port-almen", public_key=raw_public(KEY))))
    assert checked.returncode != 0
    assert "InvalidSignature" in checked.stderr


def test_every_key_of_a_city_that_changed_it_is_taken(tmp_path: Path) -> None:
    ledger = _ledger()
    seal_head(ledger, origin="port-almen", at=AT, private_key=OTHER)
    lines = list(export(ledger, origin="port-almen", public_key=raw_public(OTHER)))
    assert _check(tmp_path, lines).returncode != 0
    assert _check(tmp_path, lines, KEY, OTHER).stdout.startswith("3 entries hold, 3 checkpoints")
