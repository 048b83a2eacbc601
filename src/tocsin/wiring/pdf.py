"""PDF by typst: one wheel with compiler and fonts, Cyrillic included; no system package and no network."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from tocsin.record.paper import Paper

TEMPLATE = """
#let paper = json("paper.json")
#set document(title: paper.title, date: none)
#set page(paper: "a4", margin: 22mm, footer: context [
  #set text(8pt, fill: luma(90)); #paper.foot #h(1fr) #counter(page).display("1 / 1", both: true)
])
#set text(lang: paper.language, font: "Libertinus Serif", size: 10.5pt)
#set par(leading: 0.62em)
#text(17pt, weight: "bold", paper.title)
#v(4mm)
#for line in paper.lines [
  #line.at(0) #if line.at(1) != "" [#text(8pt, fill: luma(90))[\\[#line.at(1)\\]]]

]
"""
"""What is written reaches the page as data and is never read as markup."""


def pdf_of(paper: Paper) -> bytes:
    """The page as PDF; the same page gives the same bytes."""
    import typst

    with tempfile.TemporaryDirectory(prefix="tocsin-pdf-") as folder:
        Path(folder, "paper.json").write_bytes(msgspec.json.encode(paper))
        source = Path(folder, "paper.typ")
        source.write_text(TEMPLATE, "utf-8")
        return bytes(typst.compile(str(source), root=folder, ignore_system_fonts=True))
