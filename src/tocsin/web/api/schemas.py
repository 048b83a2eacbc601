"""Shapes that several resources share. Bodies are strict: no unknown field, no guessing of types."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

AREA_ID = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
SOURCE = r"^[A-Za-z0-9._-]{1,64}(?:/[A-Za-z0-9._-]{1,64}){0,3}$"
LANGUAGE = r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$"

Areas = Annotated[
    list[Annotated[str, Field(pattern=AREA_ID)]],
    Field(min_length=1, max_length=500, description="Area ids; an area stands for everything below it."),
]
Texts = Annotated[
    dict[Annotated[str, Field(pattern=LANGUAGE)], Annotated[str, Field(max_length=4000)]],
    Field(max_length=20, description="Language tag → text."),
]
_TIME = {"format": "date-time"}
Instant = Annotated[str, Field(max_length=40, description="ISO 8601 with offset.", json_schema_extra=_TIME)]
"""A time that is sent to us; ``core.time`` reads it."""
Reason = Annotated[str, Field(min_length=1, max_length=1000, description="Why, in a few words; kept in the ledger.")]
Duration = Annotated[int, Field(ge=60, le=86_400, description="How long the warning stands, seconds.")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the draft's bytes, hex.")]


class Body(Schema):
    """The base of everything that is sent to us."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ReasonIn(Body):
    """Why."""

    reason: Reason


class ErrorBody(Schema):
    """What went wrong, where, and what to do."""

    code: str = Field(examples=["TOC-6003"])
    message: str = Field(examples=["The field is missing."])
    field: str | None = Field(examples=["areas"])
    remedy: str = Field(examples=["Add it; see /api/v1/openapi.json."])
    docs: str = Field(examples=["http://localhost:8000/docs/errors#toc-6003"])


class ErrorDoc(Schema):
    """The body of every answer that is not a success."""

    error: ErrorBody


class Reply(Schema):
    """The base of every answer (rule R20). ``generated_at`` is RFC 3339."""

    generated_at: str = Field(examples=["2024-01-04T20:58:00.000Z"])


class Polled(Reply):
    """An answer that is asked for again and again. Seconds."""

    source_age_s: float = Field(description="How old what is said here is; 0 = read from the ledger for this answer.")
    next_poll_s: float = Field(description="Please ask again no sooner than this.")


_ERRORS = {
    400: "The body cannot be read.",
    401: "No valid key or session (TOC-6001).",
    403: "The role does not reach this area or act (TOC-6002).",
    404: "No such thing (TOC-6004).",
    405: "The address does not take this method (TOC-6006).",
    409: "The rules say no.",
    413: "The body is too large.",
    415: "The body is of the wrong type.",
    422: "The input is not well-formed.",
    429: "Too many requests (TOC-6005); `Retry-After` says how long to wait, seconds.",
    500: "Something broke inside (TOC-6007).",
    503: "A part that is needed does not answer.",
}

ACT = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
READ = (401, 404, 405, 422, 429, 500, 503)


def responses(good: dict[int, Any], errors: tuple[int, ...]) -> dict[int, Any]:
    """Ninja's table of answers: the good ones and the error document for the rest."""
    return good | dict.fromkeys(errors, ErrorDoc)


def example(body: dict[str, Any]) -> dict[str, Any]:
    """``openapi_extra`` that shows a body."""
    return {"requestBody": {"content": {"application/json": {"example": body}}}}


HEADERS: dict[int, tuple[str, str, str]] = {
    401: ("WWW-Authenticate", r"^Bearer ", "How to show who you are."),
    405: ("Allow", r"^[A-Z]+(, [A-Z]+)*$", "The methods that the address takes."),
    429: ("Retry-After", r"^[1-9][0-9]*$", "How long to wait, seconds."),
}
"""The header that an answer of that status always has: name, form, meaning."""


def error_words() -> dict[int, str]:
    """Status → description, for the OpenAPI document."""
    return _ERRORS
