"""The areas that sirens and signs hear of: those in which sirens stand, and those above."""

from __future__ import annotations

from tocsin.warn.state import WarnState


class Stands:
    """Worked out anew only where areas or the places of sirens have changed: a warning waits for it."""

    def __init__(self) -> None:
        self._seen: tuple[object, object] = (None, None)
        self._found: frozenset[str] = frozenset()

    def of(self, state: WarnState) -> frozenset[str]:
        """Ids of these areas."""
        if self._seen[0] is not state.areas or self._seen[1] is not state.siren_areas:
            stand = [area for area, sirens in state.siren_areas.items() if sirens]
            self._found = frozenset(up for area in stand for up in (area, *state.areas.ancestors(area)))
            self._seen = (state.areas, state.siren_areas)
        return self._found
