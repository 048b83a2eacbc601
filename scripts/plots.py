"""Plots of bench documents as SVG: bars beside the floor and the peers, and the way as a waterfall. No library."""

from __future__ import annotations

import re
from html import escape
from typing import Any

WIDTH = 760
_LEFT, _RIGHT = 150, 140
_STYLE = """<style>
text{font:12px system-ui,sans-serif;fill:#222}.case{font-weight:600}.small{font-size:11px;fill:#666}
.ours{fill:#b3261e}.floor{fill:#8a8a8a}.peer{fill:#3b6ea5}.p99{stroke:#b3261e;stroke-width:2}.last{fill:#222}.line{stroke:#ccc}
@media(prefers-color-scheme:dark){text{fill:#eee}.small{fill:#aaa}.ours{fill:#ff8a80}.floor{fill:#9e9e9e}
.peer{fill:#90b8e8}.p99{stroke:#ff8a80}.last{fill:#eee}.line{stroke:#444}}
</style>"""
_WAY = re.compile(r"way: (?P<stage>.+?)(?: after (?P<after>.+))?, (?P<share>p50|p99|last)")


def bars(cases: list[dict[str, Any]]) -> str | None:
    """One group of bars a case that has a floor or peers, each group to its own scale; None without such a case."""
    rows, y = [], 8
    for case in cases:
        if (case["floor"] is None and not case["peers"]) or _WAY.fullmatch(case["case"]):
            continue
        found = [("ours", "Tocsin", case["ours"])]
        found += [] if case["floor"] is None else [("floor", "floor", case["floor"])]
        found += [("peer", name, took) for name, took in sorted(case["peers"].items(), key=lambda one: one[1])]
        most = max(took for *_, took in found) or 1
        y += 16
        rows.append(f'<text class="case" x="8" y="{y}">{escape(case["case"])}</text>')
        for kind, name, took in found:
            y += 17
            long = max(1.0, (WIDTH - _LEFT - _RIGHT) * took / most)
            rows.append(f'<text x="{_LEFT - 8}" y="{y}" text-anchor="end">{escape(_short(name))}</text>')
            rows.append(f'<rect class="{kind}" x="{_LEFT}" y="{y - 10}" width="{long:.1f}" height="12" rx="1"/>')
            value = f"{took:,.10g} {case['unit']}"
            rows.append(f'<text class="small" x="{_LEFT + long + 6:.1f}" y="{y}">{escape(value)}</text>')
        y += 12
    return _svg(y + 4, rows) if rows else None


def waterfall(cases: list[dict[str, Any]]) -> str | None:
    """The stages of a way: cases named ``way: STAGE[ after STAGE], p50|p99|last``, in ms since its beginning.

    The bar runs from the stage before to this one at p50, the line on to p99, the dot is the last.
    """
    at: dict[str, dict[str, float]] = {}
    before: dict[str, str] = {}
    for case in cases:
        if found := _WAY.fullmatch(case["case"]):
            at.setdefault(found["stage"], {})[found["share"]] = case["ours"]
            before[found["stage"]] = found["after"] or ""
    if not at:
        return None
    most = max(max(shares.values()) for shares in at.values()) or 1
    left = 250
    rows, y = [], 8

    def x(value: float) -> float:
        return left + (WIDTH - left - _RIGHT) * value / most

    for stage, shares in at.items():
        y += 24
        start = at.get(before[stage], {}).get("p50", 0.0)
        p50 = shares["p50"]
        p99, last = shares.get("p99", p50), shares.get("last", p50)
        rows.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{escape(stage)}</text>')
        rows.append(f'<line class="line" x1="{left}" x2="{WIDTH - _RIGHT}" y1="{y + 12}" y2="{y + 12}"/>')
        wide = max(1.5, x(p50) - x(start))
        rows.append(f'<rect class="ours" x="{x(start):.1f}" y="{y - 6}" width="{wide:.1f}" height="12" rx="1"/>')
        rows.append(f'<line class="p99" x1="{x(p50):.1f}" x2="{x(p99):.1f}" y1="{y}" y2="{y}"/>')
        rows.append(f'<circle class="last" cx="{x(last):.1f}" cy="{y}" r="3"/>')
        said = f"{_ms(p50)} · {_ms(p99)} · {_ms(last)} ms"
        rows.append(f'<text class="small" x="{WIDTH - 4}" y="{y + 4}" text-anchor="end">{said}</text>')
    y += 28
    rows.append(
        f'<text class="small" x="{left}" y="{y}">bar: to p50 · line: p99 · dot: the last · 0 to {_ms(most)} ms</text>'
    )
    return _svg(y + 8, rows)


def _ms(value: float) -> str:
    """Three digits that count, or all of a larger whole number: 24.7, 938, 28 996."""
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}".replace(",", "\u202f")


def _short(name: str) -> str:
    return name if len(name) <= 22 else name[:21] + "…"


def _svg(height: float, rows: list[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
    top = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    return top + _STYLE + "\n" + "\n".join(rows) + "\n</svg>\n"
