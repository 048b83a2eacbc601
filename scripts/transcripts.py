"""Write ``docs/how-to/transcripts.md``: a short alert as ``mosquitto_sub`` and ``curl`` show it.

    .venv/bin/python scripts/transcripts.py

Starts a demonstration on free ports, runs the commands below in a shell as they stand, and keeps what they print. Only
the ports are written as the usual ones. Needs mosquitto_sub and curl.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tocsin.cli import demo as demos
from tocsin.cli.check import clean
from tocsin.cli.supervise import Supervisor
from tocsin.wiring import Settings

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "transcripts.md"
CITY = "belgorod-demo"
USUAL = Settings()
LISTEN_S = 14
"""Seconds that the listening commands are told to listen."""


@dataclass(frozen=True)
class Step:
    """One command of the page. ``listens``: it runs beside the others and ends by itself."""

    title: str
    prose: str
    command: str
    listens: bool = False


KEYS = """\
key() {
  python3 -c "import json; d = json.load(open('.tocsin/demo/demo.json')); print({**d, **d['sources']}['$1'])"
}
DUTY=$(key duty) RADAR=$(key radar-south) ACOUSTIC=$(key acoustic-west)"""

REPORT = """\
curl -s -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" http://localhost:8000/api/v1/detections \\
  -d '{"id":"{source}-1","source":"{source}","threat":"drone","areas":["belgorod-salyut"],
       "observed_at":"'$(date -u +%FT%TZ)'"}\'"""


def _report(source: str, key: str) -> str:
    return REPORT.replace("{source}", source).replace("{key}", key)


STEPS = (
    Step(
        "A siren, on MQTT",
        "What one siren is told, what it measures, and the phase of its area. `-W` ends the listening by itself.",
        f"mosquitto_sub -h 127.0.0.1 -p 18830 -v -W {LISTEN_S} \\\n"
        "  -t 'tocsin/siren/s02/+' -t 'tocsin/area/belgorod-salyut/state'",
        listens=True,
    ),
    Step(
        "A page, on the live stream",
        "What a phone in one cell of Salyut hears. The outline of an area is long, so lines are cut here.",
        f"curl -s -N --max-time {LISTEN_S} 'http://localhost:8001/live?cells=871196319ffffff' | cut -c 1-420",
        listens=True,
    ),
    Step(
        "The first source",
        "One source alone makes a draft. Nothing sounds.",
        _report("radar-south", "RADAR"),
    ),
    Step(
        "The second source",
        "A second, independent one within 60 seconds issues the warning by the agreed rule.",
        _report("acoustic-west", "ACOUSTIC"),
    ),
    Step(
        "Without a stream",
        "The same state for whoever asks now and then; `next_poll_s` says when to ask again.",
        "curl -s -i http://localhost:8001/api/v1/now/871196319ffffff.json | cut -c 1-420",
    ),
    Step(
        "For other systems",
        "The Atom feed of what is in force. Each entry links to the signed CAP message, whose bytes never change.",
        "curl -s http://localhost:8000/feeds/alerts.atom | cut -c 1-420",
    ),
    Step(
        "The all-clear",
        "By an officer, for the one warning in force.",
        "WARNING=$(curl -s 'http://localhost:8000/api/v1/warnings?status=live' | "
        "python3 -c \"import json,sys; print(json.load(sys.stdin)['warnings'][0]['id'])\")\n"
        'curl -s -H "Authorization: Bearer $DUTY" -H "Content-Type: application/json" \\\n'
        '  http://localhost:8000/api/v1/warnings/$WARNING/all-clear -d \'{"reason":"nothing left in the air"}\'',
    ),
)

HEAD = """\
# Transcripts

What a short alert looks like from outside, with nothing but `mosquitto_sub` and `curl`. `scripts/transcripts.py` made
this page: it started a demonstration, ran these commands and kept what they printed. Only the ports are written as the
usual ones.

Start a demonstration that waits for your own acts:

```sh
tocsin up --demo --no-play
```

In each further terminal, in the same folder:

```sh
{keys}
```

The first two commands listen; run each in a terminal of its own, then the others. What the live stream says stands in
[Live](../reference/live.md), what MQTT says in [Sirens](../reference/sirens.md).
"""


def record(folder: Path) -> dict[str, str]:
    """Title → what the command printed."""
    own = clean(folder / ".tocsin" / "demo")
    demos.make(own, CITY)
    running = Supervisor(own, fleet=own.home / demos.FLEET_FILE, log=folder / "log")
    running.start()
    try:
        time.sleep(8)  # every siren has had a beat and shows that its link is up
        return _play(own, folder)
    finally:
        running.stop()


def _play(own: Settings, folder: Path) -> dict[str, str]:
    listening = {s.title: _start(s, own, folder) for s in STEPS if s.listens}
    time.sleep(1)
    said = {}
    for step in (s for s in STEPS if not s.listens):
        said[step.title] = _text(_start(step, own, folder), own)
        time.sleep(1.5)
    return said | {title: _text(process, own) for title, process in listening.items()}


def _start(step: Step, own: Settings, folder: Path) -> subprocess.Popen[str]:
    script = f"{KEYS}\n{step.command}"
    for usual, used in _ports(own):
        script = script.replace(usual, used)
    return subprocess.Popen(["bash", "-c", script], cwd=folder, stdout=subprocess.PIPE, text=True, errors="ignore")  # noqa: S603, S607 - our own words


def _text(process: subprocess.Popen[str], own: Settings) -> str:
    out, _ = process.communicate(timeout=60)
    for usual, used in _ports(own):
        out = out.replace(used, usual)
    return out.rstrip()


def _ports(own: Settings) -> list[tuple[str, str]]:
    """The usual ports and those in use, as they stand in addresses and in options."""
    pairs = [(USUAL.web_bind, own.web_bind), (USUAL.edge_bind, own.edge_bind)]
    usual, used = (settings.mqtt_bind.rpartition(":")[2] for settings in (USUAL, own))
    return [*pairs, (f"-p {usual}", f"-p {used}")]


def page(said: dict[str, str]) -> str:
    """The page."""
    parts = [HEAD.replace("{keys}", KEYS)]
    for step in STEPS:
        parts.append(
            f"## {step.title}\n\n{step.prose}\n\n```sh\n{step.command}\n```\n\n```text\n{said[step.title]}\n```\n"
        )
    return "\n".join(parts)


def main() -> None:
    """Record, and write the page."""
    with tempfile.TemporaryDirectory(prefix="tt-", dir="/tmp") as folder:
        PAGE.write_text(page(record(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
