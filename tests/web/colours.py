"""Colours as a test sees them: the tokens of the style sheet, contrast, and how colour-blind people see."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STYLES = Path(__file__).parents[2] / "frontend" / "src" / "styles"
SCHEMES = ("light", "dark")

Linear = tuple[float, float, float]

SEEN: dict[str, tuple[Linear, Linear, Linear]] = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Severity 1.0 of Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
deficiency" (IEEE TVCG 15 (6), 2009), over linear RGB."""


@cache
def tokens(scheme: str) -> dict[str, str]:
    """Custom property → value, as one of the two schemes has it."""
    text = re.sub(r"/\*.*?\*/", "", (STYLES / "tokens.css").read_text("utf-8"), flags=re.DOTALL)
    light, chosen = _block(text, ":root"), _block(text, ':root[data-theme="dark"]')
    return light if scheme == "light" else light | chosen


def _block(text: str, selector: str) -> dict[str, str]:
    found = re.search(re.escape(selector) + r"\s*\{([^}]*)\}", text)
    assert found, selector
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", found[1]))


def device_dark() -> dict[str, str]:
    """What the dark scheme of the device sets; it must say the same as the chosen one."""
    text = (STYLES / "tokens.css").read_text("utf-8")
    return _block(text, ':root:not([data-theme="light"])')


def chosen_dark() -> dict[str, str]:
    """What ``data-theme="dark"`` sets."""
    return _block((STYLES / "tokens.css").read_text("utf-8"), ':root[data-theme="dark"]')


def linear(colour: str) -> Linear:
    """``#rrggbb`` → linear RGB, 0 to 1 (IEC 61966-2-1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def luminance(colour: Linear) -> float:
    """Relative luminance (WCAG 2.2)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2)."""
    dark, bright = sorted((luminance(linear(one)), luminance(linear(other))))
    return (bright + 0.05) / (dark + 0.05)


def seen(colour: str, eyes: str) -> Linear:
    """How such eyes see a colour, in linear RGB."""
    has = linear(colour)
    rows = SEEN[eyes]
    red, green, blue = (min(1.0, max(0.0, sum(a * b for a, b in zip(row, has, strict=True)))) for row in rows)
    return red, green, blue


def lab(colour: Linear) -> Linear:
    """CIE L*a*b* (D65) of linear RGB."""
    red, green, blue = colour
    xyz = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
        luminance(colour),
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
    )
    x, y, z = (part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116 for part in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def lightness(colour: str, eyes: str) -> float:
    """L* from 0 (black) to 100 (white) as such eyes see it."""
    return lab(seen(colour, eyes))[0]


def distance(one: str, other: str, eyes: str) -> float:
    """CIE 1976 colour difference as such eyes see it; some 2 can just be told apart side by side."""
    a, b = lab(seen(one, eyes)), lab(seen(other, eyes))
    return sum((left - right) ** 2 for left, right in zip(a, b, strict=True)) ** 0.5
