"""Finding plug-ins by reading a folder: one new file is one new threat, channel or language."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def modules_of(package: str) -> dict[str, ModuleType]:
    """Import every public module of a package; name → module, sorted by name."""
    root = importlib.import_module(package)
    found = {}
    for info in sorted(pkgutil.iter_modules(root.__path__), key=lambda item: item.name):
        if not info.name.startswith("_"):
            found[info.name] = importlib.import_module(f"{package}.{info.name}")
    return found
