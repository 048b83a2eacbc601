"""SMS over SMPP 3.4: long texts in joined parts, and ``delivered`` only when the phone itself took every part."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import UTC
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from smpplib import consts

from tocsin.channels._gsm import split
from tocsin.channels._parallel import each
from tocsin.channels._port import Place, bad_address, no_answer, text_of, unusable
from tocsin.channels._smpp import WINDOW, Session, SessionLost
from tocsin.channels._text import short
from tocsin.core.notice import AnyNotice, Late, Outcome, Quality, Recipient

QUALITY = Quality(
    timeout=10.0,
    retries="until the notice expires, with growing pauses; the centre drops what it still holds then",
    receipts="the phone: the centre reports each part (delivery receipts)",
    furthest="delivered",
    languages="all, one in each message",
    opt_out="the sender's own number or page, as the operator of the numbers agreed",
    rate=30.0,
    batch=30,
)

_SETTING = "TOCSIN_SMPP_URL"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_LATER = frozenset(
    {consts.SMPP_ESME_RSYSERR, consts.SMPP_ESME_RMSGQFUL, consts.SMPP_ESME_RSUBMITFAIL, consts.SMPP_ESME_RTHROTTLED}
)
"""Refusals that pass: system error, queue full, submission failed, throttled."""

_PRIORITY = {0: 3, 1: 2, 2: 1}
"""``priority_flag`` by lane; everything else is bulk."""


class Centre(msgspec.Struct, frozen=True, kw_only=True):
    """The message centre. ``sender``: the number or word from which messages come."""

    host: str
    port: int
    system_id: str
    password: str
    sender: str
    tls: bool
    ucs2: bool

    def __repr__(self) -> str:
        return f"Centre(host={self.host!r}, port={self.port})"


def make(place: Place) -> SmsChannel | None:
    """The channel, or None where no centre is named.

    Raises:
        Invalid: the setting is unusable (TOC-8001).
    """
    url = place.options.get("smpp_url", "")
    return SmsChannel(place, read_centre(url)) if url else None


def read_centre(url: str) -> Centre:
    """``smpp://system:password@host:2775?from=TOCSIN``; ``smpps:`` is TLS; ``&alphabet=ucs2`` leaves GSM 7-bit out.

    Raises:
        Invalid: it is of another form (TOC-8001); nothing of it is repeated.
    """
    remedy = "Write smpp://system:password@smsc.example:2775?from=TOCSIN, with % signs percent-encoded."
    try:
        parts = urlsplit(url)
        port = parts.port or {"smpp": 2775, "smpps": 3550}[parts.scheme]
    except (ValueError, KeyError):
        raise unusable(_SETTING, "It is no address of a message centre.", remedy) from None
    query = parse_qs(parts.query)
    sender, alphabet = (query.get(key, [""])[-1] for key in ("from", "alphabet"))
    if not re.fullmatch(r"\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11}", sender) or alphabet not in {"", "gsm", "ucs2"}:
        raise unusable(_SETTING, "It names no sender, or another alphabet than gsm and ucs2.", remedy)
    if not parts.hostname or not parts.username:
        raise unusable(_SETTING, "It names no host or no system.", remedy)
    return Centre(
        host=parts.hostname,
        port=port,
        system_id=unquote(parts.username),
        password=unquote(parts.password or ""),
        sender=sender,
        tls=parts.scheme == "smpps",
        ucs2=alphabet == "ucs2",
    )


def read_address(text: str) -> dict[str, Any]:
    """``{"to": "+…"}``: an international number (E.164).

    Raises:
        Invalid: it is none (TOC-13001).
    """
    number = re.sub(r"[\s().\-/]", "", text)
    if not _NUMBER.fullmatch(number):
        raise bad_address(
            "This is no international telephone number.", "Write it with + and the country, like +49301234."
        )
    return {"to": number}


class SmsChannel:
    """Hands messages to one centre over one session, which is opened when needed and held for the receipts."""

    def __init__(self, place: Place, centre: Centre) -> None:
        self._place = place
        self._centre = centre
        self._session: Session | None = None
        self._opening = asyncio.Lock()

    async def send(self, notice: AnyNotice, to: Sequence[Recipient]) -> AsyncIterator[Outcome]:
        """One message each, in as many parts as it takes.

        Raises:
            Unavailable: the centre does not answer or refuses us (TOC-8002).
        """
        session = await self.open()
        async for outcome in each(to, lambda one: self._one(session, notice, one), parallel=WINDOW):
            yield outcome

    async def open(self) -> Session:
        """The session; opened anew when the last one was lost.

        Raises:
            Unavailable: the centre does not answer or refuses us (TOC-8002).
        """
        async with self._opening:
            if self._session is None or self._session.lost.is_set():
                own = self._centre
                try:
                    self._session = await Session.open(
                        own.host,
                        own.port,
                        system_id=own.system_id,
                        password=own.password,
                        tls=ssl.create_default_context() if own.tls else None,
                        received=self._received,
                        timeout=QUALITY.timeout,
                    )
                except SessionLost as fault:
                    raise no_answer(_SETTING, "message centre", str(fault)) from fault
            return self._session

    async def listen(self) -> None:
        """Hold the session until it is lost, so that receipts come in while nothing is sent."""
        await (await self.open()).lost.wait()

    async def close(self) -> None:
        """Unbind."""
        if self._session is not None:
            await self._session.close()

    def _received(self, message: str, state: Literal["delivered", "failed"], word: str) -> None:
        self._place.heard(Late(channel="sms", receipt=message, stage=state, detail=word))

    async def _one(self, session: Session, notice: AnyNotice, one: Recipient) -> Outcome:
        coding, bodies = split(short(notice, one.language), ucs2=self._centre.ucs2)
        receipts = []
        for body in bodies:
            try:
                status, message = await session.submit(**self._fields(notice, one, coding, body, len(bodies) > 1))
            except SessionLost as fault:
                return Outcome(recipient=one.id, stage="failed", detail=str(fault))
            if status != consts.SMPP_ESME_ROK:
                return _refused(one.id, status)
            receipts.append(message)
        return Outcome(recipient=one.id, stage="accepted", receipts=tuple(receipts), detail="0x00")

    def _fields(self, notice: AnyNotice, one: Recipient, coding: int, body: bytes, part: bool) -> dict[str, Any]:
        ton, npi = _kind(self._centre.sender)
        return {
            "source_addr_ton": ton,
            "source_addr_npi": npi,
            "source_addr": self._centre.sender.lstrip("+"),
            "dest_addr_ton": consts.SMPP_TON_INTL,
            "dest_addr_npi": consts.SMPP_NPI_ISDN,
            "destination_addr": text_of(one.address, "to").lstrip("+"),
            "esm_class": consts.SMPP_GSMFEAT_UDHI if part else consts.SMPP_MSGTYPE_DEFAULT,
            "priority_flag": _PRIORITY.get(notice.lane, 0),
            "validity_period": notice.expires.astimezone(UTC).strftime("%y%m%d%H%M%S000+"),
            "registered_delivery": consts.SMPP_SMSC_DELIVERY_RECEIPT_BOTH,
            "data_coding": coding,
            "short_message": body,
        }


def _kind(sender: str) -> tuple[int, int]:
    """Type of number and numbering plan: a word, a whole number with +, or a short code."""
    if not sender.lstrip("+").isdigit():
        return consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK
    if sender.startswith("+"):
        return consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN
    return consts.SMPP_TON_NWSPEC, consts.SMPP_NPI_UNK


def _refused(recipient: int, status: int) -> Outcome:
    detail = f"0x{status:02x}"
    if status == consts.SMPP_ESME_RINVDSTADR:
        return Outcome(recipient=recipient, stage="gone", detail=detail)
    return Outcome(recipient=recipient, stage="failed", final=status not in _LATER, detail=detail)
