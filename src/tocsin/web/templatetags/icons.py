"""``{% icon "siren" %}``, ``{% state_shape %}``, ``{% icon_sheet "walk" "door" %}``: our drawings inside the page.

None of them says anything to a screen reader: the word always stands beside the drawing.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tocsin.web import icons

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """One drawing, as high as a line and a half unless a style says otherwise."""
    look, body = (mark_safe(part) for part in icons.parts(name))  # noqa: S308 - our own files, never a user's text
    return format_html(
        '<svg class="icon{}" {} aria-hidden="true" focusable="false">{}</svg>',
        f" {classes}" if classes else "",
        look,
        body,
    )


@register.simple_tag
def state_shape() -> SafeString:
    """The shapes of all states in one drawing; the ``data-shown`` of the element around it chooses which is seen."""
    look = mark_safe(icons.parts("state_ok")[0])  # noqa: S308 - our own file
    shapes = format_html_join(
        "",
        '<g class="shape-{}">{}</g>',
        ((one, mark_safe(icons.parts(f"state_{one}")[1])) for one in icons.STATES),  # noqa: S308 - our own files
    )
    return format_html('<svg class="state-shape" {} aria-hidden="true" focusable="false">{}</svg>', look, shapes)


@register.simple_tag
def icon_sheet(*names: str) -> SafeString:
    """Drawings that a script will use: ``lib/icon.ts`` makes ``<use href="#icon-NAME">`` of them."""
    symbols = format_html_join(
        "",
        '<symbol id="icon-{}" {}>{}</symbol>',
        ((name, *(mark_safe(part) for part in icons.parts(name))) for name in names),  # noqa: S308 - our own files
    )
    return format_html('<svg hidden aria-hidden="true" focusable="false">{}</svg>', symbols)
