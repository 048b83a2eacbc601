"""``tocsin bench NAME``: measure, beside the floor, in one run. Benches live in the checkout's ``bench`` folder."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from tocsin.core.errors import Unknown

FOLDER = Path(__file__).parents[3] / "bench"


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--full", is_flag=True, help="Measure in the sizes of docs/performance.md, which takes minutes.")
def bench(name: str, as_json: bool, full: bool) -> None:
    """Run the bench NAME."""
    known = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
    if name not in known:
        raise Unknown(
            "TOC-6004",
            f"There is no bench {name!r}.",
            field="name",
            remedy=f"Use {', '.join(known)}." if known else "Benches are part of the source checkout; run it there.",
        )
    # A bench starts processes of its own, which must be able to import it: so it is imported by name.
    sys.path.insert(0, str(FOLDER))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(FOLDER), os.environ.get("PYTHONPATH", "")]))
    if full:
        os.environ["BENCH_FULL"] = "1"  # for the processes of a bench, too
    importlib.import_module(name).main(as_json)
