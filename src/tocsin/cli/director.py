"""The playing side of the playbill: heeds what the pages ask, and tells them how the night stands."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tocsin.app.night import Night
from tocsin.cli.prove import shown_now
from tocsin.cli.view import NoView
from tocsin.core.time import rfc3339
from tocsin.wiring.playbill import Asked, Phone, Playbill, Proved, Taken, Told, nights

if TYPE_CHECKING:
    from tocsin.cli.player import Done
    from tocsin.cli.stage import Stage

LOOK_S = 0.2
"""Between two looks at what was asked."""

BEAT_S = 1.0


class Again(Exception):
    """Somebody asked for a night from the beginning: everything is to be made anew."""

    def __init__(self, night: Night, speed: float) -> None:
        super().__init__(night.id)
        self.night = night
        self.speed = speed


class Director:
    """Knows what round is on, how fast it is to go and whether it is halted.

    Args:
        playbill: the two files.
        night: the night that is set up.
        speed: times faster between the acts.
        repeats: whether everything can be made anew from here.
    """

    def __init__(self, playbill: Playbill, night: Night, speed: float, *, repeats: bool = True) -> None:
        self._playbill = playbill
        self.night = night
        self._looked = 0.0
        self.begun = False
        self.told = Told(
            round=secrets.token_hex(8), told_at=0.0, night=night.id, stage="waiting", speed=speed, repeats=repeats
        )

    def tell(self, **changes: Any) -> None:
        """Say what changed; without changes only that somebody is still here, once a second."""
        if changes or time.time() - self.told.told_at >= BEAT_S:
            self.told = msgspec.structs.replace(self.told, told_at=time.time(), **changes)
            self._playbill.tell(self.told)

    def pace(self, rate: float) -> float:
        """How fast the night's clock is to run where the stage meant ``rate``: 1.0 is its own pace, around an act."""
        if self.told.paused:
            return 0.0
        return self.told.speed if rate > 1.0 else rate

    def look(self) -> bool:
        """Heed what was asked since the last look. However often it is called, it looks five times a second.

        Returns:
            Whether it looked.

        Raises:
            Again: everything is to be made anew.
        """
        if time.monotonic() - self._looked < LOOK_S:
            return False
        self._looked = time.monotonic()
        asked = self._playbill.take()
        if asked is not None and asked.round == self.told.round:
            self._heed(asked)
        self.tell()
        return True

    def _heed(self, asked: Asked) -> None:
        speed = asked.speed or self.told.speed
        night = nights().get(asked.night or self.night.id)
        if night is None:
            return
        waits = self.told.stage == "waiting"
        if asked.act == "play" and waits and night.id == self.night.id:
            self.begun = True
            self.tell(speed=speed)
        elif (asked.act == "again" or (asked.act == "play" and waits)) and self.told.repeats:
            raise Again(night, speed)
        elif asked.act == "pace":
            self.tell(speed=speed)
        elif asked.act in ("pause", "resume") and self.told.stage == "playing":
            self.tell(paused=asked.act == "pause")


class PageView(NoView):
    """Tells the pages what the view at the terminal shows, and shows it there too."""

    def __init__(self, stage: Stage, inner: NoView, director: Director) -> None:
        super().__init__(stage)
        self._inner = inner
        self._director = director
        self._steps: list[Taken] = []

    def __enter__(self) -> PageView:
        self._inner.__enter__()
        return self

    def __exit__(self, *why: object) -> None:
        self._inner.__exit__(*why)

    def refresh(self) -> None:
        """Show how things stand, and heed the pages."""
        self._inner.refresh()
        if self._director.look():
            self._tell_seen()

    def _tell_seen(self) -> None:
        seen = {"sounding": dict(self.stage.ear.sounding), "phones": self._phones()}
        if any(getattr(self._director.told, name) != value for name, value in seen.items()):
            self._director.tell(**seen)

    def step(self, done: Done) -> None:
        """Show a step that was just taken."""
        self._inner.step(done)
        self._steps.append(
            Taken(
                step=len(self._steps),
                at=rfc3339(self.stage.clock.now()),
                outcome=done.answer.get("outcome", ""),
                refused=done.answer.get("refused", ""),
                entries=tuple(done.answer.get("entries") or ()),
            )
        )
        self._director.tell(steps=tuple(self._steps))

    def proved(self, proofs: Sequence[Any]) -> None:
        """Show which rows of the story hold by now."""
        self._director.tell(rows=tuple(Proved(name=p.name, ok=p.ok, entries=p.entries) for p in proofs))

    def close(self, proofs: Sequence[Any]) -> None:
        """Show what came of the night."""
        self._inner.close(proofs)
        self.proved(proofs)
        self._tell_seen()
        self._director.tell(times_ms=self.stage.times_ms())

    def _phones(self) -> tuple[Phone, ...]:
        found = []
        for area, clients in self.stage.clients.items():
            phase, headline = shown_now(clients[0].received)
            found.append(Phone(area=area, phase=phase, headline=headline))
        return tuple(found)
