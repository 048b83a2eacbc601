"""Detections become a draft, confirm one, or issue it by the agreed rule (design, "Detection in"; R6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from tocsin.core.area import AreaTree
from tocsin.core.errors import Invalid
from tocsin.core.event import Fact
from tocsin.core.time import rfc3339
from tocsin.warn import commands as cmd
from tocsin.warn.around import open_around
from tocsin.warn.context import Context
from tocsin.warn.events import (
    Detection,
    DetectionRecorded,
    WarningConfirmed,
    WarningDrafted,
    WarningIssued,
    WarningSource,
)
from tocsin.warn.policy import Policy
from tocsin.warn.rules import common, draft, issue
from tocsin.warn.state import Thread, WarnState, detection_key

AUTHOR = "system:detections"


def report(state: WarnState, command: cmd.ReportDetection, context: Context) -> list[Fact]:
    """What one detection leads to. A repeated one says nothing new."""
    detection = _checked(state, command.detection, context)
    if _known(state, detection):
        return []
    facts: list[Fact] = [DetectionRecorded(detection=detection)]
    source = WarningSource(
        source=detection.source,
        detection_id=detection.id,
        trusted=detection.trusted,
        areas=detection.areas,
        observed_at=detection.observed_at,
    )
    rest = detection.areas
    same = _same(state, detection, context.policy)
    alive = [area for thread in same if thread.status == "live" for area in thread.content.areas]
    for thread in same:
        rest = _uncovered(state.areas, rest, thread.content.areas)
        facts.append(WarningConfirmed(warning_id=thread.id, source=source))
        joined = msgspec.structs.replace(thread, sources=(*thread.sources, source))
        if thread.status == "draft":
            issued = _by_policy(state, joined, alive, context)
            alive += [area for fact in issued if isinstance(fact, WarningIssued) for area in fact.content.areas]
            facts += issued
    if rest:
        facts += _new_draft(state, detection, source, rest, context)
    return facts


def _known(state: WarnState, detection: Detection) -> bool:
    """Whether it says nothing new. A trusted one is news even where somebody used its id before, unsigned."""
    standings = (True,) if detection.trusted else (True, False)
    return any(detection_key(detection.source, detection.id, trusted=t) in state.detections for t in standings)


def _checked(state: WarnState, detection: Detection, context: Context) -> Detection:
    """The detection, untrusted if it is stale: old news can only propose."""
    for field in ("id", "source"):
        value = getattr(detection, field)
        if not value or len(value) > 128 or not value.isprintable() or " " in value:
            raise Invalid(
                "TOC-1001",
                f"{value!r} is no {field}.",
                field=field,
                remedy="Use 1 to 128 printable characters without spaces.",
            )
    if len(detection.note) > 1000:
        raise Invalid("TOC-1001", "The note is too long.", field="note", remedy="Keep it within 1000 characters.")
    if common.UNREADABLE.search(detection.note):
        raise Invalid("TOC-1001", "The note holds control characters.", field="note", remedy="Write plain words.")
    common.known_threat(detection.threat)
    areas = common.warnable(state, detection.areas)
    if detection.observed_at.tzinfo is None:
        raise Invalid(
            "TOC-1002", "It does not say in which zone it was observed.", field="observed_at", remedy="Add the offset."
        )
    age = (context.now - detection.observed_at).total_seconds()
    if age < -context.policy.future_s:
        raise Invalid(
            "TOC-1002",
            f"It was observed at {rfc3339(detection.observed_at)}, {-age:.0f} s in the future.",
            field="observed_at",
            remedy="Set the source's clock; times are UTC or carry their offset.",
        )
    trusted = detection.trusted and age <= context.policy.stale_s
    return msgspec.structs.replace(detection, areas=areas, trusted=trusted)


def _same(state: WarnState, detection: Detection, policy: Policy) -> list[Thread]:
    """Open warnings that this detection speaks for: same threat, a common area, within the window (R6)."""
    window = timedelta(seconds=policy.merge_s)
    mine = state.areas.closure(detection.areas)
    return [
        thread
        for thread in open_around(state, detection.areas)
        if thread.content.threat == detection.threat
        and abs(detection.observed_at - _last_heard(thread)) <= window
        and mine & state.areas.closure(thread.content.areas)
    ]


def _last_heard(thread: Thread) -> datetime:
    """When a source last spoke of it. Where trusted ones did, others do not keep it young: a flood of unsigned
    detections must not make every new salvo the old one.
    """
    trusted = [s.observed_at for s in thread.sources if s.trusted]
    heard = trusted or [s.observed_at for s in thread.sources]
    return max(heard, default=thread.issued_at or thread.edited_at)


def _uncovered(tree: AreaTree, areas: Iterable[str], by: Iterable[str]) -> tuple[str, ...]:
    covered = tree.closure(by)
    return tuple(a for a in areas if a not in covered)


def owner(source: str) -> str:
    """Who stands behind a source: the part before the first slash. Two radars of one owner are one witness.
    A partner is known by its whole CAP sender, which may be an address with slashes.
    """
    return source if source.startswith("partner:") else source.split("/", 1)[0]


def agreed_areas(tree: AreaTree, sources: Iterable[WarningSource], policy: Policy) -> tuple[str, ...]:
    """The areas for which enough independent trusted sources spoke within the agreed time of one another."""
    trusted = sorted((s for s in sources if s.trusted), key=lambda s: s.observed_at)
    reach = [(s, tree.closure(s.areas)) for s in trusted]
    named = dict.fromkeys(a for s in trusted for a in s.areas)
    window = timedelta(seconds=policy.sources_within_s)

    def enough(area: str) -> bool:
        speaking = [s for s, covered in reach if area in covered]
        return any(
            len({owner(s.source) for s in speaking if first.observed_at <= s.observed_at <= first.observed_at + window})
            >= policy.sources_needed
            for first in speaking
        )

    agreed = [area for area in named if enough(area)]
    return tuple(a for a in agreed if not any(up in agreed for up in tree.ancestors(a)))


def _by_policy(state: WarnState, thread: Thread, alive: Iterable[str], context: Context) -> list[Fact]:
    """The agreed rule: enough independent sources issue the warning, in the agreed words, for exactly the areas that
    they agree on and that are not warned already.

    What an officer wrote is never sent by a rule, and never holds the rule up: the officer's draft stays as it is, and
    the sources' own warning goes out beside it.
    """
    policy = context.policy
    if thread.content.threat not in policy.auto_issue:
        return []
    agreed = _uncovered(state.areas, agreed_areas(state.areas, thread.sources, policy), alive)
    if not agreed:
        return []
    if thread.author != AUTHOR:
        drafted = _proposal(state, thread.content.threat, agreed, thread.sources, context)
        return [drafted, *_issued(state, _draft_of(drafted, context), agreed, context)]
    facts = _issued(state, thread, agreed, context)
    left = _uncovered(state.areas, thread.content.areas, (*agreed, *alive))
    if left:
        facts.append(_proposal(state, thread.content.threat, left, thread.sources, context))
    return facts


def _issued(state: WarnState, thread: Thread, agreed: tuple[str, ...], context: Context) -> list[Fact]:
    policy = context.policy
    reason = f"{policy.sources_needed} independent sources within {policy.sources_within_s} s"
    content = msgspec.structs.replace(thread.content, areas=agreed, reason=reason)
    old = state.threads.get(thread.supersedes)
    replaces = old is not None and set(old.content.areas) <= state.areas.closure(agreed)
    supersedes = thread.supersedes if replaces else ""  # a narrower warning stands beside the earlier one
    ready = msgspec.structs.replace(thread, content=content, supersedes=supersedes)
    drafted = (agreed, supersedes) == (thread.content.areas, thread.supersedes)
    ready = issue.refreshed(state, ready, context) if drafted else issue.anew(state, ready, context)
    return issue.send(state, ready, context, f"policy:{policy.sources_needed}_sources_{policy.sources_within_s}s")


def _new_draft(
    state: WarnState, detection: Detection, source: WarningSource, areas: tuple[str, ...], context: Context
) -> list[Fact]:
    """A draft for the areas that no open warning speaks for; issued at once where one source is agreed to do."""
    drafted = _proposal(state, detection.threat, areas, (source,), context)
    if context.policy.sources_needed > 1:
        return [drafted]
    return [drafted, *_by_policy(state, _draft_of(drafted, context), (), context)]


def _draft_of(drafted: WarningDrafted, context: Context) -> Thread:
    return Thread(
        id=drafted.warning_id,
        status="draft",
        origin="detection",
        author=AUTHOR,
        content=drafted.content,
        message=drafted.message,
        correction=drafted.correction,
        drafted_at=context.now,
        edited_at=context.now,
        sources=drafted.sources,
        supersedes=drafted.supersedes,
    )


def _reason(sources: tuple[WarningSource, ...]) -> str:
    """Residents read it in the levels of an area, and so does whoever sends the threat: no source is named."""
    count = len({owner(s.source) for s in sources})
    return f"detected by {count} source{'s' if count > 1 else ''}"


def _proposal(
    state: WarnState, threat: str, areas: tuple[str, ...], sources: tuple[WarningSource, ...], context: Context
) -> WarningDrafted:
    """A draft by detections. Where an earlier warning of the same threat stands in these areas, it is a new salvo:
    it will replace that one and keep every area that it covered (R16).
    """
    old = next(
        (
            t
            for t in reversed(open_around(state, areas))
            if t.status == "live"
            and t.content.threat == threat
            and state.areas.closure(t.content.areas) & state.areas.closure(areas)
        ),
        None,
    )
    content = draft.compose(state, context, threat=threat, level="alert", areas=areas, reason=_reason(sources))
    supersedes = old.id if old is not None and set(old.content.areas) <= state.areas.closure(areas) else ""
    return WarningDrafted(
        warning_id=context.new_id(),
        origin="detection",
        author=AUTHOR,
        content=content,
        **draft.written(state, context, content, supersedes),
        sources=sources,
        supersedes=supersedes,
    )


def outcome(facts: Iterable[Fact]) -> tuple[str, str | None]:
    """``(repeated | recorded | confirmed | drafted | issued, warning id)`` for the reply to the source."""
    word, warning = "repeated", None
    order = ("repeated", "recorded", "confirmed", "drafted", "issued")
    for fact in facts:
        found = {
            DetectionRecorded: "recorded",
            WarningConfirmed: "confirmed",
            WarningDrafted: "drafted",
            WarningIssued: "issued",
        }.get(type(fact))
        if found is not None and order.index(found) > order.index(word):
            word, warning = found, getattr(fact, "warning_id", None)
    return word, warning
