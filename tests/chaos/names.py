"""The name server of the ground: it knows the names of the city, and can be taken away in three ways."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Mapping
from typing import Literal

Away = Literal["silent", "SERVFAIL", "NXDOMAIN"]
WAYS: tuple[Away, ...] = ("silent", "SERVFAIL", "NXDOMAIN")
"""How names can be gone: nobody answers, the answer is an error, the answer is that there is no such name."""

_CODES = {"SERVFAIL": 2, "NXDOMAIN": 3}
_A = 1
_TTL_S = 0


class Names:
    """Answers questions for addresses over UDP (RFC 1035), in a thread of its own.

    Args:
        address: where it listens; port 53.
        known: full name → IPv4 address.

    ``refused``: questions that got no good answer because names were gone.
    """

    def __init__(self, address: str, known: Mapping[str, str], port: int = 53) -> None:
        self._known = {name.lower(): ip for name, ip in known.items()}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self._socket.settimeout(0.05)
        self._closed = threading.Event()
        self.port: int = self._socket.getsockname()[1]
        self._away: list[Away] = []
        self._lock = threading.Lock()
        self.refused = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def go(self, way: Away) -> None:
        """Names are gone, until :meth:`back` was called as often."""
        with self._lock:
            self._away.append(way)

    def back(self) -> None:
        """One reason less for which names are gone."""
        with self._lock:
            self._away.pop()

    def close(self) -> None:
        """Answer no more."""
        self._closed.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                question, who = self._socket.recvfrom(4096)
            except OSError:
                continue
            reply = self.answer(question)
            if reply:
                self._socket.sendto(reply, who)

    def answer(self, question: bytes) -> bytes:
        """The answer to one question; nothing for none."""
        try:
            name, kind, end = _asked(question)
        except (IndexError, struct.error, UnicodeDecodeError):
            return b""
        with self._lock:
            away = self._away[-1] if self._away else None
            self.refused += away is not None
        if away == "silent":
            return b""
        found = self._known.get(name)
        code = _CODES[away] if away else 0 if found else _CODES["NXDOMAIN"]
        holds = found is not None and away is None and kind == _A
        # QR and RA set, RD as it was asked; the question again; at most one record that points back to its name.
        flags = 0x8080 | (question[2] & 1) << 8 | code
        head = question[:2] + struct.pack("!HHHHH", flags, 1, int(holds), 0, 0)
        record = b"\xc0\x0c" + struct.pack("!HHIH", _A, 1, _TTL_S, 4) + socket.inet_aton(found or "127.0.0.1")
        return head + question[12:end] + (record if holds else b"")


def _asked(question: bytes) -> tuple[str, int, int]:
    """Name, type and where the question ends."""
    labels, at = [], 12
    while size := question[at]:
        labels.append(question[at + 1 : at + 1 + size].decode("ascii").lower())
        at += 1 + size
    (kind,) = struct.unpack_from("!H", question, at + 1)
    return ".".join(labels), kind, at + 5
