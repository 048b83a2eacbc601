"""``{{ n|counted:"n_minutes" }}``: a number with its noun, in the language of the page."""

from __future__ import annotations

from django import template

from tocsin.web import words

register = template.Library()


@register.filter
def counted(n: int, key: str) -> str:
    """The number and its noun, as ``PLURALS`` of the words has them under that key."""
    return words.counted(words.current(), key, n)
