"""Everything that Apprise speaks: ntfy, Telegram, Matrix, Signal gateways, Teams and some hundred more.

Its addresses hold secrets, so they stand in one file, ``name = URL`` a line; the address book holds the names alone.
Apprise is not asynchronous: it works in threads of its own, as many as there are, and who takes too long has failed.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tocsin.channels._parallel import each
from tocsin.channels._port import Place, bad_address, text_of, unusable
from tocsin.channels._text import long, subject
from tocsin.core.notice import AnyNotice, Outcome, Quality, Recipient, WarningNotice

QUALITY = Quality(
    timeout=20.0,
    retries="until the notice expires, with growing pauses",
    receipts="the service takes charge; who has read it is not known",
    furthest="accepted",
    languages="all, one in each message",
    opt_out="a person leaves the room or topic of the service",
    rate=10.0,
    batch=8,
)

THREADS = 8

_SETTING = "TOCSIN_APPRISE_FILE"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def make(place: Place) -> AppriseChannel | None:
    """The channel, or None where no file is named.

    Raises:
        Invalid: the file cannot be read, or a line of it is unusable (TOC-8001).
    """
    path = place.options.get("apprise_file", "")
    if not path:
        return None
    try:
        text = Path(path).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise unusable(
            _SETTING, f"It cannot be read: {type(fault).__name__}.", "Name a file that this user may read."
        ) from fault
    return AppriseChannel(place, read_targets(text))


def read_targets(text: str) -> dict[str, str]:
    """Name → Apprise URL, from lines ``name = URL``; empty lines and those that begin with # say nothing.

    Raises:
        Invalid: a line is of another form or Apprise does not know its kind (TOC-8001). Nothing of it is repeated.
    """
    import apprise

    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, url = (part.strip() for part in line.partition("="))
        known = _NAME.fullmatch(name) and name not in found
        if not known or apprise.Apprise.instantiate(url, suppress_exceptions=True) is None:
            raise unusable(
                _SETTING, f"Line {number} is no target.", "Write name = URL, as in topic = ntfys://ntfy.example/topic."
            )
        found[name] = url
    return found


def read_address(text: str) -> dict[str, Any]:
    """``{"name": …}``: a name of the file.

    Raises:
        Invalid: it cannot be such a name (TOC-13001).
    """
    name = text.strip()
    if not _NAME.fullmatch(name):
        raise bad_address("This is no name of a target.", "Use a name that stands in the file of TOCSIN_APPRISE_FILE.")
    return {"name": name}


class AppriseChannel:
    """Speaks to each named target from a thread."""

    def __init__(self, place: Place, targets: Mapping[str, str]) -> None:
        self._place = place
        self._targets = targets
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="apprise")
        # What Apprise logs quotes its addresses, and they hold secrets.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

    def send(self, notice: AnyNotice, to: Sequence[Recipient]) -> AsyncIterator[Outcome]:
        """One message to each target."""
        return each(to, lambda one: self._one(notice, one), parallel=THREADS)

    async def close(self) -> None:
        """Wait for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _one(self, notice: AnyNotice, one: Recipient) -> Outcome:
        url = self._targets.get(text_of(one.address, "name"))
        if url is None:
            return Outcome(recipient=one.id, stage="failed", final=True, detail="no such name")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(QUALITY.timeout):
                taken = await loop.run_in_executor(self._threads, self._notify, url, notice, one.language)
        except TimeoutError:
            return Outcome(recipient=one.id, stage="failed", detail="timeout")
        return Outcome(recipient=one.id, stage="accepted" if taken else "failed")

    def _notify(self, url: str, notice: AnyNotice, language: str) -> bool:
        import apprise

        sender = apprise.Apprise()
        if not sender.add(url):
            return False
        kind = apprise.NotifyType.WARNING if isinstance(notice, WarningNotice) else apprise.NotifyType.INFO
        line, text = subject(notice, language), long(notice, language, self._place)
        return bool(sender.notify(title=line, body=text, notify_type=kind, body_format=apprise.NotifyFormat.TEXT))
