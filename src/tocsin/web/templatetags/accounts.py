"""Template tags of the account pages: sentences with names in them, and whether the demonstration's door is there."""

from __future__ import annotations

from typing import Any

from django import template

from tocsin.web.pages import demo_sign_in
from tocsin.web.words import current, words

register = template.Library()


@register.simple_tag
def said(key: str, **values: object) -> str:
    """A string of ours with its places filled."""
    return words(current())[key].format(**values)


@register.simple_tag(takes_context=True)
def demo_door(context: dict[str, Any]) -> bool:
    """Whether this reader may sit down without a password."""
    return demo_sign_in.offered(context["request"])
