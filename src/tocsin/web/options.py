"""What the web door needs to be told, read by ``wiring`` or the command line and given to ``wsgi.application``."""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tocsin.core.errors import Invalid


class WebOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the web door.

    Attributes:
        home: folder that holds what this machine keeps; a relative database address starts there.
        key_file: file that holds Django's secret key; made with mode 0600 when it does not exist.
        database_url: as ``store.django.database`` reads it.
        site_url: public origin of this site, ``scheme://host[:port]``.
        edge_url: public origin of the live edge, for the page's ``EventSource`` and the content security policy.
        hosts: further host names that may be asked for, besides the one of ``site_url``.
        basemap: a PMTiles file to draw below the areas, or None.
        partners: CAP sender → its pinned certificates, PEM.
        threads: worker threads of the one gunicorn process.
        proxies: addresses of proxies of ours, whose ``X-Forwarded-For`` is believed (its last entry).
        second_factor: ``required`` or ``offered`` to officers who may act; "" requires it, except in a demonstration.
        reauth_s: seconds after which an officer shows again who sits there before a warning goes out; 0 never asks.
        evidence_body: bytes that the upload of one file of evidence may have.
        key_rate, key_burst: requests a second, and at once, that one API key or officer may make.
        ip_rate, ip_burst: the same for an address without a key.
    """

    home: Path
    key_file: Path
    database_url: str = "sqlite:"
    site_url: str = "http://localhost:8000"
    edge_url: str = "http://localhost:8001"
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    basemap: Path | None = None
    partners: dict[str, tuple[bytes, ...]] = {}
    threads: int = 8
    proxies: tuple[str, ...] = ()
    second_factor: str = ""
    reauth_s: int = 900
    evidence_body: int = 65 * 1024 * 1024
    key_rate: float = 50.0
    key_burst: int = 200
    ip_rate: float = 20.0
    ip_burst: int = 100

    @property
    def secure(self) -> bool:
        """Whether the site is reached over TLS, so that cookies and headers may insist on it."""
        return urlsplit(self.site_url).scheme == "https"

    @property
    def local(self) -> bool:
        """Whether the site is plain http on ``localhost``, the one such place where browsers offer passkeys."""
        parts = urlsplit(self.site_url)
        return (parts.scheme, parts.hostname) == ("http", "localhost")

    @property
    def allowed_hosts(self) -> list[str]:
        """Host names that a request may name."""
        host = urlsplit(self.site_url).hostname or ""
        return [*dict.fromkeys(name for name in (host, *self.hosts) if name)]


def origin(url: str, *, field: str) -> str:
    """``scheme://host[:port]`` of a URL, for the content security policy.

    Raises:
        Invalid: the URL is not http or https, or names no host (TOC-8001).
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or any(c in parts.netloc for c in " ;,'\"@"):
        raise Invalid(
            "TOC-8001",
            f"{url!r} is not an http or https address.",
            field=field,
            remedy="Write it like https://warn.example.org.",
        )
    return f"{parts.scheme}://{parts.netloc}"


def secret_key(path: Path) -> str:
    """The secret key kept in a file; made, readable by its owner only, when the file does not exist."""
    try:
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        text = secrets.token_urlsafe(64)
        path.write_text(text + "\n", "ascii")
    if len(text) < 50:
        raise Invalid(
            "TOC-8001",
            f"The secret key in {path} is too short.",
            field="key_file",
            remedy="Delete the file; a new key is made at the next start and everybody signs in again.",
        )
    return text
