"""``tocsin bench NAME``: measure, beside the floor, in one run. Benches live in the checkout's ``bench`` folder."""

from __future__ import annotations

import runpy
from pathlib import Path

import click

from tocsin.core.errors import Unknown

FOLDER = Path(__file__).parents[3] / "bench"


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def bench(name: str, as_json: bool) -> None:
    """Run the bench NAME."""
    known = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
    if name not in known:
        raise Unknown(
            "TOC-6004",
            f"There is no bench {name!r}.",
            field="name",
            remedy=f"Use {', '.join(known)}." if known else "Benches are part of the source checkout; run it there.",
        )
    runpy.run_path(str(FOLDER / f"{name}.py"))["main"](as_json)
