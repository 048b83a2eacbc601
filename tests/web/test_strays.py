"""Text that a person would see and that does not go through gettext, found by reading the sources.

The pages are also looked at while they run: ``tests/browser/test_strays.py``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB = ROOT / "src" / "tocsin" / "web"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "frontend" / "src").rglob("*.ts"))
VIEWS = [path for path in sorted(WEB.rglob("*.py")) if path.relative_to(WEB).parts[0] not in ("api", "words")]

SAME_EVERYWHERE = {
    "Tocsin": "the name of the product",
    "CAP": "the name of the standard",
    "UTC": "the name of a time scale",
    "Mac OS": "the name of a system, as browsers send it",
    "CSV": "the name of a format",
    "ICE": "a key on a keyboard",
    "Enter": "a key on a keyboard",
    "Esc": "a key on a keyboard",
    "Tab": "a key on a keyboard",
    "Shift": "a key on a keyboard",
}
"""Words that are the same in every language, each with its reason."""

SPOKEN = ("aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "title", "placeholder", "alt")
"""Attributes that are read out or shown."""

_BLOCK = re.compile(
    # Translated by gettext itself; comments; the block that fills a class attribute of the base page.
    r"{%\s*blocktrans.*?{%\s*endblocktrans\w*\s*%}|{%\s*comment.*?endcomment\s*%}|{#.*?#}"
    r"|{%\s*block width\s*%}.*?{%\s*endblock\s*%}",
    re.DOTALL,
)
_MARK = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def left_over(text: str) -> str:
    """What of a text is neither a mark of the template nor the same everywhere; "" when nothing is."""
    found = [word for word in _LETTERS.findall(text) if word not in SAME_EVERYWHERE]
    return " ".join(text.split()) if found else ""


class Reader(HTMLParser):
    """Collects the text and the spoken attributes of a template whose marks have been taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "svg", "code"):
            self.silent += 1
        for name, value in attrs:
            if name in SPOKEN or (tag == "input" and name == "value" and dict(attrs).get("type") == "submit"):
                self._take(f"{name}={value or ''}", value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "svg", "code"):
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self._take(data, data)

    def _take(self, shown: str, text: str) -> None:
        if left_over(text):
            self.found.append(" ".join(shown.split()))


def strays_of_template(text: str) -> list[str]:
    reader = Reader()
    reader.feed(_MARK.sub("", _BLOCK.sub("", text)))
    return reader.found


_ASSIGNED = re.compile(
    r"""(?:\.(?:textContent|innerText|innerHTML|ariaLabel|ariaDescription|title|placeholder|alt)\s*=(?!=)|"""
    r"""setAttribute\(\s*["'](?:aria-label|aria-description|aria-roledescription|aria-valuetext|title|placeholder|alt)["']\s*,|"""
    r"""createTextNode\(|\.append\(|\.prepend\(|\bput\([^,()]+(?:\([^()]*\))?,|\balert\(|\bconfirm\()"""
    r"""\s*(?P<literal>"[^"\n]*"|'[^'\n]*'|`[^`]*`)"""
)


def strays_of_script(text: str) -> list[str]:
    plain = re.sub(r"(?m)^\s*//.*$", "", text)
    found = [match["literal"] for match in _ASSIGNED.finditer(plain)]
    return [literal for literal in found if left_over(re.sub(r"<[^>]*>|\${[^}]*}?", "", literal[1:-1]))]


IN_ENGLISH = re.compile(r"(Error|Invalid|Refused|Denied|Unknown|Unavailable|Fault|TooLarge|NoMethod|no_such|no_key)$")
"""What makes an error: its own case is told in English, the page around it in the reader's language."""


def strays_of_view(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Sentences in the code of a page: strings of two words and more that are no docstring and no error."""
    skip: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skip.add(id(node.value))
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if IN_ENGLISH.search(name) or name.startswith("_no_") or name == "finditer":
                skip.update(id(inner) for inner in ast.walk(node))
        if isinstance(node, ast.Raise):
            skip.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip:
            text = node.value
            if text not in SAME_EVERYWHERE and re.search(r"^[A-Z].*[^\W\d_]{2,} [^\W\d_]{2,}", text):
                yield node.lineno, text


ENGLISH_ON_PURPOSE = {
    "errors.py": "the catalogue of errors is a reference in English, marked as such, like the errors of the API",
    "middleware.py": "what the API refuses, in English like every error of the API",
    "serve.py": "what the operator reads in a terminal",
    "patient.py": "answers of the server itself, before any page is asked for",
    "options.py": "what the operator reads in a terminal",
    "assets.py": "what the developer reads in a terminal",
    "languages.py": "what the developer reads in a terminal",
    "config.py": "settings",
    "metrics.py": "what the operator's Prometheus reads",
}
"""Files whose sentences no page shows in another language, each with its reason."""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB / "templates")))
def test_templates_hold_no_text_of_their_own(path: Path):
    assert strays_of_template(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT / "frontend" / "src")))
def test_scripts_show_no_text_of_their_own(path: Path):
    assert strays_of_script(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: str(path.relative_to(WEB)))
def test_views_show_no_text_of_their_own(path: Path):
    if path.name in ENGLISH_ON_PURPOSE:
        return
    assert list(strays_of_view(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_a_stray_is_found_wherever_it_hides():
    assert strays_of_template('<p>{{ w.a }} Hello <b title="There">{% if x %}{% endif %}</b></p>') == [
        "Hello",
        "title=There",
    ]
    assert strays_of_template('<p>{{ w.a }} · Tocsin 12</p><img alt=""><script>var word = "hidden"</script>') == []
    assert strays_of_template('<input type="submit" value="Send"><button aria-label="{{ w.b }}">×</button>') == [
        "value=Send"
    ]
    assert strays_of_script('a.textContent = "Gone"; b.setAttribute("aria-label", `Now ${x}`)') == [
        '"Gone"',
        "`Now ${x}`",
    ]
    assert strays_of_script('a.textContent = words.gone; b.dataset.shown = "alert"; put(el("x"), "Far away")') == [
        '"Far away"'
    ]
    assert strays_of_script('a.textContent = `${n} · ${m}`; a.textContent = ""') == []
    view = ast.parse('"""Doc string here."""\nx = {"title": "Hello there"}\nraise Invalid("No such thing")')
    assert [text for _, text in strays_of_view(view)] == ["Hello there"]


def test_every_exception_has_its_file():
    names = {path.name for path in VIEWS}
    assert set(ENGLISH_ON_PURPOSE) <= names
