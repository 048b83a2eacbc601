"""What commands share: settings, parts, JSON on stdout, a client for the running Tocsin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import httpx
import msgspec

from tocsin.core.errors import CATALOGUE, Refused, TocsinError, Unavailable
from tocsin.wiring import Parts, Settings, load
from tocsin.wiring.settings import split_bind

if TYPE_CHECKING:
    from tocsin.web.options import WebOptions

TIMEOUT_S = 10.0
PATIENT_S = 60.0
"""A night that is played waits longer: a busy machine must not end it."""


def settings() -> Settings:
    """The settings of this process."""
    return load(os.environ)


def parts() -> Parts:
    """The concrete ports of this process."""
    return Parts(settings())


def web_options(own: Settings) -> WebOptions:
    """What the web door is told."""
    from tocsin.web.options import WebOptions
    from tocsin.wiring import keys
    from tocsin.wiring.outside import partners

    return WebOptions(
        home=own.home,
        key_file=own.keys / keys.WEB_SECRET,
        database_url=own.database_url,
        site_url=own.site_url,
        edge_url=own.edge_url,
        basemap=Path(own.basemap).expanduser() if own.basemap else None,
        partners=partners(own.home),
        proxies=own.own_proxies,
        second_factor=own.second_factor,
        reauth_s=own.reauth_min * 60,
        threads=own.web_threads,
        evidence_body=(own.evidence_mb + 1) * 1024**2,
    )


def say(value: Any) -> None:
    """One JSON document on stdout, and nothing else."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.stdout.flush()


def counted(number: int, noun: str) -> str:
    """A number with its noun, as in "1 finding", "2 findings"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


class Api:
    """The HTTP API of a running Tocsin.

    Args:
        url: its address.
        key: an API key; it is sent in a header and nowhere else.
        timeout_s: how long an answer may take.
    """

    def __init__(self, url: str, key: str, timeout_s: float = TIMEOUT_S) -> None:
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=timeout_s
        )

    def get(self, path: str) -> Any:
        """The JSON at ``path``."""
        return self._call("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON that answers ``body``."""
        return self._call("POST", path, body)

    def upload(self, path: str, name: str, file: bytes, fields: dict[str, str]) -> Any:
        """The JSON that answers a file with form fields."""
        return self._answer(lambda: self._client.post(f"/api/v1{path}", data=fields, files={"file": (name, file)}))

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        return self._answer(lambda: self._client.request(method, f"/api/v1{path}", json=body))

    def _answer(self, ask: Callable[[], httpx.Response]) -> Any:
        try:
            answer = ask()
        except httpx.HTTPError as fault:
            raise Unavailable(
                "TOC-8002",
                f"Tocsin does not answer at {self._client.base_url}: {type(fault).__name__}.",
                field="TOCSIN_API_URL",
                remedy="Start it with `tocsin up`, or set TOCSIN_API_URL.",
            ) from fault
        if answer.is_success:
            return answer.json()
        raise _fault(answer)


def _fault(answer: httpx.Response) -> TocsinError:
    """The error that the API states, as if it had been raised here."""
    try:
        said = answer.json()["error"]
        code = said["code"] if said["code"] in CATALOGUE else "TOC-8002"
        return Refused(code, said["message"], field=said["field"], remedy=said["remedy"])
    except (ValueError, KeyError, TypeError):
        return Unavailable(
            "TOC-8002",
            f"The answer was {answer.status_code} without a reason.",
            field="TOCSIN_API_URL",
            remedy="See whether a proxy stands in between.",
        )


def api() -> Api:
    """The API that TOCSIN_API_URL and TOCSIN_API_KEY name; without an address that of the web door on this machine."""
    return Api(os.environ.get("TOCSIN_API_URL") or _own_url(), os.environ.get("TOCSIN_API_KEY", ""))


def _own_url() -> str:
    host, port = split_bind(settings().web_bind, "TOCSIN_WEB_BIND")
    nearby = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - compared, nothing listens here
    return f"http://{nearby}:{port}"
