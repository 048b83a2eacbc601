"""Signed webhooks: a POST of JSON to an address of the receiver, by the Standard Webhooks specification.

``webhook-id`` is the same when a notice is sent again; ``webhook-signature`` is ``v1,`` and the base64 of HMAC-SHA256
over ``ID.TIMESTAMP.BODY`` (https://github.com/standard-webhooks/standard-webhooks). How to verify it stands in
``docs/reference/channels.md``.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpcore
import msgspec

from tocsin.channels._outside import Allowed, Forbidden, Guard
from tocsin.channels._parallel import each
from tocsin.channels._port import Place, bad_address, text_of, unusable
from tocsin.core.notice import AnyNotice, Outcome, Quality, Recipient, RecordNotice, WarningNotice
from tocsin.core.time import rfc3339

QUALITY = Quality(
    timeout=10.0,
    retries="until the notice expires, with growing pauses, under the same webhook-id; Retry-After is kept to",
    receipts="the receiver's own system answers: 2xx is delivered, 202 accepted, 410 gone",
    furthest="delivered",
    languages="all, in one document",
    opt_out="answer 410, or the page that the token opens",
    rate=200.0,
    batch=200,
)

PARALLEL = 64
"""Requests under way at once."""

_LONGEST_WAIT_S = 3600.0


def make(place: Place) -> WebhookChannel:
    """The channel; it needs no setting."""
    text = place.options.get("webhook_allow", "")
    try:
        return WebhookChannel(place, Allowed(text))
    except ValueError as fault:
        raise unusable(
            "TOCSIN_WEBHOOK_ALLOW",
            "It names something that is neither a host nor a network.",
            "Write hosts and networks, such as hooks.city.example,10.1.0.0/16.",
        ) from fault


def read_address(text: str) -> dict[str, Any]:
    """``{"url": …}``.

    Raises:
        Invalid: it is not an address to which a webhook can be sent (TOC-13001).
    """
    given = text.strip()
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    fit = parts.scheme in {"https", "http"} and parts.hostname and port != 0 and not (parts.username or parts.password)
    if not fit or parts.fragment or len(given) > 2000 or not given.isascii() or not given.isprintable() or " " in given:
        raise bad_address(
            "This is no address for a webhook.", "Write it like https://example.org/hook, without user or password."
        )
    return {"url": given}


def secret(token: str) -> str:
    """The secret of one subscription, in the form that libraries for Standard Webhooks take."""
    return "whsec_" + base64.b64encode(token.encode()).decode()


def signature(token: str, notice_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``."""
    signed = f"{notice_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(token.encode(), signed, hashlib.sha256)).decode()


def document(notice: AnyNotice, place: Place) -> bytes:
    """The JSON body: the same for every receiver."""
    data = msgspec.to_builtins(notice)
    kind = data.pop("type")
    data |= {"status": notice.status, "page": place.link(notice.page)}
    if isinstance(notice, WarningNotice):
        data["cap"] = place.link(notice.cap) if notice.cap else ""
    act = notice.act if isinstance(notice, WarningNotice | RecordNotice) else ""
    said = {"type": f"{kind}.{act}" if act else kind, "timestamp": rfc3339(notice.sent), "data": data}
    return msgspec.json.encode(said)


class WebhookChannel:
    """POSTs to each receiver. Redirects are not followed, answers are not read."""

    def __init__(self, place: Place, allowed: Allowed) -> None:
        self._place = place
        self._allowed = allowed
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=PARALLEL,
            max_keepalive_connections=PARALLEL,
            keepalive_expiry=30.0,
            network_backend=Guard(allowed, inside=place.inside),
        )

    def send(self, notice: AnyNotice, to: Sequence[Recipient]) -> AsyncIterator[Outcome]:
        """One POST each."""
        body = document(notice, self._place)
        return each(to, lambda one: self._post(notice, body, one), parallel=PARALLEL)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def _post(self, notice: AnyNotice, body: bytes, one: Recipient) -> Outcome:
        url = text_of(one.address, "url")
        parts = urlsplit(url)
        if parts.scheme != "https" and not self._allowed.host(parts.hostname or ""):
            return Outcome(recipient=one.id, stage="failed", final=True, detail="not https")
        at = int(self._place.clock.now().timestamp())
        headers = [
            ("content-type", "application/json"),
            ("user-agent", "Tocsin"),
            ("webhook-id", notice.id),
            ("webhook-timestamp", str(at)),
            ("webhook-signature", signature(one.token, notice.id, at, body)),
        ]
        try:
            async with (
                asyncio.timeout(QUALITY.timeout),
                self._pool.stream("POST", url, headers=[("host", parts.netloc), *headers], content=body) as answer,
            ):
                return _outcome(one.id, answer)
        except Forbidden:
            return Outcome(recipient=one.id, stage="failed", final=True, detail="private address")
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            TimeoutError,
            OSError,
        ) as fault:
            return Outcome(recipient=one.id, stage="failed", detail=type(fault).__name__)
        except (httpcore.UnsupportedProtocol, ValueError):
            return Outcome(recipient=one.id, stage="failed", final=True, detail="unusable address")


def _outcome(recipient: int, answer: httpcore.Response) -> Outcome:
    detail = str(answer.status)
    if answer.status == 202:
        return Outcome(recipient=recipient, stage="accepted", detail=detail)
    if 200 <= answer.status < 300:
        return Outcome(recipient=recipient, stage="delivered", detail=detail)
    if answer.status == 410:
        return Outcome(recipient=recipient, stage="gone", detail=detail)
    return Outcome(recipient=recipient, stage="failed", retry_after=_retry_after(answer), detail=detail)


def _retry_after(answer: httpcore.Response) -> float | None:
    """The seconds that the receiver asks for, up to an hour; an HTTP date is not kept to."""
    said = next((value for name, value in answer.headers if name.lower() == b"retry-after"), b"")
    return min(float(said), _LONGEST_WAIT_S) if said.isdigit() and len(said) < 10 else None
