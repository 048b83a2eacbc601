"""``decide(state, command, now) -> facts``, or a refusal. Checks first, then says what happened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any, get_args

from tocsin.core.errors import Invalid, Refused, Unknown
from tocsin.core.event import Fact
from tocsin.record import commands as cmd
from tocsin.record import events as ev
from tocsin.record.state import RecordState

ID = re.compile(r"[\w]+(-[\w]+)*")
MOST_ID = 120
MOST_TEXT = 4000
MOST_TAGS = 24
MOST_TAG = 40
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


def decide(state: RecordState, command: cmd.Command, now: datetime) -> list[Fact]:
    """The facts that follow from the command, oldest first; none when it says nothing new.

    Raises:
        Invalid, Refused, Unknown: with code, field and remedy; nothing has happened then.
    """
    return list(_RULES[type(command)](state, command, now))


def _bad(message: str, field: str, remedy: str, code: str = "TOC-12002") -> Invalid:
    return Invalid(code, message, field=field, remedy=remedy)


def permalink(page: str) -> date:
    """The local day of a page.

    Raises:
        Unknown: it is none (TOC-6004).
    """
    try:
        day = date.fromisoformat(page)
    except ValueError:
        day = None
    if day is None or day.isoformat() != page:
        raise Unknown("TOC-6004", f"{page[:40]!r} is no page.", field="page", remedy="Pages are days, e.g. 2024-01-05.")
    return day


def _reason(text: str) -> None:
    if not text.strip() or len(text) > MOST_TEXT:
        raise _bad("No reason is given, or a very long one.", "reason", "Say why, in a few words.")


def _texts(given: dict[str, str], field: str, *, needed: bool = False) -> None:
    if needed and not given:
        raise _bad("A text is missing.", field, "Give it in at least one language.")
    for language, text in given.items():
        if not LANGUAGE.fullmatch(language) or len(text) > MOST_TEXT or (needed and not text.strip()):
            raise _bad(
                "A text is empty, too long, or in no language.",
                f"{field}.{language[:8]}",
                "Write up to 4000 characters.",
            )


def _publish(state: RecordState, command: cmd.PublishBulletin, _now: datetime) -> Iterator[Fact]:
    permalink(command.page)
    known = state.pages.get(command.page)
    before = known.bulletins if known else ()
    if not command.sentences or not any(command.sentences.values()):
        raise _bad(
            "The bulletin says nothing.", "sentences", "Write it from a day of which the record knows something."
        )
    for language, sentences in command.sentences.items():
        for number, sentence in enumerate(sentences):
            if not sentence.text.strip() or not sentence.entries or max(sentence.entries) > state.seq:
                where = f"sentences.{language}[{number}]"
                raise _bad(
                    "A sentence rests on no entry of the ledger.", where, "Write every sentence from the record."
                )
    if before and before[-1].bulletin.sentences == command.sentences:
        return
    if before:
        _reason(command.reason)
    yield ev.BulletinPublished(
        page=command.page,
        revision=len(before) + 1,
        as_of=command.as_of,
        sentences=command.sentences,
        rule=command.rule,
        reason=command.reason,
    )


def _revise(state: RecordState, command: cmd.RevisePage, _now: datetime) -> Iterator[Fact]:
    permalink(command.page)
    known = state.pages.get(command.page)
    before = known.revisions if known else ()
    if command.revision is not None and command.revision != len(before):
        raise Refused(
            "TOC-10004",
            f"Somebody else has revised the page: it is at revision {len(before)}, not {command.revision}.",
            field="revision",
            remedy="Load the page again and put your change into what stands there now.",
        )
    _texts(command.title, "title")
    _texts(command.note, "note")
    tags = tuple(dict.fromkeys(tag.strip() for tag in command.tags if tag.strip()))
    if len(tags) > MOST_TAGS or any(len(tag) > MOST_TAG for tag in tags):
        raise _bad("There are too many tags, or one is too long.", "tags", "Use up to 24 tags of up to 40 characters.")
    if before:
        _reason(command.reason)
        last = before[-1].words
        if (last.title, last.note, last.tags) == (command.title, command.note, tags):
            return
    yield ev.PageRevised(
        page=command.page,
        revision=len(before) + 1,
        title=command.title,
        note=command.note,
        tags=tags,
        reason=command.reason,
    )


def _withdraw(state: RecordState, command: cmd.WithdrawPage, _now: datetime) -> Iterator[Fact]:
    permalink(command.page)
    _reason(command.reason)
    known = state.pages.get(command.page)
    if known is None or known.withdrawn != command.reason:
        yield ev.PageWithdrawn(page=command.page, reason=command.reason)


def _restore(state: RecordState, command: cmd.RestorePage, _now: datetime) -> Iterator[Fact]:
    permalink(command.page)
    _reason(command.reason)
    known = state.pages.get(command.page)
    if known is None or not known.withdrawn:
        raise Refused("TOC-12002", "The page is not withdrawn.", field="page", remedy="There is nothing to do.")
    yield ev.PageRestored(page=command.page, reason=command.reason)


def _correct(state: RecordState, command: cmd.PublishCorrection, _now: datetime) -> Iterator[Fact]:
    permalink(command.page)
    if not ID.fullmatch(command.correction_id) or len(command.correction_id) > MOST_ID:
        raise _bad("The correction has no usable id.", "correction_id", "Use letters, digits and hyphens.")
    for name in ("before", "after", "reason"):
        _texts(getattr(command, name), name, needed=True)
    if any(not 1 <= entry <= state.seq for entry in command.entries):
        raise _bad("It names an entry that does not exist.", "entries", "Name entries of the ledger.")
    made = ev.CorrectionPublished(
        page=command.page,
        correction_id=command.correction_id,
        before=command.before,
        after=command.after,
        reason=command.reason,
        entries=command.entries,
    )
    same = [one.correction for one in state.corrections if one.correction.correction_id == command.correction_id]
    if same and same[0] != made:
        raise Refused(
            "TOC-12002", "That correction is published already.", field="correction_id", remedy="Give another id."
        )
    if not same:
        yield made


def _cover(state: RecordState, command: cmd.DeclareCoverage, _now: datetime) -> Iterator[Fact]:
    if not ID.fullmatch(command.area) or len(command.area) > MOST_ID:
        raise _bad("The area is missing or unusable.", "area", "Name an area, or a region of a history.", "TOC-12004")
    if command.coverage not in get_args(ev.Coverage):
        listed = ", ".join(get_args(ev.Coverage))
        raise _bad(f"{command.coverage!r} is not known here.", "coverage", f"Use one of {listed}.", "TOC-12004")
    if command.end is not None and command.end <= command.start:
        raise _bad("It ends before it begins.", "end", "Give an end after the start, or none.", "TOC-12004")
    _reason(command.reason)
    made = ev.CoverageDeclared(
        area=command.area, start=command.start, end=command.end, coverage=command.coverage, reason=command.reason
    )
    if all(one.coverage != made for one in state.coverage.get(command.area, ())):
        yield made


def _take(state: RecordState, command: cmd.TakeHistory, _now: datetime) -> Iterator[Fact]:
    history = command.history
    if not ID.fullmatch(history.dataset) or len(history.dataset) > MOST_ID:
        raise _bad("The data set has no usable name.", "dataset", "Use letters, digits and hyphens.", "TOC-12001")
    known = state.datasets.get(history.dataset)
    if known is None or (known.history.sha256, known.history.rows_sha256) != (history.sha256, history.rows_sha256):
        yield history
    for one in command.coverage:
        if all(known_one.coverage != one for known_one in state.coverage.get(one.area, ())):
            yield one


_Rule = Callable[[RecordState, Any, datetime], Iterable[Fact]]

_RULES: dict[type[cmd.Command], _Rule] = {
    cmd.PublishBulletin: _publish,
    cmd.RevisePage: _revise,
    cmd.WithdrawPage: _withdraw,
    cmd.RestorePage: _restore,
    cmd.PublishCorrection: _correct,
    cmd.DeclareCoverage: _cover,
    cmd.TakeHistory: _take,
}
"""One rule per command."""
