"""What the public reads and hears, one file per language, and how it is put together.

Languages are found by reading this folder. A danger may also bring texts of its own (``Threat.texts``), so that a new
danger needs one file and no change here.
"""

from tocsin.warn.words._compose import (
    FIELDS,
    HEADLINE_LIMIT,
    Composed,
    Language,
    compose,
    drill,
    languages,
    lead_time,
    name_list,
    templates,
    title,
    until_text,
)

__all__ = [
    "FIELDS",
    "HEADLINE_LIMIT",
    "Composed",
    "Language",
    "compose",
    "drill",
    "languages",
    "lead_time",
    "name_list",
    "templates",
    "title",
    "until_text",
]
