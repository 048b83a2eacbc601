"""How the person at the terminal watches a night."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tocsin.cli.night import span
from tocsin.cli.prove import shown_now
from tocsin.cli.saying import said
from tocsin.core.text import pick

if TYPE_CHECKING:
    from tocsin.cli.player import Done
    from tocsin.cli.stage import Stage

STYLE = {
    "alert": "bold white on red",
    "pre_alert": "bold black on yellow",
    "ended": "bold white on dark_green",
    "partial_clear": "black on cyan",
    "ok": "green",
    "unknown": "bold magenta",
}
SAYS = {
    "alert": "DANGER",
    "pre_alert": "GET READY",
    "ended": "ALL CLEAR",
    "partial_clear": "PARTLY CLEAR",
    "ok": "no warning",
    "unknown": "UNKNOWN",
}
TONES = {"": "silent", "wail": "wail", "steady": "steady", "all_clear": "clear"}


def row(proof: Any) -> str:
    """What a line of the story is called: by its number, or as one that was added to the published ones."""
    return f"row {proof.row}" if proof.row else "added"


class NoView:
    """Shows nothing."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.zone = ZoneInfo(stage.night.zone)

    def __enter__(self) -> NoView:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def refresh(self) -> None:
        """Show how things stand."""

    def step(self, done: Done) -> None:
        """Show a step that was just taken."""

    def proved(self, proofs: Sequence[Any]) -> None:
        """Show which rows of the story hold by now."""

    def close(self, proofs: Sequence[Any]) -> None:
        """Show what came of the night."""

    def local(self) -> str:
        """The night's own time."""
        return self.stage.clock.now().astimezone(self.zone).strftime("%H:%M:%S")

    def said(self, done: Done) -> str:
        """A step in words."""
        return said(done.step, done.answer, self.stage.night)


class LinesView(NoView):
    """One line a step, and one whenever the sirens change; for logs and narrow places."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.console = Console(highlight=False, soft_wrap=True)
        self._sounding = 0

    def refresh(self) -> None:
        """A line when the number of sounding sirens changed."""
        tones = [tone for tone in self.stage.ear.sounding.values() if tone]
        if len(tones) != self._sounding:
            self._sounding = len(tones)
            self.console.print(
                f"{self.local()}  sirens sounding, as they measure: {len(tones)} {' '.join(sorted(set(tones)))}"
            )

    def step(self, done: Done) -> None:
        """A line for the step."""
        self.console.print(f"{self.local()}  {self.said(done)}")

    def close(self, proofs: Sequence[Any]) -> None:
        """The rows of the story."""
        for proof in proofs:
            self.console.print(
                f"  {'✓' if proof.ok else '✗'} {row(proof)}: {proof.said} (entries {span(proof.entries)})"
            )
        for name, value in self.stage.times_ms().items():
            self.console.print(f"  {name.replace('_', ' ')}: {value} ms")


class LiveView(LinesView):
    """The night at a glance: what happened, what the sirens measure, what people see."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._lines: list[tuple[str, str]] = []
        self._live = Live(console=self.console, refresh_per_second=10, transient=False)
        self._proofs: Sequence[Any] = ()

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.refresh()
        self._live.stop()

    def refresh(self) -> None:
        """Draw everything anew."""
        self._live.update(self.draw())

    def step(self, done: Done) -> None:
        """Add a line to what happened."""
        self._lines.append((self.local(), self.said(done)))
        self.refresh()

    def close(self, proofs: Sequence[Any]) -> None:
        """Add the rows of the story."""
        self._proofs = proofs
        self.refresh()

    def draw(self) -> Group:
        """The whole picture."""
        night = self.stage.night
        now = self.stage.clock.now().astimezone(self.zone)
        title = Text.assemble(
            (" TOCSIN ", "bold white on blue"),
            f"  {night.title.get('en', night.id)}   ",
            (now.strftime("%a %d %b %Y  %H:%M:%S"), "bold"),
            f"  {night.zone}",
        )
        notice = Text(" DEMONSTRATION: the sensors, officers, sirens and outlines are invented ", "black on yellow")
        story = [self._story()] if self._proofs else []
        return Group(title, notice, self._happened(), self._sirens(), self._people(), *story)

    def _happened(self) -> Panel:
        table = Table.grid(padding=(0, 1))
        table.add_column(style="cyan", no_wrap=True)
        table.add_column()
        for at, text in self._lines[-9:]:
            said, arrow, outcome = text.rpartition(" → ")
            table.add_row(at, Text.assemble(said, arrow, (outcome, "bold" if arrow else "")))
        return Panel(table, title="What happened", title_align="left")

    def _sirens(self) -> Panel:
        ear = self.stage.ear
        cells = [_siren(name, ear.sounding.get(name, "")) for name in self.stage.sirens]
        count = sum(1 for tone in ear.sounding.values() if tone)
        title = f"Sirens, as they measure themselves: {count} of {len(cells)} sounding"
        return Panel(Columns(cells, padding=(0, 1)), title=title, title_align="left")

    def _people(self) -> Panel:
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column()
        for area, clients in self.stage.clients.items():
            phase, headline = shown_now(clients[0].received)
            table.add_row(area, Text(f"{SAYS[phase]:^14}", STYLE[phase]), Text(pick(headline, "en")))
        return Panel(table, title="Phones: what live clients received", title_align="left")

    def _story(self) -> Panel:
        table = Table.grid(padding=(0, 1))
        for proof in self._proofs:
            mark = Text("holds", "green") if proof.ok else Text("missing", "red")
            table.add_row(
                mark,
                row(proof),
                Text(proof.said),
                Text(f"entries {span(proof.entries)}", "dim"),
            )
        times = self.stage.times_ms()
        table.add_row("", "", "")
        table.add_row("", "", Text(f"decisive detection → first siren {times['detection_to_siren']} ms", "bold"))
        table.add_row("", "", Text(f"decisive detection → first phone {times['detection_to_live']} ms", "bold"))
        return Panel(table, title="The story, from the record", title_align="left")


def _siren(name: str, tone: str) -> Text:
    label = f" {name} {TONES.get(tone, tone):6} "
    if not tone:
        return Text(label, "dim")
    return Text(label, "bold white on red" if tone != "all_clear" else "bold white on dark_green")
