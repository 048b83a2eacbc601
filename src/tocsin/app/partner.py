"""A partner's CAP message is read and judged, before the rules of the warn room see it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tocsin.core.area import AreaTree
from tocsin.core.errors import Denied, Invalid, Refused
from tocsin.core.time import parse_cap_time
from tocsin.warn import threats
from tocsin.warn.alert import Alert, Info
from tocsin.warn.cap_read import parse
from tocsin.warn.commands import ReceivePartnerMessage
from tocsin.warn.policy import Policy
from tocsin.warn.sign import verify

HANDLED = ("Alert", "Update", "Cancel")
"""Message types that are taken in; every other one is refused with an error (rule R22)."""


def read(
    data: bytes,
    *,
    speaks_for: str,
    pinned: Mapping[str, Sequence[bytes | str]],
    now: datetime,
    policy: Policy,
    tree: AreaTree,
) -> ReceivePartnerMessage:
    """The command that takes a message in.

    Only a fresh Alert, signed by a pinned certificate, gets the verdict ``valid``; any other can only propose.
    An Update or Cancel names no area here: it proposes and ends nothing, and is kept for the officer to see.

    Args:
        data: the message as it arrived.
        speaks_for: the only CAP ``sender`` that the caller may bring messages of.
        pinned: ``sender`` → certificates (PEM).
        now, policy: the time of arrival, and how old a message may be then.
        tree: the areas that its geocodes and descriptions are looked up in.

    Raises:
        Invalid: not CAP 1.2 (TOC-3001, TOC-3002), or not an Alert, Update or Cancel of a real danger (TOC-3003).
        Denied: the sender is not the one that the caller speaks for (TOC-6002).
        Refused: it is an exercise or a test (TOC-1011).
    """
    alert = parse(data)
    _check(alert, speaks_for)
    infos = alert.infos if alert.msg_type == "Alert" else ()
    return ReceivePartnerMessage(
        sender=alert.sender,
        identifier=alert.identifier,
        sent=alert.sent,
        sha256=hashlib.sha256(data).hexdigest(),
        raw=base64.b64encode(data).decode(),
        verdict=_verdict(data, alert, pinned, now, policy),
        threat=_threat(alert.infos),
        areas=_areas(infos, tree),
        headline=next((i.headline for i in alert.infos if i.headline), ""),
    )


def _check(alert: Alert, speaks_for: str) -> None:
    if alert.sender != speaks_for:
        raise Denied(
            "TOC-6002",
            f"This key does not speak for the sender {alert.sender!r}.",
            field="/alert/sender",
            remedy=f"Send only messages of {speaks_for!r}, or ask for a key of your own."
            if speaks_for
            else "Use a partner's key.",
        )
    if alert.status in ("Exercise", "Test"):
        raise Refused(
            "TOC-1011",
            f"A message with status {alert.status} does not come in at the door for real dangers.",
            field="/alert/status",
            remedy="Agree the exercise with the control room; it starts its own drill.",
        )
    if alert.status != "Actual" or alert.msg_type not in HANDLED:
        wrong = "msgType" if alert.status == "Actual" else "status"
        raise Invalid(
            "TOC-3003",
            f"{alert.msg_type} with status {alert.status} is not taken in.",
            field=f"/alert/{wrong}",
            remedy=f"Send {', '.join(HANDLED)} with status Actual.",
        )


def _verdict(
    data: bytes, alert: Alert, pinned: Mapping[str, Sequence[bytes | str]], now: datetime, policy: Policy
) -> str:
    verdict = verify(data, pinned, at=now)
    if not verdict.ok:
        return verdict.result.value
    try:
        age_s = (now - parse_cap_time(alert.sent)).total_seconds()
    except ValueError:
        return "sent_unreadable"
    if age_s > policy.stale_s:
        return "stale"
    return "from_the_future" if age_s < -policy.future_s else "valid"


def _threat(infos: Iterable[Info]) -> str:
    """The danger that an ``eventCode`` names, by our code or our name for it; ``other`` when none does."""
    codes = {code.value for info in infos for code in info.event_codes}
    for name in threats.names():
        if name in codes or threats.threat(name).event_code in codes:
            return name
    return "other"


def _areas(infos: Iterable[Info], tree: AreaTree) -> tuple[str, ...]:
    """Areas that the message names by geocode or by a description that is one area's name, if they cover ground (R11).

    What cannot be found is left out here and stays readable in the kept message: an officer sees it, nothing sounds.
    """
    found: dict[str, None] = {}
    for block in (area for info in infos for area in info.areas):
        coded = [code.value for code in block.geocodes if code.value in tree]
        if not coded:
            named = tree.find(block.desc)
            coded = [named[0].id] if len(named) == 1 else []
        found.update(dict.fromkeys(coded))
    return tuple(area for area in found if any(tree[below].cells for below in tree.descendants(area)))
