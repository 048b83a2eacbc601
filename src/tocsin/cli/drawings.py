"""Pictures for a night, drawn by code: they show nothing that exists, and carry a camera's data as a real one would."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from datetime import datetime

from PIL import Image, ImageDraw

SIZE = (960, 640)
SKY, WALL, GLASS, HOLE, LIGHT, SNOW = "#1b2436", "#596273", "#a9c3d6", "#10141c", "#f2d38a", "#dfe6ee"
WOOD, FIRE, SMOKE, CAR = "#b5854f", "#f08a3c", "#3a4152", "#76808f"

_LATITUDE, _LONGITUDE, _TAKEN, _MAKER = 2, 4, 0x9003, 0x010F
_GPS, _EXIF = 0x8825, 0x8769

Pen = ImageDraw.ImageDraw


def draw(scene: str, *, seed: str, at: datetime, exact: tuple[float, float] | None = None) -> bytes:
    """A JPEG of a scene.

    Args:
        scene: ``cars``, ``windows``, ``boarded`` or ``crew``.
        seed: another one draws another picture of the same scene.
        at: when it is said to have been taken.
        exact: longitude and latitude that its camera data hold; invented, and there to be taken out again.
    """
    image = Image.new("RGB", SIZE, SKY)
    pen, chance = ImageDraw.Draw(image), random.Random(f"{scene}/{seed}")  # noqa: S311 - a picture, no secret
    pen.rectangle((0, 540, *SIZE), SNOW)
    SCENES[scene](pen, chance)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82, exif=_camera(at, exact))
    return out.getvalue()


def _camera(at: datetime, exact: tuple[float, float] | None) -> Image.Exif:
    exif = Image.Exif()
    exif[_MAKER] = "drawn by tocsin"
    exif.get_ifd(_EXIF)[_TAKEN] = at.strftime("%Y:%m:%d %H:%M:%S")
    if exact is not None:
        lon, lat = exact
        exif.get_ifd(_GPS).update({1: "N", _LATITUDE: _degrees(lat), 3: "E", _LONGITUDE: _degrees(lon)})
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = value % 1 * 60
    return float(int(value)), float(int(minutes)), round(minutes % 1 * 60, 2)


def _front(
    pen: Pen, chance: random.Random, pane: Callable[[Pen, random.Random, tuple[int, int, int, int]], None]
) -> None:
    """The front of a house, with ``pane`` for what is in each window."""
    pen.rectangle((110, 60, 850, 560), WALL)
    for row in range(4):
        for column in range(7):
            left, top = 150 + column * 98, 100 + row * 112
            box = (left, top, left + 62, top + 78)
            pen.rectangle(box, LIGHT if chance.random() < 0.12 else GLASS, outline=SNOW, width=4)
            pane(pen, chance, box)


def _broken(pen: Pen, chance: random.Random, box: tuple[int, int, int, int]) -> None:
    if chance.random() < 0.62:
        left, top, right, bottom = box
        edge = [(left + chance.randint(4, 58), top + chance.randint(4, 74)) for _ in range(6)]
        pen.polygon([(left + 6, bottom - 6), *sorted(edge), (right - 6, bottom - 6)], HOLE)


def _boarded(pen: Pen, chance: random.Random, box: tuple[int, int, int, int]) -> None:
    if chance.random() < 0.5:
        pen.rectangle(box, WOOD, outline="#7c5a33", width=4)
        pen.line((box[0], (box[1] + box[3]) // 2, box[2], (box[1] + box[3]) // 2), "#7c5a33", 3)


def _windows(pen: Pen, chance: random.Random) -> None:
    _front(pen, chance, _broken)


def _boards(pen: Pen, chance: random.Random) -> None:
    _front(pen, chance, _boarded)


def _car(pen: Pen, left: int, top: int, colour: str) -> None:
    pen.rounded_rectangle((left, top, left + 190, top + 56), 18, colour)
    pen.polygon([(left + 36, top), (left + 64, top - 40), (left + 132, top - 40), (left + 160, top)], colour)
    for wheel in (left + 26, left + 126):
        pen.ellipse((wheel, top + 36, wheel + 40, top + 76), HOLE)


def _cars(pen: Pen, chance: random.Random) -> None:
    for number in range(4):
        left = 40 + number * 230
        burns = number == 2
        _car(pen, left, 480, SMOKE if burns else CAR)
        if burns:
            for _ in range(26):
                x, y, r = left + chance.randint(20, 170), chance.randint(180, 470), chance.randint(10, 34)
                pen.ellipse((x - r, y - r, x + r, y + r), FIRE if y > 370 else SMOKE)


def _crew(pen: Pen, chance: random.Random) -> None:
    pen.rectangle((0, 60, 520, 560), WALL)
    pen.rectangle((180, 180, 400, 440), WOOD, outline="#7c5a33", width=8)
    for person in (600, 720):
        tall = chance.randint(0, 20)
        pen.ellipse((person, 250 - tall, person + 64, 314 - tall), LIGHT)
        pen.rounded_rectangle((person - 14, 318 - tall, person + 78, 560), 24, FIRE)
    pen.line((590, 560, 470, 200), SNOW, 8)


SCENES: dict[str, Callable[[Pen, random.Random], None]] = {
    "cars": _cars,
    "windows": _windows,
    "boarded": _boards,
    "crew": _crew,
}
