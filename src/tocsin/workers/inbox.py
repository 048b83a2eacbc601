"""What sirens and sensors say over MQTT becomes receipts and detections."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Literal

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tocsin.app import receipts
from tocsin.app.actor import Actor, Grant
from tocsin.app.desk import Desk
from tocsin.app.repair import RepairDesk
from tocsin.core.errors import Invalid, TocsinError
from tocsin.core.time import parse_instant, rfc3339
from tocsin.repair.commands import ObserveWeather
from tocsin.warn.commands import ReportDetection
from tocsin.warn.events import Detection, SirenReported
from tocsin.warn.siren_command import holds, public_key
from tocsin.warn.state import SirenState
from tocsin.workers.database import DatabaseThread

MAX_BYTES = 16_384

UNSIGNED_A_SECOND = 5.0
"""Unsigned detections of everybody together; signed ones are not counted."""

REPORTS_A_SECOND = 5.0
"""Reports of one siren; a real one says a few in a minute."""

State = Literal["sounding", "silent", "link_lost", "manual", "fault"]

log = structlog.get_logger("inbox")


class Share:
    """A share of the ledger: so many messages a second for each name, and ten times that at once (rule R37)."""

    def __init__(self, a_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = a_second
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> bool:
        """Whether one more of that name may come in."""
        now, most = self._clock(), self._rate * 10
        left, at = self._left.pop(name, (most, now))
        left = min(most, left + (now - at) * self._rate)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > 20_000:
            self._left.popitem(last=False)
        return left >= 1


class Inbox:
    """Takes messages from the siren channel.

    Args:
        desk: where detections are reported.
        db: the worker's database thread.
        receipt: takes what sirens report.
        sensors: name → public key and the areas that it may name.
        sirens: gives what is known of each siren.
        repairs: where the weather is observed; without it nobody listens to it.
    """

    def __init__(
        self,
        desk: Desk,
        db: DatabaseThread,
        *,
        receipt: Callable[[receipts.Receipt], None],
        sensors: Mapping[str, tuple[Ed25519PublicKey, tuple[str, ...]]],
        sirens: Callable[[], Mapping[str, SirenState]] = dict,
        repairs: RepairDesk | None = None,
    ) -> None:
        self._desk = desk
        self._db = db
        self._receipt = receipt
        self._sensors = sensors
        self._sirens = sirens
        self._repairs = repairs
        self._unsigned = Share(UNSIGNED_A_SECOND)
        self._reports = Share(REPORTS_A_SECOND)
        self._dropped = 0

    async def heard(self, kind: str, who: str, payload: bytes) -> None:
        """One message. What is malformed is said in the log and dropped; nothing here raises."""
        try:
            if kind == "report":
                self._authentic(who, payload)
                report = self._not_ahead(report_of(who, payload))
                if self._reports.take(who):
                    self._receipt(report)
                else:
                    self._unheard()
            elif kind == "detection":
                await self._detection(who, payload)
            elif kind == "weather" and self._repairs is not None:
                await self._weather(self._repairs, who, payload)
            elif kind == "health":
                self._health(who, payload)
            elif kind == "availability" and payload == b"offline":
                self._gone(who)
        except TocsinError as fault:
            log.warning("a message was refused", kind=kind, sender=who[:64], code=fault.code, field=fault.field)
        except Exception as fault:  # one message, whoever sent it, never takes the channel of every siren down
            log.error("a message broke something", kind=kind, sender=who[:64], error=type(fault).__name__)

    def _authentic(self, who: str, payload: bytes) -> None:
        """A siren that was registered with a key of its own is believed only under its signature."""
        known = self._sirens().get(who)
        if known is None or not known.siren.key:
            return
        if not holds(_object(payload, "TOC-4002"), [public_key(known.siren.key)]):
            raise Invalid(
                "TOC-4002",
                "The report does not carry the signature of the siren's own key.",
                field="sig",
                remedy="Set report_key on the siren to the key that it is registered with.",
            )

    def _not_ahead(self, report: SirenReported) -> SirenReported:
        """A siren whose clock is ahead speaks of now: a time to come would make its later reports look old."""
        return msgspec.structs.replace(report, measured_at=min(report.measured_at, self._desk.clock.now()))

    def _health(self, who: str, payload: bytes) -> None:
        """What a siren says of itself once a minute mends what was missed, e.g. while no worker ran.

        That it sounds is left to its reports: they say for which command.
        """
        known = self._sirens().get(who)
        said = msgspec.structs.replace(report_of(who, _as_report(payload)), detail="by its health")
        if known is None or said.state == "sounding":
            return
        if known.report is None or known.report.state != said.state:
            self._receipt(self._not_ahead(said))

    def _gone(self, who: str) -> None:
        """The broker has lost a siren, which cannot say so itself. Its own next word is newer, whatever its clock."""
        known = self._sirens().get(who)
        if known is None or (known.report is not None and known.report.state == "link_lost"):
            return
        now = self._desk.clock.now()
        last = now if known.report is None else known.report.measured_at + timedelta(microseconds=1)
        detail = f"offline since {rfc3339(now)}"
        self._receipt(SirenReported(siren_id=who, state="link_lost", measured_at=last, detail=detail))

    def _unheard(self) -> None:
        """A flood is counted, and said at 1, 10, 100 …, so that it fills neither the ledger nor the log."""
        self._dropped += 1
        if str(self._dropped).strip("0") == "1":
            log.error("a flood of messages is dropped", dropped=self._dropped)

    async def _detection(self, sensor: str, payload: bytes) -> None:
        detection, areas = self._judged(sensor, _object(payload, "TOC-1001"))
        if not detection.trusted and not self._unsigned.take(""):  # names are free: all unsigned ones share
            self._unheard()
            return
        actor = Actor(id=f"sensor:{sensor}", grants=tuple(Grant(role="sensor", area=a) for a in areas))
        await self._db(lambda: self._desk.do(ReportDetection(detection=detection), actor))

    async def _weather(self, repairs: RepairDesk, sensor: str, payload: bytes) -> None:
        """A sensor's word on the weather. Unsigned it may be anybody's, and warm words would put homes to the end."""
        body, known = _object(payload, "TOC-11004"), self._sensors.get(sensor)
        if known is None or not holds(body, [known[0]]):
            raise Invalid(
                "TOC-11004",
                "The weather does not carry the signature of a sensor that is known.",
                field="sig",
                remedy="Pin the sensor's key with `tocsin sensor add`, and sign what it sends.",
            )
        command = observed(sensor, body)
        actor = Actor(id=f"sensor:{sensor}", grants=(Grant(role="sensor"),))
        await self._db(lambda: repairs.do(command, actor))

    def _judged(self, sensor: str, body: dict[str, Any]) -> tuple[Detection, tuple[str, ...]]:
        """The detection, trusted only if the sensor's own key signed it. An unsigned one may be anybody's, and can
        only propose. The source is the topic's sensor, whatever the body says.
        """
        known = self._sensors.get(sensor)
        trusted = known is not None and holds(body, [known[0]])
        try:
            detection = Detection(
                id=str(body["id"]),
                source=sensor,
                trusted=trusted,
                threat=str(body["threat"]),
                areas=tuple(str(a) for a in body["areas"]),
                observed_at=parse_instant(str(body["observed_at"]), field="observed_at", code="TOC-1001"),
                note=str(body.get("note", "")),
            )
        except (KeyError, TypeError) as fault:
            raise Invalid(
                "TOC-1001",
                "The detection lacks a field, or one has the wrong type.",
                field=str(fault).strip("'"),
                remedy="Send id, threat, areas (a list) and observed_at.",
            ) from fault
        return detection, known[1] if known is not None else ("*",)


def observed(sensor: str, body: dict[str, Any]) -> ObserveWeather:
    """What a sensor says of the weather. The source is the topic's sensor, whatever the body says.

    Raises:
        Invalid: a field is missing or of the wrong type (TOC-11004).
    """
    wind = body.get("wind_ms")
    try:
        return ObserveWeather(
            at=parse_instant(str(body["at"]), field="at", code="TOC-11004"),
            temperature_c=msgspec.convert(body["temperature_c"], float),
            wind_ms=None if wind is None else msgspec.convert(wind, float),
            source=sensor,
        )
    except (KeyError, msgspec.ValidationError) as fault:
        raise Invalid(
            "TOC-11004",
            "The observation lacks a field, or one has the wrong type.",
            field=str(fault).strip("'"),
            remedy="Send at, temperature_c (°C) and, if known, wind_ms.",
        ) from fault


def report_of(siren_id: str, payload: bytes) -> SirenReported:
    """What a siren measured of itself.

    Raises:
        Invalid: the report is malformed, or speaks for another siren (TOC-4001).
    """
    body = _object(payload, "TOC-4001")
    if body.get("siren") != siren_id:
        raise Invalid(
            "TOC-4001", "A siren speaks for another one.", field="siren", remedy="Give each siren its own topic."
        )
    try:
        return SirenReported(
            siren_id=siren_id,
            state=msgspec.convert(body["state"], State),
            tone=str(body.get("tone") or ""),
            command_id=str(body.get("command_id") or ""),
            measured_at=parse_instant(str(body["measured_at"]), field="measured_at", code="TOC-4001"),
            detail=str(body.get("detail") or "")[:500],
        )
    except (KeyError, msgspec.ValidationError) as fault:
        raise Invalid(
            "TOC-4001", f"The report is malformed: {fault}.", field="state", remedy="See docs/reference/sirens.md."
        ) from fault


def _as_report(payload: bytes) -> bytes:
    body = _object(payload, "TOC-4001")
    return msgspec.json.encode(
        {k: body.get(v) for k, v in (("siren", "siren"), ("state", "standing"), ("measured_at", "at"))}
    )


def _object(payload: bytes, code: str) -> dict[str, Any]:
    if len(payload) > MAX_BYTES:
        raise Invalid(code, "The message is too long.", field="payload", remedy=f"Send at most {MAX_BYTES} bytes.")
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Invalid(code, "The message is no JSON object.", field="payload", remedy="Send a JSON object.") from fault
