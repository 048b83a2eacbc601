"""The map of areas."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str, str]] = {
    "map_label": (
        "Map of the areas and their states. The list says the same in words.",
        "Карта районов и их состояния. В списке то же самое словами.",
        "Карта районів та їхнього стану. У переліку те саме словами.",
        "Karte der Gebiete und ihres Zustands. Die Liste sagt dasselbe in Worten.",
    ),
    "map_no_webgl": (
        "This browser cannot draw the map. The list says the same.",
        "Этот браузер не может показать карту. В списке то же самое.",
        "Цей браузер не може показати карту. У переліку те саме.",
        "Dieser Browser kann die Karte nicht zeichnen. Die Liste sagt dasselbe.",
    ),
    "map_failed": (
        "The map could not be loaded. The list says the same.",
        "Карту не удалось загрузить. В списке то же самое.",
        "Карту не вдалося завантажити. У переліку те саме.",
        "Die Karte ließ sich nicht laden. Die Liste sagt dasselbe.",
    ),
    "map_zoom_in": ("Closer", "Приблизить", "Наблизити", "Näher"),
    "map_zoom_out": ("Farther", "Отдалить", "Віддалити", "Weiter weg"),
    "map_credits": ("Where the map is from", "Источники карты", "Джерела карти", "Herkunft der Karte"),
    "map_ctrl": (
        "Hold Ctrl and scroll to zoom the map",
        "Чтобы изменить масштаб, прокручивайте с клавишей Ctrl",
        "Щоб змінити масштаб, прокручуйте з клавішею Ctrl",
        "Strg gedrückt halten und scrollen, um die Karte zu vergrößern",
    ),
    "map_cmd": (
        "Hold ⌘ and scroll to zoom the map",
        "Чтобы изменить масштаб, прокручивайте с клавишей ⌘",
        "Щоб змінити масштаб, прокручуйте з клавішею ⌘",
        "⌘ gedrückt halten und scrollen, um die Karte zu vergrößern",
    ),
    "map_fingers": (
        "Move the map with two fingers",
        "Двигайте карту двумя пальцами",
        "Рухайте карту двома пальцями",
        "Die Karte mit zwei Fingern bewegen",
    ),
}
