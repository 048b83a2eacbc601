"""Detections over HTTP: the body as the API reads it, then the rules, with a city that has warnings already."""

from __future__ import annotations

from itertools import count

import msgspec

from fuzz.place import django

django()

from pydantic import ValidationError  # after Django is configured

from tocsin.core.errors import TocsinError
from tocsin.core.time import parse_instant
from tocsin.warn.commands import ReportDetection
from tocsin.warn.events import Detection
from tocsin.web.api.detections import DetectionIn
from warn.rig import SENSOR, START, Rig

SEEDS = [
    b'{"id":"r-1042","source":"radar-north","threat":"drone","areas":["north-1"],"observed_at":"2024-01-04T20:58:00Z","note":""}',
    b'{"id":"r-2","source":"radar/two","threat":"missile","areas":["city","north"],"observed_at":"2024-01-04T23:58:00+03:00","note":"seen"}',
    b'{"id":1,"source":null,"threat":"x","areas":[],"observed_at":"now"}',
    b"[]",
]
WORDS = [b"north-2", b"everywhere", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"\\ud800", b"\\u0000"]
WORDS += [
    b"1e999",
    b"[[[[",
    b'{"a":',
    b"true",
    b"-0",
    b"\xc3\xa9",
    b"\xe2\x80\xae",
    b"2024-02-30",
    b'"note":"',
    b"chemical",
]
_USED = count()
_CITY: list[Rig] = []


def city() -> Rig:
    """A city that is made anew after some hundred detections."""
    if not _CITY or next(_USED) % 200 == 0:
        _CITY[:] = [Rig()]
        _CITY[0].live("south")
    return _CITY[0]


def take(data: bytes) -> None:
    """Read the body and let the rules decide."""
    try:
        body = msgspec.json.decode(data)
        if not isinstance(body, dict):
            return
        given = DetectionIn.model_validate(body)
        detection = Detection(
            id=given.id,
            source=given.source,
            trusted=len(data) % 2 == 0,
            threat=given.threat,
            areas=tuple(given.areas),
            observed_at=parse_instant(given.observed_at, field="observed_at"),
            note=given.note,
        )
        city().do(ReportDetection(detection=detection), SENSOR)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValidationError):
        return
    except TocsinError as refusal:
        assert refusal.remedy
    assert city().clock.now() == START
