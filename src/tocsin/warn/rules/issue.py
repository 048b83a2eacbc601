"""A draft is approved and goes out; a live warning is updated."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from tocsin.core.errors import Refused
from tocsin.core.event import Fact
from tocsin.core.time import parse_cap_time
from tocsin.warn import commands as cmd
from tocsin.warn import render
from tocsin.warn.context import Context
from tocsin.warn.events import (
    BreakGlassOpened,
    Content,
    Message,
    WarningApproved,
    WarningDrafted,
    WarningEnded,
    WarningIssued,
    WarningUpdated,
)
from tocsin.warn.rules import common, draft
from tocsin.warn.state import Thread, WarnState


def _same_bytes(thread: Thread, sha256: str) -> None:
    if sha256 != thread.message.sha256:
        raise Refused(
            "TOC-1007",
            "The draft is not what you were shown: its bytes have another SHA-256.",
            field="sha256",
            remedy="Read the draft as it is now, then decide again.",
        )


def approve(state: WarnState, command: cmd.Approve, context: Context) -> list[Fact]:
    """Another person than the author agrees to exactly these bytes (R24)."""
    thread = common.thread(state, command.warning_id, "draft")
    _same_bytes(thread, command.sha256)
    if not common.person(context.actor):
        raise Refused(
            "TOC-1006",
            "Only a person can approve.",
            field="actor",
            remedy="Ask an officer to approve it; keys, sensors and rules are nobody's second person.",
        )
    if context.actor == thread.author:
        raise Refused(
            "TOC-1006",
            "The author cannot approve the author's own draft.",
            field="actor",
            remedy="Ask another officer to approve it; under incoming fire, open break-glass.",
        )
    _still_fresh(state, thread, context)
    if any(a.by == context.actor and a.sha256 == command.sha256 for a in thread.approvals):
        return []
    return [WarningApproved(warning_id=thread.id, by=context.actor, sha256=command.sha256)]


def _still_fresh(state: WarnState, thread: Thread, context: Context) -> None:
    why = draft.stale(state, thread, context)
    if why is not None:
        raise Refused(
            "TOC-1007",
            why,
            field="sha256",
            remedy="Edit the draft so that it is written anew, then approve it.",
        )


def issue(state: WarnState, command: cmd.Issue, context: Context) -> list[Fact]:
    """The draft goes out, by the rule that allows it."""
    thread = common.thread(state, command.warning_id, "draft")
    _same_bytes(thread, command.sha256)
    if not common.names_area(state, thread.content, command.confirm):
        raise Refused(
            "TOC-1009",
            "What was typed is not the name of an area of this warning.",
            field="confirm",
            remedy="Type the name of one of its areas, to show that you have read where it goes.",
        )
    common.replaces(state, thread.content, thread.supersedes)
    rule = _allowed_by(state, thread, context)
    if rule != "two_persons":
        thread = refreshed(state, thread, context)
    return send(state, thread, context, rule)


def refreshed(state: WarnState, thread: Thread, context: Context) -> Thread:
    """The same words with fresh times: a draft that waited must not go out with half its life gone."""
    age = (context.now - parse_cap_time(thread.message.sent)).total_seconds()
    if age <= context.policy.refresh_s and draft.stale(state, thread, context) is None:
        return thread
    if not _corrected_by_its_own(state, thread, context):
        return anew(state, thread, context)
    known = thread.message.identifier  # nobody was sent it, and the correction, which stays as it is, refers to it
    message = draft.message_of(state, context, thread.content, thread.supersedes, identifier=known)
    return msgspec.structs.replace(thread, message=message)


def _corrected_by_its_own(state: WarnState, thread: Thread, context: Context) -> bool:
    """Whether the correction that was written with a draft would take back what is sent now: said by the same sender in
    the same languages, of the same ground, and of all that the warning which this one replaces has said.
    """
    prepared, sender = thread.correction, context.sender
    if prepared is None or state.ground > thread.written:
        return False
    if prepared.sender != sender.id or thread.content.headline.keys() != set(sender.languages):
        return False
    return render.takes_back(prepared, common.said(state, thread))


def anew(state: WarnState, thread: Thread, context: Context) -> Thread:
    """With another message, of its content as of now. The correction will be written with it, so that both name the
    same ground, whatever has become of the areas since.
    """
    message = draft.message_of(state, context, thread.content, thread.supersedes)
    return msgspec.structs.replace(thread, message=message, correction=None)


def _allowed_by(state: WarnState, thread: Thread, context: Context) -> str:
    agreed = _agreed_by_two(thread, context)
    if agreed and draft.stale(state, thread, context) is None:
        return "two_persons"
    why_two = common.needs_two(state, thread.content, context.policy)
    if why_two is None:
        return "officer"
    if state.break_glass.get(context.actor, context.now) > context.now:
        return "break_glass"
    if agreed:
        _still_fresh(state, thread, context)
    raise Refused(
        "TOC-1006",
        f"A second person is needed: {why_two}.",
        field="approval",
        remedy="Have another officer approve these bytes; under incoming fire, open break-glass.",
    )


def _agreed_by_two(thread: Thread, context: Context) -> bool:
    """Two different officers stand behind these bytes, and one of them did not write them."""
    fresh = [
        approval.by
        for approval in thread.approvals
        if approval.sha256 == thread.message.sha256
        and (context.now - approval.at).total_seconds() <= context.policy.approval_s
        and approval.by != thread.author
    ]
    behind = {who for who in (*fresh, context.actor, thread.author) if common.person(who)}
    return bool(fresh) and len(behind) > 1


def send(state: WarnState, thread: Thread, context: Context, rule: str) -> list[Fact]:
    """The facts of a warning that goes out now, correction ready, and of the one that it replaces."""
    message = render.sealed(context, thread.message)
    own = None if thread.correction else _correction(state, thread, message, context)
    expires = parse_cap_time(message.sent) + timedelta(seconds=thread.content.duration_s)
    facts: list[Fact] = [
        WarningIssued(
            warning_id=thread.id,
            rule=rule,
            content=thread.content,
            message=message,
            expires=expires,
            correction=own,
            supersedes=thread.supersedes,
        )
    ]
    old = state.threads.get(thread.supersedes)
    if old is not None and old.status == "live":
        facts.append(
            WarningEnded(
                warning_id=old.id, end="superseded", reason=f"replaced by {thread.id}", superseded_by=thread.id
            )
        )
    return facts


def _correction(state: WarnState, thread: Thread, message: Message, context: Context) -> Message:
    return render.correction(context, state.areas, thread.content, [*common.said(state, thread), message])


def break_glass(state: WarnState, command: cmd.BreakGlass, context: Context) -> list[Fact]:
    """For a short time this officer may issue alone. Announced to every screen; cannot be prolonged while open."""
    reason = common.reason(command.reason)
    if state.break_glass.get(context.actor, context.now) > context.now:
        return []
    until = context.now + timedelta(seconds=context.policy.break_glass_s)
    return [BreakGlassOpened(officer=context.actor, reason=reason, until=until)]


def update(state: WarnState, command: cmd.Update, context: Context) -> list[Fact]:
    """Other words or a longer time for a live warning.

    An update never raises a sound (R22). So a higher level or more areas become a new warning that supersedes this
    one, drafted here and issued like any other; fewer areas are a partial clear; a lower level is refused (R7).
    """
    thread = common.thread(state, command.warning_id, "live")
    reason = common.reason(command.reason)
    content = msgspec.structs.replace(draft.changed(thread, command), reason=reason)
    content = msgspec.structs.replace(content, areas=tuple(dict.fromkeys(content.areas)))
    _never_less(thread, content)
    if content.level != thread.content.level:
        return _superseding(state, _raised(state, command, thread, context), thread, context)
    draft.check(content, context)
    _words_by_two(state, thread, content, context)
    if set(content.areas) != set(thread.content.areas):
        wider = msgspec.structs.replace(content, areas=common.warnable(state, content.areas))
        return _superseding(state, wider, thread, context)
    earlier = common.said(state, thread)
    sent = render.next_sent(context.now, earlier)
    times = render.Times(sent=sent, expires=sent + timedelta(seconds=content.duration_s))
    alert = render.alert(
        context,
        state.areas,
        [render.Part(content=content, act="update")],
        times,
        msg_type="Update",
        references=[render.reference(m) for m in earlier],
    )
    message = render.sealed(context, render.frozen(alert))
    return [
        WarningUpdated(
            warning_id=thread.id,
            content=content,
            message=message,
            expires=times.expires,
            correction=render.correction(context, state.areas, content, [*earlier, message]),
        )
    ]


def _words_by_two(state: WarnState, thread: Thread, content: Content, context: Context) -> None:
    """One officer may prolong any warning. Other words for one that takes two persons are a new send to as many
    people (R24): they take two again, by a draft that replaces it, or break-glass.
    """
    same = all(getattr(content, part) == getattr(thread.content, part) for part in render.PARTS)
    open_until = state.break_glass.get(context.actor, context.now)
    why_two = common.needs_two(state, content, context.policy)
    if same or why_two is None or open_until > context.now:
        return
    raise Refused(
        "TOC-1010",
        f"Other words need a second person: {why_two}. Break-glass is not open.",
        field="headline",
        remedy="Draft a warning that supersedes this one and have it approved, or open break-glass.",
    )


def _never_less(thread: Thread, content: Content) -> None:
    """An update neither lowers the level nor drops an area: people there would learn of it by silence."""
    if thread.content.level == "alert" and content.level == "pre_alert":
        raise Refused(
            "TOC-1005",
            "An alert does not go back to a pre-alert.",
            field="level",
            remedy="Give the all-clear, or clear some areas; warn anew if danger remains (R7).",
        )
    dropped = [a for a in thread.content.areas if a not in content.areas]
    if dropped:
        raise Refused(
            "TOC-1005",
            f"An update cannot drop {', '.join(dropped)}.",
            field="areas",
            remedy="Give a partial clear for areas that are out of danger.",
        )


def _raised(state: WarnState, command: cmd.Update, thread: Thread, context: Context) -> Content:
    """A higher level has other agreed words, duration and urgency, unless the officer gave them."""
    return draft.compose(
        state,
        context,
        threat=thread.content.threat,
        level=command.level or thread.content.level,
        areas=command.areas if command.areas is not None else thread.content.areas,
        reason=command.reason,
        duration_s=command.duration_s,
        texts={part: getattr(command, part) or {} for part in render.PARTS},
    )


def _superseding(state: WarnState, content: Content, thread: Thread, context: Context) -> list[Fact]:
    """A draft that will replace the live warning."""
    return [
        WarningDrafted(
            warning_id=context.new_id(),
            origin="officer",
            author=context.actor,
            content=content,
            **draft.written(state, context, content, thread.id),
            supersedes=thread.id,
        )
    ]
