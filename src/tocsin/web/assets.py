"""What Vite made of ``frontend/``: which files belong to which page, under which hashed names."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

import msgspec

from tocsin.core.errors import Unavailable

BUILT = Path(__file__).parent / "static" / "tocsin" / "built"
URL = "/static/tocsin/built/"


class Chunk(msgspec.Struct, frozen=True, rename="camel"):
    """One entry of Vite's manifest (``build.manifest`` in Vite's documentation)."""

    file: str
    css: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    dynamic_imports: tuple[str, ...] = ()
    is_entry: bool = False


@lru_cache(maxsize=1)
def manifest() -> dict[str, Chunk]:
    """Source → what was made of it.

    Raises:
        Unavailable: the front end was never built (TOC-8002).
    """
    try:
        return msgspec.json.decode((BUILT / "manifest.json").read_bytes(), type=dict[str, Chunk])
    except FileNotFoundError as fault:
        raise Unavailable(
            "TOC-8002",
            "The pages' scripts and styles have not been built.",
            field="frontend",
            remedy="Run `make setup`; it needs Node 20.19 or later.",
        ) from fault


def script(page: str) -> tuple[str, tuple[str, ...]]:
    """``(address, addresses to load beside it)`` of a page's script."""
    chunks = manifest()
    entry = chunks[f"src/{page}/main.ts"]
    return URL + entry.file, tuple(URL + chunks[name].file for name in entry.imports)


def styles(page: str) -> tuple[str, ...]:
    """Addresses of a page's style sheets."""
    return tuple(URL + name for name in _sheets(page))


def _sheets(page: str) -> tuple[str, ...]:
    """Files of a page's style sheets: where two pages share scripts and styles, these hang on the shared chunk."""
    chunks = manifest()
    found: dict[str, None] = {}
    todo, seen = [f"src/{page}/main.ts"], set[str]()
    while todo:
        chunk = chunks[name := todo.pop()]
        seen.add(name)
        found.update(dict.fromkeys(chunk.css))
        todo.extend(one for one in chunk.imports if one not in seen)
    return tuple(found)


@lru_cache(maxsize=32)
def inline(page: str) -> str:
    """A page's styles as text, to stand in the page itself: one round trip less before the first paint."""
    return "".join((BUILT / name).read_text("utf-8") for name in _sheets(page))


@lru_cache(maxsize=1)
def style_hashes() -> tuple[str, ...]:
    """CSP sources that allow exactly the inlined style sheets (CSP level 3, section 2.3.1)."""
    pages = [name.split("/")[1] for name, chunk in manifest().items() if chunk.is_entry]
    texts = dict.fromkeys(inline(page) for page in pages)
    return tuple(f"'sha256-{base64.b64encode(hashlib.sha256(t.encode()).digest()).decode()}'" for t in texts)
