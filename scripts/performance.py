"""docs/performance.md and its plots, from what the benches said.

Each ``docs/performance/NAME.json`` is one document of ``tocsin bench NAME --json`` and becomes one section: the words
are the docstring of ``bench/NAME.py``, the table and the plot are its cases.

    scripts/performance.py            draw the page and the plots anew from the JSON files
    scripts/performance.py run        run every bench first, print the table, keep the documents
    scripts/performance.py run NAME…  only these
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from plots import bars, waterfall

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "bench"
KEPT = ROOT / "docs" / "performance"
PAGE = ROOT / "docs" / "performance.md"
FIRST = ("issue", "storm", "live", "many", "reconnect", "reach")
"""Sections in this order; the others follow by name."""
LIMIT_S = 900

HEAD = """# Performance

Written by `scripts/performance.py` from the documents in `docs/performance/`, which `tocsin bench NAME --json` gave.
Ours, the floor and the peers do the same work in the same run, in turn; figures are medians of at least five rounds
unless a case names another quantile. Ratios are ours divided by the other: below 1 ours is smaller. A peer that was
not installed is absent. The floor is the least that could do the work here: its section says what it is.

`make bench` runs all of it in the small sizes, prints the table and draws this page anew; `make bench FULL=1` runs the
sizes of this page.

"""


def documents() -> list[dict[str, Any]]:
    """What was measured, in the order of the page."""
    names = sorted(path.stem for path in KEPT.glob("*.json"))
    names.sort(key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    return [json.loads((KEPT / f"{name}.json").read_text()) for name in names]


def page(made: list[dict[str, Any]]) -> str:
    """The whole page."""
    listed = "".join(f"- [{title(one['bench'])}](#{anchor(title(one['bench']))})\n" for one in made)
    return HEAD + listed + "".join(section(one) for one in made)


def section(document: dict[str, Any]) -> str:
    """One bench: its words, its plots, its table."""
    name = document["bench"]
    lines = [f"\n## {title(name)}\n", f"{words(name)}\n", f"`tocsin bench {name}` on {document['machine']}.\n"]
    lines += [f"![{alt}]({path})\n" for path, alt, _ in plots(document)]
    lines += ["| case | ours | floor | peers |", "|---|---|---|---|"]
    lines += [_row(case) for case in document["cases"]]
    lines += asked(document)
    return "\n".join(lines) + "\n"


def asked(document: dict[str, Any]) -> list[str]:
    """What the bench's ``ASKED`` demands, and of each case that it names whether it is met: (words in the case's name,
    what is compared, "at most" or "at least", the limit, how that reads).
    """
    lines = []
    for part, field, side, limit, reads in _constant(document["bench"], "ASKED"):
        told = [
            f"{case['case'].partition(':')[0]} {'met' if _meets(case[field], side, limit) else '**not met**'}"
            for case in document["cases"]
            if part in case["case"] and case[field] is not None
        ]
        if told:
            lines.append(f"\nAsked of “{part}”: {reads}. {', '.join(told)}.")
    return lines


def _meets(value: float, side: str, limit: float) -> bool:
    return value <= limit if side == "at most" else value >= limit


def _constant(name: str, constant: str) -> list[Any]:
    for node in ast.parse((BENCH / f"{name}.py").read_text()).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == constant for t in node.targets):
            return list(ast.literal_eval(node.value))
    return []


def plots(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(path beside the page, words for who cannot see it, SVG) of each plot that the cases give."""
    name, made = document["bench"], []
    if way := waterfall(document["cases"]):
        made.append((f"performance/{name}-way.svg", f"The way, stage by stage: {title(name)}", way))
    if drawn := bars(document["cases"]):
        made.append((f"performance/{name}.svg", f"Ours, floor and peers: {title(name)}", drawn))
    return made


def title(name: str) -> str:
    """The first sentence of the bench's docstring, up to its colon."""
    return re.split(r"[:.]\s", _docstring(name) + "\n", maxsplit=1)[0].replace("\n", " ").replace("``", "`")


def anchor(heading: str) -> str:
    """The address of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def words(name: str) -> str:
    """The bench's docstring as Markdown, without a first sentence that is the heading."""
    return _docstring(name).removeprefix(title(name).replace("`", "``") + ".").strip().replace("``", "`")


def _docstring(name: str) -> str:
    return ast.get_docstring(ast.parse((BENCH / f"{name}.py").read_text())) or name


def _row(case: dict[str, Any]) -> str:
    floor = "–" if case["floor"] is None else f"{_figure(case['floor'], case['unit'])} (× {case['vs_floor']:.3g})"
    peers = ", ".join(
        f"{name} {_figure(took, case['unit'])} (× {case['vs_peers'][name]:.3g})" for name, took in case["peers"].items()
    )
    return f"| {case['case'].replace('|', '/')} | {_figure(case['ours'], case['unit'])} | {floor} | {peers or '–'} |"


def _figure(value: float, unit: str) -> str:
    return f"{value:,.10g} {unit}".replace(",", "\u202f")


def draw() -> None:
    """Write the page and its plots."""
    made = documents()
    PAGE.write_text(page(made))
    wanted = {PAGE.parent / path: svg for one in made for path, _, svg in plots(one)}
    for path, svg in wanted.items():
        path.write_text(svg)
    for path in set(KEPT.glob("*.svg")) - set(wanted):
        path.unlink()


def say(line: str) -> None:
    """A line on the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(names: list[str]) -> int:
    """Run the benches, say what each says, keep the documents; how many could not run."""
    failed = 0
    for name in names or sorted(path.stem for path in BENCH.glob("[a-z]*.py")):
        command = [str(Path(sys.executable).parent / "tocsin"), "bench", name, "--json"]
        if os.environ.get("FULL"):
            command.append("--full")
        say(f"\n{title(name)}")
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False, cwd=ROOT)  # noqa: S603 - our own benches
        except subprocess.TimeoutExpired:
            failed += 1
            say(f"  took longer than {LIMIT_S} s")
            continue
        if done.returncode:
            failed += 1
            say("  could not run: " + (done.stderr.strip().splitlines() or ["no reason given"])[-1])
            continue
        (KEPT / f"{name}.json").write_text(json.dumps(json.loads(done.stdout), indent=1, ensure_ascii=False) + "\n")
        for case in json.loads(done.stdout)["cases"]:
            say("  " + _row(case).strip("| ").replace(" | ", "; "))
    return failed


if __name__ == "__main__":
    failed = run(sys.argv[2:]) if sys.argv[1:2] == ["run"] else 0
    draw()
    sys.exit(1 if failed else 0)
