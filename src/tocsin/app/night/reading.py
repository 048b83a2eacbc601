"""Reading a night strictly: whatever contradicts itself is refused, with the field at fault."""

from __future__ import annotations

from collections.abc import Collection

from tocsin.app.night.checks import check_row, check_steps, check_translations, named_areas
from tocsin.app.night.steps import DetectionStep, DraftStep
from tocsin.app.night.story import Night, bad, instant
from tocsin.core.area import AreaTree
from tocsin.core.errors import Invalid
from tocsin.core.time import zone as zone_of
from tocsin.warn._strict import decode


def read_night(data: bytes) -> Night:
    """Read a night and check that it holds together.

    Raises:
        Invalid: malformed or contradicting itself (TOC-8004), with the field at fault.
    """
    night = decode(data, Night, code="TOC-8004", what="The night file")
    try:
        zone = zone_of(night.zone)
    except Invalid as fault:
        raise bad("zone", fault.message, fault.remedy) from fault
    begin, end = instant(night.start, zone, "start"), instant(night.end, zone, "end")
    if end <= begin:
        raise bad("end", "The night ends before it begins.")
    last = begin
    for number, step in enumerate(night.steps):
        at = instant(step.at, zone, f"steps[{number}].at")
        if not last <= at <= end:
            raise bad(f"steps[{number}].at", f"{step.at} is before the step above it, or after the end of the night.")
        last = at
    check_steps(night, zone)
    check_translations(night)
    for number, row in enumerate(night.rows):
        check_row(night, row, f"rows[{number}]", zone)
    return night


def check_against(night: Night, areas: AreaTree, threats: Collection[str]) -> None:
    """Check that the night names only areas and threats that exist.

    Raises:
        Invalid: it names another (TOC-8004), with the field at fault.
    """
    for path, area in named_areas(night):
        if area not in areas:
            raise bad(path, f"{area!r} is not an area of {night.city}.", "Use an id from the city's areas.geojson.")
    for number, step in enumerate(night.steps):
        if isinstance(step, DetectionStep | DraftStep) and step.threat not in threats:
            raise bad(f"steps[{number}].threat", f"{step.threat!r} is not a threat that is known here.")
