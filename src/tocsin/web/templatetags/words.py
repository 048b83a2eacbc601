"""``{{ n|counted:"n_minutes" }}``: a number with its noun. ``{{ tag|reviewed }}``: who stands for the agreed texts.

Both in the language of the page.
"""

from __future__ import annotations

from django import template

from tocsin.warn.words import languages
from tocsin.web import words

register = template.Library()


@register.filter
def counted(n: int, key: str) -> str:
    """The number and its noun, as ``PLURALS`` of the words has them under that key."""
    return words.counted(words.current(), key, n)


@register.filter
def reviewed(tag: str) -> str:
    """Whether, and by whom, the agreed texts of a language have been reviewed; "" for a language without such texts."""
    language = languages().get(tag)
    if language is None:
        return ""
    said = words.words(words.current())
    if language.reviewed:
        return said["review_done"].format(who=language.review.removeprefix("reviewed by "))
    return said["review_draft"]
