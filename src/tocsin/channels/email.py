"""E-mail, one message a person, over SMTP with TLS where the server offers it.

Each can be left with one click (RFC 8058). ``accepted`` is all that is ever known: a server took charge of it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
import msgspec

from tocsin.channels._parallel import each
from tocsin.channels._port import Place, bad_address, no_answer, text_of, unusable
from tocsin.channels._text import long, subject
from tocsin.channels.words import say
from tocsin.core.notice import AnyNotice, Outcome, Quality, Recipient, WarningNotice

QUALITY = Quality(
    timeout=30.0,
    retries="until the notice expires, with growing pauses, under the same Message-ID; a refusal for good ends it",
    receipts="the mail server takes charge; what becomes of it afterwards is not known",
    furthest="accepted",
    languages="all, one in each message",
    opt_out="one click (RFC 8058), or the page that its link opens",
    rate=50.0,
    batch=50,
)

CONNECTIONS = 4
"""SMTP connections held at once."""

_SETTING = "TOCSIN_SMTP_URL"
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The mail server to which everything is handed. ``tls``: from the first byte; else STARTTLS, required or not."""

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = ""
    tls: bool = False
    starttls: bool | None = None

    def __repr__(self) -> str:
        return f"Server(host={self.host!r}, port={self.port})"


def make(place: Place) -> EmailChannel | None:
    """The channel, or None where no server is named.

    Raises:
        Invalid: the setting is unusable (TOC-8001).
    """
    url = place.options.get("smtp_url", "")
    return EmailChannel(place, read_server(url)) if url else None


def read_server(url: str) -> Server:
    """``smtp://user:password@host:587?from=warn@city.example``; ``smtps:`` is TLS from the first byte.

    Raises:
        Invalid: it is of another form (TOC-8001); nothing of it is repeated.
    """
    remedy = "Write smtp://user:password@mail.city.example:587?from=warn@city.example, with % signs percent-encoded."
    try:
        parts = urlsplit(url)
        port = parts.port or {"smtp": 587, "smtps": 465}[parts.scheme]
    except (ValueError, KeyError):
        raise unusable(_SETTING, "It is no address of a mail server.", remedy) from None
    sender = parse_qs(parts.query).get("from", [""])[-1]
    if not parts.hostname or not _ADDRESS.fullmatch(sender):
        raise unusable(_SETTING, "It names no host, or no address from which to write.", remedy)
    return Server(
        host=parts.hostname,
        port=port,
        sender=sender,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtps",
        starttls=True if parts.username and parts.scheme == "smtp" and parts.hostname != "localhost" else None,
    )


def read_address(text: str) -> dict[str, Any]:
    """``{"to": …}``, the domain in lower case.

    Raises:
        Invalid: it is no address to which mail can be sent from everywhere (TOC-13001).
    """
    given = text.strip()
    name, _, domain = given.rpartition("@")
    domain = domain.lower()
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            domain = ""
    whole = f"{name}@{domain}"
    if len(whole) > 254 or not _ADDRESS.fullmatch(whole) or ".." in whole or name[:1] == "." or name[-1:] == ".":
        raise bad_address("This is no e-mail address.", "Write it like name@example.org.")
    return {"to": whole}


class EmailChannel:
    """Hands each person's message to one mail server over a few connections that are kept."""

    def __init__(self, place: Place, server: Server) -> None:
        self._place = place
        self._server = server
        self._idle: list[aiosmtplib.SMTP] = []
        self._free = asyncio.Semaphore(CONNECTIONS)

    def send(self, notice: AnyNotice, to: Sequence[Recipient]) -> AsyncIterator[Outcome]:
        """One message each.

        Raises:
            Unavailable: the mail server does not answer, or does not let us in (TOC-8002).
        """
        made: dict[str, tuple[str, str]] = {}

        def message(one: Recipient) -> MIMEText:
            if one.language not in made:
                made[one.language] = (subject(notice, one.language), long(notice, one.language, self._place))
            return self._message(notice, one, *made[one.language])

        return each(to, lambda one: self._hand(one, message(one)), parallel=CONNECTIONS)

    async def confirm(self, one: Recipient, *, active: bool) -> Outcome:
        """Ask whoever holds the address whether they wish to be written to; or say that they are already.

        Raises:
            Unavailable: the mail server does not answer, or does not let us in (TOC-8002).
        """
        word, where = ("already", "leave") if active else ("confirm", "confirm")
        named = {"sender": self._sender(one.language), "link": self._place.link(f"/follow/{where}/{one.token}")}
        line = say(one.language, f"{word}_subject").format(**named)
        made = self._blank(one, line, say(one.language, f"{word}_body").format(**named), self._place.clock.now())
        made["Message-ID"] = f"<{word}.{one.token[:8]}.{one.id}@{self._domain}>"
        return await self._hand(one, made)

    async def close(self) -> None:
        """Take leave of the server."""
        while self._idle:
            await _quit(self._idle.pop())

    @property
    def _domain(self) -> str:
        return self._server.sender.rpartition("@")[2]

    def _sender(self, language: str) -> str:
        return " ".join(self._place.sender.get(language, next(iter(self._place.sender.values()), "Tocsin")).split())

    def _blank(self, one: Recipient, line: str, text: str, at: datetime) -> MIMEText:
        """A message by the older classes of the library: the newer lose spaces when they fold long headers."""
        made = MIMEText(text, "plain", _UTF8)  # type: ignore[arg-type]  # it takes a Charset as well
        made["From"] = formataddr((self._sender(one.language), self._server.sender))
        made["To"] = text_of(one.address, "to")
        plain = " ".join(line.split())
        made["Subject"] = plain if plain.isascii() else Header(plain, "utf-8", header_name="Subject").encode()
        made["Date"] = format_datetime(at)
        made["Auto-Submitted"] = "auto-generated"  # no holiday reply may come back (RFC 3834)
        made["Content-Language"] = one.language
        return made

    def _message(self, notice: AnyNotice, one: Recipient, line: str, text: str) -> MIMEText:
        leave = self._place.link(f"/follow/leave/{one.token}")
        foot = [
            say(one.language, "why").format(sender=self._sender(one.language)),
            say(one.language, "leave").format(link=leave),
        ]
        made = self._blank(one, line, text + "\n\n-- \n" + "\n".join(foot) + "\n", notice.sent)
        made["Message-ID"] = f"<{notice.id}.{one.id}@{self._domain}>"
        made["List-Id"] = f"<warnings.{self._domain}>"
        made["List-Unsubscribe"] = f"<{leave}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        if isinstance(notice, WarningNotice) and notice.lane < 2:
            made["Importance"], made["X-Priority"] = "high", "1"
        return made

    async def _hand(self, one: Recipient, message: MIMEText) -> Outcome:
        async with self._free:
            client = self._idle.pop() if self._idle else None
            try:
                async with asyncio.timeout(QUALITY.timeout):
                    if client is None or not client.is_connected:
                        client = await self._connect()
                    data = message.as_bytes(policy=compat32.clone(linesep="\r\n"))
                    await client.sendmail(self._server.sender, [text_of(one.address, "to")], data)
            except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as fault:
                self._keep(client)
                return _refused(one.id, fault)
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
                if client is not None:
                    client.close()
                return Outcome(recipient=one.id, stage="failed", detail=type(fault).__name__)
            self._keep(client)
            return Outcome(recipient=one.id, stage="accepted", detail="250")

    def _keep(self, client: aiosmtplib.SMTP | None) -> None:
        if client is not None and client.is_connected:
            self._idle.append(client)

    async def _connect(self) -> aiosmtplib.SMTP:
        own = self._server
        client = aiosmtplib.SMTP(
            hostname=own.host,
            port=own.port,
            username=own.username or None,
            password=own.password or None,
            use_tls=own.tls,
            start_tls=None if own.tls else own.starttls,
            timeout=QUALITY.timeout,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as fault:
            raise no_answer(_SETTING, "mail server", fault) from None
        return client


async def _quit(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit(timeout=2.0)
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        client.close()


def _refused(recipient: int, fault: aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPResponseException) -> Outcome:
    """5.1.x names the address as the cause (RFC 3463), and so do 550, 551 and 553 of a server that says no more; any
    other 5yz refuses this message; 4yz is for now.
    """
    answer = fault.recipients[0] if isinstance(fault, aiosmtplib.SMTPRecipientsRefused) else fault
    detail = str(answer.code)
    if 500 <= answer.code < 600:
        plain = answer.code in {550, 551, 553} and not _ENHANCED.match(answer.message)
        if plain or re.match(r"5\.1\.[1236]\b", answer.message):
            return Outcome(recipient=recipient, stage="gone", detail=detail)
        return Outcome(recipient=recipient, stage="failed", final=True, detail=detail)
    return Outcome(recipient=recipient, stage="failed", detail=detail)


_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
