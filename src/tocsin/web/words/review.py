"""English: who stands for the agreed texts of a language, where officers read and choose them."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "review_draft": "agreed words, nobody has reviewed them yet",
    "review_done": "agreed words, reviewed by {who}",
}
