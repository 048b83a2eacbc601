"""Where things lie, and the little cities of the tests, which the doors are tried with."""

from __future__ import annotations

import shutil
import sys
import tempfile
from atexit import register
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "fuzz" / "seeds"
WORK = ROOT / ".fuzz"

if str(ROOT / "tests") not in sys.path:
    sys.path.insert(0, str(ROOT / "tests"))


def django() -> None:
    """Configure Django as the web does, in a home that goes with the process; nothing when it is configured."""
    from django.conf import settings

    if settings.configured:
        return
    from tocsin.store.django import configure
    from tocsin.web.config import django_settings
    from tocsin.web.options import WebOptions

    home = Path(tempfile.mkdtemp(prefix="tocsin-fuzz-"))
    register(shutil.rmtree, home, ignore_errors=True)
    settings.configure(
        **django_settings(WebOptions(home=home, key_file=home / "keys" / "web.key", hosts=("localhost",)))
    )
    configure("sqlite:", home=home)


def found(name: str) -> list[bytes]:
    """The inputs that once broke that door, kept so that they never do again."""
    return [path.read_bytes() for path in sorted((SEEDS / name).glob("*"))]
