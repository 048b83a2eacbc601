"""A warning is proposed, changed, put away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypedDict

import msgspec

from tocsin.core.errors import Invalid, Refused
from tocsin.core.event import Fact
from tocsin.core.time import parse_cap_time
from tocsin.warn import commands as cmd
from tocsin.warn import render, threats, words
from tocsin.warn.cap_rules.info import CONTROL
from tocsin.warn.context import Context
from tocsin.warn.events import Content, DraftDiscarded, Level, Message, WarningDrafted, WarningEdited
from tocsin.warn.rules import common
from tocsin.warn.state import Thread, WarnState

_DURATION = range(60, 24 * 3600 + 1)


class Written(TypedDict):
    """What a draft holds ready."""

    message: Message
    correction: Message


def propose(state: WarnState, command: cmd.Draft, context: Context) -> list[Fact]:
    """An officer's draft, with the agreed words wherever the officer gave none."""
    if command.supersedes:
        common.thread(state, command.supersedes, "live")
    content = compose(
        state,
        context,
        threat=command.threat,
        level=command.level,
        areas=command.areas,
        reason=common.reason(command.reason),
        duration_s=command.duration_s,
        texts={"headline": command.headline, "description": command.description, "instruction": command.instruction},
    )
    common.replaces(state, content, command.supersedes)
    return [
        WarningDrafted(
            warning_id=context.new_id(),
            origin="officer",
            author=context.actor,
            content=content,
            **written(state, context, content, command.supersedes),
            supersedes=command.supersedes,
        )
    ]


def compose(
    state: WarnState,
    context: Context,
    *,
    threat: str,
    level: Level,
    areas: Sequence[str],
    reason: str,
    duration_s: int | None = None,
    texts: Mapping[str, Mapping[str, str]] | None = None,
) -> Content:
    """Complete content: agreed words in every language of the city, overlaid with the texts given."""
    common.known_threat(threat)
    if level not in threats.LEVELS:
        raise Invalid("TOC-1004", f"{level!r} is no level.", field="level", remedy="Use alert or pre_alert.")
    known = threats.threat(threat)
    agreed = render.agreed_texts(threat, level, level, context.sender.languages)
    for part, given in (texts or {}).items():
        agreed[part].update(given)
    rating = known.rating(level)
    content = Content(
        threat=threat,
        level=level,
        areas=common.warnable(state, areas),
        duration_s=duration_s if duration_s is not None else _duration(context, threat, level),
        urgency=rating.urgency,
        severity=rating.severity,
        certainty=rating.certainty,
        reason=reason,
        **agreed,
    )
    check(content, context)
    return content


def _duration(context: Context, threat: str, level: Level) -> int:
    kinds = context.policy.expiry_s
    return kinds["pre_alert"] if level == "pre_alert" else kinds.get(threat, kinds["other"])


def check(content: Content, context: Context) -> None:
    """Every text there in every language of the city, an instruction always (R14), no drill words (lesson R6)."""
    for part in render.PARTS:
        texts: dict[str, str] = getattr(content, part)
        for language in context.sender.languages:
            check_text(part, language, texts.get(language, ""), content.headline.get(language, ""))
            if drill_word(texts[language]):
                raise Refused(
                    "TOC-1011",
                    "The text of a real warning begins with the word for an exercise.",
                    field=f"{part}.{language}",
                    remedy="Take the word out, or start a drill instead.",
                )
        for language in texts:
            spoken(f"{part}.{language}", language, context)
    if content.duration_s not in _DURATION:
        raise Invalid(
            "TOC-1004",
            f"A duration of {content.duration_s} s is not between one minute and one day.",
            field="duration_s",
            remedy="Give 60 to 86400; a longer danger is renewed by updates.",
        )


def spoken(field: str, language: str, context: Context) -> None:
    """Refuse a text in a language in which no message is written: it would be left out in silence."""
    if language not in context.sender.languages:
        raise Invalid(
            "TOC-1004",
            f"No message is written in {language!r} here.",
            field=field,
            remedy=f"Use {', '.join(context.sender.languages)}.",
        )


def drill_word(text: str) -> bool:
    """Whether a text begins with the word for an exercise, in any language."""
    begins = text.lstrip()
    for word in (*(known.texts["word.drill"] for known in words.languages().values()), "DRILL"):
        if begins.startswith(word):
            return True
        # In small letters it may be an ordinary word (Ukrainian: lessons); with a stop behind it, it is the label.
        if begins.casefold().startswith(word.casefold()) and begins[len(word) :].lstrip()[:1] in tuple(":.!-–—"):
            return True
    return False


def check_text(part: str, language: str, text: str, headline: str) -> None:
    """One text as a person will read it: there, short enough, plain, and not the headline again.

    Raises:
        Invalid: it is not (TOC-1004).
    """
    field = f"{part}.{language}"
    if not text.strip():
        raise Invalid(
            "TOC-1004", "The text is empty.", field=field, remedy="Write it, or leave it out for the agreed words."
        )
    if part == "headline" and len(text) > words.HEADLINE_LIMIT:
        raise Invalid(
            "TOC-1004",
            f"The headline has {len(text)} characters.",
            field=field,
            remedy=f"Keep it within {words.HEADLINE_LIMIT} (CAP 1.2, headline).",
        )
    if CONTROL.search(text) or common.UNREADABLE.search(text) or "<" in text or ">" in text:
        raise Invalid(
            "TOC-1004",
            "The text holds control characters or markup.",
            field=field,
            remedy="Write plain sentences; no tags, no control characters.",
        )
    if part != "headline" and text == headline:
        raise Invalid(
            "TOC-1004",
            f"The {part} repeats the headline.",
            field=field,
            remedy="A headline alone does not help; say what to do (R14).",
        )


def stale(state: WarnState, thread: Thread, context: Context) -> str | None:
    """Why a draft's bytes can no longer go out as they are, or None."""
    sent = parse_cap_time(thread.message.sent)
    age = (context.now - sent).total_seconds()
    if age > context.policy.approval_s:
        return f"The draft's bytes are {int(age)} s old; its times no longer fit."
    if age >= thread.content.duration_s:
        return "The draft's bytes would have run out before anybody read them."
    replaced = state.threads.get(thread.supersedes)
    if replaced is not None and any(parse_cap_time(m.sent) >= sent for m in replaced.messages):
        return "The warning that this one replaces has said something since."
    return None


def message_of(
    state: WarnState, context: Context, content: Content, supersedes: str = "", *, identifier: str = ""
) -> Message:
    """The bytes that an approval will be bound to, with times as of now, and an identifier of their own or that one."""
    earlier = common.said(state, state.threads[supersedes]) if supersedes else ()
    sent = render.next_sent(context.now, earlier)
    times = render.Times(sent=sent, expires=sent + timedelta(seconds=content.duration_s))
    return render.frozen(
        render.alert(
            context,
            state.areas,
            [render.Part(content=content, act=content.level)],
            times,
            msg_type="Alert",
            references=[render.reference(m) for m in earlier],
            identifier=identifier,
        )
    )


def written(state: WarnState, context: Context, content: Content, supersedes: str = "") -> Written:
    """The message of a draft and its correction, both made while nobody waits for a siren yet."""
    message = message_of(state, context, content, supersedes)
    earlier = common.said(state, state.threads[supersedes]) if supersedes else ()
    correction = render.correction(context, state.areas, content, [*earlier, message])
    return {"message": message, "correction": correction}


def changed(thread: Thread, command: cmd.Edit | cmd.Update) -> Content:
    """The content with the command's changes, texts overlaid language by language."""
    content = thread.content
    texts = {
        part: {**getattr(content, part), **(getattr(command, part) or {})}
        for part in ("headline", "description", "instruction")
    }
    return msgspec.structs.replace(
        content,
        level=command.level or content.level,
        areas=command.areas if command.areas is not None else content.areas,
        reason=command.reason or content.reason,
        duration_s=command.duration_s if command.duration_s is not None else content.duration_s,
        **texts,
    )


def edit(state: WarnState, command: cmd.Edit, context: Context) -> list[Fact]:
    """Other content is other bytes: whatever was approved before is void, and the editor is now an author."""
    thread = common.thread(state, command.warning_id, "draft")
    content = changed(thread, command)
    if content.level != thread.content.level:
        content = _relevelled(state, context, thread, content, command)
    content = msgspec.structs.replace(content, areas=common.warnable(state, content.areas))
    check(content, context)
    common.replaces(state, content, thread.supersedes)
    if content == thread.content and not stale(state, thread, context):
        raise Refused(
            "TOC-1005",
            "The edit changes nothing.",
            field="warning",
            remedy="Approve or issue the draft as it is, or say what should differ.",
        )
    return [edited(state, context, thread, content, context.actor)]


def _relevelled(state: WarnState, context: Context, thread: Thread, content: Content, command: cmd.Edit) -> Content:
    """Another level has other agreed words, duration and urgency, unless the officer gave them."""
    return compose(
        state,
        context,
        threat=thread.content.threat,
        level=content.level,
        areas=content.areas,
        reason=content.reason,
        duration_s=command.duration_s,
        texts={p: getattr(command, p) or {} for p in ("headline", "description", "instruction")},
    )


def edited(state: WarnState, context: Context, thread: Thread, content: Content, author: str) -> WarningEdited:
    """The fact that a draft has that content from now on."""
    return WarningEdited(
        warning_id=thread.id,
        author=author,
        content=content,
        **written(state, context, content, thread.supersedes),
    )


def discard(state: WarnState, command: cmd.Discard, _context: Context) -> list[Fact]:
    """The draft is put away."""
    thread = common.thread(state, command.warning_id, "draft")
    return [DraftDiscarded(warning_id=thread.id, reason=common.reason(command.reason))]
