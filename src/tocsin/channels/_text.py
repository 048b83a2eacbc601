"""A notice as plain text. What is only a test, and what a demonstration says, begins with saying so."""

from __future__ import annotations

from tocsin.channels._port import Place
from tocsin.channels.words import say
from tocsin.core.notice import AnyNotice, Said, TestNotice, WarningNotice


def marker(notice: AnyNotice, language: str) -> str:
    """The words that stand before everything else, or ""."""
    if isinstance(notice, TestNotice):
        return say(language, "test")
    return say(language, "demo") if isinstance(notice, WarningNotice) and notice.demo else ""


def subject(notice: AnyNotice, language: str) -> str:
    """The headlines on one line."""
    tag, said = notice.told(language)
    line = " ".join(" · ".join(one.headline for one in said).split())
    mark = marker(notice, tag).partition(".")[0]
    return f"{mark}: {line}" if mark else line


def paragraphs(notice: AnyNotice, language: str) -> list[str]:
    """The marker and everything that is said."""
    tag, said = notice.told(language)
    return [text for text in (marker(notice, tag), *(part for one in said for part in _parts(one))) if text]


def _parts(said: Said) -> tuple[str, str, str]:
    return said.headline.strip(), said.description.strip(), said.instruction.strip()


def long(notice: AnyNotice, language: str, place: Place) -> str:
    """Everything, with the addresses at which more stands."""
    tag, _ = notice.told(language)
    links = []
    if isinstance(notice, WarningNotice):
        links.append(say(tag, "now").format(link=place.link(notice.page)))
        if notice.cap:
            links.append(say(tag, "cap").format(link=place.link(notice.cap)))
    elif not isinstance(notice, TestNotice):
        links.append(say(tag, "more").format(link=place.link(notice.page)))
    return "\n\n".join([*paragraphs(notice, language), "\n".join(links)]).strip()


def short(notice: AnyNotice, language: str) -> str:
    """Headline and what to do, for where every letter counts; each sentence of it ends with a full stop."""
    tag, said = notice.told(language)
    parts = [marker(notice, tag), *(part for one in said for part in (one.headline, one.instruction))]
    lines = [" ".join(part.split()) for part in parts if part.strip()]
    return " ".join(line if line[-1] in ".!?…" else line + "." for line in lines)
