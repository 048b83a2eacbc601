"""English: the map of areas."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "map_label": "Map of the areas and their states. The list says the same in words.",
    "map_no_webgl": "This browser cannot draw the map. The list says the same.",
    "map_failed": "The map could not be loaded. The list says the same.",
    "map_zoom_in": "Closer",
    "map_zoom_out": "Farther",
    "map_credits": "Where the map is from",
    "map_ctrl": "Hold Ctrl and scroll to zoom the map",
    "map_cmd": "Hold ⌘ and scroll to zoom the map",
    "map_fingers": "Move the map with two fingers",
}
