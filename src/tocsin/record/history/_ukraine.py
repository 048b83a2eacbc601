"""What both Ukrainian files share: what they leave out, and known since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from tocsin.record.days import Gap, instant
from tocsin.record.rows import KnownGap, Row

ZONE = "Europe/Kyiv"
LICENCE = "MIT (Vadym Klymenko)"

_PERMANENT = "The alert has been permanent since then, and only alerts that ended are in the file."
_OCCUPIED = "Largely occupied at that time; the file holds no alert of it, which says nothing about the danger."

PERMANENT = {
    "luhanska-oblast": datetime(2022, 4, 3, 21, tzinfo=UTC),
    "avtonomna-respublika-krym": datetime(2022, 12, 9, 22, tzinfo=UTC),
}
"""Since when an alert is permanent: local midnight of 4 April and of 10 December 2022."""

OCCUPIED = "khersonska-oblast"
OCCUPIED_UNTIL = datetime(2022, 11, 11, tzinfo=UTC)
SILENCE_S = 14 * 86_400
"""While a region is occupied, a silence that is longer says nothing about the danger."""


def gaps(rows: Sequence[Row]) -> tuple[KnownGap, ...]:
    """Times of which the file says nothing: permanent alerts, and long silences of a region while it was occupied."""
    found = [
        KnownGap(region=region, gap=Gap(start=since, why="permanent_alert", reason=_PERMANENT))
        for region, since in PERMANENT.items()
    ]
    own = sorted((row.start, row.end) for row in rows if row.region == OCCUPIED)
    for before, after in pairwise(own):
        if after[0] - before[1] > SILENCE_S and before[1] < OCCUPIED_UNTIL.timestamp():
            silent = Gap(start=instant(before[1]), end=instant(after[0]), why="occupied", reason=_OCCUPIED)
            found.append(KnownGap(region=OCCUPIED, gap=silent))
    return tuple(found)
