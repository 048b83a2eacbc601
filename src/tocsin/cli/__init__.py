"""Floor 6: the command line. Exit codes: 0 done, 1 refused (the reason on stderr), 2 usage."""

from __future__ import annotations

import sys

from tocsin.cli.root import root
from tocsin.core.errors import TocsinError


def main() -> None:
    """Run the command that the arguments name."""
    try:
        code = root(standalone_mode=True)
    except TocsinError as fault:
        sys.stderr.write(f"{fault}\n{fault.docs}\n")
        sys.exit(1)
    sys.exit(code)


__all__ = ["main", "root"]
