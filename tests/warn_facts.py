"""Random but well-formed facts of the warn room, few ids so that they meet."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from tocsin.core.area import Area
from tocsin.core.event import Event, Fact, record
from tocsin.warn import drill_events as drills
from tocsin.warn import events as ev

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.dictionaries(st.sampled_from(["ru", "en", "uk"]), texts, max_size=2)
instants = st.datetimes(timezones=st.just(UTC))
area_ids = st.sampled_from(["north", "south", "centre"])
siren_ids = st.sampled_from(["s01", "s02"])
warning_ids = st.sampled_from(["W1", "W2", "W3"])
drill_ids = st.sampled_from(["D1", "D2"])
commands = st.sampled_from(["c1", "c2"])
areas = st.lists(area_ids, max_size=3).map(tuple)
small = st.integers(0, 2**53 - 1)

contents = st.builds(
    ev.Content,
    threat=st.sampled_from(["missile", "drone"]),
    level=st.sampled_from(["alert", "pre_alert"]),
    areas=areas,
    headline=names,
    description=names,
    instruction=names,
    duration_s=small,
    urgency=texts,
    severity=texts,
    certainty=texts,
    reason=texts,
)
messages = st.builds(
    ev.Message,
    identifier=st.sampled_from(["m1", "m2", "m3", "m4"]),
    sender=texts,
    sent=texts,
    msg_type=st.sampled_from(["Alert", "Update", "Cancel"]),
    sha256=texts,
    unsigned=texts,
    xml=texts,
)
sources = st.builds(
    ev.WarningSource, source=texts, detection_id=texts, trusted=st.booleans(), areas=areas, observed_at=instants
)
detections = st.builds(
    ev.Detection,
    id=st.sampled_from(["1", "2", "x/1"]),
    source=st.sampled_from(["radar", "radar/x", "north"]),
    trusted=st.booleans(),
    threat=texts,
    areas=areas,
    observed_at=instants | st.datetimes(),
    note=texts,
)
_sirens = st.builds(
    ev.Siren, id=siren_ids, name=names, area=area_ids, hard_limit_s=small, key=texts, demo=st.booleans()
)
_areas = st.builds(
    Area,
    id=area_ids,
    parent=st.none() | area_ids,
    kind=texts,
    names=names,
    population=st.none() | small,
    lead_time_s=st.integers(0, 180),
    demo=st.booleans(),
    geometry=st.none() | st.just({"type": "Polygon", "coordinates": [[[37.5, 55.25], [37.5, 56.0], [38.0, 55.25]]]}),
)
_drill_messages = st.builds(
    drills.DrillMessage,
    drill_identifier=texts,
    sender=texts,
    sent=texts,
    status=st.sampled_from(["Exercise", "Test"]),
    drill_xml=texts,
)


def _warning(kind: type[Fact], **fields: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(kind, warning_id=warning_ids, **fields)


facts: st.SearchStrategy[Fact] = st.one_of(
    _areas.map(lambda area: ev.AreaDefined(area_id=area.id, area=area)),
    st.builds(ev.AreaUnknown, area_id=area_ids, reason=texts),
    st.builds(ev.AreaKnown, area_id=area_ids),
    _sirens.map(lambda siren: ev.SirenRegistered(siren_id=siren.id, siren=siren)),
    st.builds(
        ev.SirenCommanded,
        siren_id=siren_ids,
        command_id=commands,
        warning_id=warning_ids,
        action=st.sampled_from(["ON", "OFF"]),
        tone=texts,
        duration_s=small,
        expires=instants,
    ),
    st.builds(ev.SirenSkipped, siren_id=siren_ids, command_id=commands, warning_id=warning_ids, reason=texts),
    st.builds(
        ev.SirenReported,
        siren_id=siren_ids,
        state=st.sampled_from(["sounding", "silent", "link_lost", "manual", "fault"]),
        tone=texts,
        command_id=commands,
        measured_at=instants,
        detail=texts,
    ),
    st.builds(ev.SirenSilent, siren_id=siren_ids, command_id=commands, warning_id=warning_ids, waited_s=small),
    detections.map(lambda seen: ev.DetectionRecorded(detection=seen)),
    _warning(
        ev.WarningDrafted,
        origin=st.sampled_from(["officer", "detection", "partner"]),
        author=texts,
        content=contents,
        message=messages,
        sources=st.lists(sources, max_size=2).map(tuple),
        supersedes=st.just("") | warning_ids,
    ),
    _warning(ev.WarningConfirmed, source=sources),
    _warning(ev.WarningEdited, author=texts, content=contents, message=messages),
    _warning(ev.WarningApproved, by=texts, sha256=texts),
    _warning(ev.WarningIssued, rule=texts, content=contents, message=messages, expires=instants, correction=messages),
    _warning(ev.WarningUpdated, content=contents, message=messages, expires=instants, correction=messages),
    _warning(ev.WarningPartlyCleared, areas=areas, remaining=areas, parted=areas, message=messages, reason=texts),
    _warning(
        ev.WarningEnded,
        end=st.sampled_from(["all_clear", "cancelled", "superseded", "expired", "manual", "imputed"]),
        reason=texts,
        message=st.none() | messages,
        superseded_by=st.just("") | warning_ids,
        flash=st.booleans(),
    ),
    _warning(ev.DraftDiscarded, reason=texts),
    _warning(ev.DraftEscalated, step=st.integers(1, 3), age_s=small),
    st.builds(ev.BreakGlassOpened, officer=st.just("o1"), reason=texts, until=instants),
    st.builds(
        drills.DrillIssued,
        drill_id=drill_ids,
        exercise=texts,
        areas=areas,
        headline=names,
        instruction=names,
        description=names,
        message=_drill_messages,
        expires=instants,
    ),
    st.builds(drills.DrillEnded, drill_id=drill_ids, reason=texts),
)


def events(given: list[Fact], at: list[datetime]) -> list[Event]:
    return [
        record(fact, id=f"e{n}", actor="officer:o1", at=when)
        for n, (fact, when) in enumerate(zip(given, at, strict=False), 1)
    ]
