"""A bulletin as it is printed: plain values, from which PDF, HTML and plain text are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from html import escape

import msgspec

from tocsin.core.text import pick
from tocsin.record.events import Sentence
from tocsin.record.words import words


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """One page in one language. ``lines``: a sentence, the entries behind it, who said so."""

    language: str
    title: str
    foot: str
    lines: tuple[tuple[str, str], ...]

    @classmethod
    def of(
        cls, city: Mapping[str, str], day: date, language: str, sentences: tuple[Sentence, ...], *, as_of: int
    ) -> Paper:
        """The page of a bulletin."""
        own = words(language)
        said = own.DATE.format(day=day.day, month=own.MONTHS[day.month - 1])
        title = own.TITLE.format(city=pick(city, language), date=said, year=day.year)
        return cls.printed(language, title, [(one.text, one.entries) for one in sentences], as_of)

    @classmethod
    def printed(cls, language: str, title: str, said: Iterable[tuple[str, Iterable[int]]], as_of: int) -> Paper:
        """The page of a title and sentences with their entries."""
        own = words(language)
        lines = tuple((text, ", ".join(map(str, entries))) for text, entries in said)
        return cls(
            language=own.__name__.rpartition(".")[2],
            title=title,
            foot=own.FOOT.format(as_of=as_of),
            lines=lines or ((own.EMPTY, ""),),
        )


def plain(paper: Paper) -> str:
    """Plain text, one sentence a line, entries in brackets."""
    said = [f"{text} [{entries}]" if entries else text for text, entries in paper.lines]
    return "\n".join([paper.title, "", *said, "", paper.foot, ""])


def html(paper: Paper) -> str:
    """A whole HTML document without script or style."""
    said = "".join(
        f"<li>{escape(text)}{f' <small>[{escape(entries)}]</small>' if entries else ''}</li>\n"
        for text, entries in paper.lines
    )
    title = escape(paper.title)
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return (
        f'<!doctype html>\n<html lang="{escape(paper.language)}">{head}\n'
        f"<body><h1>{title}</h1>\n<ol>\n{said}</ol>\n<footer>{escape(paper.foot)}</footer></body></html>\n"
    )
