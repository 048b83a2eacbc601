"""Warnings on a phone when the page is closed: a browser's push subscription, with cells only."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from tocsin.channels.webpush import address_of
from tocsin.core.subscription import MOST_CELLS, Wanted, Wish
from tocsin.web import push
from tocsin.web.api import act
from tocsin.web.api.auth import PUBLIC
from tocsin.web.api.schemas import ACT, LANGUAGE, Body, Reply, example, responses
from tocsin.web.desk import desk

router = Router(tags=["subscriptions"], auth=PUBLIC)

_EXAMPLE = {
    "endpoint": "https://push.example/send/abc",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}


class KeysIn(Body):
    """The browser's keys, base64url."""

    p256dh: Annotated[str, Field(max_length=256)]
    auth: Annotated[str, Field(max_length=256)]


class PushIn(Body):
    """What `JSON.stringify` makes of a browser's `PushSubscription`."""

    endpoint: Annotated[str, Field(max_length=1024)]
    expirationTime: float | None = None  # noqa: N815 - the browser's own name
    keys: KeysIn


class SubscribeIn(Body):
    """Who is to be warned of what."""

    subscription: PushIn
    cells: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9a-f]{15}$")]],
        Field(min_length=1, max_length=MOST_CELLS, description="H3 cells of resolution 7, hex; never a position."),
    ]
    language: Annotated[str, Field(pattern=LANGUAGE)]
    level: Annotated[Wanted, Field(description="The lowest level that is wanted.")] = "alert"


class LeaveIn(Body):
    """Who is to be warned no more."""

    subscription: PushIn


class SubscribedOut(Reply):
    """What is kept now."""

    cells: int = Field(description="How many cells.")
    language: str
    level: Wanted


class LeftOut(Reply):
    """What was asked for is erased, or was never there."""


@router.post(
    "",
    response=responses({201: SubscribedOut}, ACT),
    openapi_extra=example({"subscription": _EXAMPLE, "cells": ["872830828ffffff"], "language": "en"}),
    summary="Be warned on this browser when the page is closed",
)
def subscribe(request: HttpRequest, body: SubscribeIn) -> Status[dict[str, Any]]:
    """Keep a browser's push subscription. The same one again replaces its cells, language and level."""
    del request
    address = address_of(body.subscription.dict(), push.allowed())
    wish = Wish(channel="webpush", address=address, cells=tuple(body.cells), language=body.language, level=body.level)
    kept = push.book().add(wish, desk().clock.now())
    return Status(201, {**act.stamp(), "cells": len(kept.cells), "language": kept.language, "level": kept.level})


@router.delete(
    "",
    response=responses({200: LeftOut}, ACT),
    openapi_extra=example({"subscription": _EXAMPLE}),
    summary="Be warned on this browser no more",
)
def leave(request: HttpRequest, body: LeaveIn) -> dict[str, Any]:
    """Erase a browser's push subscription. Whoever holds it may; nobody else can guess it."""
    del request
    book = push.book()
    known = book.find("webpush", address_of(body.subscription.dict(), push.allowed()))
    if known is not None:
        book.remove(known.id)
    return act.stamp()
