"""The words of single pages: one file a page, ``WORDS`` = key → (English, Russian, Ukrainian, German)."""

ORDER = ("en", "ru", "uk", "de")
"""Which language stands where in each row."""
