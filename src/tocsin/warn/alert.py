"""The CAP 1.2 alert as typed values (OASIS CAP-v1.2-os, section 3.2). Bytes are the business of ``cap.py``."""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MsgType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]
Scope = Literal["Public", "Restricted", "Private"]


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """The identity triple of an earlier message. ``sent`` keeps the original text."""

    sender: str
    identifier: str
    sent: str


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A ``valueName``/``value`` pair: eventCode, parameter or geocode."""

    name: str
    value: str


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """Centre in WGS 84 degrees, radius in kilometres."""

    lat: float
    lon: float
    radius_km: float


class AreaBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One ``area``: the union of its polygons, circles and geocodes. Polygon points are ``(lat, lon)``, ring closed."""

    desc: str
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Value, ...] = ()
    altitude_ft: float | None = None
    ceiling_ft: float | None = None


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One ``resource``. ``digest`` is SHA-1 in hex, as the standard says."""

    desc: str
    mime_type: str
    size: int | None = None
    uri: str | None = None
    deref_uri: str | None = None
    digest: str | None = None


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """One ``info``, in one language. Times keep CAP text form."""

    language: str = "en-US"
    categories: tuple[str, ...]
    event: str
    response_types: tuple[str, ...] = ()
    urgency: str
    severity: str
    certainty: str
    audience: str | None = None
    event_codes: tuple[Value, ...] = ()
    effective: str | None = None
    onset: str | None = None
    expires: str | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Value, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[AreaBlock, ...] = ()


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One CAP message. ``sent`` keeps the original text; ``unknown`` keeps, as XML text, elements not understood."""

    identifier: str
    sender: str
    sent: str
    status: Status
    msg_type: MsgType
    source: str | None = None
    scope: Scope = "Public"
    restriction: str | None = None
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str | None = None
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()
    unknown: tuple[str, ...] = ()

    def reference(self) -> Reference:
        """How a later message names this one."""
        return Reference(sender=self.sender, identifier=self.identifier, sent=self.sent)
