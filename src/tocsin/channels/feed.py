"""The Atom feed of warnings with their CAP messages: readers come for it, so nothing here sends.

It is made by :mod:`tocsin.warn.feed` and served at ``/feeds/alerts.atom``.
"""

from __future__ import annotations

from tocsin.core.notice import Quality

QUALITY = Quality(
    timeout=10.0,
    retries="the reader asks again; what is in force stays in the feed, a cancel for 24 hours",
    receipts="none: who has read it is not known",
    furthest="none",
    languages="all, in the message",
    opt_out="the reader stops asking",
)
"""``timeout``: seconds for which a reader, or a cache on the way, may keep an answer."""
