"""``python -m tocsin.siren FILE``: run the siren, or the sirens, that a JSON file describes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tocsin.core.errors import TocsinError
from tocsin.siren.agent import run
from tocsin.siren.config import load
from tocsin.siren.fleet import run_fleet


def main(arguments: list[str]) -> int:
    """Run until stopped. Exit codes: 0 stopped, 1 refused, 2 usage."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tocsin.siren FILE\n")
        return 2
    try:
        configs = load(Path(arguments[0]).read_bytes())
        asyncio.run(run(configs[0]) if len(configs) == 1 else run_fleet(configs))
    except (TocsinError, OSError) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
