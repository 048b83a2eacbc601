"""A partner's CAP message comes in. Only a valid, fresh one counts as a source; everything else can only propose."""

from __future__ import annotations

from tocsin.core.errors import Invalid
from tocsin.core.event import Fact
from tocsin.warn import commands as cmd
from tocsin.warn.context import Context
from tocsin.warn.events import Detection, PartnerMessageReceived
from tocsin.warn.rules import detect
from tocsin.warn.state import WarnState


def receive(state: WarnState, command: cmd.ReceivePartnerMessage, context: Context) -> list[Fact]:
    """Keep the message as it was, once (identity: sender, identifier, sent), and count it as a detection.

    A partner's Update or Cancel never sounds and never ends anything here: it is kept for the officer to see (R22).
    """
    if len(command.raw) > 1_400_000:
        raise Invalid("TOC-3001", "The message is too large.", field="body", remedy="Send at most 1 MB.")
    if f"{command.sender},{command.identifier},{command.sent}" in state.partner_messages:
        return []
    facts: list[Fact] = [
        PartnerMessageReceived(
            sender=command.sender,
            identifier=command.identifier,
            sent=command.sent,
            sha256=command.sha256,
            verdict=command.verdict,
            raw=command.raw,
        )
    ]
    if command.areas:
        detection = Detection(
            id=command.sha256,
            source=f"partner:{command.sender}",
            trusted=command.verdict == "valid",
            threat=command.threat,
            areas=command.areas,
            observed_at=context.now,
            note=command.headline[:1000],
        )
        facts += detect.report(state, cmd.ReportDetection(detection=detection), context)
    return facts
