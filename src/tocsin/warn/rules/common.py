"""Checks that several rules share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tocsin.core.area import AreaTree
from tocsin.core.errors import Invalid, Refused, Unknown
from tocsin.core.text import fold
from tocsin.warn.events import Content, Message
from tocsin.warn.policy import Policy
from tocsin.warn.state import Thread, WarnState
from tocsin.warn.threats import names as threat_names

UNREADABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
"""What no text of a person holds: no database need keep NUL, and who turns the direction of
writing, or hides a sign inside a word, deceives people and our own checks of words."""


def known_threat(name: str, field: str = "threat") -> str:
    """The name, if there is a file for that threat."""
    if name not in threat_names():
        raise Invalid(
            "TOC-1012",
            f"{name!r} is not a threat that is known here.",
            field=field,
            remedy=f"Use one of {', '.join(threat_names())}.",
        )
    return name


def warnable(state: WarnState, areas: Iterable[str], field: str = "areas") -> tuple[str, ...]:
    """The areas, in order and once each, if every one of them exists and can be drawn or has parts that can.

    Raises:
        Invalid: no area, an unknown one, or a pseudo-area that covers no ground (TOC-1003, rule R11).
    """
    wanted = tuple(dict.fromkeys(areas))
    if not wanted:
        raise Invalid("TOC-1003", "No area is named.", field=field, remedy="Name at least one area id.")
    for at, area_id in enumerate(wanted):
        if area_id not in state.areas:
            raise Invalid(
                "TOC-1003",
                f"There is no area {area_id!r}.",
                field=f"{field}[{at}]",
                remedy="Look the id up with `tocsin areas` or GET /api/v1/areas.",
            )
        if not any(state.areas[below].cells for below in state.areas.descendants(area_id)):
            raise Invalid(
                "TOC-1003",
                f"{area_id!r} covers no ground: neither it nor anything below it has an outline.",
                field=f"{field}[{at}]",
                remedy="Name areas that have an outline, or import one for it.",
            )
    return wanted


def thread(state: WarnState, warning_id: str, *statuses: str) -> Thread:
    """The warning, if it is in one of these statuses.

    Raises:
        Unknown: no such warning (TOC-6004).
        Refused: it is in another status (TOC-1005).
    """
    found = state.threads.get(warning_id)
    if found is None:
        raise Unknown(
            "TOC-6004",
            f"There is no warning {warning_id!r}.",
            field="warning",
            remedy="List the warnings with `tocsin warn list` or GET /api/v1/warnings.",
        )
    if found.status not in statuses:
        raise Refused(
            "TOC-1005",
            f"The warning is {found.status}; this needs {' or '.join(statuses)}.",
            field="warning",
            remedy="Look at it with `tocsin warn show`; a new danger needs a new warning.",
        )
    return found


def said(state: WarnState, thread: Thread) -> tuple[Message, ...]:
    """Every message that a later one of this warning must reference: its own and, oldest first, those of the warnings
    that it replaced, as long as somebody may still hold them (CAP rule 14).
    """
    return (*_replaced(state, thread.supersedes, thread), *thread.messages)


def _replaced(state: WarnState, old_id: str, by: Thread) -> tuple[Message, ...]:
    old = state.threads.get(old_id)
    since = by.issued_at or by.drafted_at
    if old is None or (old.expires is not None and old.expires <= since):
        return ()
    return said(state, old)


def replaces(state: WarnState, content: Content, old_id: str) -> None:
    """A warning may replace a live one only if nobody loses by it: it covers the same ground and is not lower (R7).

    Raises:
        Refused: it is lower, or leaves areas out, which would end there without an all-clear (TOC-1005).
    """
    old = state.threads.get(old_id)
    if old is None or old.status != "live":
        return
    if old.content.level == "alert" and content.level == "pre_alert":
        raise Refused(
            "TOC-1005",
            "An alert does not go back to a pre-alert.",
            field="level",
            remedy="Give the all-clear, or clear some areas; warn anew if danger remains (R7).",
        )
    covered = state.areas.closure(content.areas)
    lost = [area for area in old.content.areas if area not in covered]
    if lost:
        raise Refused(
            "TOC-1005",
            f"What replaces a live warning cannot drop {', '.join(lost)}.",
            field="areas",
            remedy="Name these areas too, or clear them first: leaving out is no all-clear.",
        )


def person(actor: str) -> bool:
    """Whether the actor is a person. Sensors, keys and rules are never one of two persons (R24)."""
    return actor.startswith("officer:")


def reason(text: str) -> str:
    """The reason, if there is one: every act on a warning says why."""
    if not text.strip():
        raise Invalid("TOC-1004", "The reason is empty.", field="reason", remedy="Say in a few words why.")
    if UNREADABLE.search(text):
        raise Invalid(
            "TOC-1004",
            "The reason holds characters that nobody can see.",
            field="reason",
            remedy="Write plain words, without control characters or marks that turn the direction of writing.",
        )
    return text.strip()


def reach(state: WarnState, areas: Iterable[str]) -> tuple[int | None, int, int]:
    """``(people, areas, sirens)`` that a warning for these areas reaches; people is None when nobody counted them."""
    tops = topmost(state.areas, areas)  # a parent's count holds its children's
    covered = state.areas.closure(tops)
    counts = [_people(state, area) for area in tops]
    people = None if any(c is None for c in counts) else sum(c for c in counts if c is not None)
    sirens = sum(len(state.siren_areas.get(area, ())) for area in covered)
    return people, len(covered), sirens


def topmost(tree: AreaTree, areas: Iterable[str]) -> tuple[str, ...]:
    """The areas without those that stand below another one of them."""
    named = dict.fromkeys(areas)
    return tuple(a for a in named if not any(up in named for up in tree.ancestors(a)))


def _people(state: WarnState, area_id: str) -> int | None:
    own = state.areas[area_id].population
    if own is not None:
        return own
    below = [_people(state, child) for child in state.areas.children(area_id)]
    return sum(b for b in below if b is not None) if below and None not in below else None


def needs_two(state: WarnState, content: Content, policy: Policy) -> str | None:
    """Why two persons are needed (R24), or None.

    Unknown reach counts as wide as soon as more than one area is covered: not knowing is not small.
    """
    if content.threat in policy.two_person_threats:
        return f"warnings of {content.threat} need two persons"
    people, covered, _ = reach(state, content.areas)
    drawable = state.areas.drawable
    if people is None and covered > 1:
        return "nobody knows how many people this reaches"
    if people is not None and people >= policy.wide_people:
        return f"it reaches about {people:,} people"
    ground = sum(1 for a in state.areas.closure(content.areas) if state.areas[a].cells)
    if drawable > 1 and ground >= policy.wide_share * drawable:
        return f"it reaches {ground} of {drawable} areas"
    return None


def names_area(state: WarnState, content: Content, typed: str) -> bool:
    """Whether the officer typed the name, in any language, of one of the areas that the warning names."""
    wanted = fold(typed)
    areas = (state.areas[a] for a in content.areas)
    return bool(wanted) and any(
        wanted == fold(name) for area in areas for name in (area.id, *area.names.values(), *area.aliases)
    )
