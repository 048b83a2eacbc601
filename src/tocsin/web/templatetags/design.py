"""``{% css ".button" %}``: the name of a class or token beside what it makes, on the page of the visual language."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def css(*names: str) -> SafeString:
    """The names as code: they are the same in every language."""
    return format_html('<p class="names" translate="no"><code>{}</code></p>', "  ".join(names))
