"""Shelters from a file: all of them, or none and every reason why; and apart from them where they stand.

``docs/reference/shelters.md`` lists the properties. What a file does not say is unknown; nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any, get_args

import msgspec
import shapely
from shapely.geometry import Point, shape

from tocsin.core.area import AreaTree, Box
from tocsin.core.finding import Finding, Findings
from tocsin.core.names import read_names
from tocsin.core.text import fold, pick
from tocsin.shelter import decide
from tocsin.shelter.events import Kind, Opener, Place, Shelter
from tocsin.shelter.nearest import metres, metres_to
from tocsin.shelter.rows import Row, read_rows
from tocsin.shelter.state import ShelterState

OUTSIDE_M = 250.0
"""A shelter farther than this from the outline of its area is taken for a mistake; outlines are drawn coarsely."""

SAME_SPOT_M = 15.0
"""A public entry this near to a hidden shelter is taken for the same one."""

KINDS: tuple[str, ...] = get_args(Kind)
OPENERS: tuple[str, ...] = get_args(Opener)
_SAID = {"always open": "always_open", "residents with keys": "residents", "keys with residents": "residents"}
_KNOWN = frozenset(
    "id name names area kind capacity accessible floors_below opened_by door hidden_from_public demo note".split()  # noqa: SIM905 - a row of words reads best
)


class ShelterImport(msgspec.Struct, frozen=True, kw_only=True):
    """``shelters``, as the ledger may hold them, and ``places`` by id are empty when any finding is an error."""

    shelters: tuple[Shelter, ...]
    places: dict[str, Place]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing stands against the import."""
        return not any(finding.severity == "error" for finding in self.findings)


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is checked against.

    Attributes:
        areas: that exist.
        within: the box of the city.
        state: the shelters that are known, with ``places``, where they stand.
        reveal: ids that are hidden so far and may become public.
        demo: whether this is a demonstration: it holds nothing real, and a real city nothing invented.
    """

    areas: AreaTree
    within: Box | None = None
    state: ShelterState = ShelterState()
    places: Mapping[str, Place] = {}
    reveal: Collection[str] = ()
    demo: bool = False

    def hidden(self, shelter_id: str) -> bool:
        """Whether a shelter of that id is known and hidden."""
        known = self.state.shelters.get(shelter_id)
        return known is not None and known.shelter.hidden


def read_shelters(data: bytes, home: Home) -> ShelterImport:
    """Read and check a file of shelters: GeoJSON or CSV, in UTF-8."""
    found = Findings()
    outlines = _outlines(home.areas)
    shelters: dict[str, Shelter] = {}
    places: dict[str, Place] = {}
    fields: dict[str, str] = {}
    for row in read_rows(data, found):
        one = _Reader(row, home, found).read(outlines)
        if one is None:
            continue
        shelter, place = one
        if shelter.id in shelters:
            message = f"The id {shelter.id!r} is used twice, first at {fields[shelter.id]}."
            found.add("TOC-9004", f"{row.field}.id", shelter.id, message, "Give each shelter its own id.")
            continue
        shelters[shelter.id], places[shelter.id], fields[shelter.id] = shelter, place, row.field
    _check_spots(shelters, places, fields, home, found)
    if found.failed:
        return ShelterImport(shelters=(), places={}, findings=tuple(found.all))
    return ShelterImport(shelters=tuple(shelters.values()), places=places, findings=tuple(found.all))


Outline = tuple[str, Any]


def _outlines(areas: AreaTree) -> list[Outline]:
    """Every area that can be drawn, the deepest first."""
    drawn = [(len(list(areas.ancestors(area.id))), area) for area in areas if area.geometry is not None]
    return [(area.id, shape(area.geometry)) for _, area in sorted(drawn, key=lambda one: (-one[0], one[1].id))]


class _Reader:
    """Reads one row. What is wrong becomes a finding and, for the rest of the check, unknown."""

    def __init__(self, row: Row, home: Home, found: Findings) -> None:
        self.row, self.home, self.found = row, home, found
        self.values = row.values
        self.label = ""

    def bad(self, key: str, message: str, remedy: str, code: str = "TOC-9002", *, warning: bool = False) -> None:
        severity: Any = "warning" if warning else "error"
        self.found.add(code, f"{self.row.field}.{key}", self.label, message, remedy, severity=severity)

    def read(self, outlines: list[Outline]) -> tuple[Shelter, Place] | None:
        """The shelter and its place, or None when it has no usable id or place."""
        raw = self.values.get("id")
        if not isinstance(raw, str) or not decide.ID.fullmatch(raw) or len(raw) > decide.ID_LIMIT:
            self.bad("id", f"The id {raw!r} is not usable.", "Use lower-case a-z, 0-9, - and _, e.g. h014.")
            return None
        names = read_names(self.values, self.row.field, self.found, code="TOC-9002", what="shelter")
        self.label = pick(names, "en") or raw
        area = self._area(outlines)
        if area is None:
            return None
        hidden = self._hidden(raw)
        shelter = Shelter(
            id=raw,
            names=names,
            area=area,
            kind=self._choice("kind", KINDS) or "other",  # type: ignore[arg-type]  # one of KINDS
            capacity=self._whole("capacity", 1, decide.MOST_PEOPLE),
            accessible=self._answer("accessible"),
            opened_by=self._choice("opened_by", OPENERS),  # type: ignore[arg-type]  # one of OPENERS
            floors_below=self._whole("floors_below", 0, decide.MOST_FLOORS),
            demo=self._answer("demo") or False,
        )
        self._rest()
        if shelter.demo != self.home.demo:
            here = "a demonstration" if self.home.demo else "a real city"
            remedy = f"Only what is marked demo: {str(self.home.demo).lower()} belongs here."
            self.bad("demo", f"This is {here}, and the entry says the opposite.", remedy, "TOC-8003")
        place = Place(lon=float(self.row.lon), lat=float(self.row.lat), names=names if hidden else {})
        return (decide.hide(shelter) if hidden else shelter), place

    def _hidden(self, shelter_id: str) -> bool:
        said = self._answer("hidden_from_public")
        if said or not self.home.hidden(shelter_id) or shelter_id in self.home.reveal:
            return bool(said)
        self.bad(
            "hidden_from_public",
            "It is hidden, and stays hidden although this file does not say so.",
            f"If it may be public now, import with --reveal {shelter_id}.",
            warning=True,
        )
        return True

    def _answer(self, key: str) -> bool | None:
        """Yes, no, or not known."""
        raw = self.values.get(key)
        if raw is None or isinstance(raw, bool):
            return raw
        self.bad(key, f"{raw!r} is neither true nor false.", "Write true or false; leave it out when nobody knows.")
        return None

    def _whole(self, key: str, low: int, high: int) -> int | None:
        raw = self.values.get(key)
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
            self.bad(key, f"{raw!r} is not {low} to {high}.", "Correct it; leave it out when nobody knows.")
            return None
        return raw

    def _choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        raw = self.values.get(key)
        word = _SAID.get(raw, raw) if isinstance(raw, str) else raw
        if word is None or word in choices:
            return word
        remedy = (
            f"Use one of {', '.join(choices)}; leave it out when nobody knows. Names of persons have no place here."
        )
        self.bad(key, f"{raw!r} is not known here.", remedy)
        return None

    def _rest(self) -> None:
        """What a file says besides."""
        if self.values.get("door") not in (None, "unknown"):
            remedy = "Report doors with `tocsin shelters door`, or have a sensor report them."
            self.bad("door", "How a door stands changes by the hour; left out.", remedy, warning=True)
        unknown = sorted(str(k) for k in self.values if k not in _KNOWN and k[:5] not in ("name_", "name:"))
        if unknown:
            remedy = "Check the spelling against docs/reference/shelters.md, or ignore this."
            self.bad("", f"Not understood and left out: {', '.join(unknown)}.", remedy, warning=True)

    def _area(self, outlines: list[Outline]) -> str | None:
        """The id of the area, given or found by the position; None when the position is unusable."""
        lon, lat = self.row.lon, self.row.lat
        fault = self._place_fault(lon, lat)
        if fault:
            self.bad("lon", *fault, "TOC-9003")
            return None
        said = self.values.get("area")
        if said is None:
            here = Point(lon, lat)
            inside = next((area_id for area_id, outline in outlines if shapely.covers(outline, here)), None)
            if inside is None:
                self.bad("area", "It stands in no area.", "Correct its position, or name its area.", "TOC-9003")
            return inside
        area = self.home.areas.get(said) if isinstance(said, str) else None
        if area is None:
            self.bad("area", f"{said!r} is not an area that is known.", "Import the areas first.", "TOC-9003")
            return None
        outline = dict(outlines).get(area.id)
        if outline is None or area.geometry is None or shapely.covers(outline, Point(lon, lat)):
            return area.id
        far = metres_to(area.geometry, (lon, lat))
        if far <= OUTSIDE_M:
            return area.id
        swapped = _lat(lon) and metres_to(area.geometry, (lat, lon)) <= OUTSIDE_M
        self.bad("lon", *(_SWAPPED if swapped else _outside(far, area.id)), "TOC-9003")
        return None

    def _place_fault(self, lon: Any, lat: Any) -> tuple[str, str] | None:
        numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (lon, lat))
        # Written so that "not a number", which is neither more nor less than anything, fails too.
        if not (numbers and -180 <= lon <= 180 and -90 <= lat <= 90):
            swapped = numbers and -90 <= lon <= 90 and -180 <= lat <= 180
            return _SWAPPED if swapped else ("This is not a place on the earth.", _DEGREES)
        if lon == 0 and lat == 0:
            return "It stands at latitude 0, longitude 0.", "Give its real position."
        if self.home.within is not None and not _inside(lon, lat, self.home.within):
            if _inside(lat, lon, self.home.within):
                return _SWAPPED
            return "It lies outside the city.", "Correct the position, or `within` in the city's file."
        return None


_DEGREES = "Write longitude and latitude in degrees of WGS 84, in this order."
_SWAPPED = ("Latitude and longitude are swapped.", _DEGREES)


def _outside(far: float, area_id: str) -> tuple[str, str]:
    return f"It stands {math.ceil(far)} m outside {area_id!r}.", "Correct its position or its area."


def _lat(number: float) -> bool:
    return -90 <= number <= 90


def _inside(lon: float, lat: float, box: Box) -> bool:
    west, south, east, north = box
    return west <= lon <= east and south <= lat <= north


def _check_spots(
    shelters: Mapping[str, Shelter],
    places: Mapping[str, Place],
    fields: Mapping[str, str],
    home: Home,
    found: Findings,
) -> None:
    """No public entry may stand where a hidden shelter is; two public ones of one name on one spot are worth a look."""
    secret = {i: p for i, p in home.places.items() if i not in shelters and home.hidden(i)}
    secret |= {i: places[i] for i, shelter in shelters.items() if shelter.hidden}
    public = [i for i, shelter in shelters.items() if not shelter.hidden]
    for shelter_id in public:
        for other in _on_spot(places[shelter_id], secret.items()):
            message = f"It stands where the hidden shelter {other!r} is; as a second entry it would give that away."
            remedy = f"Use the id {other!r} if it is the same one; reveal that one on purpose, or remove this entry."
            found.add("TOC-9004", fields[shelter_id], shelter_id, message, remedy)
    named: dict[str, list[str]] = {}
    for shelter_id in public:
        named.setdefault(fold(pick(shelters[shelter_id].names, "en")), []).append(shelter_id)
    for same in named.values():
        for number, shelter_id in enumerate(same):
            for other in _on_spot(places[shelter_id], ((i, places[i]) for i in same[:number])):
                message = f"It has the name and the place of {other!r}."
                remedy = "Remove one if they are one shelter; ignore this if they are two rooms."
                found.add("TOC-9004", fields[shelter_id], shelter_id, message, remedy, severity="warning")


def _on_spot(here: Place, others: Iterable[tuple[str, Place]]) -> list[str]:
    return [i for i, other in others if metres(here.lat, here.lon, other.lat, other.lon) <= SAME_SPOT_M]
