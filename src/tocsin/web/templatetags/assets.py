"""``{% script "public" %}``, ``{% styles "control" %}``, ``{% inline_styles "public" %}``: what Vite made of a page."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tocsin.web import assets

register = template.Library()


@register.simple_tag
def script(page: str) -> SafeString:
    """The module script of a page, and what it imports, asked for at once."""
    url, beside = assets.script(page)
    ahead = format_html_join("", '<link rel="modulepreload" href="{}">', ((one,) for one in beside))
    return ahead + format_html('<script type="module" src="{}"></script>', url)


@register.simple_tag
def styles(page: str) -> SafeString:
    """The style sheets of a page."""
    return format_html_join("", '<link rel="stylesheet" href="{}">', ((one,) for one in assets.styles(page)))


@register.simple_tag
def inline_styles(page: str) -> SafeString:
    """The styles of a page in the page; the content security policy allows them by their hash."""
    return mark_safe(f"<style>{assets.inline(page)}</style>")  # noqa: S308 - our own built file, never a user's text
