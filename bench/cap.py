"""A CAP message read and judged by the schema, and a signature verified.

The floor: lxml parses the bytes and validates the tree by the OASIS schema, with nothing else done. *To a tree*: our
bounds and refusals (size, depth, DTD, encoding), the tree, the verdict of our own schema. *To an alert*: the same, and
the typed message in Python objects, which no peer gives. The messages are those of the corpus beside the checkout that
the standard's schema accepts; without it the floor is our own schema, over the messages of the tests. Each message is
timed alone: the mean over all, and the one where we stand worst beside the floor. Peers: xmlschema; for signatures
signxml, libxmlsec from Python and as the program xmlsec1, each verifying one message again and again.
"""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from _report import case, say
from lxml import etree

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "data" / "cap"
ROUNDS, LONGEST, REPEATS = 61, 20_000, 300


def main(json_only: bool) -> None:
    sys.path += [str(path) for path in ROOT.glob(".venv-peers/lib/python3*/site-packages")]
    say("cap", [*_reading(), _verifying()], floor="lxml parse and schema", json_only=json_only)


def _reading() -> list[dict[str, Any]]:
    from tocsin.warn import cap_read, cap_values
    from tocsin.warn.cap_schema import schema_faults
    from tocsin.warn.cap_xml import load

    xsd = CORPUS / "CAP-v1.2.xsd"
    xsd = xsd if xsd.is_file() else ROOT / "src" / "tocsin" / "warn" / "cap12.xsd"
    schema = etree.XMLSchema(etree.parse(xsd))
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    paths = sorted((CORPUS / "valid").glob("*")) or sorted((ROOT / "tests" / "golden" / "cap").glob("*.xml"))
    data = [path.read_bytes() for path in paths]
    data = [one for one in data if len(one) <= LONGEST and _sound(one, schema, parser)]

    def tree(one: bytes) -> None:
        assert not schema_faults(load(one))

    def alert(one: bytes) -> None:
        cap_values._kept_places.cache_clear()  # what comes again and again would be too easy
        root = load(one)
        assert not schema_faults(root)
        cap_read.alert_of(root)

    assert all(cap_read.parse(one).identifier for one in data)
    ways: dict[str, Callable[[bytes], Any]] = {
        "tree": tree,
        "alert": alert,
        "floor": lambda one: schema.validate(etree.fromstring(one, parser)),
    }
    took = _timed(ways, data)
    try:
        import xmlschema
    except ImportError:
        pass
    else:
        judge = xmlschema.XMLSchema(str(xsd), allow="local") if xsd.parent == CORPUS else None
        if judge is not None:
            took |= _timed({"xmlschema": lambda one: judge.is_valid(one.decode())}, data, rounds=7)
    return [
        case(
            f"{name}, to {'an' if way == 'alert' else 'a'} {way}, with the schema",
            unit="µs each",
            **_row(took, way, of),
        )
        for way in ("tree", "alert")
        for name, of in (
            (f"{len(data)} messages", range(len(data))),
            ("the worst of them for us", [_worst(took, way)]),
        )
    ]


def _worst(took: dict[str, list[float]], way: str) -> int:
    return max(range(len(took[way])), key=lambda at: took[way][at] / took["floor"][at])


def _row(took: dict[str, list[float]], way: str, of: Sequence[int]) -> dict[str, Any]:
    mean = {name: statistics.fmean(every[at] for at in of) for name, every in took.items()}
    peers = {name: one for name, one in mean.items() if name not in ("tree", "alert", "floor")}
    return {"ours": mean[way], "floor": mean["floor"], "peers": peers}


def _sound(one: bytes, schema: Any, parser: Any) -> bool:
    try:
        return bool(schema.validate(etree.fromstring(one, parser)))
    except etree.XMLSyntaxError:
        return False


def _timed(
    ways: dict[str, Callable[[bytes], Any]], data: Sequence[bytes], rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Medians in microseconds of each message, everybody in turn over all, each with warm caches."""
    took: dict[str, list[list[float]]] = {name: [[] for _ in data] for name in ways}
    gc.collect()
    for _ in range(rounds):
        for name, way in ways.items():
            for one, times in zip(data, took[name], strict=True):
                began = time.perf_counter()
                way(one)
                times.append((time.perf_counter() - began) * 1e6)
    return {name: [statistics.median(times) for times in every] for name, every in took.items()}


def _verifying() -> dict[str, Any]:
    from tocsin.warn.sign import CapSigner, make_self_signed, verify

    now = datetime.now(UTC)
    key, certificate = make_self_signed("Bench", now - timedelta(days=400), os.urandom(64))
    signed = CapSigner(key, certificate).sign_cap((ROOT / "tests" / "golden" / "cap" / "alert.xml").read_bytes())
    sender = etree.fromstring(signed).findtext("{*}sender")
    pinned = {sender: [certificate]}
    assert verify(signed, pinned, at=now).ok, verify(signed, pinned, at=now)
    ways: dict[str, Callable[[bytes], Any]] = {"ours": lambda one: verify(one, pinned, at=now)}
    try:
        from signxml import SignatureConfiguration, XMLVerifier
    except ImportError:
        pass
    else:
        pem, config = certificate.decode(), SignatureConfiguration(require_x509=True)
        ways["signxml"] = lambda one: XMLVerifier().verify(one, x509_cert=pem, expect_config=config)
    if xmlsec := _xmlsec(certificate):
        ways["xmlsec"] = xmlsec
    took = {name: statistics.fmean(times) for name, times in _timed(ways, [signed] * 20).items()}
    peers = {name: one for name, one in took.items() if name != "ours"}
    if xmlsec1 := shutil.which("xmlsec1"):
        peers["xmlsec1"] = _xmlsec1(xmlsec1, signed, certificate)
    return case("a signature verified", took["ours"], None, unit="µs each", peers=peers)


def _xmlsec(certificate: bytes) -> Callable[[bytes], Any] | None:
    """libxmlsec from Python, its key read beforehand; None where it is not installed."""
    try:
        import xmlsec
    except ImportError:
        return None
    key = xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_PEM)

    def verify(one: bytes) -> None:
        context = xmlsec.SignatureContext()
        context.key = key
        context.verify(xmlsec.tree.find_node(etree.fromstring(one), xmlsec.Node.SIGNATURE))

    return verify


def _xmlsec1(program: str, signed: bytes, certificate: bytes) -> float:
    """Microseconds a message: what many repeats in one process take longer than one."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "signed.xml").write_bytes(signed)
        (Path(folder) / "cert.pem").write_bytes(certificate)
        given = ["--pubkey-cert-pem", "cert.pem", "--enabled-key-data", "x509", "signed.xml"]

        def run(times: int) -> float:
            began = time.perf_counter()
            command = [program, "--verify", "--repeat", str(times), *given]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
            return time.perf_counter() - began

        took = [(run(REPEATS) - run(1)) / (REPEATS - 1) * 1e6 for _ in range(5)]
    return statistics.median(took)


if __name__ == "__main__":
    main("--json" in sys.argv)
