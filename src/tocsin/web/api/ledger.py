"""The head of the ledger, and whether this door is open at all."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from tocsin.web.api import act
from tocsin.web.api.auth import PUBLIC
from tocsin.web.api.schemas import READ, Reply, responses
from tocsin.web.api.shapes import CheckpointDoc
from tocsin.web.desk import desk

router = Router(tags=["ledger"], auth=PUBLIC)


class HeadOut(Reply):
    """The last entry, and the newest signed head; anybody may keep it and compare later."""

    seq: int
    hash: str = Field(description="SHA-256 of the last entry, hex; zeros for an empty ledger.")
    checkpoint: CheckpointDoc | None


class HealthOut(Reply):
    """The door is open and the ledger can be read."""

    ok: bool
    seq: int


@router.get("/ledger/head", response=responses({200: HeadOut}, READ), summary="The head of the ledger")
def head(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja's signature
    """Position and hash of the last entry, and the newest checkpoint."""
    book = desk().ledger
    seq, digest = book.head()
    kept = book.checkpoints()
    newest = msgspec.to_builtins(kept[-1]) if kept else None
    return {**act.stamp(), "seq": seq, "hash": digest, "checkpoint": newest}


@router.get("/health", response=responses({200: HealthOut}, READ), summary="Whether this door is open")
def health(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - ninja's signature
    """Reads the ledger's head; fails when it cannot."""
    return {**act.stamp(), "ok": True, "seq": desk().ledger.head()[0]}
