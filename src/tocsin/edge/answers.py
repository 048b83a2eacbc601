"""Short HTTP answers, errors among them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from tocsin.core.errors import Invalid, TocsinError
from tocsin.edge.sse import dumps

if TYPE_CHECKING:
    from tocsin.edge.stream import Stream

_STATUS_OF = {422: 400}


class Answer(msgspec.Struct, kw_only=True):
    """A short answer, or the wish to open a stream for ``cells`` from event ``last`` on."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    close: bool = False
    stream: Stream | None = None
    cells: tuple[str, ...] = ()
    last: int | None = None

    @classmethod
    def refusal(cls, fault: TocsinError) -> Answer:
        """The JSON form of an error; what is malformed is a 400 here."""
        status = _STATUS_OF.get(fault.http, fault.http)
        headers = {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        return cls(status=status, body=dumps({"error": fault.as_dict()}), headers=headers)

    def render(self, date: bytes, *, keep: bool, head: bool) -> bytes:
        """The bytes on the wire."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Cache-Control": "no-store",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "ETag, Retry-After, Tocsin-Source-Age",
            "X-Content-Type-Options": "nosniff",
            "Connection": "keep-alive" if keep else "close",
            **self.headers,
        }
        if self.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            del headers["Content-Type"]
        elif self.stream is None:
            headers["Content-Length"] = str(len(self.body))
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        top = "\r\n".join(lines).encode() + b"\r\nDate: " + date + b"\r\n\r\n"
        return top if head else top + self.body


def error(status: int, code: str, message: str, remedy: str, headers: dict[str, str] | None = None) -> Answer:
    """An answer that ends the connection."""
    fault = Invalid(code, message, remedy=remedy)
    return Answer(status=status, body=dumps({"error": fault.as_dict()}), headers=headers or {}, close=True)
