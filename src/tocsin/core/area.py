"""Areas as a tree with stable identifiers, names, aliases and validity (rules R9 to R12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import immutables
import msgspec

from tocsin.core.text import fold

Box = tuple[float, float, float, float]
"""West, south, east, north in WGS 84 degrees."""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A place that can be warned.

    Attributes:
        id: stable, ``[a-z0-9-]+``, never reused; a renamed area keeps it.
        parent: id of the area that holds this one, or None at the top.
        kind: country, oblast, raion, hromada, city, district or zone.
        names: language tag → official name.
        aliases: other names, old names and spellings, in any language.
        geometry: GeoJSON Polygon or MultiPolygon, positions ``[lon, lat]`` in WGS 84 degrees; None = cannot be drawn.
        cells: H3 cells that cover the geometry, compacted, resolution 7 and coarser, in hex.
        population: people who live there, or None when unknown.
        lead_time_s: seconds from warning to impact that residents can count on, 0 to 180.
        zone: IANA time zone.
        demo: the outline, sirens and shelters are invented for a demonstration.
    """

    id: str
    parent: str | None = None
    kind: str = "zone"
    names: dict[str, str]
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    geometry: dict[str, Any] | None = None
    cells: tuple[str, ...] = ()
    population: int | None = None
    lead_time_s: int = 0
    zone: str = "UTC"
    demo: bool = False

    def valid_on(self, day: date) -> bool:
        """Whether the area exists on that day; ``valid_to`` is the first day on which it no longer does."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


class AreaTree:
    """An immutable tree of areas. ``with_area`` gives a new tree that shares most of the old one."""

    __slots__ = ("_areas", "_below", "_children", "_closures", "_drawable")

    def __init__(
        self,
        areas: immutables.Map[str, Area] | None = None,
        children: immutables.Map[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._areas: immutables.Map[str, Area] = areas if areas is not None else immutables.Map()
        self._children: immutables.Map[str, tuple[str, ...]] = children if children is not None else immutables.Map()
        # Asked a dozen times by every decision, and the same for the life of the tree.
        self._below: dict[str, tuple[str, ...]] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._drawable: int | None = None

    @property
    def drawable(self) -> int:
        """How many areas have an outline."""
        if self._drawable is None:
            self._drawable = sum(1 for area in self if area.cells)
        return self._drawable

    def __len__(self) -> int:
        return len(self._areas)

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __contains__(self, area_id: object) -> bool:
        return area_id in self._areas

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AreaTree) and self._areas == other._areas

    __hash__ = None  # type: ignore[assignment]  # compared by value, never a key

    def __getitem__(self, area_id: str) -> Area:
        return self._areas[area_id]

    def get(self, area_id: str) -> Area | None:
        """The area, or None."""
        return self._areas.get(area_id)

    def with_area(self, area: Area) -> AreaTree:
        """The tree with that area added or replaced."""
        children = self._children
        old = self._areas.get(area.id)
        if old is not None and old.parent is not None and old.parent != area.parent:
            kept = tuple(c for c in children.get(old.parent, ()) if c != area.id)
            children = children.set(old.parent, kept)
        if area.parent is not None:
            siblings = children.get(area.parent, ())
            if area.id not in siblings:
                children = children.set(area.parent, tuple(sorted((*siblings, area.id))))
        return AreaTree(self._areas.set(area.id, area), children)

    def children(self, area_id: str) -> tuple[str, ...]:
        """Ids of the areas directly below."""
        return self._children.get(area_id, ())

    def descendants(self, area_id: str) -> tuple[str, ...]:
        """The area itself and everything below it, once each, also when a faulty tree holds a loop."""
        known = self._below.get(area_id)
        if known is None:
            known = tuple(self._walk(area_id))
            if known:  # what is no area is not kept: there is no end of such names
                self._below[area_id] = known
        return known

    def _walk(self, area_id: str) -> Iterator[str]:
        seen: set[str] = set()
        stack = [area_id]
        while stack:
            here = stack.pop()
            if here in seen or here not in self._areas:
                continue
            seen.add(here)
            yield here
            stack.extend(reversed(self.children(here)))

    def ancestors(self, area_id: str) -> Iterator[str]:
        """The areas above, nearest first, without the area itself."""
        seen = {area_id}
        area = self._areas.get(area_id)
        while area is not None and area.parent is not None and area.parent not in seen:
            seen.add(area.parent)
            area = self._areas.get(area.parent)
            if area is not None:
                yield area.id

    def closure(self, area_ids: Iterable[str]) -> frozenset[str]:
        """The areas and all their descendants (rule R10)."""
        parts = [self._closure(area_id) for area_id in dict.fromkeys(area_ids)]
        return parts[0] if len(parts) == 1 else frozenset().union(*parts)

    def _closure(self, area_id: str) -> frozenset[str]:
        known = self._closures.get(area_id)
        if known is None:
            known = frozenset(self.descendants(area_id))
            if known:
                self._closures[area_id] = known
        return known

    def find(self, name: str, *, on: date | None = None) -> list[Area]:
        """Areas with that id, name or alias, folded (rule R9). More than one means that the name is ambiguous."""
        wanted = fold(name)
        return [
            area
            for area in self._areas.values()
            if (on is None or area.valid_on(on))
            and (area.id == name or any(fold(n) == wanted for n in (*area.names.values(), *area.aliases)))
        ]
