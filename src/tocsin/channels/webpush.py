"""Web Push (RFC 8030): encrypted for one browser, handed to the push service of that browser, over HTTP/2.

The cryptography is in ``warn/push_crypto.py`` and ``warn/vapid.py``, the connections in ``_origins.py`` and ``_h2.py``.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tocsin.channels._h2_frames import Head, Request
from tocsin.channels._origins import Origins
from tocsin.channels._outside import Allowed
from tocsin.channels._port import Place, bad_address, unusable
from tocsin.core.errors import Invalid
from tocsin.core.notice import AnyNotice, Outcome, Quality, Recipient, RecordNotice, WarningNotice
from tocsin.core.ports import ContextPool
from tocsin.core.time import rfc3339
from tocsin.warn import push_crypto as crypto
from tocsin.warn.vapid import Vapid, origin_of

QUALITY = Quality(
    timeout=10.0,
    retries="until the notice expires, with growing pauses, with the same ciphertext; Retry-After is kept to",
    receipts="the push service answers 201: accepted; 404 and 410 are gone",
    furthest="accepted",
    languages="all, one a person",
    opt_out="the same button on the page, or the browser's own setting",
    batch=2000,
)

PIECE = 500
"""Recipients that are encrypted in one go: a few milliseconds in which nothing else runs."""
FILLED = 1024
"""Every message is filled up to so many bytes, so that its length does not tell an alarm from an all-clear."""
MOST_SAID = 560
"""Bytes of headline and instruction: what a phone shows before it cuts."""
MOST_KEPT = 20_000
"""Sealed bodies kept for another try."""
LONGEST_WAIT_S = 3600.0
LONGEST_TTL_S = 28 * 86_400

_LONGEST_ENDPOINT = 1024


def make(place: Place) -> WebPushChannel | None:
    """The channel, where the city has a push key.

    Raises:
        Invalid: ``TOCSIN_PUSH_ALLOW``, ``TOCSIN_PUSH_CONTACT`` or ``TOCSIN_PUSH_CONNECTIONS`` is unusable (TOC-8001).
    """
    if place.push is None:
        return None
    tls = ssl.create_default_context()
    tls.set_alpn_protocols(["h2"])
    connections = place.options.get("push_connections") or "16"
    if not connections.isdigit() or not 1 <= int(connections) <= 200:
        raise unusable("TOCSIN_PUSH_CONNECTIONS", "It is no number from 1 to 200.", "Write a number such as 16.")
    allowed = allowed_hosts(place.options.get("push_allow", ""))
    return WebPushChannel(place, place.push.vapid, allowed, tls, place.push.contexts, connections=int(connections))


def allowed_hosts(text: str) -> Allowed:
    """Push services of the city's own.

    Raises:
        Invalid: it names something that is neither a host nor a network (TOC-8001).
    """
    try:
        return Allowed(text)
    except ValueError as fault:
        raise unusable(
            "TOCSIN_PUSH_ALLOW", "It names something that is neither a host nor a network.", "Write push.city.example."
        ) from fault


def read_address(text: str) -> dict[str, Any]:
    """The address in what ``JSON.stringify`` makes of a browser's ``PushSubscription``.

    Raises:
        Invalid: it is none, or its endpoint is not one of the public Internet (TOC-13001, TOC-13002).
    """
    try:
        return address_of(msgspec.json.decode(text))
    except msgspec.DecodeError as fault:
        raise bad_address("The push subscription is not JSON.", "Send it as the browser gives it.") from fault


def address_of(given: object, allowed: Allowed | None = None) -> dict[str, Any]:
    """``{"endpoint", "p256dh", "auth"}`` out of a browser's ``PushSubscription`` as JSON.

    Raises:
        Invalid: as :func:`read_address`.
    """
    keys = given.get("keys") if isinstance(given, Mapping) else None
    if not isinstance(given, Mapping) or not isinstance(keys, Mapping):
        raise bad_address("This is no push subscription.", "Send it as the browser gives it.")
    endpoint = given.get("endpoint")
    _check_endpoint(endpoint, allowed or Allowed())
    read = crypto.receiver(keys.get("p256dh"), keys.get("auth"))
    return {
        "endpoint": endpoint,
        "p256dh": crypto.base64url(read.public),
        "auth": crypto.base64url(read.secret),
    }


def _check_endpoint(endpoint: object, allowed: Allowed) -> None:
    remedy = "Send the endpoint as the browser gives it."
    if not isinstance(endpoint, str) or not 0 < len(endpoint) <= _LONGEST_ENDPOINT:
        raise bad_address("The endpoint is missing or too long.", remedy)
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and "\\" not in endpoint
    if not plain or not parts.hostname or parts.fragment or parts.username or parts.password:
        raise bad_address("The endpoint is malformed.", remedy)
    known = allowed.host(parts.hostname)
    number = parts.hostname.replace(".", "").isdigit() or ":" in parts.hostname or "." not in parts.hostname
    if parts.scheme != "https" or (not known and (number or port not in (None, 443))):
        raise Invalid(
            "TOC-13002",
            "The endpoint is not a push service of the public Internet.",
            field="endpoint",
            remedy="Subscribe with an ordinary browser. A push service of your own is named in TOCSIN_PUSH_ALLOW.",
        )


def message(notice: AnyNotice, language: str) -> bytes:
    """What the service worker is told, as JSON: see ``docs/reference/webpush.md``."""
    tag, said = notice.told(language)
    title = _cut(" ".join(one.headline for one in said), MOST_SAID // 2)
    left = MOST_SAID - len(title.encode())
    body = _cut(" ".join(dict.fromkeys(one.instruction or one.description for one in said)), left)
    told: dict[str, Any] = {
        "v": 1,
        "kind": msgspec.to_builtins(notice)["type"],
        "id": notice.id,
        "title": title,
        "body": body,
        "lang": tag,
        "from": _cut(notice.name(tag), 80),
        "url": notice.page,
        "sent": rfc3339(notice.sent),
        "expires": rfc3339(notice.expires),
    }
    if isinstance(notice, WarningNotice):
        told |= {"act": notice.act, "level": notice.level, "warning": notice.warning, "demo": notice.demo}
    elif isinstance(notice, RecordNotice):
        told["act"] = notice.act
    return msgspec.json.encode(told)


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, whole words, with an ellipsis where something is missing."""
    if len(text.encode()) <= most:
        return text
    cut = text.encode()[: max(most - 3, 0)].decode(errors="ignore")
    return (cut.rpartition(" ")[0] or cut) + "…"


def topic(notice: AnyNotice) -> str:
    """Names what a later message replaces at the push service, if it still waits there (RFC 8030, 5.4)."""
    thread = notice.warning if isinstance(notice, WarningNotice) else notice.id
    return base64.urlsafe_b64encode(hashlib.sha256(thread.encode()).digest()[:24]).decode()


def urgency(notice: AnyNotice) -> str:
    """RFC 8030, 5.3: a phone that saves its battery still wakes for ``high``."""
    return {0: "high", 1: "high", 2: "high", 3: "low"}.get(notice.lane, "normal")


class WebPushChannel:
    """Encrypts for each recipient and hands over to their push service. For one event loop.

    Args:
        place: where it works.
        vapid: signs for the city.
        allowed: hosts and networks that may be private.
        tls: proves the push service, offers ``h2`` alone.
        contexts: what is prepared ahead; without it every message is encrypted anew.
        connections: at most so many to one push service.
    """

    def __init__(
        self,
        place: Place,
        vapid: Vapid,
        allowed: Allowed,
        tls: ssl.SSLContext,
        contexts: ContextPool | None = None,
        *,
        connections: int = 16,
    ) -> None:
        self._place, self._vapid, self._contexts = place, vapid, contexts
        self._origins = Origins(tls, allowed, connections=connections, timeout=QUALITY.timeout)
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._held: dict[str, float] = {}

    def send(self, notice: AnyNotice, to: Sequence[Recipient]) -> AsyncIterator[Outcome]:
        """One POST each."""
        return _Sending(self, notice, to).outcomes()

    async def close(self) -> None:
        """Close the connections."""
        await self._origins.close()

    def seal(self, notice: AnyNotice, to: Sequence[Recipient], records: dict[str, bytes]) -> dict[int, bytes]:
        """The body for each of them by number: the one of an earlier try, or one sealed now; none where keys are bad.

        Args:
            notice: what is said.
            to: to whom.
            records: language → the record that holds the message; filled here.
        """
        bodies = {one.id: self._kept.pop((notice.id, one.id), b"") for one in to}
        fresh = [one for one in to if not bodies[one.id]]
        ready = self._contexts.take([one.id for one in fresh]) if self._contexts is not None and fresh else {}
        for one in fresh:
            record = records.get(one.language)
            if record is None:
                record = records[one.language] = crypto.padded(message(notice, one.language), FILLED)
            context = ready.pop(one.id, None)
            try:
                context = context or crypto.prepare(crypto.receiver(one.address.get("p256dh"), one.address.get("auth")))
            except Invalid:
                continue
            bodies[one.id] = crypto.seal(context, record)
        return bodies

    def keep(self, notice: AnyNotice, recipient: int, body: bytes) -> None:
        """Keep a sealed body: another try sends the same bytes."""
        self._kept[notice.id, recipient] = body
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def forget(self, gone: Sequence[int]) -> None:
        """Drop what is ready for subscriptions that are gone."""
        if gone and self._contexts is not None:
            self._contexts.forget(gone)

    def post(self, origin: str, requests: list[Request]) -> None:
        """Hand them to the connections of that push service."""
        self._origins.post(origin, requests)

    def head(self, origin: str, notice: AnyNotice) -> Head | None:
        """What all requests to a push service share; None when the notice has expired."""
        now = self._place.clock.now()
        left = int((notice.expires - now).total_seconds())
        if left <= 0:
            return None
        fields = [
            (b"authorization", self._vapid.authorization(origin, now).encode()),
            (b"content-encoding", b"aes128gcm"),
            (b"content-type", b"application/octet-stream"),
            (b"ttl", str(min(left, LONGEST_TTL_S)).encode()),
            (b"urgency", urgency(notice).encode()),
            (b"topic", topic(notice).encode()),
        ]
        return Head(origin.partition("://")[2].encode(), fields)

    def held(self, origin: str) -> float:
        """Seconds for which a push service wants to be left alone; 0: none."""
        left = self._held.get(origin, 0.0) - asyncio.get_running_loop().time()
        if left <= 0:
            self._held.pop(origin, None)
        return max(left, 0.0)

    def hold(self, origin: str, seconds: float) -> None:
        """Leave a push service alone for a time."""
        self._held[origin] = asyncio.get_running_loop().time() + seconds


class _Sending:
    """One call of ``send``: outcomes come in while the rest is still being encrypted."""

    def __init__(self, channel: WebPushChannel, notice: AnyNotice, to: Sequence[Recipient]) -> None:
        self._channel, self._notice, self._to = channel, notice, to
        self._done: list[Outcome] = []
        self._news = asyncio.Event()
        self._bodies: dict[int, bytes] = {}
        self._origin: dict[int, str] = {}
        self._gone: list[int] = []
        self._heads: dict[str, Head | None] = {}
        self._records: dict[str, bytes] = {}
        self._left = len(to)

    async def outcomes(self) -> AsyncIterator[Outcome]:
        """One for each, as it becomes known."""
        sending = asyncio.get_running_loop().create_task(self._send())
        try:
            while self._left:
                await self._news.wait()
                self._news.clear()
                done, self._done = self._done, []
                self._left -= len(done)
                for one in done:
                    yield one
                if sending.done():
                    sending.result()  # what concerns the whole channel is raised here
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            self._channel.forget(self._gone)

    async def _send(self) -> None:
        try:
            for start in range(0, len(self._to), PIECE):
                self._piece(self._to[start : start + PIECE])
                await asyncio.sleep(0)
        finally:
            self._news.set()

    def _piece(self, to: Sequence[Recipient]) -> None:
        fit: list[tuple[Recipient, str, bytes]] = []
        for one in to:
            origin, path = _split(one.address.get("endpoint"))
            if not origin:
                self._end(Outcome(recipient=one.id, stage="failed", final=True, detail="unusable address"))
            elif self._head(origin) is None:
                self._end(Outcome(recipient=one.id, stage="failed", final=True, detail="expired"))
            elif wait := self._channel.held(origin):
                self._end(Outcome(recipient=one.id, stage="failed", retry_after=wait, detail="held"))
            else:
                fit.append((one, origin, path))
        bodies = self._channel.seal(self._notice, [one for one, _, _ in fit], self._records)
        requests: dict[str, list[Request]] = {}
        for one, origin, path in fit:
            body, head = bodies[one.id], self._heads[origin]
            if not body or head is None:
                self._end(Outcome(recipient=one.id, stage="failed", final=True, detail="unusable keys"))
                continue
            self._bodies[one.id], self._origin[one.id] = body, origin
            requests.setdefault(origin, []).append(Request(one.id, path, head, body, self._answered))
        for origin, some in requests.items():
            self._channel.post(origin, some)

    def _head(self, origin: str) -> Head | None:
        if origin not in self._heads:
            self._heads[origin] = self._channel.head(origin, self._notice)
        return self._heads[origin]

    def _answered(self, recipient: int, status: int, after: bytes, detail: str) -> None:
        body, origin = self._bodies.pop(recipient), self._origin.pop(recipient)
        wait = min(float(after), LONGEST_WAIT_S) if after else None
        outcome = outcome_of(recipient, status, wait, detail)
        if outcome.stage == "gone":
            self._gone.append(recipient)
        elif outcome.stage == "failed" and not outcome.final:
            self._channel.keep(self._notice, recipient, body)
            if status == 429 and wait:
                self._channel.hold(origin, wait)
        self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        self._done.append(outcome)
        self._news.set()


def outcome_of(recipient: int, status: int, retry_after: float | None, detail: str) -> Outcome:
    """What an answer of a push service means (RFC 8030, 5; RFC 8292, 4.2)."""
    if 200 <= status < 300:
        return Outcome(recipient=recipient, stage="accepted", detail=str(status))
    if status in (404, 410):
        return Outcome(recipient=recipient, stage="gone", detail=str(status))
    # 408, 425, 429 and what begins with 5 passes; what else begins with 3 or 4 is meant. Redirects are not followed.
    final = 300 <= status < 500 and status not in (408, 425, 429)
    said = detail if status == 0 else str(status)
    return Outcome(recipient=recipient, stage="failed", retry_after=retry_after, final=final, detail=said)


def _split(endpoint: object) -> tuple[str, bytes]:
    """Origin and path of an endpoint; "" when it is none. Endpoints were checked when they came; this is the rim."""
    if not isinstance(endpoint, str) or not endpoint.startswith("https://") or not endpoint.isascii():
        return "", b""
    host, slash, path = endpoint[8:].partition("/")
    if not host or any(ord(c) <= 32 or ord(c) == 127 for c in endpoint):
        return "", b""
    return origin_of(f"https://{host}"), (slash + path or "/").encode()
