"""English: numbers that are said together with what they count. One row: for one, for any other number."""

from __future__ import annotations

PLURALS: dict[str, tuple[str, str]] = {
    "ctl_why_people": ("it reaches about {n} person", "it reaches about {n} people"),
    "n_floors_below": ("{n} floor below ground", "{n} floors below ground"),
    "n_minutes": ("{n} minute", "{n} minutes"),
    "n_people": ("about {n} person", "about {n} people"),
}
