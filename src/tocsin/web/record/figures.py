"""Coarse figures of a night: the weather outside, and how many homes are open to the cold. Never which."""

from __future__ import annotations

from datetime import date, datetime

from tocsin.web.record import scene as sc
from tocsin.web.record.look import Look


def figures(look: Look, day: date, until: datetime) -> tuple[sc.Figure, ...]:
    """What the repair room says of a day, as known at an instant. Nothing where nobody measured."""
    del look, day, until
    return ()
