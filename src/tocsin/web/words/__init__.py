"""The fixed strings of our pages, through gettext.

A file of this folder holds the English of one part of the site: ``WORDS`` (key → text) and, where a number is said,
``PLURALS`` (key → one, other). The key is the gettext context, so that two places with the same English may differ in
another language. ``make words`` brings new keys into ``locale/<language>/LC_MESSAGES/django.po``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from tocsin.core.errors import TocsinError
from tocsin.core.registry import modules_of
from tocsin.web.desk import desk
from tocsin.web.languages import SOURCE

SAMPLES: dict[str, int] = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}
"""A number of each plural category of Unicode CLDR, for whole numbers. Which ones a language has, the browser knows."""


@lru_cache(maxsize=1)
def english() -> dict[str, str]:
    """Key → English, of every file of this folder."""
    return {key: text for module in _modules() for key, text in getattr(module, "WORDS", {}).items()}


@lru_cache(maxsize=1)
def english_plurals() -> dict[str, tuple[str, str]]:
    """Key → English for one and for any other number, of every file of this folder."""
    return {key: forms for module in _modules() for key, forms in getattr(module, "PLURALS", {}).items()}


def languages() -> dict[str, dict[str, str]]:
    """Language tag → key → text, for every language."""
    return {tag: words(tag) for tag, _ in settings.LANGUAGES}


def words(language: str) -> dict[str, str]:
    """The strings of a language; what it lacks, and a language that we lack, is English."""
    return dict(_words(_known(language)))


def counted(language: str, key: str, n: int, shown: str = "") -> str:
    """A number with its noun: ``counted("ru", "n_minutes", 5)`` is ``5 минут``. ``shown``: the number as written."""
    one, other = english_plurals()[key]
    with translation.override(_known(language)):
        return translation.npgettext(key, one, other, n).format(n=shown or n)


def forms(language: str, key: str) -> dict[str, str]:
    """Plural category → text with ``{n}`` open, for ``plural()`` of ``lib/plural.ts``; always ``other``."""
    one, other = english_plurals()[key]
    with translation.override(_known(language)):
        found = {name: translation.npgettext(key, one, other, n) for name, n in SAMPLES.items()}
    if found["two"] == found["few"]:  # only languages with a dual have a category of two
        del found["two"]
    return {name: text for name, text in found.items() if name == "other" or text != found["other"]}


def current() -> str:
    """The language of this request, one of ours."""
    return _known(translation.get_language() or SOURCE)


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
        "here": f"/{request.path.lstrip('/')}",  # two slashes would lead to another site
        "kept": _kept(request),
        "edge_url": settings.TOCSIN_EDGE_URL,
    }


def _kept(request: HttpRequest) -> str:
    """What an address keeps when another language is chosen: a place; in the record the hour and filters, too."""
    kept = request.GET.copy()
    record = request.path.startswith("/record")
    for name in list(kept):
        if name == "lang" or not kept[name] or not (record or name == "area"):
            del kept[name]
    return f"{kept.urlencode()}&" if kept else ""


def _modules() -> list[Any]:
    return list(modules_of(__name__).values())


def _known(language: str) -> str:
    tags = {tag for tag, _ in settings.LANGUAGES}
    base = language.split("-", maxsplit=1)[0]
    return language if language in tags else base if base in tags else SOURCE


@lru_cache(maxsize=32)
def _words(language: str) -> dict[str, str]:
    with translation.override(language):
        return {key: translation.pgettext(key, text) for key, text in english().items()}
