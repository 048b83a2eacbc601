"""Our own fixed strings, one file per language. A new language is one new file and a line in ``config.LANGUAGES``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from tocsin.core.errors import TocsinError
from tocsin.core.registry import modules_of
from tocsin.web.desk import desk
from tocsin.web.words import pages

FALLBACK = "en"


def languages() -> dict[str, dict[str, str]]:
    """Language tag → key → text, for every file of this folder and every file of ``pages``."""
    found = {name: dict(module.WORDS) for name, module in modules_of(__name__).items() if name != "pages"}
    for page in modules_of(pages.__name__).values():
        for key, row in page.WORDS.items():
            for language, text in zip(pages.ORDER, row, strict=True):
                found[language][key] = text
    return found


_ALL = languages()


def words(language: str) -> dict[str, str]:
    """The strings of a language; what it lacks, and a language that we lack, is English."""
    return _ALL[FALLBACK] | _ALL.get(language.split("-", maxsplit=1)[0], {})


def current() -> str:
    """The language of this request, one of ours."""
    language = (translation.get_language() or FALLBACK).split("-", maxsplit=1)[0]
    return language if language in _ALL else FALLBACK


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context: the strings as ``w``, the language and the ones to choose from."""
    language = current()
    try:
        demo = desk().sender.demo
    except TocsinError:  # an error page must come up without a desk, too
        demo = False
    return {
        "demo": demo,
        "w": words(language),
        "language": language,
        "languages": settings.LANGUAGES,
        "here": request.path,
        "edge_url": settings.TOCSIN_EDGE_URL,
    }
