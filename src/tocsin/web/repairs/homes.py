"""Where a flat is and who lives there: kept in the vault, opened for dispatchers of its area and for its own crew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tocsin.web.desk import desk, vault

if TYPE_CHECKING:
    from tocsin.app.actor import Actor
    from tocsin.repair.state import Need

KIND = "home"
"""Under this kind homes are kept in the vault; those of residents' reports are of the same shape."""

PEOPLE = {"adults": "adults", "over_65": "elderly", "under_5": "small", "dependent": "dependent"}
"""Who is at home: as the doors say it, and as the vault and the sum of urgency call it."""


def sealable(home: Mapping[str, object]) -> dict[str, object]:
    """A home as it is kept: who is at home in a part of its own, as residents' reports have it."""
    people = {kept: home[said] for said, kept in PEOPLE.items() if home.get(said)}
    kept = {key: value for key, value in home.items() if key not in PEOPLE and value not in ("", None)}
    return kept | ({"people": people} if people else {})


def seal(home: Mapping[str, object]) -> str:
    """Keep a home beside the ledger; its reference."""
    return vault().keep(KIND, sealable(home))


def opened(need: Need) -> dict[str, Any]:
    """What is known of a need's home; of merged needs the first word stands. Empty when it was erased."""
    found: dict[str, Any] = {}
    for reference in need.sealed:
        for key, value in (vault().open(reference) or {}).items():
            found.setdefault(key, value)
    people = found.get("people")
    if isinstance(people, dict):
        found["people"] = {said: people[kept] for said, kept in PEOPLE.items() if people.get(kept)}
    return found


def for_dispatcher(actor: Actor, need: Need) -> dict[str, Any] | None:
    """The home for a dispatcher of its area; None for everybody else."""
    areas = desk().state().areas
    where = [need.area] if need.area in areas else []
    return opened(need) if actor.may("dispatcher", where, areas) else None


def seal_depot(depot: Mapping[str, object], known: str) -> str:
    """Keep where a crew starts; the reference that is known when it says the same."""
    if known and vault().open(known) == depot:
        return known
    return vault().keep("crew", depot)
