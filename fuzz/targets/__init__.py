"""What is fuzzed. One file is one door: ``SEEDS``, ``WORDS`` and ``take(data)``; it is found by reading this folder.

``take`` swallows the refusals that the door may answer with; whatever else comes out of it is a fault.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any


def targets() -> dict[str, Any]:
    """Name → module, in the order of names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    return {name: import_module(f"fuzz.targets.{name}") for name in names}
