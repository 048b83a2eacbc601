"""One SMPP 3.4 session on asyncio, as a transceiver. The PDUs are smpplib's; the connection, the window and the answers
are here, since smpplib's own client blocks on a socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import struct
from collections.abc import Callable
from typing import Any, Literal

from smpplib import consts, smpp
from smpplib.exceptions import PDUError, UnknownCommandError

WINDOW = 10
"""Submissions under way at once, as centres commonly allow."""

ENQUIRE_S = 30.0
LARGEST = 64 * 1024
_RECEIPT = 0x04
"""Bits of ``esm_class`` that mark a delivery receipt (SMPP 3.4, 5.2.12)."""

_KIND_BITS = 0x3C
_STATES: dict[Any, Literal["delivered", "failed"]] = {
    2: "delivered",
    3: "failed",
    4: "failed",
    5: "failed",
    8: "failed",
    "DELIVRD": "delivered",
    "EXPIRED": "failed",
    "DELETED": "failed",
    "UNDELIV": "failed",
    "REJECTD": "failed",
}
"""``message_state`` and ``stat`` of a receipt (SMPP 3.4, 5.2.28 and appendix B); any other is no final word."""

Received = Callable[[str, Literal["delivered", "failed"], str], None]
"""Called with the centre's id of a message, what became of it, and the state in the centre's words."""


class SessionLost(ConnectionError):
    """The centre closed the session, refused it, or does not answer."""


class Session:
    """A bound session. Make it with :meth:`open`; it is over when :attr:`lost` is set."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, received: Received, timeout: float
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._received = received
        self._timeout = timeout
        self._last = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._window = asyncio.Semaphore(WINDOW)
        self._tasks: list[asyncio.Task[None]] = []
        self.lost = asyncio.Event()

    @classmethod
    async def open(
        cls,
        host: str,
        port: int,
        *,
        system_id: str,
        password: str,
        tls: ssl.SSLContext | None,
        received: Received,
        timeout: float,
    ) -> Session:
        """Connect and bind.

        Raises:
            SessionLost: the centre does not answer or refuses us.
        """
        try:
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(host, port, ssl=tls, limit=LARGEST)
        except (OSError, TimeoutError) as fault:
            raise SessionLost(type(fault).__name__) from fault
        made = cls(reader, writer, received, timeout)
        made._tasks.append(asyncio.create_task(made._read()))
        answer = await made._ask("bind_transceiver", system_id=system_id, password=password)
        if answer.status != consts.SMPP_ESME_ROK:
            await made.close()
            raise SessionLost(f"refused with 0x{answer.status:02x}")
        made._tasks.append(asyncio.create_task(made._enquire()))
        return made

    async def submit(self, **fields: Any) -> tuple[int, str]:
        """Hand one message over: ``(command_status, message_id)``.

        Raises:
            SessionLost: the session ended before the centre answered.
        """
        async with self._window:
            answer = await self._ask("submit_sm", **fields)
        return answer.status, _text(getattr(answer, "message_id", None))

    async def close(self) -> None:
        """Unbind, shortly, and close."""
        if not self.lost.is_set():
            with contextlib.suppress(SessionLost):
                self._write(smpp.make_pdu("unbind", client=self))
        self._end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def next_sequence(self) -> int:
        """The next number of a PDU; asked by smpplib."""
        self._last = self._last % 0x7FFFFFFF + 1
        return self._last

    async def _ask(self, command: str, **fields: Any) -> Any:
        pdu = smpp.make_pdu(command, client=self, **fields)
        future = self._waiting[pdu.sequence] = asyncio.get_running_loop().create_future()
        try:
            self._write(pdu)
            async with asyncio.timeout(self._timeout):
                return await future
        except TimeoutError as fault:
            raise SessionLost("TimeoutError") from fault
        finally:
            self._waiting.pop(pdu.sequence, None)

    def _write(self, pdu: Any) -> None:
        if self.lost.is_set():
            raise SessionLost("closed")
        self._writer.write(pdu.generate())

    async def _read(self) -> None:
        try:
            while True:
                head = await self._reader.readexactly(4)
                length = struct.unpack(">L", head)[0]
                if not 16 <= length <= LARGEST:
                    return
                self._take(head + await self._reader.readexactly(length - 4))
        except (OSError, EOFError, SessionLost):
            return
        finally:
            self._end()

    def _take(self, data: bytes) -> None:
        try:
            pdu = smpp.parse_pdu(data, client=self, allow_unknown_opt_params=True)
        except (PDUError, UnknownCommandError, struct.error, KeyError, ValueError):
            return  # what nobody can read is left unanswered, as the specification has it for an unknown sender
        if pdu is None:
            return
        if pdu.is_response():
            future = self._waiting.get(pdu.sequence)
            if future is not None and not future.done():
                future.set_result(pdu)
            return
        answer = {"deliver_sm": "deliver_sm_resp", "enquire_link": "enquire_link_resp", "unbind": "unbind_resp"}
        if pdu.command in answer:
            made = smpp.make_pdu(answer[pdu.command], client=self)
            made.sequence = pdu.sequence
            self._write(made)
        if pdu.command == "deliver_sm" and (pdu.esm_class or 0) & _KIND_BITS == _RECEIPT:
            self._receipt(pdu)
        if pdu.command == "unbind":
            self._end()

    def _receipt(self, pdu: Any) -> None:
        text = (pdu.short_message or b"").decode("latin-1")
        fields = dict(re.findall(r"(id|stat):(\S+)", text))
        message = _text(getattr(pdu, "receipted_message_id", None)) or fields.get("id", "")
        word = fields.get("stat", "")
        state = _STATES.get(getattr(pdu, "message_state", None)) or _STATES.get(word)
        if message and state is not None:
            self._received(message, state, word[:8])

    async def _enquire(self) -> None:
        """Ask now and then whether the centre is still there: a half-open connection says nothing by itself."""
        while True:
            await asyncio.sleep(ENQUIRE_S)
            try:
                await self._ask("enquire_link")
            except SessionLost:
                self._end()
                return

    def _end(self) -> None:
        self.lost.set()
        self._writer.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(SessionLost("closed"))


def _text(value: Any) -> str:
    plain = value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
    return plain.rstrip("\x00")
