"""Write what a running Tocsin is made of as CycloneDX 1.6 JSON: the run lock, and what the pages bring along.

.venv/bin/python scripts/sbom.py dist/tocsin.cdx.json
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements" / "run.txt"
PAGES_LOCK = ROOT / "frontend" / "package-lock.json"


def build() -> dict[str, Any]:
    """The bill as a document; the same locks give the same document."""
    words = ["-W", "ignore", "-m", "cyclonedx_py", "requirements", str(LOCK), "--output-reproducible", "--no-validate"]
    words += ["--of", "JSON", "--sv", "1.6", "--pyproject", str(ROOT / "pyproject.toml")]
    # Nothing of this comes from outside.
    made = subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd=ROOT)  # noqa: S603
    bill: dict[str, Any] = json.loads(made.stdout)
    root = bill["metadata"]["component"]
    root["bom-ref"] = root["purl"] = f"pkg:pypi/{root['name']}@{root['version']}"
    for part in bill["components"]:
        part["bom-ref"] = part["purl"] + ("" if part["purl"] not in _seen(bill, part) else f"#{part['bom-ref']}")
        part.pop("description", None)
        part["licenses"] = _licence(part["name"])
        if not part["licenses"]:
            del part["licenses"]
    pages = _pages()
    bill["dependencies"] = _graph(bill, pages)
    bill["components"] = sorted([*bill["components"], *(part for part, _ in pages)], key=lambda part: part["bom-ref"])
    return bill


def _seen(bill: dict[str, Any], part: dict[str, Any]) -> list[str]:
    """The purls of the other parts: a universal lock may name one version twice, for two platforms."""
    return [other["purl"] for other in bill["components"] if other is not part]


def _licence(name: str) -> list[dict[str, Any]]:
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return []  # a part for another platform
    if said.get("License-Expression"):
        return [{"expression": said["License-Expression"]}]
    classes = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier", []) if one.startswith("License :: OSI")]
    classes += (said.get("License") or "").splitlines()[:1]  # older metadata: a name, or the whole text
    return [{"license": {"name": classes[0]}}] if classes else []


def _pages() -> list[tuple[dict[str, Any], list[str]]]:
    """The parts that are built into the pages, each with the names that it needs; build tools are none."""
    found = []
    for path, entry in json.loads(PAGES_LOCK.read_text(encoding="utf-8"))["packages"].items():
        if not path or entry.get("dev"):
            continue
        name = path.rpartition("node_modules/")[2]
        group, _, short = name.rpartition("/")
        purl = f"pkg:npm/{group.replace('@', '%40') + '/' if group else ''}{short}@{entry['version']}"
        part = {"bom-ref": purl, "purl": purl, "type": "library", "name": short, "version": entry["version"]}
        part |= {"group": group} if group else {}
        if entry.get("license"):
            part["licenses"] = [{"expression": entry["license"]}]
        if "integrity" in entry:
            kind, _, digest = entry["integrity"].partition("-")
            content = base64.b64decode(digest).hex()
            part["hashes"] = [{"alg": f"SHA-{kind.removeprefix('sha')}", "content": content}]
        found.append((part, sorted(entry.get("dependencies", ()))))
    return found


def _graph(bill: dict[str, Any], pages: list[tuple[dict[str, Any], list[str]]]) -> list[dict[str, Any]]:
    """Who needs whom: for Python by the lock's ``via``, for the pages by their lock."""
    root = bill["metadata"]["component"]["bom-ref"]
    needs: dict[str, set[str]] = {root: set()}
    needs |= {part["bom-ref"]: set() for part in bill["components"]}
    refs: dict[str, set[str]] = {"tocsin": {root}}
    for part in bill["components"]:  # one name may stand in two versions, for two platforms
        refs.setdefault(part["name"], set()).add(part["bom-ref"])
    for name, wanted_by in _via().items():
        for ref in (ref for one in wanted_by for ref in refs[one]):
            needs[ref] |= refs[name]
    of_pages = {
        f"{part['group']}/{part['name']}" if "group" in part else part["name"]: part["bom-ref"] for part, _ in pages
    }
    wanted = json.loads((ROOT / "frontend" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    needs[root] |= {of_pages[name] for name in wanted}
    for part, names in pages:
        needs[part["bom-ref"]] = {of_pages[name] for name in names if name in of_pages}
    return [{"ref": ref, "dependsOn": sorted(on)} for ref, on in sorted(needs.items())]


def _via() -> dict[str, set[str]]:
    """Each locked name with the names that want it; "tocsin" for what pyproject.toml names."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        begins = re.match(r"([A-Za-z0-9._-]+)(\[[^]]*\])?==", line)
        comment = re.match(r"\s+# (?:via |  )(\S.*)$", line)
        if begins:
            name = begins[1]
            found.setdefault(name, set())
        elif comment:
            wanted = re.sub(r"\[[^]]*\]", "", comment[1])
            found[name].add("tocsin" if wanted.startswith("tocsin") else wanted)
    return found


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(build(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
