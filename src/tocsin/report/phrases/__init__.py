"""How people put a number in words, one file a language, and how it is read and said.

Languages are found by reading this folder: a new one is one new file with a ``LANGUAGE`` and changes nothing here.
"""

from tocsin.report.phrases._language import Language, language, languages
from tocsin.report.phrases._read import parse, parse_all
from tocsin.report.phrases._say import bound, say

__all__ = ["Language", "bound", "language", "languages", "parse", "parse_all", "say"]
