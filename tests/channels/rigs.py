"""The other ends of the channels, for the contract suite: real servers on this machine that do as they are told.

Each rig says how to make the channel against it, how addresses look that the far end takes, refuses for now and calls
gone, and gives what arrived as ``(recipient, text)``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, ClassVar, cast

import msgspec
from aiosmtpd.smtp import SMTP
from smpplib import consts, smpp
from smpplib.gsm import GSM_CHARACTER_TABLE

from tocsin.channels import apprise, email, sms, webhook
from tocsin.channels._port import Channel, Place
from tocsin.core.notice import Late, Said, TestNotice, WarningNotice

NOW = datetime(2024, 1, 5, 6, 1, tzinfo=UTC)


class Fixed:
    def now(self) -> datetime:
        return NOW


class To(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    address: dict[str, Any]
    language: str = "en"
    token: str = "0123456789abcdef0123456789abcdef"


def place(heard: Callable[[Late], None] = lambda _late: None, **options: str) -> Place:
    return Place(
        options=options,
        site_url="https://warn.example",
        sender={"en": "Port Almen", "ru": "Порт-Альмен"},
        clock=Fixed(),
        heard=heard,
    )


def warning(**changes: Any) -> WarningNotice:
    notice = WarningNotice(
        id="01HKCX0000000000000000TEST",
        seq=7,
        sent=NOW,
        expires=NOW + timedelta(hours=1),
        said={
            "en": (Said(headline="Rocket danger: Old Town", instruction="Go to shelter now."),),
            "ru": (Said(headline="Ракетная опасность: Старый город", instruction="Идите в укрытие."),),
        },
        sender={"en": "Port Almen", "ru": "Порт-Альмен"},
        act="alert",
        warning="w1",
        threat="missile",
        level="alert",
        urgency="Immediate",
        cells=("872c0a0ffffffff",),
        cap="/cap/tocsin-1.xml",
    )
    return msgspec.structs.replace(notice, **changes)


def trial() -> TestNotice:
    return TestNotice(
        id="01HKCX0000000000000000TRY0",
        seq=0,
        sent=NOW,
        expires=NOW + timedelta(hours=1),
        said={"en": (Said(headline="Test of this channel"),), "ru": (Said(headline="Проверка канала"),)},
        sender={"en": "Port Almen", "ru": "Порт-Альмен"},
    )


class WebhookRig:
    """An HTTP/1.1 server: ``/take``, ``/later`` (503 with Retry-After), ``/gone`` (410), ``/away`` (a redirect)."""

    name = "webhook"
    says_test_in_words = False  # a program reads "type": "test"

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()

    def channel(self, heard: Callable[[Late], None] = lambda _late: None, **options: str) -> Channel:
        return webhook.make(place(heard, **{"webhook_allow": "127.0.0.0/8"} | options))

    def address(self, kind: str) -> dict[str, Any]:
        return webhook.read_address(f"http://127.0.0.1:{self.port}/{kind}")

    @property
    def arrived(self) -> list[str]:
        return [json.dumps(json.loads(body), ensure_ascii=False) for path, _, body in self.requests if path == "/take"]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")[:-2]
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                path = first.split()[1]
                self.requests.append((path, headers, body))
                writer.write(self._answer(path))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, path: str) -> bytes:
        status = {
            "/later": "503 Busy\r\nRetry-After: 7",
            "/gone": "410 Gone",
            "/away": f"307 Elsewhere\r\nLocation: http://127.0.0.1:{self.port}/take",
            "/accepted": "202 Accepted",
        }.get(path.rstrip("/"), "200 OK")
        return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()


class EmailRig:
    """A real SMTP server (aiosmtpd) in this loop: it refuses for now, or for good, by the name in the address."""

    name = "email"
    says_test_in_words = True

    def __init__(self) -> None:
        self.messages: list[tuple[str, EmailMessage]] = []
        self.connections = 0

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._session, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()

    def _session(self) -> SMTP:
        self.connections += 1
        return SMTP(self, enable_SMTPUTF8=False, hostname="mail.example")

    def channel(self, heard: Callable[[Late], None] = lambda _late: None, **options: str) -> Channel:
        url = f"smtp://127.0.0.1:{self.port}?from=warn@port-almen.example"
        made = email.make(place(heard, **{"smtp_url": url} | options))
        assert made is not None
        return made

    def address(self, kind: str) -> dict[str, Any]:
        return email.read_address(f"{kind}@people.example")

    @property
    def arrived(self) -> list[str]:
        return [f"{message['Subject']}\n{message.get_content()}" for _, message in self.messages]

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        answers = {"later": "451 4.7.1 Greylisted", "gone": "550 5.1.1 No such mailbox", "spam": "554 5.7.1 No"}
        answer = answers.get(address.partition("@")[0])
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.messages.append((envelope.rcpt_tos[0], cast(EmailMessage, message)))
        return "250 Taken"


class SmsRig:
    """A message centre that speaks SMPP 3.4 over TCP. Numbers that end in 1 are not now, in 2 are none."""

    name = "sms"
    says_test_in_words = True
    _ENDS: ClassVar = {"take": "0", "later": "1", "gone": "2"}

    def __init__(self) -> None:
        self.submitted: list[Any] = []
        self.binds: list[str] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._last = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()

    def channel(self, heard: Callable[[Late], None] = lambda _late: None, **options: str) -> Channel:
        url = f"smpp://almen:secret@127.0.0.1:{self.port}?from=ALMEN"
        made = sms.make(place(heard, **{"smpp_url": url} | options))
        assert made is not None
        return made

    def address(self, kind: str) -> dict[str, Any]:
        return sms.read_address(f"+49 151 000000 {self._ENDS[kind]}")

    @property
    def arrived(self) -> list[str]:
        """The messages with their parts joined, as a phone shows them."""
        texts: dict[tuple[str, int], str] = {}
        for number, pdu in enumerate(self.submitted):
            if not pdu.destination_addr.endswith(b"0"):
                continue
            body, key = pdu.short_message, (pdu.destination_addr.decode(), -number)
            if pdu.esm_class & consts.SMPP_GSMFEAT_UDHI:
                assert body[:3] == b"\x05\x00\x03"
                key, body = (key[0], body[3]), body[6:]
            said = body.decode("utf-16-be") if pdu.data_coding == consts.SMPP_ENCODING_ISO10646 else gsm_decoded(body)
            texts[key] = texts.get(key, "") + said
        return list(texts.values())

    def next_sequence(self) -> int:
        self._last += 1
        return self._last

    def report(self, message: str, stat: str) -> None:
        """A delivery receipt in the form of appendix B."""
        text = f"id:{message} sub:001 dlvrd:001 submit date:2401050601 done date:2401050602 stat:{stat} err:000 text:"
        pdu = smpp.make_pdu("deliver_sm", client=self, esm_class=4, short_message=text.encode(), source_addr="49151")
        self._writers[-1].write(pdu.generate())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readexactly(4)
                data = head + await reader.readexactly(int.from_bytes(head, "big") - 4)
                pdu = smpp.parse_pdu(data, client=self, allow_unknown_opt_params=True)
                if not pdu.is_response():
                    writer.write(self._answer(pdu).generate())
        writer.close()

    def _answer(self, pdu: Any) -> Any:
        answer = smpp.make_pdu(f"{pdu.command}_resp", client=self)
        answer.sequence = pdu.sequence
        if pdu.command == "bind_transceiver":
            self.binds.append(f"{pdu.system_id.decode()}:{pdu.password.decode()}")
            answer.system_id = "centre"
            answer.status = 0 if self.binds[-1] == "almen:secret" else consts.SMPP_ESME_RBINDFAIL
        elif pdu.command == "submit_sm":
            self.submitted.append(pdu)
            ends = {b"1": consts.SMPP_ESME_RTHROTTLED, b"2": consts.SMPP_ESME_RINVDSTADR}
            answer.status = ends.get(pdu.destination_addr[-1:], 0)
            answer.message_id = f"m{len(self.submitted)}"
        return answer


def gsm_decoded(body: bytes) -> str:
    out, octets = "", iter(body)
    for octet in octets:
        out += GSM_CHARACTER_TABLE[next(octets) + 0x80 if octet == 0x1B else octet]
    return out


class AppriseRig(WebhookRig):
    """The far end is Apprise's own plain JSON service, over HTTP."""

    name = "apprise"
    says_test_in_words = True

    def channel(self, heard: Callable[[Late], None] = lambda _late: None, **options: str) -> Channel:
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write("# rooms of the city\n\n")
            file.writelines(f"{kind} = json://127.0.0.1:{self.port}/{kind}\n" for kind in ("take", "later"))
            file.flush()
            made = apprise.make(place(heard, **{"apprise_file": file.name} | options))
        assert made is not None
        return made

    def address(self, kind: str) -> dict[str, Any]:
        return apprise.read_address(kind)

    @property
    def arrived(self) -> list[str]:
        said = [json.loads(body) for path, _, body in self.requests if path.startswith("/take")]
        return [f"{one['title']}\n{one['message']}" for one in said]


RIGS: dict[str, Any] = {rig.name: rig for rig in (WebhookRig, EmailRig, SmsRig, AppriseRig)}
