"""Messages for the CAP tests: one sound alert, and the means to spoil it in one place."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.warn.alert import Alert, AreaBlock, Info, Value
from tocsin.warn.cap_rules import Finding, check

RING = ((50.1, 36.2), (50.1, 36.4), (50.0, 36.4), (50.0, 36.2), (50.1, 36.2))
AREA = AreaBlock(desc="North district", polygons=(RING,), geocodes=(Value(name="TOCSIN-AREA", value="north"),))
INFO = Info(
    language="en",
    categories=("Security",),
    event="Air raid",
    response_types=("Shelter",),
    urgency="Immediate",
    severity="Extreme",
    certainty="Likely",
    effective="2024-01-04T20:58:00-00:00",
    expires="2024-01-04T21:58:00-00:00",
    sender_name="City of Example",
    headline="Air raid: take shelter",
    description="Missiles are flying towards the north district.",
    instruction="Go to the nearest shelter now.",
    areas=(AREA,),
)
ALERT = Alert(
    identifier="tocsin-01HKABCDEFGHJKMNPQRSTVWXYZ",
    sender="alerts@city.example",
    sent="2024-01-04T20:58:00-00:00",
    status="Actual",
    msg_type="Alert",
    infos=(INFO,),
)

TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>X-1</identifier>
  <sender>alerts@city.example</sender>
  <sent>2024-01-04T20:58:00-00:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <language>en</language>
    <category>Security</category>
    <event>Air raid</event>
    <responseType>Shelter</responseType>
    <urgency>Immediate</urgency>
    <severity>Extreme</severity>
    <certainty>Likely</certainty>
    <effective>2024-01-04T20:58:00-00:00</effective>
    <expires>2024-01-04T21:58:00-00:00</expires>
    <headline>Take shelter</headline>
    <description>Missiles are flying.</description>
    <instruction>Go to the nearest shelter.</instruction>
    <area>
      <areaDesc>North district</areaDesc>
      <polygon>50.1,36.2 50.1,36.4 50.0,36.4 50.0,36.2 50.1,36.2</polygon>
    </area>
  </info>
</alert>
"""


def spoiled(*changes: tuple[str, str]) -> bytes:
    """The sound text with some parts replaced; a part that is not there is a fault of the test."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def with_alert(**changes: Any) -> Alert:
    return msgspec.structs.replace(ALERT, **changes)


def with_info(**changes: Any) -> Alert:
    return with_alert(infos=(msgspec.structs.replace(INFO, **changes),))


def with_area(**changes: Any) -> Alert:
    return with_info(areas=(msgspec.structs.replace(AREA, **changes),))


def found(data: bytes, rule: int, severity: str | None = None, **options: Any) -> list[Finding]:
    """What one rule has to say about a message."""
    return [
        finding for finding in check(data, **options) if finding.rule == rule and severity in (None, finding.severity)
    ]
