"""``make fuzz``: each door for a while, guided by coverage where atheris is there, by chance elsewhere."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib.util import find_spec
from itertools import islice
from typing import Any

import click

from fuzz.harness import mutated, too_slow
from fuzz.place import ROOT, WORK, found
from fuzz.targets import targets


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(sorted(targets())))
@click.option("--seconds", default=60, show_default=True, help="For each door.")
@click.option("--seed", default=0, show_default=True, help="Of the changes by chance.")
def main(names: tuple[str, ...], seconds: int, seed: int) -> None:
    """Fuzz the named doors, or all. Ends with 1 when something broke or cost too much; the input lies in .fuzz."""
    bad = 0
    for name, target in targets().items():
        if names and name not in names:
            continue
        known = [*target.SEEDS, *found(name)]
        broke = _guided(name, seconds) if find_spec("atheris") else _by_chance(name, target, known, seconds, seed)
        slow = [(data, ms) for data in [*known, *_suspects(name)] if (ms := too_slow(target.take, data)) is not None]
        for data, ms in slow:
            click.echo(f"{name}: {len(data)} bytes cost {ms:.0f} ms: {data[:60]!r}")
        bad += broke + len(slow)
        click.echo(f"{name}: {'ok' if not broke and not slow else 'NOT OK'}")
    sys.exit(1 if bad else 0)


def _guided(name: str, seconds: int) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.guided", name, str(seconds)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    said = done.stderr.splitlines() + done.stdout.splitlines()
    wanted = ("stat::number_of_executed_units", "stat::average_exec_per_sec")
    click.echo(f"{name}: {' '.join(' '.join(line.split()) for line in said if line.startswith(wanted))}")
    if done.returncode:
        click.echo("\n".join(said[-60:]))
    return 1 if done.returncode else 0


def _by_chance(name: str, target: Any, known: list[bytes], seconds: int, seed: int) -> int:
    until, made = time.monotonic() + seconds, mutated(known, target.WORDS, seed=seed)
    count = 0
    while time.monotonic() < until:
        for data in islice(made, 100):
            count += 1
            try:
                target.take(data)
            except Exception:
                path = WORK / "found" / f"{name}-chance-{count}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                click.echo(f"{name}: {path} breaks it")
                return 1
    click.echo(f"{name}: {count} inputs by chance; atheris is not there")
    return 0


def _suspects(name: str) -> list[bytes]:
    folder = WORK / "slow" / name
    return [path.read_bytes() for path in sorted(folder.glob("*"))] if folder.is_dir() else []


if __name__ == "__main__":
    main()
