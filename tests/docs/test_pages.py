"""The pages hold together: links, commands, variables, lengths, and words that do not belong in a repository."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from docs.kit import PAGES, ROOT, anchors, blocks, name, prose
from tocsin.cli import root
from tocsin.wiring.settings import ELSEWHERE, PREFIX, Settings

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
pages = pytest.mark.parametrize("page", PAGES, ids=name)


@pages
def test_every_link_within_the_repository_resolves(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, wanted = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (wanted and file.suffix == ".md" and wanted not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_every_document_is_reached_from_the_readme() -> None:
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = (target.partition("#")[0] for target in LINK.findall(prose(page)))
        todo += [(page.parent / target).resolve() for target in targets if target and not re.match(r"[a-z]+:", target)]
    assert {name(page) for page in PAGES} - {name(page) for page in seen} == set()


def _lines(page: Path) -> list[str]:
    """The lines of the page's shell blocks, here-documents left out, and the commands in its prose."""
    shell = re.sub(r"<<'END'\n.*?^END$", "", "\n".join(blocks(page, "sh", "")), flags=re.MULTILINE | re.DOTALL)
    return [*shell.splitlines(), *re.findall(r"`((?:TOCSIN_\w+=\S+ )*tocsin [^`]+)`", prose(page))]


def _calls(line: str) -> list[list[str]]:
    """The arguments of each ``tocsin …`` in a line of shell, also inside ``$(…)``."""
    inner = re.findall(r"\$\((tocsin [^)]*)\)", line)
    found = []
    for part in [re.sub(r"\$\([^)]*\)", "VALUE", line), *inner]:
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue  # a line of prose with an apostrophe, no command
        while words and re.match(r"[A-Z_][A-Z0-9_]*=", words[0]):
            words.pop(0)
        if words and Path(words[0]).name == "tocsin":
            rest = words[1:]
            ends = [i for i, word in enumerate(rest) if word in {">", "|", "&&", ";", "<"}]
            found.append(rest[: ends[0]] if ends else rest)
    return found


def _fault(words: list[str]) -> str | None:
    """Why click would not know this command or one of its options; ``…`` and capital words stand for anything."""
    command: click.Command = root
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        word = words.pop(0)
        if word in {"…", "…`"}:
            return None
        choices = word.split("|")
        if any(choice not in command.commands for choice in choices):
            return f"{word!r} is no command"
        command = command.commands[choices[0]]
    known = {opt for p in command.params for opt in [*p.opts, *p.secondary_opts]} | {"-h", "--help", "--version"}
    given = [word for word in words if word.startswith("-") and not word[1:2].isdigit()]  # -12.5 is a value
    wrong = [word for word in given if word.partition("=")[0] not in known]
    return f"{wrong} unknown to {command.name}" if wrong else None


@pages
def test_every_command_in_a_page_exists_with_its_options(page: Path) -> None:
    faults = {line: fault for line in _lines(page) for call in _calls(line) if (fault := _fault(call))}
    assert faults == {}


def test_wrong_commands_would_be_found() -> None:
    assert _fault(["ledger", "burn"]) == "'burn' is no command"
    assert _fault(["ledger", "verify", "--fiel", "x"]) == "['--fiel'] unknown to verify"
    assert _calls('X=1 tocsin up --demo > log; y="$(tocsin ledger key)"')[0] == ["up", "--demo"]


@pages
def test_every_make_target_in_a_page_exists(page: Path) -> None:
    made = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = set(re.findall(r"^make (\w+)", "\n".join(blocks(page, "sh")), re.MULTILINE))
    used |= set(re.findall(r"`make (\w+)", prose(page)))
    assert used <= made


@pages
def test_every_variable_in_a_page_exists(page: Path) -> None:
    known = {f"{PREFIX}{field.upper()}" for field in Settings.__struct_fields__} | ELSEWHERE
    known.add(f"{PREFIX}SHOTS")  # tests alone read it
    used = set(re.findall(r"TOCSIN_[A-Z][A-Z_]*[A-Z]", page.read_text()))
    assert used - known == set()


def test_the_readme_begins_with_the_two_commands() -> None:
    first = blocks(ROOT / "README.md", "sh", "")[0].splitlines()
    assert [line.split("#")[0].strip() for line in first] == ["make run", "make test"]


def test_architecture_is_short_and_names_every_folder() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    assert len(text.splitlines()) <= 200
    folders = [p.name for p in (ROOT / "src/tocsin").iterdir() if (p / "__init__.py").exists()]
    assert [folder for folder in folders if f"`{folder}/`" not in text] == []
    files = set(re.findall(r"`([a-z_]+\.py)`", text))
    have = {p.name for p in (ROOT / "src/tocsin").rglob("*.py")}
    assert files - have == set()


@pages
def test_pages_name_files_that_exist(page: Path) -> None:
    paths = re.findall(r"`((?:src|tests|docs|scripts|bench|nights)/[\w./-]+)`", page.read_text())
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_decisions_are_listed_and_shaped_alike() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text()))
    for page in sorted(folder.glob("0*.md")):
        assert page.name in listed
        heads = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
        assert heads == ["What forced it", "Decision", "What it costs", "Think again when"], page.name


def test_pictures_are_whole_and_load_nothing_from_elsewhere() -> None:
    from lxml import etree

    for picture in (ROOT / "docs" / "img").glob("*.svg"):
        drawn = etree.fromstring(picture.read_bytes())
        said = "".join(drawn.itertext()).replace("\xa0", " ")
        assert "DEMONSTRATION" in said
        assert "url(http" not in said
        assert not drawn.xpath("//@*[local-name()='href' and contains(., '//')]")


def _tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    files = [ROOT / os.fsdecode(path) for path in listed.split(b"\0") if path]
    return [path for path in files if path.is_file() and not path.is_symlink()]


# Put together from pieces, so that this file does not hold what it forbids.
PLACES = ("work", "root", "home/[a-z]+", "Users")
HOSTS = (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", ""), ("deb", "debian"))
COUNTED = ("issue", "session", "ticket")
FORBIDDEN = {
    "a path of one machine": re.compile("|".join(f"(?<![\\w.])/{place}/" for place in PLACES)),
    "a registry host": re.compile("|".join(re.escape(".".join(host)) for host in HOSTS)),
    "a number of another place": re.compile(rf"\b(?:{'|'.join(COUNTED)}) #?\d+\b", re.IGNORECASE),
}


def test_forbidden_words_would_be_found() -> None:
    for text in ("see /" + "work/main", "https://" + ".".join(HOSTS[0]) + "/simple", f"as in {COUNTED[0]} #12"):
        assert any(pattern.search(text) for pattern in FORBIDDEN.values()), text


def test_no_file_holds_words_that_belong_elsewhere() -> None:
    found = []
    for path in _tracked():
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{name(path)}: {what}" for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert found == []


def test_no_commit_message_holds_words_that_belong_elsewhere() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    log = subprocess.run(["git", "log", "-30", "--format=%B"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(log.stdout)] == []
