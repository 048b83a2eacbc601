"""Write ``docs/reference/cli.md`` anew from the commands themselves.

.venv/bin/python scripts/cli_reference.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from tocsin.cli import root

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"

INTRO = """# Command line

`tocsin` is one command with commands below it. `-h` or `--help` after any of them explains it.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | refused, or something is wrong; the reason, with its [code](errors.md), is on stderr |
| 2 | the command was misspelt or lacks an option |

With `--json` a command prints one JSON document on stdout and nothing else. Settings come from the environment, see
[Settings](settings.md). `tocsin warn`, `tocsin detect`, `tocsin drill` and the acts of `tocsin shelters` speak to
a running Tocsin and need `TOCSIN_API_KEY`; everything else works in `TOCSIN_HOME` on this machine.

This page is written by `scripts/cli_reference.py`; a test compares it with the commands.
"""


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name."""
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from commands(command.commands[name], f"{path} {name}")
    else:
        yield path, command


def section(path: str, command: click.Command) -> str:
    """The part of one command."""
    lines = [f"## {path}", "", " ".join((command.help or "").split()), ""]
    rows = [row for parameter in command.params if (row := _row(parameter))]
    if rows:
        lines += ["| name | needed | default | meaning |", "|---|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _row(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return f"| `{parameter.make_metavar(click.Context(root))}` | {_yes(parameter)} | | |"
    assert isinstance(parameter, click.Option)  # noqa: S101 - click knows no third kind
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    shown = parameter.default
    default = f"`{shown}`" if isinstance(shown, str | int | float) and not parameter.is_flag and shown != "" else ""
    note = parameter.help or ""
    if isinstance(parameter.type, click.Choice):
        note = f"{note} One of {', '.join(f'`{c}`' for c in parameter.type.choices)}.".strip()
    if parameter.multiple and "repeat" not in note.lower():
        note = f"{note} May be repeated.".strip()
    return f"| {names} | {_yes(parameter)} | {default} | {note.replace('|', chr(92) + '|')} |"


def _yes(parameter: click.Parameter) -> str:
    return "yes" if parameter.required else "no"


def page() -> str:
    """The whole page."""
    return INTRO + "\n" + "\n".join(section(*found) for found in commands(root, "tocsin")).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
