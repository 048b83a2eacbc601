"""The published policy of repair: who comes first, by which numbers, and how a plan weighs them.

One struct, one file (JSON): a city that wants other weights changes the file and everybody can read what changed.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tocsin.repair.events import Cover

_Positive = Annotated[float, msgspec.Meta(gt=0)]
_NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class UrgencyPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The agreed numbers. Temperatures in °C, times in hours.

    Attributes:
        version: recorded with every plan.
        warm_c: below this a home is too cold (WHO housing and health guidelines 2018: 18 °C).
        horizon_h: over this time the cost of an hour's delay is reckoned.
        look_h: so far ahead hours to cold are told; what comes later is "not within that time, if the weather stays".
        adult, elderly, small, dependent: weight of a person aged 5 to 65, over 65, under 5, medically dependent.
        unknown_people: weight of a home of which nobody said who lives there.
        p1_score, p2_score: from this score on a need is P1, P2.
        p1_deadline_h: a deadline nearer than this makes a need P1.
        elderly_c, elderly_h: an old person's deadline: the hour of that temperature, and so many hours more.
        freeze_c: air temperature at which pipes without circulation are taken to freeze.
        closed_c: a closure that stays colder than this was not enough.
        pane_m2: area of a broken pane when nobody measured.
        closing: the cover that a crew puts up at the first visit.
        film_per_m2: m² of film for each m² of opening, two layers with their overlap.
        usual_travel_h: the way to a flat whose place is not known.
        least_weight: every job weighs at least this much, so that none waits for ever.
        service_h, service_m2_h: time at a flat: once, and more per m².
        reload_h: time at the depot.
        speed_kmh, detour: crews drive so fast, and streets are longer than the straight line by this factor.
        late_weight: cost of each hour by which a deadline is missed.
        travel_weight: small cost of each hour of driving.
        unplanned_cost: cost of each need for which no crew has room, skill or hours.
        iterations, restarts: how long the search for a better plan goes on; the same everywhere, so that a plan can be
            made again.
    """

    version: str = "repair-1"
    warm_c: float = 18.0
    horizon_h: _Positive = 24.0
    look_h: _Positive = 72.0
    adult: _NotNegative = 1.0
    elderly: _NotNegative = 2.0
    small: _NotNegative = 2.0
    dependent: _NotNegative = 3.0
    unknown_people: _NotNegative = 1.0
    p1_score: _Positive = 100.0
    p2_score: _Positive = 30.0
    p1_deadline_h: _Positive = 4.0
    elderly_c: float = 9.0
    elderly_h: _NotNegative = 2.0
    freeze_c: float = 0.0
    closed_c: float = 16.0
    pane_m2: _Positive = 1.3
    closing: Cover = "film2"
    film_per_m2: _Positive = 2.4
    usual_travel_h: _NotNegative = 0.25
    least_weight: _Positive = 0.1
    service_h: _Positive = 0.3
    service_m2_h: _NotNegative = 0.1
    reload_h: _NotNegative = 0.3
    speed_kmh: _Positive = 20.0
    detour: Annotated[float, msgspec.Meta(ge=1)] = 1.3
    late_weight: _NotNegative = 200.0
    travel_weight: _NotNegative = 1.0
    unplanned_cost: _Positive = 1_000_000.0
    iterations: Annotated[int, msgspec.Meta(ge=0)] = 60_000
    restarts: Annotated[int, msgspec.Meta(ge=1)] = 1
