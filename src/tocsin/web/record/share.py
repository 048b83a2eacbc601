"""Where a page can be told of: plain links, opened only by whoever presses one, with nothing of the reader in them."""

from __future__ import annotations

from urllib.parse import quote

import msgspec


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A place to tell of a page. ``name``: of the service, or "" for mail, which has a word of our own."""

    id: str
    name: str
    href: str


_TO = (
    ("telegram", "Telegram", "https://t.me/share/url?url={url}&text={text}"),
    ("vk", "VK", "https://vk.com/share.php?url={url}&title={text}"),
    ("ok", "OK", "https://connect.ok.ru/offer?url={url}&title={text}"),
    ("x", "X", "https://x.com/intent/post?url={url}&text={text}"),
    ("facebook", "Facebook", "https://www.facebook.com/sharer/sharer.php?u={url}"),
    ("whatsapp", "WhatsApp", "https://wa.me/?text={text}%20{url}"),
    ("mail", "", "mailto:?subject={text}&body={url}"),
)
"""Addresses as the services document them for links that anybody may set."""


def links(url: str, title: str) -> tuple[Link, ...]:
    """A link for each service. ``url``: absolute; ``title``: what the page is called."""
    said = {"url": quote(url, safe=""), "text": quote(title, safe="")}
    return tuple(Link(id=one, name=name, href=href.format_map(said)) for one, name, href in _TO)
