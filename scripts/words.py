"""The catalogues of the pages' words.

    words.py update [LANGUAGE]   bring new and changed keys into every catalogue (and begin one for LANGUAGE)
    words.py compile             make the .mo files that gettext reads
    words.py check               say what is missing, and fail when something is

A changed English text keeps its translation, marked fuzzy: it is not used until somebody has looked at it and taken the
mark away. Entries stand in the order of their keys, one file a language, so that two changes seldom meet.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import babel
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

from tocsin.web.languages import LOCALE, catalogues, header, own_name
from tocsin.web.words import english, english_plurals

REVIEW = "draft, not reviewed by a native speaker"


def source() -> list[tuple[str, str | tuple[str, str]]]:
    """``(key, English)`` of everything, in the order of the keys; the key is the gettext context."""
    own: dict[str, str | tuple[str, str]] = {**english(), **english_plurals()}
    return sorted(own.items())


def read(path: Path, tag: str) -> Catalog:
    """A catalogue as it stands."""
    with path.open("rb") as file:
        return read_po(file, locale=tag.replace("-", "_"))


def update(tag: str, path: Path) -> None:
    """Write the catalogue anew with the keys of now and the translations that it has."""
    old = read(path, tag) if path.exists() else Catalog(locale=tag.replace("-", "_"))
    by_context = {message.context: message for message in old if message.context}
    fresh = Catalog(locale=tag.replace("-", "_"))
    for context, text in source():
        known = old.get(text[0] if isinstance(text, tuple) else text, context)
        moved = by_context.get(context)
        _add(fresh, context, text, known, moved)
    out = io.BytesIO()
    write_po(out, fresh, width=120, omit_header=True, no_location=True, include_previous=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head(tag, path) + out.getvalue().decode().strip() + "\n", encoding="utf-8")


def _add(
    fresh: Catalog, context: str, text: str | tuple[str, str], known: Message | None, moved: Message | None
) -> None:
    if known:
        fresh.add(text, known.string, flags=known.flags, user_comments=known.user_comments, context=context)
    elif moved and isinstance(moved.id, (list, tuple)) == isinstance(text, tuple):
        was = moved.id if isinstance(moved.id, (list, tuple)) else (moved.id,)
        fresh.add(text, moved.string, flags={"fuzzy"}, previous_id=was, context=context)
    else:
        fresh.add(text, context=context)


def head(tag: str, path: Path) -> str:
    """The header: nothing in it changes by itself, so that a change of words is the only change."""
    name, review = (header(path, "X-Language-Name"), header(path, "X-Review")) if path.exists() else ("", "")
    plural = get_plural(tag.replace("-", "_"))
    lines = [
        f"Language: {tag}",
        f"X-Language-Name: {name or own_name(tag, babel.Locale.parse(tag, sep='-').get_display_name() or tag)}",
        f"X-Review: {review or REVIEW}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: nplurals={plural.num_plurals}; plural={plural.plural_expr};",
    ]
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines) + "\n"


def compile_all() -> None:
    """Write each ``.mo`` beside its ``.po``; fuzzy and empty entries stay out, so that English shows."""
    for tag, path in catalogues().items():
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, read(path, tag))


def check() -> list[str]:
    """What a catalogue lacks: ``<language>: <key>: <why>``."""
    wrong = []
    for tag, path in catalogues().items():
        catalog = read(path, tag)
        for context, text in source():
            found = catalog.get(text[0] if isinstance(text, tuple) else text, context)
            strings = found.string if found and isinstance(found.string, (tuple, list)) else [found and found.string]
            if found is None or not all(strings):
                wrong.append(f"{tag}: {context}: not translated")
            elif found.fuzzy:
                wrong.append(f"{tag}: {context}: the English has changed")
    return wrong


def main(words: list[str]) -> int:
    """Do what the first word says."""
    match words:
        case ["update", *tags]:
            made = {tag: LOCALE / tag.replace("-", "_") / "LC_MESSAGES" / "django.po" for tag in tags if tag}
            for tag, path in (catalogues() | made).items():
                update(tag, path)
            compile_all()
            return 0
        case ["compile"]:
            compile_all()
            return 0
        case ["check"]:
            wrong = check()
            sys.stdout.writelines(f"{line}\n" for line in wrong)
            return 1 if wrong else 0
    sys.stderr.write(__doc__ or "")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
