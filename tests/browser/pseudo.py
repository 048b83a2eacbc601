"""An invented language in which every text that went through gettext or the agreed words stands between ⟦ and ⟧.

What a page then shows outside these brackets is data, or went past the catalogues.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import override_settings

TAG = "qps"
"""For private use by CLDR's own pseudo-languages; no reader has it."""

_CONTEXT = "\x04"

VISIBLE = """() => {
  const seen = [], spoken = ["aria-label", "aria-description", "aria-valuetext", "title", "placeholder", "alt"];
  for (const more of document.querySelectorAll("details")) more.open = true;
  const show = (node) => node.checkVisibility({ visibilityProperty: true });
  const ours = document.documentElement.lang;
  // What is marked as being in another language is told as it came: errors of the rooms, texts of a message.
  // References (class ref) are hashes and identifiers.
  const skip = (node) => node.closest("script, style, code, noscript, .ref") || node.closest("[lang]").lang !== ours;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.currentNode; node; node = walk.nextNode()) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (!element || skip(element)) continue;
    // An option is never visible by itself; a hidden label may be what a screen reader says.
    if (!show(element) && !element.closest("option")) continue;
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.data.trim()) seen.push(node.data.trim());
    } else for (const name of spoken) if (node.getAttribute(name)?.trim()) seen.push(node.getAttribute(name).trim());
  }
  return [document.title, ...seen];
}"""
"""Every text that a person sees or hears, in the order of the page."""


def wrapped(text: str) -> str:
    return f"⟦{text}⟧"


class Pseudo(gettext.NullTranslations):
    """Gives back the English between brackets, and remembers what the libraries asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()
        """Texts without context: ours all have one."""

    def gettext(self, message: str) -> str:
        if message and _CONTEXT not in message:
            self.asked.add(message)
        return wrapped(message.rpartition(_CONTEXT)[2]) if message else ""

    def ngettext(self, one: str, other: str, n: int) -> str:  # type: ignore[override]
        # Catalogues hold a plural under its singular.
        if _CONTEXT not in one:
            self.asked.add(one)
        return wrapped((one if n == 1 else other).rpartition(_CONTEXT)[2])

    def language(self) -> str:
        return TAG

    def to_language(self) -> str:
        return TAG


@contextmanager
def spoken() -> Iterator[Pseudo]:
    """The pages offer the invented language besides the others."""
    from django.utils.translation import trans_real

    from tocsin.warn.words import Language
    from tocsin.warn.words import languages as agreed
    from tocsin.web import words

    english = agreed()["en"]
    agreed()[TAG] = Language(
        tag=TAG, name="Pseudo", review="draft", texts={key: wrapped(text) for key, text in english.texts.items()}
    )
    with override_settings(LANGUAGES=[*settings.LANGUAGES, (TAG, "Pseudo")]):
        made = Pseudo()
        trans_real._translations[TAG] = made  # type: ignore[attr-defined]
        words._words.cache_clear()
        try:
            yield made
        finally:
            del agreed()[TAG]
            words._words.cache_clear()


def untranslated(asked: Iterable[str], tag: str) -> list[str]:
    """Of the texts that libraries asked for, those that no catalogue of a language holds."""
    from django.utils.translation import trans_real

    catalogue = trans_real.translation(tag)
    # A plural is in the catalogue as (text, form).
    return sorted(text for text in asked if catalogue._catalog.get(text, catalogue._catalog.get((text, 0))) is None)


def strays(page: Any, known: Iterable[str] = ()) -> list[str]:
    """Texts outside the brackets that are no number, no time and not in ``known``.

    Brackets may open in one piece of text and close in a later one, where a script sets an element between them.
    """
    names = sorted((re.escape(name) for name in known), key=len, reverse=True)
    data = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)") if names else None
    depth, found = 0, []
    for text in page.evaluate(VISIBLE):
        outside = ""
        for letter in text:
            depth += letter == "⟦"
            outside += letter if depth == 0 else " "
            depth -= letter == "⟧"
        plain = data.sub(" ", outside) if data else outside
        # A single letter is a key to press; TOC-… is the code of an error.
        if re.search(r"[^\W\d_]{2}", re.sub(r"TOC-\d{4,5}", "", plain)):
            found.append(text)
    return [*found, *(["brackets that never close"] if depth else [])]
