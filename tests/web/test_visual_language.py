"""The visual language: contrast, colour-blind eyes, drawings, and the page that shows all of it."""

from __future__ import annotations

import gzip
import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.test import Client

from tocsin.app.desk import Desk
from tocsin.warn.actions import PICTOGRAMS
from tocsin.web import assets, icons
from tocsin.web.pages.design import ROLES
from web.colours import (
    SCHEMES,
    SEEN,
    STYLES,
    chosen_dark,
    contrast,
    device_dark,
    distance,
    lightness,
    tokens,
)

STATES = tuple(ROLES.get(shown, shown) for shown in icons.STATES)
DANGER = ("alert", "pre")
CALM = tuple(one for one in STATES if one not in DANGER)
SVG = "{http://www.w3.org/2000/svg}"
CONTRACT = [
    "stack",
    "row",
    "panel",
    "card",
    "state",
    "state-shape",
    "state-word",
    "state-sentence",
    "tag",
    "button",
    "primary",
    "danger",
    "quiet",
    "big",
    "field",
    "chips",
    "rows",
    "notice",
    "stopwatch",
    "lamp",
    "siren",
    "band",
    "facts",
    "steps",
    "shelters",
    "visually-hidden",
    "skip",
    "icon",
    "num",
    "exercise",
    "edge",
]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ground", ["paper", "raised"])
def test_text_has_contrast_on_every_ground(scheme: str, ground: str) -> None:
    has = tokens(scheme)
    lines = [f"{state}-line" for state in STATES]
    for name in ("ink", "muted", "link", "accent", *lines):
        assert contrast(has[name], has[ground]) >= 4.5, name
    for name in ("edge", "focus"):
        assert contrast(has[name], has[ground]) >= 3, name


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_in_a_state_has_more_than_enough_contrast(scheme: str) -> None:
    has = tokens(scheme)
    for state in STATES:
        assert contrast(has[f"{state}-ink"], has[f"{state}-bg"]) >= (5 if state == "alert" else 7), state
    assert contrast(has["accent-ink"], has["accent"]) >= 4.5
    assert contrast(has["drill-ink"], has["drill-bg"]) == 21


@pytest.mark.parametrize("scheme", SCHEMES)
def test_stripes_are_seen_without_colour(scheme: str) -> None:
    has = tokens(scheme)
    assert contrast(has["drill-stripe"], has["drill-bg"]) >= 7


def test_the_device_s_dark_and_the_chosen_dark_are_the_same() -> None:
    assert device_dark() == chosen_dark()
    colours = {name for name, value in tokens("light").items() if value.startswith("#")}
    assert set(chosen_dark()) == colours


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("eyes", SEEN)
def test_danger_is_told_from_calm_by_lightness_alone(scheme: str, eyes: str) -> None:
    has = tokens(scheme)
    for danger in DANGER:
        for calm in CALM:
            grounds = has[f"{danger}-bg"], has[f"{calm}-bg"]
            apart = abs(lightness(grounds[0], eyes) - lightness(grounds[1], eyes))
            assert apart >= 12, (danger, calm, apart)
            assert distance(*grounds, eyes) >= 18, (danger, calm)
    assert abs(lightness(has["alert-bg"], eyes) - lightness(has["pre-bg"], eyes)) >= 20


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("eyes", SEEN)
def test_unknown_is_told_from_clear(scheme: str, eyes: str) -> None:
    has = tokens(scheme)
    for clear in ("ok", "ended"):
        assert distance(has["unknown-bg"], has[f"{clear}-bg"], eyes) >= 9, clear


def test_every_state_has_a_shape_of_its_own() -> None:
    shapes = {state: icons.parts(f"state_{state}")[1] for state in icons.STATES}
    for one, other in combinations(icons.STATES, 2):
        assert shapes[one] != shapes[other]
    mapped = set(re.findall(r'\[data-shown="(\w+)"\] \{ --state-bg', (STYLES / "tokens.css").read_text("utf-8")))
    assert mapped == set(icons.STATES) - {"unknown"}  # what carries any other word is shown as unknown


def test_raw_colours_stand_in_the_tokens_only() -> None:
    for sheet in ("base", "components"):
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b", (STYLES / f"{sheet}.css").read_text("utf-8")) == [], sheet


def rules() -> list[tuple[str, str]]:
    """``(selector, declarations)`` of every sheet."""
    found = []
    for sheet in STYLES.glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
        found += re.findall(r"([^{};]+)\{([^{}]*)\}", text)
    return found


def test_stripes_belong_to_exercises() -> None:
    striped = [selector for selector, says in rules() if "repeating-linear-gradient" in says]
    assert striped
    assert [one for one in striped if not re.search(r"exercise|drill|band|edge", one)] == []


def test_dashes_belong_to_what_is_not_known() -> None:
    dashed = [selector for selector, says in rules() if re.search(r"border|outline", says) and "dashed" in says]
    assert dashed
    assert [one for one in dashed if not re.search(r"unknown|lost|link|missing|still", one)] == []


def test_the_shared_sheets_stay_small() -> None:
    sheet = assets.inline("plain").encode()
    assert len(gzip.compress(sheet, 9)) <= 7 * 1024


@pytest.mark.parametrize("name", icons.names())
def test_a_drawing_is_plain_and_takes_the_colour_of_the_text(name: str) -> None:
    text = (Path(icons.__file__).parent / f"{name}.svg").read_text("utf-8")
    root = ElementTree.fromstring(text)  # noqa: S314 - our own file
    assert root.tag == f"{SVG}svg"
    size = 64 if name in icons.ACTIONS or name.startswith("state_") else 24
    assert root.get("viewBox") == f"0 0 {size} {size}"
    assert root.get("stroke") == "currentColor"
    for node in root.iter():
        assert node.tag.removeprefix(SVG) in {"svg", "g", "path", "circle", "rect"}
        assert not {"id", "style", "class", "href"} & set(node.attrib)
        assert not any(key.startswith("on") for key in node.attrib)
        assert node.get("fill", "none") in {"none", "currentColor"}
        assert node.get("stroke", "none") in {"none", "currentColor"}
    assert len(text.encode()) < 2048
    assert len(icons.parts(name)) == 2


def test_every_pictogram_of_the_steps_is_drawn() -> None:
    assert set(PICTOGRAMS.values()) <= set(icons.names())
    assert set(icons.ACTIONS) <= set(icons.names())
    assert {f"state_{shown}" for shown in icons.STATES} <= set(icons.names())


def test_the_tags_make_one_drawing_a_shape_and_a_sheet() -> None:
    page = '{% load icons %}{% icon "walk" "far" %}{% state_shape %}{% icon_sheet "door" "key" %}'
    text = Template(page).render(Context())
    assert text.count("<svg") == 3
    assert text.count('aria-hidden="true"') == 3
    assert 'class="icon far"' in text
    assert [f"shape-{shown}" in text for shown in icons.STATES] == [True] * 7
    assert '<symbol id="icon-door" viewBox="0 0 24 24"' in text


def test_a_drawing_that_we_lack_is_an_error() -> None:
    with pytest.raises(LookupError):
        icons.parts("../base")


def classes(text: str) -> set[str]:
    """Classes that a style sheet names."""
    selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", text, flags=re.DOTALL)
    return set(re.findall(r"\.([a-z][\w-]*)", selectors))


def test_the_page_shows_every_class_of_the_shared_sheets(desk: Desk) -> None:
    page = Client().get("/design").content.decode()
    shown = {one for found in re.findall(r'class="([^"]+)"', page) for one in found.split()}
    named = {"exercise"} | classes((STYLES / "components.css").read_text("utf-8"))
    assert set(CONTRACT) | named <= shown
    for attribute in ("data-shown", "data-kind", "data-lamp", "data-siren"):
        wanted = set(re.findall(rf'\[{attribute}="(\w+)"\]', (STYLES / "components.css").read_text("utf-8")))
        assert wanted <= set(re.findall(rf'{attribute}="(\w+)"', page)), attribute
    for name in icons.names():
        assert name in icons.ACTIONS or f">{name}</code>" in page


@pytest.mark.parametrize("language", ["en", "ru", "uk", "de"])
def test_the_page_speaks_the_reader_s_language(desk: Desk, language: str) -> None:
    page = Client().get("/design", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert page.headers["Content-Language"] == language
    title = {"en": "Visual language", "ru": "Визуальный язык", "uk": "Візуальна мова", "de": "Bildsprache"}[language]
    assert f"<h1>{title}</h1>" in page.content.decode()
