"""A push service on this machine: real HTTP/2 over TLS by an independent implementation, and a browser behind it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import json
import ssl
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.settings
import http_ece
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from h2.errors import ErrorCodes

from tocsin.warn.push_crypto import base64url

BROWSER = ec.generate_private_key(ec.SECP256R1())
PUBLIC = BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
SECRET = bytes(range(16))
KEYS = {"p256dh": base64url(PUBLIC), "auth": base64url(SECRET)}


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for ``localhost`` and 127.0.0.1, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return pem, private


class PushService:
    """Answers by the first part of the path; keeps what it took.

    Args:
        folder: takes the certificate.
        streams: requests that it takes at once on a connection.
        window: bytes of a body that it takes before it opens the window.
        table: bytes of its header table.
        protocols: that it speaks.
    """

    def __init__(
        self,
        folder: Path,
        *,
        streams: int = 100,
        window: int = 65_535,
        table: int = 4096,
        protocols: tuple[str, ...] = ("h2",),
    ) -> None:
        self.arrived: list[tuple[str, dict[str, str], bytes]] = []
        self.connections: list[_Session] = []
        self.most_at_once = 0
        self.least_room = 65_535
        self.settings = {
            h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: streams,
            h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window,
            h2.settings.SettingCodes.HEADER_TABLE_SIZE: table,
        }
        self.pem, key = certificate(folder)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self.pem, key)
        self._tls.set_alpn_protocols(list(protocols))
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Session(self), "127.0.0.1", self.port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for one in self.connections:
                if one.transport is not None:
                    one.transport.abort()
            await self._server.wait_closed()
            self._server = None

    def trust(self) -> ssl.SSLContext:
        """What a client needs to believe this service."""
        made = ssl.create_default_context(cafile=str(self.pem))
        made.set_alpn_protocols(["h2"])
        return made

    def endpoint(self, kind: str, n: int = 0) -> str:
        return f"https://localhost:{self.port}/{kind}/{n}/{'x' * 150}"

    def address(self, kind: str, n: int = 0) -> dict[str, str]:
        return {"endpoint": self.endpoint(kind, n), **KEYS}

    def heard(self) -> list[dict[str, Any]]:
        """What the browser reads in each message that was taken."""
        return [json.loads(opened(body)) for path, _, body in self.arrived if path.startswith("/take/")]


def opened(body: bytes) -> bytes:
    """The message, as another implementation decrypts it."""
    found = http_ece.decrypt(body, private_key=BROWSER, auth_secret=SECRET, version="aes128gcm")
    assert isinstance(found, bytes)
    return found


class _Session(asyncio.Protocol):
    def __init__(self, service: PushService) -> None:
        self.service = service
        self.transport: asyncio.Transport | None = None
        self.requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.service.connections.append(self)
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values=self.service.settings)
        self.h2.decoder.max_allowed_table_size = self.h2.local_settings.header_table_size
        self.h2.initiate_connection()
        self.flush()

    def data_received(self, data: bytes) -> None:
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self.flush()
            raise
        for event in events:
            if isinstance(event, h2.events.RequestReceived):
                self.requests[event.stream_id] = (dict(event.headers), bytearray())
                self.service.most_at_once = max(self.service.most_at_once, len(self.requests))
            elif isinstance(event, h2.events.DataReceived):
                self.requests[event.stream_id][1].extend(event.data)
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.answer(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.requests.pop(event.stream_id, None)
        self.flush()

    def answer(self, stream: int) -> None:
        headers, body = self.requests[stream]
        path = headers[":path"]
        kind = path.split("/")[1]
        with contextlib.suppress(h2.exceptions.StreamClosedError):
            if kind == "slow":
                return
            if kind == "refuse" and not any(one[0] == path for one in self.service.arrived):
                self.service.arrived.append((path, headers, bytes(body)))
                del self.requests[stream]
                self.h2.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
                return
            self.service.arrived.append((path, headers, bytes(body)))
            del self.requests[stream]
            if kind == "reset":
                self.h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
            elif kind == "drop" and self.transport is not None:
                self.transport.abort()
            else:
                self.say(stream, kind)

    def say(self, stream: int, kind: str) -> None:
        status, more = {
            "take": ("201", [("location", f"/m/{stream}")]),
            "early": ("201", []),
            "refuse": ("201", []),
            "later": ("503", [("retry-after", "7")]),
            "busy": ("429", [("retry-after", "120")]),
            "dated": ("503", [("retry-after", "Fri, 31 Dec 2099 23:59:59 GMT")]),
            "gone": ("410", []),
            "missing": ("404", []),
            "moved": ("307", [("location", "https://127.0.0.1/elsewhere")]),
            "large": ("413", []),
            "stranger": ("403", []),
            "broken": ("500", []),
        }[kind]
        if kind == "early":
            self.h2.send_headers(stream, [(":status", "103"), ("link", "</x>")])
        body = b"what went wrong" * 40 if status[0] in "45" else b""
        self.h2.send_headers(stream, [(":status", status), ("date", "now"), *more], end_stream=not body)
        if body:
            room = self.h2.local_flow_control_window(stream)
            self.service.least_room = min(self.service.least_room, room)
            self.h2.send_data(stream, body[:room], end_stream=True)

    def flush(self) -> None:
        if self.transport is not None and (data := self.h2.data_to_send()):
            self.transport.write(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.transport = None
