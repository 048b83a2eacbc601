"""What officers did with dead letters: messages between processes that no worker could take."""

from __future__ import annotations

from typing import ClassVar

from tocsin.core.event import Fact, fact_type


class LetterFact(Fact, frozen=True, kw_only=True):
    """A fact about one dead letter. ``about``: the id of the event that the letter spoke of; the letter itself is not
    repeated.
    """

    letter_id: str
    about: str

    def subject(self) -> str:
        """``letter/ID``."""
        return f"letter/{self.letter_id}"


@fact_type
class LetterRetried(LetterFact, frozen=True, kw_only=True):
    """Somebody asked that it be tried again; the leading worker does so when it meets this entry."""

    KIND: ClassVar[str] = "letter.retried"


@fact_type
class LetterSetAside(LetterFact, frozen=True, kw_only=True):
    """Somebody decided that it is not needed any more. It stays to be read until its time is over."""

    KIND: ClassVar[str] = "letter.set_aside"
